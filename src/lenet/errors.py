"""The one exception that the package raises for bad input."""


class LenetError(ValueError):
    """Something the user gave cannot be used.

    The message is one line that names the place (file, line, field) and the remedy; the command
    line prints it as it is.
    """
