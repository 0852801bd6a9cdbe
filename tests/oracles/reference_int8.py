"""Reference of the 8-bit C header: its passes in NumPy, in integers that never overflow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lenet.exporters.c.quantized import Coded, Weights
from lenet.exporters.ir import Convolution, Dense, Depthwise, MaxPool, Resize


def logits(passes: Sequence[Coded], images: np.ndarray) -> np.ndarray:
    """float64 (n, classes) of images uint8 (n, rows, columns)."""
    codes = images[..., None].astype(np.int64)
    for coded in passes[:-1]:
        codes = _pass(coded, codes)
        assert 0 <= codes.min() <= codes.max() <= 255
        if coded.table is not None:
            codes = coded.table[codes].astype(np.int64)
    last = passes[-1].weights
    assert last is not None
    return _sums(passes[-1], last, codes) * last.scale.astype(np.float64)


def _pass(coded: Coded, codes: np.ndarray) -> np.ndarray:
    match coded.whole.operation:
        case None:
            return codes
        case MaxPool(size):
            return _greatest(codes, size)
        case Resize(rows, columns):
            means = np.einsum("ir,nrck,jc->nijk", rows, codes, columns, dtype=np.float64)
            return np.floor(means + 0.5 + 1e-9).astype(np.int64)
    weights = coded.weights
    assert weights is not None
    sums = _sums(coded, weights, codes)
    if coded.whole.pool > 1:
        sums = _greatest(sums, coded.whole.pool)
    scaled = sums * weights.multiplier.astype(np.int64) / 2.0**weights.shift
    return np.floor(scaled + 0.5 + weights.zero).clip(0, 255).astype(np.int64)


def _sums(coded: Coded, weights: Weights, codes: np.ndarray) -> np.ndarray:
    weight, bias = weights.weight.astype(np.float64), weights.bias.astype(np.float64)
    seen = (codes - weights.seen).astype(np.float64)  # holds integers to 2**53, and multiplies fast
    match coded.whole.operation:
        case Dense():
            sums = seen.reshape(len(seen), -1) @ weight.T + bias
        case Convolution(stride=stride, padding=padding):
            around = [(0, 0), *2 * [(padding, padding)], (0, 0)]
            windows = _windows(np.pad(seen, around), weight.shape[1], stride)
            sums = np.einsum("nrcikl,okli->nrco", windows, weight, optimize=True) + bias
        case Depthwise():
            windows = _windows(seen, len(weight), len(weight))
            sums = np.einsum("nrcikl,kli->nrci", windows, weight) + bias
    assert np.abs(sums).max() < 2**31
    return sums.astype(np.int64)


def _greatest(values: np.ndarray, size: int) -> np.ndarray:
    return _windows(values, size, size).max(axis=(-2, -1))


def _windows(values: np.ndarray, size: int, stride: int) -> np.ndarray:
    """(n, rows, columns, channels, size, size)"""
    windows = np.lib.stride_tricks.sliding_window_view(values, (size, size), axis=(1, 2))
    return windows[:, ::stride, ::stride]
