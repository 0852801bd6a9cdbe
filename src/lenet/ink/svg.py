"""Pen strokes in SVG: lines and paths that are drawn with a stroke and not filled.

Curves become 16 straight lines each. A filled shape is the outline of ink, not the way of a pen: a file with
one is refused, except for the small circles that drawing programs write as dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from lenet._util.xml import read_xml
from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import DataError
from lenet.ink.drawing import Drawing

CURVE_POINTS = 16
MAX_TRANSFORM = 1000  # characters

# They match texts with single blanks. Each can match a text in one way only: a bad character in a long text
# would else make them try very many.
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_LENGTH = re.compile(rf" ?({_NUMBER})(?:px)? ?")
_TOKEN = re.compile(rf" ?,? ?(?:([A-Za-z]|{_NUMBER})|(\S))")
_TRANSFORM = re.compile(r" ?,? ?(matrix|translate|scale) ?\(([^()]*)\)")

_TRANSFORM_ARGUMENTS = {"matrix": (6,), "translate": (1, 2), "scale": (1, 2)}
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}
_IGNORED = {"defs", "title", "desc", "metadata", "style", "clipPath", "mask", "symbol", "namedview"}
_PROPERTIES = ("fill", "stroke", "display", "visibility")

Points = npt.NDArray[np.float64]


class _Affine(NamedTuple):
    """A map of the plane: x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    def after(self, first: _Affine) -> _Affine:
        """Return the map that does `first`, then this one."""
        x, y = self.of(first.a, first.b), self.of(first.c, first.d)
        e, f = self.of(first.e, first.f)
        return _Affine(*x, *y, e + self.e, f + self.f)

    def of(self, x: float, y: float) -> tuple[float, float]:
        """Return a direction, to which no shift is added."""
        return self.a * x + self.c * y, self.b * x + self.d * y

    def applied(self, points: Points) -> Points:
        """Return the points after this map."""
        if self == _IDENTITY:
            return points
        moved: Points = points @ np.array([[self.a, self.b], [self.c, self.d]]) + (self.e, self.f)
        return moved


_IDENTITY = _Affine()


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
        for stroke in _strokes(root, _IDENTITY, {}, str(path)):
            strokes.append(stroke)
            count += len(stroke)
            if count > MAX_POINTS:
                raise DataError(f"{path}: more than {MAX_POINTS:,} points; draw with fewer")
    if not strokes:
        raise DataError(f"{path}: no stroke in it; save it as PNG")
    if not (np.abs(np.concatenate(strokes)) <= MAX_COORDINATE).all():
        raise DataError(f"{path}: a coordinate is beyond +-{MAX_COORDINATE:g}; scale the drawing down")
    yield Drawing(tuple(strokes), source=str(path))


