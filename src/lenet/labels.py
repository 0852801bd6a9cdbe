"""Class names: the 26 letters, and the limit on the number of classes."""

from __future__ import annotations

import string

LETTERS = string.ascii_uppercase
"""The classes of EMNIST Letters: A to Z, capital and small letters merged."""

MAX_CLASSES = 256
"""The largest number of classes of a data set or a model."""
