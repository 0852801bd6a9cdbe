"""Charts as inline SVG: functions of numbers, that return text.

Colours come from the page's style sheet by class names, so that a chart follows the theme. Every
chart is 340 units wide, about as many pixels as a narrow phone has, so its letters stay legible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 20, 34  # margins around what is plotted

FEW = 10  # images of a bin

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high` with marks; `form` writes a mark's number."""

    low: float
    high: float
    marks: Sequence[float]
    label: str = ""
    form: str = "{:g}"

    def share(self, value: float) -> float:
        """Where a value lies, 0..1; beyond the ends at the ends."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class Series:
    """A line: its name, its points, and the number of its colour, 1..6."""

    name: str
    points: Sequence[Point]
    colour: int = 1
    dots: bool = False


def percent(low: float = 0.0, high: float = 1.0, label: str = "", step: float = 0.2) -> Axis:
    """An axis of shares, marked in per cent."""
    first, last = -int(-low / step // 1), int(high / step + 1e-9)
    return Axis(low, high, [k * step for k in range(first, last + 1)], label, "{:.0%}")


def step_between(low: float, high: float, most: int = 6) -> float:
    """The smallest of ..., 1, 2, 5, 10, ... that marks the range with at most `most` + 1 marks."""
    size = 1e-6
    while True:
        for factor in (1, 2, 5):
            if (high - low) / (size * factor) <= most:
                return size * factor
        size *= 10


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float, height: float = HEIGHT) -> float:
    return height - BOTTOM - axis.share(value) * (height - TOP - BOTTOM)


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _line(a: Point, b: Point, kind: str) -> str:
    return f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" class="{kind}"/>'


def _box(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> str:
    inside = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0, width):.1f}" height="{max(0, height):.1f}" '
        f'class="{kind}">{inside}</rect>'
    )


def _whole(parts: Sequence[str], title: str, height: float = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )


def _frame(x: Axis, y: Axis) -> list[str]:
    """Marks, grid and labels of both axes."""
    parts = []
    for mark in y.marks:
        at = _y(y, mark)
        parts += [_line((LEFT, at), (WIDTH - RIGHT, at), "grid")]
        parts += [_text(LEFT - 5, at + 4, y.form.format(mark), "end")]
    for mark in x.marks:
        parts += [_text(_x(x, mark), HEIGHT - BOTTOM + 15, x.form.format(mark), "middle")]
    parts += [_line((LEFT, _y(y, y.low)), (WIDTH - RIGHT, _y(y, y.low)), "axis")]
    parts += [_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, x.label, "middle label")]
    parts += [_text(0, 9, y.label, "label")] if y.label else []
    return parts


def lines(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Lines over a common x."""
    parts = _frame(x, y)
    for one in series:
        places = [(_x(x, a), _y(y, b)) for a, b in one.points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        name = f"<title>{escape(one.name)}</title>"
        parts.append(f'<polyline points="{path}" class="line c{one.colour}">{name}</polyline>')
        if one.dots or len(places) == 1:
            parts += [
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" class="dot f{one.colour}"/>' for a, b in places
            ]
    return _whole(parts, title)


def reliability(
    title: str,
    counts: Sequence[int],
    confidence: Sequence[float | None],
    accuracy: Sequence[float | None],
) -> str:
    """A reliability diagram: a bar a bin as high as its accuracy. What confidence has more than it
    is red on top, what it has less is pale. Bins of fewer than `FEW` are paler as a whole."""
    x, y = percent(label="how sure it was"), percent(label="how often it was right")
    parts, width = _frame(x, y), (WIDTH - LEFT - RIGHT) / len(confidence)
    base = _y(y, 0)
    for k, (n, sure, right) in enumerate(zip(counts, confidence, accuracy, strict=True)):
        if sure is None or right is None:
            continue
        left, few = LEFT + k * width + 1, " few" if n < FEW else ""
        tip = f"{n} images: {sure:.1%} sure, {right:.1%} right"
        both, top = _y(y, min(sure, right)), _y(y, max(sure, right))
        kind = "over" if sure > right else "under"
        parts += [
            _box(left, both, width - 2, base - both, f"bar{few}", tip),
            _box(left, top, width - 2, both - top, f"{kind}{few}", tip),
        ]
    parts.append(_line((_x(x, 0), _y(y, 0)), (_x(x, 1), _y(y, 1)), "diagonal"))
    return _whole(parts, title)


def histogram(title: str, x: Axis, groups: Sequence[tuple[Sequence[int], int]], limit: float | None) -> str:
    """Groups of counts over the same bins, each as shares of its own sum, one over another, with
    the number of its colour; and a line at the limit."""
    shares = [([n / max(1, sum(counts)) for n in counts], colour) for counts, colour in groups]
    top = max(max(share) for share, _ in shares)
    y = percent(0, top, "share", step_between(0, top, 5))
    parts = _frame(x, y)
    for share, colour in shares:
        width = (WIDTH - LEFT - RIGHT) / len(share)
        for k, value in enumerate(share):
            at = _y(y, value)
            parts.append(_box(LEFT + k * width + 0.5, at, width - 1, _y(y, 0) - at, f"half f{colour}"))
    if limit is not None:
        parts.append(_line((_x(x, limit), TOP), (_x(x, limit), _y(y, 0)), "limit"))
    return _whole(parts, title)


def intervals(title: str, x: Axis, rows: Sequence[tuple[str, float, float, float, int]]) -> str:
    """A row each: name, value, the ends of its interval, and the number of its colour."""
    pitch = 34
    height = TOP + pitch * len(rows) + BOTTOM
    left = 14
    span = WIDTH - left - RIGHT - 10

    def at(value: float) -> float:
        return left + x.share(value) * span

    bottom = height - BOTTOM
    parts = [_line((at(mark), TOP), (at(mark), bottom), "grid") for mark in x.marks]
    for mark in x.marks:
        parts.append(_text(at(mark), bottom + 15, x.form.format(mark), "middle"))
    parts.append(_text(WIDTH / 2, height - 4, x.label, "middle label"))
    for k, (name, value, low, high, colour) in enumerate(rows):
        y = TOP + pitch * k + 24
        parts.append(_text(left, y - 11, name, "name"))
        parts.append(_text(WIDTH - RIGHT, y - 11, f"{value:.2%}", "end"))
        parts.append(_line((at(low), y), (at(high), y), f"whisker c{colour}"))
        parts.append(f'<circle cx="{at(value):.1f}" cy="{y:.1f}" r="4.5" class="f{colour}"/>')
    return _whole(parts, title, height)


def bars(title: str, names: Sequence[str], values: Sequence[float], tips: Sequence[str]) -> str:
    """Level bars from 0 to 1, one a name, the shortest of which is what one looks for."""
    pitch = 15
    height = TOP + pitch * len(names) + 4
    parts, left, span = [], 26, WIDTH - 26 - 52
    for k, (name, value, tip) in enumerate(zip(names, values, tips, strict=True)):
        y = TOP + pitch * k
        parts.append(_text(left - 8, y + 10, name, "end name"))
        parts.append(_box(left, y + 1, span, pitch - 4, "track"))
        parts.append(_box(left, y + 1, span * value, pitch - 4, "bar", tip))
        parts.append(_text(WIDTH - 2, y + 10, f"{value:.1%}", "end"))
    return _whole(parts, title, height)


def heat_map(title: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Labels down, answers across. Shades are shares of a label's images: errors by the root of
    theirs, so that rare ones show; what was right is drawn pale, in another colour."""
    count = len(names)
    side = (WIDTH - 20) / count
    height = 20 + side * count
    parts = []
    size = "tiny" if count > 30 else ""
    for k, name in enumerate(names):
        middle = 20 + (k + 0.5) * side
        parts.append(_text(10, middle + 3, name, f"middle {size}"))
        parts.append(_text(middle, 13, name, f"middle {size}"))
    for row, (name, line) in enumerate(zip(names, counts, strict=True)):
        total = max(1, sum(line))
        for column, n in enumerate(line):
            if not n:
                continue
            right = row == column
            strength = 0.75 * n / total if right else min(1.0, 0.15 + 1.9 * (n / total) ** 0.5)
            tip = f"{name} read as {names[column]}: {n} of {total}"
            parts.append(
                f'<rect x="{20 + column * side:.1f}" y="{20 + row * side:.1f}" '
                f'width="{side:.1f}" height="{side:.1f}" fill-opacity="{strength:.2f}" '
                f'class="{"hit" if right else "miss"}"><title>{escape(tip)}</title></rect>'
            )
    parts.append(_box(20, 20, side * count, side * count, "outline"))
    return _whole(parts, title, height)


def stack(title: str, rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    """A level bar a row, parted in shares that sum to 1; the parts have the classes s1, s2, ..."""
    pitch = 36
    height = TOP + pitch * len(rows)
    parts = []
    for k, (name, shares) in enumerate(rows):
        y, x = TOP + pitch * k, 0.0
        parts.append(_text(0, y + 9, name, "name"))
        for part, share in enumerate(shares, 1):
            parts.append(_box(x, y + 14, share * WIDTH, 14, f"s{part}", f"{share:.1%}"))
            x += share * WIDTH
    return _whole(parts, title, height)
