"""Checks of the values and shapes in a specification. Errors name the field."""

from __future__ import annotations

from typing import Any

from lenet.engine.abi import MAX_CHANNELS, MAX_LEVEL
from lenet.errors import LenetError, ModelFileError, UnsupportedError

MARKS = {".": 0, "X": 1}

Shape = tuple[int, ...]
"""(channels, rows, columns) of a map, or (units,)."""


def check_integer(value: Any, limit: int) -> None:
    """Accept an integer of 1..limit; neither a bool nor 5.0. Raises LenetError."""
    if type(value) is not int or not 1 <= value <= limit:
        text = repr(value)
        text = text if len(text) <= 20 else "this value"
        raise ModelFileError(f"{text} must be an integer, 1..{limit}")


def check_field(name: str, value: Any, limit: int) -> None:
    """Accept an integer of 1..limit as the field `name`. Raises LenetError."""
    try:
        check_integer(value, limit)
    except LenetError as error:
        raise type(error)(f'"{name}": {error}') from None


def check_size(name: str, value: Any) -> None:
    """Accept a number of channels or a length as the field `name`. Raises LenetError."""
    check_field(name, value, MAX_CHANNELS)


def check_level(name: str, value: Any) -> None:
    """Accept a number of -MAX_LEVEL..MAX_LEVEL as the field `name`. Raises LenetError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_LEVEL:
        raise ModelFileError(f'"{name}": {value!r:.20} must be a number, -{MAX_LEVEL}..{MAX_LEVEL}')


def check_marks(name: str, value: Any, rows: int | None, columns: int | None) -> None:
    """Accept a tuple of `rows` rows of `columns` "X" or "." each; None: any number. Raises LenetError."""
    right = isinstance(value, tuple) and len(value) == (rows or len(value))
    if not right or not all(isinstance(row, str) and set(row) <= set(MARKS) for row in value):
        raise ModelFileError(f'"{name}": must be a list of {rows or "its"} rows of "X" and "."')
    if len({len(row) for row in value} | ({columns} if columns else set())) != 1:
        raise ModelFileError(f'"{name}": each row must have {columns or "as many"} marks')


def bits_of_marks(rows: tuple[str, ...]) -> bytes:
    """Return the marks as ones and zeros, row-major."""
    return bytes(MARKS[mark] for row in rows for mark in row)


def map_shape(shape: Shape) -> tuple[int, list[int]]:
    """Return the channels and the sides of a map. Raises LenetError for units."""
    if len(shape) != 3:
        raise UnsupportedError("needs rows and columns; put it before the dense layers")
    channels, *sides = shape
    return channels, sides


def pooled_shape(shape: Shape, window: int) -> Shape:
    """Return the shape of a map after pooling. Raises LenetError for a window larger than it."""
    channels, sides = map_shape(shape)
    if window > min(sides):
        raise UnsupportedError(f"the window {window} is larger than its input, {sides}")
    return (channels, *(side // window for side in sides))
