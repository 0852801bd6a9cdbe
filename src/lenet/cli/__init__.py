"""The command line, one module a command; imported by nobody."""
