"""The command line: one module a command.

Rules: each module has `EPILOG`, `add_arguments(parser)` and `run(args)`; what only a run needs is
imported in `run`. `main` lists the commands, and imports the one that is used. Imported by nobody.
"""
