"""The command line: one module a command.

Rules: each module has `SUMMARY`, `EPILOG`, `add_arguments(parser)` and `run(args)`; what only a run
needs is imported in `run`. Imported by nobody.
"""
