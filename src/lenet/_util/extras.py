"""Optional packages: tell how to install one that is missing."""

from __future__ import annotations

import importlib.util

from lenet.errors import MissingDependencyError


def require(package: str, extra: str) -> None:
    """Raise MissingDependencyError, with the install command, if a package is missing."""
    if not is_installed(package):
        raise MissingDependencyError(f'{package} is not installed; pip install "lenet[{extra}]"')


def is_installed(package: str) -> bool:
    """Tell whether an optional package is installed."""
    return importlib.util.find_spec(package) is not None
