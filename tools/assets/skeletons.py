"""A printed letter -> the strokes that a pen would draw it with: its skeleton, traced.

Thinning (Zhang & Suen 1984) leaves lines of one pixel. They are cut where they meet, short spurs
are dropped, and at each meeting place the ends that go on straightest are joined again.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
import numpy.typing as npt

Pixel = tuple[int, int]  # row, column
Path = list[Pixel]
Points = npt.NDArray[np.float64]

SPUR = 0.75  # of the width of the strokes: a shorter branch is a corner of the outline
STRAIGHT = -0.35  # cosine between two ends of paths that are one stroke, at most
REACH = 7  # pixels from its end over which a path's direction is taken
SMOOTH = 3  # pixels to each side
TOLERANCE = 0.8  # pixels that a left-out point may lie off the line
ROUNDS = 3  # dropping a spur may lay another one open

_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def strokes_of(ink: npt.NDArray[np.bool_]) -> list[Points]:
    """The strokes of a letter, points (n, 2) each, x to the right and y down, in pixels.

    ink  bool (height, width), with a pixel of ground around it
    """
    paths = _paths(thinned(ink))
    width = ink.sum() / max(1, sum(map(len, paths)))
    for _ in range(ROUNDS):
        paths = _joined(paths)
        spurs = _spurs(paths, SPUR * width)
        if not spurs:
            break
        paths = [path for path in paths if path not in spurs]
    return [_simplified(_smoothed(path), TOLERANCE) for path in paths]


def thinned(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The ink's skeleton, one pixel wide: bool of the same shape."""
    left = ink.astype(np.uint8)
    while True:
        before = left.copy()
        for turned in (False, True):
            around = [np.roll(left, (-down, -right), (0, 1)) for down, right in _AROUND]
            inked = np.sum(around, axis=0)
            pairs = zip(around, around[1:] + around[:1], strict=True)
            rises = np.sum([(pixel == 0) & (other == 1) for pixel, other in pairs], axis=0)
            north, east, south, west = around[::2]
            if turned:
                north, east, south, west = south, west, north, east
            edge = (north * east * south == 0) & (east * south * west == 0)
            left[(left == 1) & (inked >= 2) & (inked <= 6) & (rises == 1) & edge] = 0
        if (left == before).all():
            return left.astype(np.bool_)


def _neighbours(skeleton: npt.NDArray[np.bool_]) -> dict[Pixel, list[Pixel]]:
    """Of each pixel those beside it, and those across a corner that no third one joins."""
    pixels = {(int(row), int(column)) for row, column in np.argwhere(skeleton)}
    neighbours = {}
    for row, column in sorted(pixels):
        straight = [(row + down, column + right) for down, right in _AROUND[::2]]
        corners = [
            (row + down, column + right)
            for down, right in _AROUND[1::2]
            if (row + down, column) not in pixels and (row, column + right) not in pixels
        ]
        neighbours[row, column] = [pixel for pixel in straight + corners if pixel in pixels]
    return neighbours


def _paths(skeleton: npt.NDArray[np.bool_]) -> list[Path]:
    """The lines between ends and meeting places; then the closed ones, which have neither."""
    near = _neighbours(skeleton)
    nodes = {pixel for pixel, beside in near.items() if len(beside) != 2}
    gone: set[tuple[Pixel, Pixel]] = set()

    def walk(start: Pixel, second: Pixel) -> Path:
        path = [start, second]
        gone.update(((start, second), (second, start)))
        while path[-1] not in nodes and path[-1] != start:
            here = path[-1]
            ahead = next(pixel for pixel in near[here] if pixel != path[-2])
            gone.update(((here, ahead), (ahead, here)))
            path.append(ahead)
        return path

    paths = [[node] for node in sorted(nodes) if not near[node]]
    for starts in (sorted(nodes), sorted(near)):
        for start in starts:
            paths += [walk(start, to) for to in near[start] if (start, to) not in gone]
    return paths


def _ends(paths: list[Path]) -> dict[Pixel, list[tuple[int, bool]]]:
    """Where open paths end: which they are, and whether it is their last pixel."""
    ends = defaultdict(list)
    for number, path in enumerate(paths):
        if path[0] != path[-1]:
            ends[path[0]].append((number, False))
            ends[path[-1]].append((number, True))
    return ends


def _joined(paths: list[Path]) -> list[Path]:
    """Join two ends at one place at a time, the straightest first; where only two meet, always."""
    while True:
        pairs = []
        for ends in _ends(paths).values():
            for end, other in combinations(ends, 2):
                bend = float(_direction(paths, end) @ _direction(paths, other))
                if end[0] != other[0] and (len(ends) == 2 or bend < STRAIGHT):
                    pairs.append((bend, end, other))
        if not pairs:
            return paths
        _, (first, last), (second, also_last) = min(pairs)
        head = paths[first] if last else paths[first][::-1]
        tail = paths[second][::-1] if also_last else paths[second]
        rest = [path for number, path in enumerate(paths) if number not in (first, second)]
        paths = [*rest, head + tail[1:]]


def _direction(paths: list[Path], end: tuple[int, bool]) -> Points:
    """From the end of a path into it, of length 1."""
    path = np.array(paths[end[0]], np.float64)[:: -1 if end[1] else 1]
    along = path[min(REACH, len(path) - 1)] - path[0]
    return np.asarray(along / np.hypot(*along))


def _spurs(paths: list[Path], length: float) -> list[Path]:
    """Open paths shorter than `length` that end freely on one side and on another path."""
    ends = _ends(paths)
    spurs = []
    for number, path in enumerate(paths):
        elsewhere = {pixel for other, those in enumerate(paths) if other != number for pixel in those}
        free = [len(ends[end]) == 1 and end not in elsewhere for end in (path[0], path[-1])]
        if 1 < len(path) < length and path[0] != path[-1] and sum(free) == 1:
            spurs.append(path)
    return spurs


def _smoothed(path: Path) -> Points:
    """Points (n, 2), x and y, each the mean of those around it along the path."""
    points = np.array(path, np.float64)[:, ::-1]
    if len(points) < 2 * SMOOTH:
        return points
    closed = path[0] == path[-1]
    before = points[-SMOOTH - 1 : -1] if closed else points[:1].repeat(SMOOTH, axis=0)
    after = points[1 : SMOOTH + 1] if closed else points[-1:].repeat(SMOOTH, axis=0)
    padded = np.concatenate([before, points, after])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * SMOOTH + 1, axis=0)
    smooth: Points = windows.mean(axis=-1)
    if not closed:
        smooth[0], smooth[-1] = points[0], points[-1]
    return smooth


def _simplified(points: Points, tolerance: float) -> Points:
    """The points without which the path would lie elsewhere (Douglas & Peucker 1973)."""
    if len(points) < 3:
        return points
    along, off = points[-1] - points[0], points - points[0]
    length = np.hypot(*along)
    across = np.abs(along[0] * off[:, 1] - along[1] * off[:, 0]) / length if length else None
    away = np.hypot(*off.T) if across is None else across
    at = int(away.argmax())
    if away[at] <= tolerance:
        return points[[0, -1]]
    head, tail = _simplified(points[: at + 1], tolerance), _simplified(points[at:], tolerance)
    return np.concatenate([head[:-1], tail])
