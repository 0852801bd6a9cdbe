"""The ink definition of docs/reference/ink.md in plain Python: slow, and written for reading.

Python's float is IEEE float64 and its operations are never fused, its integers never overflow; so
the engine must give these bytes exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

Stroke = Sequence[tuple[float, float]]
Cells = list[list[int]]

MASK, INK, SIDE = 112, 86, 28
TAPS = (168, 144, 106, 64, 30, 9, -1, -3, -3, -1, -1)
KERNEL = TAPS[::-1] + TAPS


def reduced(mask: Cells) -> bytes:
    """Mask 112x112 of 0..255 -> the 784 bytes."""

    def filtered(line: Sequence[int]) -> list[int]:
        blank = [0] * len(TAPS)
        padded = [*blank, *line, *blank]
        # pixel p is centred between mask cells 4p + 1 and 4p + 2
        return [sum(tap * padded[4 * p + 2 + k] for k, tap in enumerate(KERNEL)) for p in range(SIDE)]

    narrow = [filtered(row) for row in mask]
    columns = [filtered(column) for column in zip(*narrow, strict=True)]
    values = [[max(0, value) for value in row] for row in zip(*columns, strict=True)]
    brightest = max(max(row) for row in values)
    if brightest == 0:
        return bytes(SIDE * SIDE)
    return bytes((value * 255 + brightest // 2) // brightest for row in values for value in row)


def strokes(drawing: Sequence[Stroke], pen: float) -> bytes:
    """A drawing with at least one point -> the 784 bytes."""
    xs = [x for stroke in drawing for x, _ in stroke]
    ys = [y for stroke in drawing for _, y in stroke]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    side = max(width, height)
    usable = INK / (1 + pen)
    scale = usable / side if side > 1e-9 else 0.0
    radius = usable * pen / 2
    middle = min(xs) + width / 2, min(ys) + height / 2

    mask = [[0] * MASK for _ in range(MASK)]
    for stroke in drawing:
        placed = [((x - middle[0]) * scale + 56, (y - middle[1]) * scale + 56) for x, y in stroke]
        segments = list(pairwise(placed)) or [(p, p) for p in placed]
        for a, b in segments:
            for r in range(MASK):
                for c in range(MASK):
                    if near((c + 0.5, r + 0.5), a, b, radius):
                        mask[r][c] = 255
    return reduced(mask)


def near(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float], radius: float) -> bool:
    """Return True if a point is within `radius` of the segment from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    x, y = point[0] - a[0], point[1] - a[1]
    along = x * dx + y * dy
    if along <= 0:
        return x * x + y * y <= radius * radius
    if along >= length:
        return (x - dx) * (x - dx) + (y - dy) * (y - dy) <= radius * radius
    across = x * dy - y * dx
    return across * across <= radius * radius * length


def picture(rows: Sequence[Sequence[int]]) -> bytes | None:
    """A grey picture -> the 784 bytes; None for one without ink."""
    height, width = len(rows), len(rows[0])
    tones = [tone for row in rows for tone in row]
    threshold = otsu(tones)
    if threshold is None:
        return None
    dark = rounded_mean([t for t in tones if t < threshold])
    light = rounded_mean([t for t in tones if t >= threshold])
    if light - dark < 16:
        return None
    border = [*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)]
    paper_is_light = 2 * sum(tone >= threshold for tone in border) > len(border)

    def cover(tone: int) -> int:
        gone = light - tone if paper_is_light else tone - dark
        value = Fraction((4 * gone - (light - dark)) * 255, 2 * (light - dark))
        return min(255, max(0, int(value)))

    inked = [(r, c) for r in range(height) for c in range(width) if cover(rows[r][c]) >= 128]
    top, bottom = min(r for r, _ in inked), max(r for r, _ in inked)
    left, right = min(c for _, c in inked), max(c for _, c in inked)
    box = [[cover(tone) for tone in row[left : right + 1]] for row in rows[top : bottom + 1]]
    return reduced(placed_box(box))


def placed_box(box: Cells) -> Cells:
    """The box averaged into the middle of the mask, its longer side 86 cells."""
    height, width = len(box), len(box[0])
    side = max(height, width)
    high = max(1, (INK * height * 2 + side) // (2 * side))
    wide = max(1, (INK * width * 2 + side) // (2 * side))
    mask = [[0] * MASK for _ in range(MASK)]
    for r in range(high):
        for c in range(wide):
            total = sum(
                overlap(i, height, r, high) * overlap(j, width, c, wide) * box[i][j]
                for i in range(r * height // high, min(height, ((r + 1) * height - 1) // high + 1))
                for j in range(c * width // wide, min(width, ((c + 1) * width - 1) // wide + 1))
            )
            area = height * width
            mask[(MASK - high) // 2 + r][(MASK - wide) // 2 + c] = (total + area // 2) // area
    return mask


def overlap(i: int, pixels: int, j: int, cells: int) -> int:
    """Shared length of pixel i of `pixels` and cell j of `cells`, in 1/(pixels * cells) of all."""
    return max(0, min((i + 1) * cells, (j + 1) * pixels) - max(i * cells, j * pixels))


def rounded_mean(values: Sequence[int]) -> int:
    return (sum(values) + len(values) // 2) // len(values)


def otsu(tones: Sequence[int]) -> int | None:
    """The lowest threshold of the largest variance between classes, in float64 as defined."""
    best, threshold = -1.0, None
    for t in range(1, 256):
        below = [tone for tone in tones if tone < t]
        n, m = float(len(below)), float(len(tones) - len(below))
        if n == 0 or m == 0:
            continue
        apart = float(sum(tones) - sum(below)) / m - float(sum(below)) / n
        variance = n * m * apart * apart
        if variance > best:
            best, threshold = variance, t
    return threshold
