"""Find exact duplicates and near duplicates among images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lenet._util.progress import Progress
from lenet.datasets.dataset import SIDE

LIMIT = 0.1
"""Greatest distance of near duplicates, see `similar`."""

MAX_PAIRS = 200_000
_BLOCK = 1024

Images = npt.NDArray[np.uint8]


def firsts(images: Images) -> npt.NDArray[np.int64]:
    """Return the row of the first image with the same bytes, for each image: int64 (n,)."""
    rows = np.ascontiguousarray(images).reshape(len(images), SIDE * SIDE)
    whole = rows.view(np.dtype((np.void, rows.shape[1])))[:, 0]
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def similar(
    images: Images, limit: float = LIMIT, progress: Progress = lambda more: None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Find pairs of near duplicates, the nearest first.

    The distance of two images compares their means over 2x2 pixels, a and b (14x14 each). It is
    |a - b| / max(|a|, |b|), with Euclidean norms. An invisible change of brightness or position (a
    tenth of a pixel) stays below 0.1. Different drawings exceed it, except plain bars. Blank images
    have no pairs. The search skips pairs by bounds that are never larger than the distance, from
    the norms and from 7x7 means, so it misses none.

    Args:
        images: uint8 (n, 28, 28).
        limit: greatest distance of a pair.
        progress: called with the number of further images that are compared.

    Returns:
        Rows int64 (m, 2), the lower one first, and distances float64 (m,); m is at most 200,000.
    """
    small = _means(images.astype(np.float32))  # (n, 14, 14)
    fine = small.reshape(len(images), (SIDE // 2) ** 2)
    norms = np.sqrt((fine * fine).sum(axis=1, dtype=np.float64))
    order = np.argsort(norms, kind="stable")
    order = order[norms[order] > 0]
    fine, norms = fine[order], norms[order]
    # Twice the means over 2x2: their distances are never larger (Jensen).
    coarse = 2 * _means(small[order]).reshape(len(order), (SIDE // 4) ** 2)
    pairs, distances, count = [], [], 0
    for first, second in _candidates(coarse, norms, limit, progress):
        difference = np.sqrt(((fine[first] - fine[second]) ** 2).sum(axis=1, dtype=np.float64))
        distance = difference / norms[second]
        near = distance <= limit
        pairs.append(np.sort(order[np.stack([first[near], second[near]], axis=1)], axis=1))
        distances.append(distance[near])
        count += int(near.sum())
        if count >= MAX_PAIRS:
            break
    rows = np.concatenate([np.empty((0, 2), np.int64), *pairs])
    distance = np.concatenate([np.empty(0), *distances])
    nearest = np.lexsort((rows[:, 1], rows[:, 0], distance))[:MAX_PAIRS]
    return rows[nearest], distance[nearest]


def nearest_within(images: Images, others: Images, limit: float = LIMIT) -> npt.NDArray[np.bool_]:
    """Tell for each image whether one of the others is a near duplicate, see `similar`.

    Args:
        images: uint8 (n, 28, 28).
        others: uint8 (m, 28, 28).
        limit: greatest distance.

    Returns:
        bool (n,). Blank images have no near duplicates.
    """
    near = np.zeros(len(images), np.bool_)
    fine, norms = _fine(images)
    for start in range(0, len(others), _BLOCK):
        other, other_norms = _fine(others[start : start + _BLOCK])
        squares = norms[:, None] ** 2 + other_norms**2 - 2.0 * (fine @ other.T)
        longest = np.maximum(norms[:, None], other_norms)
        near |= ((squares <= (limit * longest) ** 2) & (longest > 0)).any(axis=1)
    return near


def _fine(images: Images) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the means over 2x2 pixels, float64 (n, 196), and their norms, float64 (n,)."""
    fine = _means(images.astype(np.float32)).reshape(len(images), (SIDE // 2) ** 2).astype(np.float64)
    return fine, np.sqrt((fine * fine).sum(axis=1))


def _means(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return means over 2x2 pixels; a last odd row or column is repeated."""
    pad = images.shape[1] % 2
    images = np.pad(images, ((0, 0), (0, pad), (0, pad)), mode="edge")
    count, side, _ = images.shape
    means = images.reshape(count, side // 2, 2, side // 2, 2).mean(axis=(2, 4))
    return np.asarray(means, np.float32)


def _candidates(
    coarse: npt.NDArray[np.float32],
    norms: npt.NDArray[np.float64],
    limit: float,
    progress: Progress,
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Yield pairs of rows that may be near, the lower row first; `norms` is sorted."""
    squares = (coarse * coarse).sum(axis=1)
    for start in range(0, len(coarse), _BLOCK):
        end = min(start + _BLOCK, len(coarse))
        last = int(np.searchsorted(norms, norms[end - 1] / (1 - limit), side="right"))
        for other in range(start, last, _BLOCK):
            stop = min(other + _BLOCK, last)
            product = coarse[start:end] @ coarse[other:stop].T
            distance = squares[start:end, None] + squares[other:stop] - 2 * product
            bound = (limit * norms[other:stop]) ** 2 * (1 + 1e-4) + 1
            rows, columns = np.nonzero(distance <= bound)
            rows, columns = rows + start, columns + other
            yield rows[rows < columns], columns[rows < columns]
        progress(end - start)
