"""Pen strokes in SVG: lines and paths that are drawn with a stroke and not filled.

Curves become 16 straight lines each. A filled shape is the outline of ink, not the way of a pen: a file with
one is refused, except for the small circles that drawing programs write as dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from lenet._util.xml import read_xml
from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import DataError
from lenet.ink.drawing import Drawing

CURVE_POINTS = 16
MAX_TRANSFORM = 1000  # characters

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*,?\s*([A-Za-z]|{_NUMBER})")
_TRANSFORM = re.compile(rf"\s*,?\s*(matrix|translate|scale)\s*\(((?:\s*,?\s*{_NUMBER})+)\s*\)")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}
_IGNORED = {"defs", "title", "desc", "metadata", "style", "clipPath", "mask", "symbol", "namedview"}

Points = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


def read(path: str | Path) -> Iterator[Drawing]:
    """Yield the drawing of an SVG file: one letter.

    Raises:
        DataError: it is not SVG, or something in it is not a pen stroke; the message names the element.
    """
    root = read_xml(path)
    if root.tag != "svg":
        raise DataError(f"{path}: not SVG, but <{root.tag}>; give a file that begins with <svg>")
    strokes: list[Points] = []
    count = 0
    with np.errstate(all="ignore"):  # of numbers out of range, which are refused below
        for stroke in _strokes(root, np.eye(3), {}, str(path)):
            strokes.append(stroke)
            count += len(stroke)
            if count > MAX_POINTS:
                raise DataError(f"{path}: more than {MAX_POINTS:,} points; draw with fewer")
            if not (np.abs(stroke) <= MAX_COORDINATE).all():
                raise DataError(
                    f"{path}: a coordinate is beyond +-{MAX_COORDINATE:g}; scale the drawing down"
                )
    if not strokes:
        raise DataError(f"{path}: no stroke in it; save it as PNG")
    yield Drawing(tuple(strokes), source=str(path))


def _strokes(element: Element, matrix: Matrix, style: Mapping[str, str], path: str) -> Iterator[Points]:
    """Yield the strokes of an element and of those in it, in the file's coordinates."""
    if element.tag in _IGNORED:
        return
    style = {**style, **_style(element)}
    matrix = matrix @ _matrix(element.get("transform", ""), f"{path}: <{element.tag}>")
    if style.get("display") == "none" or style.get("visibility") == "hidden":
        return
    if element.tag in ("svg", "g", "a"):
        for child in element:
            yield from _strokes(child, matrix, style, path)
        return
    if element.tag == "rect" and style.get("stroke", "none") == "none":
        return  # the paper
    place = f"{path}: <{element.tag}>"
    for points in _shape(element, style, place):
        yield points @ matrix[:2, :2].T + matrix[:2, 2]


def _shape(element: Element, style: Mapping[str, str], place: str) -> Iterator[Points]:
    if element.tag == "circle":
        if (_float(element, "r", place) or 0) <= 10 and style.get("fill") != "none":
            yield np.array([[_float(element, "cx", place), _float(element, "cy", place)]])
            return
        raise DataError(f"{place}: is a shape, not a pen stroke; save the drawing as PNG")
    if element.tag not in ("path", "polyline", "line"):
        raise DataError(f"{place}: is not a pen stroke; save the drawing as PNG")
    filled = element.tag != "line" and style.get("fill", "black") != "none"
    if style.get("stroke", "none") == "none" or filled:
        raise DataError(f"{place}: is filled, an outline and not a pen stroke; save the drawing as PNG")
    if element.tag == "line":
        yield np.array([[_float(element, f"x{k}", place), _float(element, f"y{k}", place)] for k in (1, 2)])
    elif element.tag == "polyline":
        numbers = [float(word) for word in re.findall(_NUMBER, element.get("points", ""))]
        yield np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)
    else:
        yield from _path(element.get("d", ""), place)


def _style(element: Element) -> dict[str, str]:
    """Return the properties of an element's attributes and of its `style`."""
    names = ("fill", "stroke", "display", "visibility")
    style = {name: value.strip() for name in names if (value := element.get(name)) is not None}
    for part in element.get("style", "").split(";"):
        name, _, value = part.partition(":")
        if name.strip() in names:
            style[name.strip()] = value.strip()
    return style


