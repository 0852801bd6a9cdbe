"""Drawings in JSON: this project's records, and the forms in which other programs write strokes.

All have strokes of points, x to the right and y down:

{"strokes": ...}            this project's; also the `drawings` of one object, and lists of records
{"drawing": ...}            Quick, Draw!: each stroke is [[x, ...], [y, ...]], with [t, ...] in raw files
[{"points": ...}, ...]      signature_pad's `toData()`: one drawing, a dictionary a stroke
[[{"x": 1, "y": 2}, ...]]   lists of strokes without a key

A point is [x, y], or {"x": x, "y": y}. Further numbers and keys of a point, such as time and pressure, are
ignored. A stroke may also be {"x": [...], "y": [...]}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import DataError
from lenet.ink.drawing import Drawing

PARTS = ("train", "validation", "test")
"""Parts of an export of contributions."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBERS = {int, float}  # exact types: a bool is not a coordinate
_EXAMPLE = 'write a line such as {"label": "g", "strokes": [[[1, 2]]]}'


def drawings_of(value: Any, place: str) -> Iterator[Drawing]:
    """Yield the drawings of a value of JSON.

    Args:
        value: an object or a list in one of the forms above.
        place: the file, with the line or the number in it, for messages and `Drawing.source`.

    Raises:
        DataError: the value has another form; the message names the place.
    """
    if isinstance(value, dict) and isinstance(value.get("drawings"), list):
        value = value["drawings"]
    if isinstance(value, dict):
        yield _drawing(value, place)
    elif _is_list_of_drawings(value):
        for number, item in enumerate(value, 1):
            yield from drawings_of(item, f"{place}:{number}" if len(value) > 1 else place)
    elif _is_list_of_strokes(value):
        if isinstance(value[0], dict) and _is_point(value[0]):
            value = [value]  # a single stroke
        yield Drawing(_strokes(value, place), source=place)
    else:
        raise DataError(f'{place}: no "strokes"; {_EXAMPLE}')


