"""InkML, the W3C's format of pen strokes (Recommendation of 2011)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from lenet._util.xml import read_xml
from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import DataError
from lenet.ink.drawing import Drawing

# It matches texts with single blanks: it would search long ones again and again.
_VALUE = re.compile(r" ?([!'\"])? ?([*?TF]|#[0-9A-Fa-f]{1,15}|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_PLAIN = re.compile(r"[0-9.eE+\-, ]*")

Points = npt.NDArray[np.float64]


class _Channels(NamedTuple):
    """Positions of X and Y among a point's values, and the factors that turn Y downwards."""

    x: int = 0
    y: int = 1
    x_sign: int = 1
    y_sign: int = 1


def read(path: str | Path) -> Iterator[Drawing]:
    """Yield the drawings of an InkML file.

    Each trace group with an annotation "truth" of one character is a drawing. Without one, the whole file is
    one drawing, whose label is the file's own annotation. Traces in the air (`penUp`) are left out.

    Raises:
        DataError: it is not InkML, or a trace cannot be used; the message names the file and the trace.
    """
    root = read_xml(path)
    if root.tag != "ink":
        raise DataError(f"{path}: not InkML, but <{root.tag}>; give a file that begins with <ink>")
    channels = _channels(root, path)
    traces: dict[str, Points] = {}
    for number, trace in enumerate(root.iter("trace"), 1):
        if trace.get("type", "penDown") == "penDown":
            traces[trace.get("id", f"#{number}")] = _trace(
                trace.text or "", channels, f"{path}: trace {number}"
            )
        trace.set("id", trace.get("id", f"#{number}"))
    groups = [group for group in root.iter("traceGroup") if len(_annotation(group, "truth") or "") == 1]
    if not traces:
        raise DataError(f"{path}: no trace in it; give InkML with <trace>")
    writer = _annotation(root, "writer")
    for number, group in enumerate(groups or [root], 1):
        strokes = tuple(traces[name] for name in _names(group) if name in traces)
        place = f"{path}:{number}" if groups else str(path)
        if sum(map(len, strokes)) > MAX_POINTS:  # a group may name a trace many times
            raise DataError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
        yield Drawing(strokes, _annotation(group, "truth"), writer, place)


def _annotation(element: Element, kind: str) -> str | None:
    """Return the text of an element's own annotation of that type, or None."""
    for child in element.findall("annotation"):
        if child.get("type") == kind:
            return (child.text or "").strip() or None
    return None


def _names(group: Element) -> Iterator[str]:
    """Yield the names of a group's traces, and of the traces that it refers to."""
    for element in group.iter():
        if element.tag == "trace":
            yield element.get("id", "")
        elif element.tag == "traceView":
            yield element.get("traceDataRef", "").lstrip("#")


def _channels(root: Element, path: str | Path) -> _Channels:
    """Find X and Y in the trace formats, which must agree."""
    layouts = set()
    for form in root.iter("traceFormat"):
        channels = list(form.iter("channel"))
        names = [channel.get("name") for channel in channels]
        if "X" in names and "Y" in names:
            x, y = names.index("X"), names.index("Y")
            signs = [-1 if channels[k].get("orientation") == "-ve" else 1 for k in (x, y)]
            layouts.add(_Channels(x, y, *signs))
    if len(layouts) > 1:
        raise DataError(f"{path}: has traces of different formats; save them with one <traceFormat>")
    return layouts.pop() if layouts else _Channels()


def _trace(text: str, channels: _Channels, place: str) -> Points:
    """Return the points of a trace: float64 (n, 2)."""
    text = " ".join(text.split())
    rows = [row for row in text.split(",") if row not in ("", " ")]
    if len(rows) > MAX_POINTS:
        raise DataError(f"{place}: more than {MAX_POINTS:,} points; draw with fewer")
    points = _plain_rows(rows, channels) if _PLAIN.fullmatch(text) else None
    if points is None:
        points = _rows(rows, channels, place)
    points = points * (channels.x_sign, channels.y_sign)
    if not (np.abs(points) <= MAX_COORDINATE).all():
        raise DataError(f"{place}: a coordinate is beyond +-{MAX_COORDINATE:g}; scale the drawing down")
    return points


def _plain_rows(rows: Sequence[str], channels: _Channels) -> Points | None:
    """Return the X and Y of points that are numbers with blanks between them; None if they are not."""
    words = [row.split() for row in rows]
    width = len(words[0]) if words else 0
    if width <= max(channels.x, channels.y) or set(map(len, words)) != {width}:
        return None
    try:
        numbers = [float(word) for word in chain.from_iterable(words)]
    except ValueError:
        return None
    return np.array(numbers).reshape(-1, width)[:, [channels.x, channels.y]]


def _rows(rows: Sequence[str], channels: _Channels, place: str) -> Points:
    """Return the X and Y of points in any form.

    A value stands for itself (!), for the difference from the last one (') or for the difference of the last
    difference ("); a prefix holds for its channel until another comes. "*" repeats.
    """
    prefix, last, step, change = ["!", "!"], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
    positions = tuple(enumerate((channels.x, channels.y)))
    numbers: list[float] = []
    for row in rows:
        values = _VALUE.findall(row)
        if len(values) <= max(channels.x, channels.y):
            raise DataError(f"{place}: a point without X or Y: {row.strip()[:40]!r}; save it again")
        for axis, position in positions:
            mark, word = values[position]
            prefix[axis] = mark = mark or prefix[axis]
            if word in "?TF":
                raise DataError(f"{place}: X or Y is {word!r}, not a number; save it again")
            if word == "*":
                value = {"!": last[axis], "'": step[axis], '"': change[axis]}[mark]
            else:
                value = float(int(word[1:], 16) if word[0] == "#" else word)
            if mark == '"':
                change[axis] = value
                value += step[axis]
            new = value if mark == "!" else last[axis] + value
            step[axis], last[axis] = new - last[axis], new
            numbers.append(new)
    return np.array(numbers).reshape(-1, 2)
