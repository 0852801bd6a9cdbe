"""Pen strokes and pictures: reading, writing, and the 28x28 images that they become.

Rules: imports the engine, errors and `_util` only; Pillow is imported where a picture is read.
"""

from lenet.ink.drawing import Drawing
from lenet.ink.images import read_picture
from lenet.ink.jsonl import read_drawings, write_drawings
from lenet.ink.rasterize import DEFAULT_PEN, MAX_PEN, MIN_PEN, rasterise, rasterise_picture

__all__ = [
    "DEFAULT_PEN",
    "MAX_PEN",
    "MIN_PEN",
    "Drawing",
    "rasterise",
    "rasterise_picture",
    "read_drawings",
    "read_picture",
    "write_drawings",
]