def _is_list_of_drawings(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    if all(isinstance(item, dict) and {"strokes", "drawing"} & item.keys() for item in value):
        return True
    return all(_is_list_of_strokes(item) and not _is_point(item[0]) for item in value)


def _is_list_of_strokes(value: Any) -> bool:
    """Tell if a list without a key is one drawing; its first stroke with points decides."""
    if not isinstance(value, list) or not value:
        return False
    first = next((stroke for stroke in value if stroke), None)
    if isinstance(first, dict):
        return (
            "points" in first
            or _is_point(first)
            or (isinstance(first.get("x"), list) and isinstance(first.get("y"), list))
        )
    return isinstance(first, list) and _is_point(first[0])


def _is_point(value: Any) -> bool:
    if isinstance(value, dict):
        return {"x", "y"} <= value.keys() and type(value["x"]) in _NUMBERS
    return isinstance(value, list) and len(value) >= 2 and type(value[0]) in _NUMBERS


def _drawing(record: dict[str, Any], place: str) -> Drawing:
    if "strokes" in record:
        strokes = record["strokes"]
        if _is_apart(strokes) and _lengths(strokes) - {2, 3}:
            raise DataError(f'{place}: x and y of "strokes" lie apart; write each point as [x, y]')
    elif "drawing" in record:
        strokes = record["drawing"]
        if _is_apart(strokes):
            strokes = [[list(point) for point in zip(*rows, strict=True)] for rows in strokes]
    elif "points" in record:
        strokes = [record]
    else:
        raise DataError(f'{place}: no "strokes"; {_EXAMPLE}')
    return Drawing(
        strokes=_strokes(strokes, place),
        label=_text(record, ("label", "word"), place),
        writer=_text(record, ("writer", "drawer"), place),
        source=place,
        attribution=_text(record, ("attribution", "credit"), place),
        **contribution_of(record.get("id"), record.get("part")),
    )


def contribution_of(identity: object, part: object) -> dict[str, str]:
    """Return id and part of a contribution; {} for other records, in which these keys mean other things."""
    if part not in PARTS or not isinstance(identity, str) or not _UUID.fullmatch(identity):
        return {}
    return {"id": identity, "part": str(part)}


def _text(record: dict[str, Any], keys: tuple[str, ...], place: str) -> str | None:
    """Return the string under the first of the keys that is there, or None if it is missing or null."""
    key = next((key for key in keys if key in record), keys[0])
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise DataError(f'{place}: "{key}" must be a string or null')
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair could never be printed
        raise DataError(f'{place}: "{key}" is not valid Unicode; write whole characters') from None
    return value


# ---- Strokes -------------------------------------------------------------------------------


def _is_apart(strokes: Any) -> bool:
    """Tell if every stroke is two or three lists of one length: all x, all y and perhaps all times."""
    if type(strokes) is not list or not strokes:
        return False
    return all(
        type(rows) is list
        and len(rows) in (2, 3)
        and all(type(row) is list for row in rows)
        and len(set(map(len, rows))) == 1
        for rows in strokes
    )


def _lengths(strokes: list[list[list[Any]]]) -> set[int]:
    """Return the numbers of values of the innermost lists, if they differ or are too many for a point."""
    lengths = {len(row) for rows in strokes for row in rows}
    return lengths if len(lengths) > 1 or max(lengths, default=0) > 8 else set()


def _strokes(value: Any, place: str) -> tuple[npt.NDArray[np.float64], ...]:
    """Check and return the strokes of a drawing: float64 (n, 2) each.

    The types of all points are compared at once, because files are long.
    """
    if type(value) is not list or not set(map(type, value)) <= {list, dict}:
        raise DataError(f'{place}: "strokes" must be a list of strokes, each a list of points')
    if dict in set(map(type, value)):
        value = [_points_of(stroke, place) if type(stroke) is dict else stroke for stroke in value]
    points = list(chain.from_iterable(value))
    if max(len(points), len(value)) > MAX_POINTS:
        raise DataError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
    if set(map(type, points)) - {list}:
        points = [_pair(point, place) for point in points]
    if not set(map(len, points)) <= {2}:
        points = [point[:2] for point in points]
    numbers = list(chain.from_iterable(points))
    if len(numbers) != 2 * len(points) or not set(map(type, numbers)) <= _NUMBERS:
        raise _shape_error(place)
    try:
        array = np.array(numbers, np.float64).reshape(-1, 2)
    except OverflowError:  # an integer beyond float64
        array = np.full((1, 2), np.inf)
    inside = np.abs(array) <= MAX_COORDINATE
    if not inside.all():
        raise DataError(
            f"{place}: coordinate {array[~inside][0]:g} is beyond +-{MAX_COORDINATE:g}; "
            "scale the drawing down"
        )
    ends = accumulate(map(len, value), initial=0)
    return tuple(array[start:end] for start, end in pairwise(ends))


def _points_of(stroke: dict[str, Any], place: str) -> list[Any]:
    """Return the points of a stroke that is a dictionary."""
    if isinstance(stroke.get("points"), list):
        return list(stroke["points"])
    x, y = stroke.get("x"), stroke.get("y")
    if isinstance(x, list) and isinstance(y, list) and len(x) == len(y):
        return [list(point) for point in zip(x, y, strict=True)]
    raise DataError(f'{place}: a stroke without "points"; write it as a list of points [x, y]')


def _pair(point: Any, place: str) -> list[Any]:
    """Return a point in one of its forms as a list."""
    if type(point) is dict and {"x", "y"} <= point.keys():
        return [point["x"], point["y"]]
    if type(point) is not list:
        raise _shape_error(place)
    return point


def _shape_error(place: str) -> DataError:
    return DataError(f'{place}: each point must be [x, y] or {{"x": x, "y": y}}; further numbers are ignored')
