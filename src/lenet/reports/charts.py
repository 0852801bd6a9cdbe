"""Charts of the HTML reports: functions from numbers to `svg.Chart`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lenet.metrics import Reliability
from lenet.reports.svg import HEIGHT, WIDTH, Chart, Circle, Line, Point, Polyline, Rect, Shape, Text

LEFT, RIGHT, TOP, BOTTOM = 40, 12, 20, 34  # margins around the plot area, in units

FEW = 10  # bins of fewer images are pale


@dataclass(frozen=True)
class Axis:
    """A linear scale.

    Attributes:
        low: its lower end.
        high: its upper end.
        ticks: the values that are marked.
        label: its title.
        form: format string of a tick's number.
    """

    low: float
    high: float
    ticks: Sequence[float]
    label: str = ""
    form: str = "{:g}"

    def position(self, value: float) -> float:
        """Return where a value lies, 0..1; values beyond an end lie at it."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class Series:
    """A line of a chart: its name, its points, and the number of its colour, 1..6."""

    name: str
    points: Sequence[Point]
    colour: int = 1
    dots: bool = False


def percent_axis(low: float = 0.0, high: float = 1.0, label: str = "", step: float = 0.2) -> Axis:
    """Make an axis of fractions, with ticks in per cent."""
    first, last = -int(-low / step // 1), int(high / step + 1e-9)
    return Axis(low, high, [k * step for k in range(first, last + 1)], label, "{:.0%}")


def tick_step(low: float, high: float, most: int = 6) -> float:
    """Return the smallest of ..., 1, 2, 5, 10, ... that gives at most `most` + 1 ticks."""
    size = 1e-6
    while True:
        for factor in (1, 2, 5):
            if (high - low) / (size * factor) <= most:
                return size * factor
        size *= 10


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.position(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.position(value) * (HEIGHT - TOP - BOTTOM)


def _frame(x: Axis, y: Axis) -> list[Shape]:
    """Draw ticks, grid and labels of both axes."""
    shapes: list[Shape] = []
    for tick in y.ticks:
        at = _y(y, tick)
        shapes.append(Line((LEFT, at), (WIDTH - RIGHT, at), "grid"))
        shapes.append(Text(LEFT - 5, at + 4, y.form.format(tick), "end"))
    for tick in x.ticks:
        shapes.append(Text(_x(x, tick), HEIGHT - BOTTOM + 15, x.form.format(tick), "middle"))
    bottom = _y(y, y.low)
    shapes.append(Line((LEFT, bottom), (WIDTH - RIGHT, bottom), "axis"))
    shapes.append(Text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, x.label, "middle label"))
    if y.label:
        shapes.append(Text(0, 9, y.label, "label"))
    return shapes


def lines(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> Chart:
    """Draw lines over a common x axis."""
    shapes = _frame(x, y)
    for line in series:
        points = [(_x(x, a), _y(y, b)) for a, b in line.points]
        shapes.append(Polyline(points, f"line c{line.colour}", line.name))
        if line.dots or len(points) == 1:
            shapes += [Circle(point, 3, f"dot f{line.colour}") for point in points]
    return Chart(title, shapes)


def reliability(title: str, bins: Reliability) -> Chart:
    """Draw a reliability diagram: a bar for each bin, as high as its accuracy (Guo et al. 2017).

    Confidence above the accuracy is drawn on top, in the class `over`; accuracy above the
    confidence is the pale end of the bar, in the class `under`. Bins of `FEW` images are pale.
    """
    x, y = percent_axis(label="confidence"), percent_axis(label="accuracy")
    shapes, width = _frame(x, y), (WIDTH - LEFT - RIGHT) / len(bins.counts)
    base = _y(y, 0)
    for k in np.flatnonzero(bins.counts):
        n, confidence, accuracy = int(bins.counts[k]), float(bins.confidence[k]), float(bins.accuracy[k])
        few = " few" if n < FEW else ""
        tip = f"{n} images: confidence {confidence:.1%}, accuracy {accuracy:.1%}"
        lower, upper = _y(y, min(confidence, accuracy)), _y(y, max(confidence, accuracy))
        gap = "over" if confidence > accuracy else "under"
        left = LEFT + k * width + 1
        shapes.append(Rect((left, lower), width - 2, base - lower, f"bar{few}", tip))
        shapes.append(Rect((left, upper), width - 2, lower - upper, f"{gap}{few}", tip))
    shapes.append(Line((_x(x, 0), _y(y, 0)), (_x(x, 1), _y(y, 1)), "diagonal"))
    return Chart(title, shapes)


def histogram(
    title: str, x: Axis, groups: Sequence[tuple[Sequence[int], int]], limit: float | None = None
) -> Chart:
    """Draw histograms over one another, each as fractions of its own images.

    Args:
        title: for screen readers.
        x: the axis that the bins divide equally.
        groups: counts of a histogram's bins, and the number of its colour.
        limit: value at which a dashed line stands, if any.

    Returns:
        The chart.
    """
    fractions = [([n / max(1, sum(counts)) for n in counts], colour) for counts, colour in groups]
    top = max(max(values) for values, _ in fractions)
    y = percent_axis(0, top, "fraction of the drawings", tick_step(0, top, 5))
    shapes = _frame(x, y)
    for values, colour in fractions:
        width = (WIDTH - LEFT - RIGHT) / len(values)
        for k, value in enumerate(values):
            at = _y(y, value)
            corner = (LEFT + k * width + 0.5, at)
            shapes.append(Rect(corner, width - 1, _y(y, 0) - at, f"half f{colour}"))
    if limit is not None:
        shapes.append(Line((_x(x, limit), TOP), (_x(x, limit), _y(y, 0)), "limit"))
    return Chart(title, shapes)


@dataclass(frozen=True)
class Interval:
    """A value with its interval: a row of `intervals`."""

    name: str
    value: float
    low: float
    high: float
    colour: int


def intervals(title: str, x: Axis, rows: Sequence[Interval]) -> Chart:
    """Draw values with their intervals, one below the other."""
    pitch, left = 34, 14
    height = TOP + pitch * len(rows) + BOTTOM
    span, bottom = WIDTH - left - RIGHT - 10, height - BOTTOM

    def at(value: float) -> float:
        return left + x.position(value) * span

    shapes: list[Shape] = [Line((at(tick), TOP), (at(tick), bottom), "grid") for tick in x.ticks]
    shapes += [Text(at(tick), bottom + 15, x.form.format(tick), "middle") for tick in x.ticks]
    shapes.append(Text(WIDTH / 2, height - 4, x.label, "middle label"))
    for k, row in enumerate(rows):
        y = TOP + pitch * k + 24
        shapes.append(Text(left, y - 11, row.name, "name"))
        shapes.append(Text(WIDTH - RIGHT, y - 11, f"{row.value:.2%}", "end"))
        shapes.append(Line((at(row.low), y), (at(row.high), y), f"whisker c{row.colour}"))
        shapes.append(Circle((at(row.value), y), 4.5, f"f{row.colour}"))
    return Chart(title, shapes, height)


@dataclass(frozen=True)
class Mark:
    """A point of `scatter`; one with a colour has an interval of y and is drawn above the others."""

    x: float
    y: float
    low: float = 0.0
    high: float = 0.0
    colour: int | None = None


def scatter(title: str, x: Axis, y: Axis, marks: Sequence[Mark]) -> Chart:
    """Draw points; a line joins those with a colour, in their order."""
    shapes, coloured = _frame(x, y), [mark for mark in marks if mark.colour is not None]
    for mark in marks:
        if mark.colour is None:
            shapes.append(Circle((_x(x, mark.x), _y(y, mark.y)), 2, "half f6"))
    line = [(_x(x, mark.x), _y(y, mark.y)) for mark in coloured]
    if coloured:
        shapes.append(Polyline(line, f"line c{coloured[0].colour}"))
    for mark, (at, height) in zip(coloured, line, strict=True):
        shapes.append(Line((at, _y(y, mark.low)), (at, _y(y, mark.high)), f"whisker c{mark.colour}"))
        shapes.append(Circle((at, height), 4, f"f{mark.colour}"))
    return Chart(title, shapes)


def bars(title: str, names: Sequence[str], values: Sequence[float], tips: Sequence[str]) -> Chart:
    """Draw horizontal bars of fractions, 0..1, one below the other."""
    pitch, left, span = 15, 26, WIDTH - 26 - 52
    shapes: list[Shape] = []
    for k, (name, value, tip) in enumerate(zip(names, values, tips, strict=True)):
        y = TOP + pitch * k
        shapes.append(Text(left - 8, y + 10, name, "end name"))
        shapes.append(Rect((left, y + 1), span, pitch - 4, "track"))
        shapes.append(Rect((left, y + 1), span * value, pitch - 4, "bar", tip))
        shapes.append(Text(WIDTH - 2, y + 10, f"{value:.1%}", "end"))
    return Chart(title, shapes, TOP + pitch * len(names) + 4)


def columns(title: str, names: Sequence[str], values: Sequence[int]) -> Chart:
    """Draw vertical bars of counts, side by side; a tooltip has the count."""
    pitch, height, top = 22, 120, max([*values, 1])
    shapes: list[Shape] = []
    for k, (name, value) in enumerate(zip(names, values, strict=True)):
        bar = value * height / top
        shapes.append(Rect((k * pitch + 2, height - bar), pitch - 4, bar, "bar", f"{name}: {value:,}"))
        shapes.append(Text((k + 0.5) * pitch, height + 13, name, "middle"))
    return Chart(title, shapes, height + 18, len(names) * pitch)


def heat_map(title: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Chart:
    """Draw a confusion matrix: rows are true classes, columns are predicted classes.

    The shade is the fraction of a row: of errors its square root, so that rare ones show.
    """
    side = (WIDTH - 20) / len(names)
    size = "tiny" if len(names) > 30 else ""
    shapes: list[Shape] = []
    for k, name in enumerate(names):
        middle = 20 + (k + 0.5) * side
        shapes.append(Text(10, middle + 3, name, f"middle {size}".strip()))
        shapes.append(Text(middle, 13, name, f"middle {size}".strip()))
    for row, (name, line) in enumerate(zip(names, counts, strict=True)):
        total = max(1, sum(line))
        for column, n in enumerate(line):
            if not n:
                continue
            correct = row == column
            opacity = 0.75 * n / total if correct else min(1.0, 0.15 + 1.9 * (n / total) ** 0.5)
            tip = f"{name} predicted as {names[column]}: {n} of {total}"
            corner, css = (20 + column * side, 20 + row * side), "hit" if correct else "miss"
            shapes.append(Rect(corner, side, side, css, tip, opacity))
    shapes.append(Rect((20, 20), side * len(names), side * len(names), "outline"))
    return Chart(title, shapes, 20 + side * len(names))


def stack(title: str, rows: Sequence[tuple[str, Sequence[float]]]) -> Chart:
    """Draw a horizontal bar for each row, divided into fractions that sum to 1.

    The parts have the classes s1, s2, ...
    """
    pitch = 36
    shapes: list[Shape] = []
    for k, (name, fractions) in enumerate(rows):
        y, x = TOP + pitch * k, 0.0
        shapes.append(Text(0, y + 9, name, "name"))
        for part, fraction in enumerate(fractions, 1):
            shapes.append(Rect((x, y + 14), fraction * WIDTH, 14, f"s{part}", f"{fraction:.1%}"))
            x += fraction * WIDTH
    return Chart(title, shapes, TOP + pitch * len(rows))