def _float(element: Element, name: str, place: str) -> float:
    value = element.get(name, "0")
    if not re.fullmatch(rf"\s*{_NUMBER}(px)?\s*", value):
        raise DataError(f"{place}: {name} is {value[:20]!r}, not a number; save the drawing as PNG")
    return float(value.strip().removesuffix("px"))


def _matrix(text: str, place: str) -> Matrix:
    """Return the 3 x 3 matrix of an attribute `transform` of translations, scales and matrices."""
    matrix, at = np.eye(3), 0
    if len(text) > MAX_TRANSFORM:
        raise DataError(f"{place}: the transform is too long; save the drawing as PNG")
    while at < len(text.rstrip()):
        match = _TRANSFORM.match(text, at)
        if match is None:
            raise DataError(f"{place}: the transform {text[:40]!r} is not read; save the drawing as PNG")
        at, values = match.end(), [float(word) for word in re.findall(_NUMBER, match[2])]
        step = np.eye(3)
        if match[1] == "matrix" and len(values) == 6:
            step[:2] = np.array(values).reshape(3, 2).T
        elif match[1] == "translate":
            step[: len(values[:2]), 2] = values[:2]
        else:
            step[[0, 1], [0, 1]] = values[0], values[-1]
        matrix = matrix @ step
    return matrix


# ---- Paths ---------------------------------------------------------------------------------


def _path(text: str, place: str) -> Iterator[Points]:
    """Yield the strokes of a path: each subpath is one."""
    points: list[complex] = []
    here = start = control = 0j
    last = ""
    for command, values in _commands(text, place):
        base = here if command.islower() else 0j
        letter = command.upper()
        ends = [complex(x, y) + base for x, y in zip(values[::2], values[1::2], strict=False)]
        if letter == "M":
            if points:
                yield _array(points)
            start, points = ends[0], []
        elif letter == "H":
            ends = [complex(values[0] + base.real, here.imag)]
        elif letter == "V":
            ends = [complex(here.real, values[0] + base.imag)]
        elif letter == "Z":
            ends = [start]
        elif letter in "ST":
            same = last in ("CS" if letter == "S" else "QT")
            ends.insert(0, 2 * here - control if same else here)
        curve = _curve([here, *ends]) if letter in "CSQT" else ends[-1:]
        if not points and letter != "M":
            points = [here]
        points += curve
        control, here, last = (ends[-2] if letter in "CSQT" else here), ends[-1], letter
        if len(points) > MAX_POINTS:
            raise DataError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
    if points:
        yield _array(points)


def _commands(text: str, place: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each command of a path with its numbers; repeated ones may leave the letter out."""
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise DataError(
                f"{place}: the path is damaged at {text[at : at + 20]!r}; save the drawing as PNG"
            )
        tokens.append(match[1])
        at = match.end()
    at, command = 0, ""
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
            if command.upper() not in _ARGUMENTS:
                raise DataError(f"{place}: the path has arcs ({command}); save the drawing as PNG")
        elif not command or command in "Zz":
            raise DataError(f"{place}: the path has a number without a command; save the drawing as PNG")
        count = _ARGUMENTS[command.upper()]
        values = tokens[at : at + count]
        if len(values) < count or any(word.isalpha() for word in values):
            raise DataError(f"{place}: the path lacks numbers of {command!r}; save the drawing as PNG")
        yield command, [float(word) for word in values]
        at += count
        command = {"M": "L", "m": "l"}.get(command, command)


def _curve(points: list[complex]) -> list[complex]:
    """Return points of a Bezier curve, without its first."""
    t = np.linspace(0, 1, CURVE_POINTS + 1)[1:]
    levels = [np.full(CURVE_POINTS, point) for point in points]
    while len(levels) > 1:  # De Casteljau
        levels = [(1 - t) * a + t * b for a, b in pairwise(levels)]
    return list(levels[0])


def _array(points: list[complex]) -> Points:
    values = np.array(points)
    return np.stack([values.real, values.imag], axis=1)
