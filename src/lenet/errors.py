"""The errors that the package raises for what a user gives it.

Each message is one line, `<place>: <problem>; <remedy>`, which the command line prints as it is.
The kinds tell a program, and the exit status of `lenet`, what to do about an error.
"""


class LenetError(ValueError):
    """The base class of all errors; raised itself for an argument that cannot be used."""


class DataError(LenetError):
    """A drawing, a picture or a data set cannot be used: missing, damaged or of another form."""


class ModelFileError(LenetError):
    """A model file cannot be used: missing, damaged or of another version."""


class UnsupportedError(LenetError):
    """A file is in order, but it holds what this package does not support, such as a layer."""


class MissingDependencyError(LenetError):
    """An optional package or program is not installed; the message says how to install it."""


class EngineError(LenetError):
    """The engine, or a runtime that verifies an export, failed or computed something else."""