def _strokes(element: Element, matrix: _Affine, style: Mapping[str, str], path: str) -> Iterator[Points]:
    """Yield the strokes of an element and of those in it, in the file's coordinates."""
    tag = element.tag
    if tag in _IGNORED:
        return
    style = {**style, **_style(element)}
    if (transform := element.get("transform")) is not None:
        matrix = matrix.after(_matrix(transform, f"{path}: <{tag}>"))
    if style.get("display") == "none" or style.get("visibility") == "hidden":
        return
    if tag in ("svg", "g", "a"):
        for child in element:
            yield from _strokes(child, matrix, style, path)
        return
    if tag == "rect" and style.get("stroke", "none") == "none":
        return  # the paper
    for points in _shape(element, style, f"{path}: <{tag}>"):
        yield matrix.applied(points)


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
        numbers = [float(word) for word in _NUMBERS.findall(element.get("points", ""))]
        yield np.array(numbers[: len(numbers) // 2 * 2]).reshape(-1, 2)
    else:
        yield from _path(element.get("d", ""), place)


def _style(element: Element) -> dict[str, str]:
    """Return the properties of an element's attributes and of its `style`."""
    style = {name: value.strip() for name in _PROPERTIES if (value := element.get(name)) is not None}
    for part in element.get("style", "").split(";"):
        name, _, value = part.partition(":")
        if name.strip() in _PROPERTIES:
            style[name.strip()] = value.strip()
    return style


def _float(element: Element, name: str, place: str) -> float:
    value = element.get(name, "0")
    match = _LENGTH.fullmatch(_single_blanks(value))
    if match is None:
        raise DataError(f"{place}: {name} is {value[:20]!r}, not a number; save the drawing as PNG")
    return float(match[1])


def _single_blanks(text: str) -> str:
    return " ".join(text.split())


def _matrix(text: str, place: str) -> _Affine:
    """Return the map of an attribute `transform` of translations, scales and matrices."""
    matrix, at, text = _IDENTITY, 0, _single_blanks(text)
    if len(text) > MAX_TRANSFORM:
        raise DataError(f"{place}: the transform is too long; save the drawing as PNG")
    while at < len(text):
        match = _TRANSFORM.match(text, at)
        tokens = [token[1] for token in _TOKEN.finditer(match[2].strip())] if match else []
        if (
            match is None
            or len(tokens) not in _TRANSFORM_ARGUMENTS[match[1]]
            or any(token is None or token.isalpha() for token in tokens)
        ):
            raise DataError(f"{place}: the transform {text[:40]!r} is not read; save the drawing as PNG")
        at, values = match.end(), [float(token) for token in tokens]
        if match[1] == "matrix":
            step = _Affine(*values)
        elif match[1] == "translate":
            step = _Affine(e=values[0], f=values[1] if len(values) == 2 else 0)
        else:
            step = _Affine(a=values[0], d=values[-1])
        matrix = matrix.after(step)
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
        if letter == "L":
            end = complex(values[0], values[1]) + base
            curve = [end]
        elif letter == "M":
            if points:
                yield _array(points)
            start = end = complex(values[0], values[1]) + base
            curve, points = [end], []
        elif letter in "HVZ":
            if letter == "Z":
                end = start
            elif letter == "H":
                end = complex(values[0] + base.real, here.imag)
            else:
                end = complex(here.real, values[0] + base.imag)
            curve = [end]
        else:
            ends = [complex(x, y) + base for x, y in zip(values[::2], values[1::2], strict=True)]
            if letter in "ST":
                same = last in ("CS" if letter == "S" else "QT")
                ends.insert(0, 2 * here - control if same else here)
            curve, control, end = _curve([here, *ends]), ends[-2], ends[-1]
        if not points and letter != "M":
            points = [here]
        points += curve
        here, last = end, letter
        if len(points) > MAX_POINTS:
            raise DataError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
    if points:
        yield _array(points)


def _commands(text: str, place: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each command of a path with its numbers; repeated ones may leave the letter out."""
    command, count = "", 0
    values: list[float] = []
    is_complete = True
    for word in _words(text, place):
        if word.isalpha():
            if not is_complete:
                break
            command, count = word, _ARGUMENTS.get(word.upper(), -1)
            if count < 0:
                raise DataError(f"{place}: the path has arcs ({command}); save the drawing as PNG")
            is_complete = count == 0
        elif count == 0:
            raise DataError(f"{place}: the path has a number without a command; save the drawing as PNG")
        else:
            values.append(float(word))
            is_complete = len(values) == count
        if is_complete:
            yield command, values
            values = []
            command = {"M": "L", "m": "l"}.get(command, command)
    if not is_complete:
        raise DataError(f"{place}: the path lacks numbers of {command!r}; save the drawing as PNG")


def _words(text: str, place: str) -> Iterator[str]:
    """Yield the letters and the numbers of a path, as far as they are asked for."""
    text = _single_blanks(text)
    for match in _TOKEN.finditer(text):
        if match[2]:
            at = match.start()
            raise DataError(
                f"{place}: the path is damaged at {text[at : at + 20]!r}; save the drawing as PNG"
            )
        yield match[1]


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
