"""Pen strokes and pictures: reading, writing, and the 28x28 images that they become.

Rules: imports the engine, errors and `_util` only; Pillow is imported where a picture is read.
"""

import warnings
from typing import Any

from lenet.ink.drawing import Drawing
from lenet.ink.images import picture_to_grey, read_picture
from lenet.ink.jsonl import write_drawings
from lenet.ink.orientation import Orientation
from lenet.ink.rasterize import DEFAULT_PEN, MAX_PEN, MIN_PEN, clean_picture, rasterize, rasterize_picture
from lenet.ink.stroke_files import STROKE_READERS, read_drawings

__all__ = [
    "DEFAULT_PEN",
    "MAX_PEN",
    "MIN_PEN",
    "STROKE_READERS",
    "Drawing",
    "Orientation",
    "clean_picture",
    "picture_to_grey",
    "rasterize",
    "rasterize_picture",
    "read_drawings",
    "read_picture",
    "write_drawings",
]

_OLD_NAMES = {"rasterise": rasterize, "rasterise_picture": rasterize_picture}


def __getattr__(name: str) -> Any:
    """Return the function that a deprecated name stands for, with a warning."""
    if name not in _OLD_NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = _OLD_NAMES[name]
    message = f"{name} is now {function.__name__}; the old name goes in the next version"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return function
