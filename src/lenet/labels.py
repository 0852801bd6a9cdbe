"""Class names: the 26 letters, and the limit on the number of classes."""

from __future__ import annotations

import string
from collections.abc import Iterable

LETTERS = string.ascii_uppercase
"""The classes of EMNIST Letters: A to Z, capital and small letters merged."""

MAX_CLASSES = 256
"""The largest number of classes of a data set or a model."""


def class_names(characters: Iterable[str]) -> tuple[str, ...]:
    """Return the classes of a data set of capitals and digits: 26 letters, ten digits, or both."""
    used = {*characters}
    digits = string.digits if used & {*string.digits} else ""
    letters = LETTERS if used & {*LETTERS} or not digits else ""
    return tuple(digits + letters)
