"""Optional packages: tell how to install one that is missing."""

from __future__ import annotations

import importlib.util

from lenet.errors import MissingDependencyError


def require(package: str, extra: str) -> None:
    """Raise MissingDependencyError, with the install command, if a package is missing."""
    if importlib.util.find_spec(package) is None:
        raise MissingDependencyError(f'{package} is not installed; pip install "lenet[{extra}]"')
