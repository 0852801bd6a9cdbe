"""Reference of the 8-bit C header: its passes in NumPy, in integers that never overflow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lenet.exporters.c.quantized import QuantizedPass, Weights
from lenet.exporters.ir import Convolution, Dense, Depthwise, MaxPool, Resize


def logits(passes: Sequence[QuantizedPass], images: np.ndarray) -> np.ndarray:
    """float64 (n, classes) of images uint8 (n, rows, columns)."""
    codes = images[..., None].astype(np.int64)
    for quantized in passes[:-1]:
        codes = _pass(quantized, codes)
        assert 0 <= codes.min() <= codes.max() <= 255
        if quantized.table is not None:
            codes = quantized.table[codes].astype(np.int64)
    last = passes[-1].weights
    assert last is not None
    return _sums(passes[-1], last, codes) * last.scale.astype(np.float64)


def _pass(quantized: QuantizedPass, codes: np.ndarray) -> np.ndarray:
    match quantized.pass_.operation:
        case None:
            return codes
        case MaxPool(window):
            return _greatest(codes, window)
        case Resize(rows, columns):
            means = np.einsum("ir,nrck,jc->nijk", rows, codes, columns, dtype=np.float64)
            return np.floor(means + 0.5 + 1e-9).astype(np.int64)
    weights = quantized.weights
    assert weights is not None
    sums = _sums(quantized, weights, codes)
    if quantized.pass_.pool > 1:
        sums = _greatest(sums, quantized.pass_.pool)
    scaled = sums * weights.multiplier.astype(np.int64) / 2.0**weights.shift
    return np.floor(scaled + 0.5 + weights.output_zero_point).clip(0, 255).astype(np.int64)


def _sums(quantized: QuantizedPass, weights: Weights, codes: np.ndarray) -> np.ndarray:
    weight, bias = weights.weight.astype(np.float64), weights.bias.astype(np.float64)
    shifted = (codes - weights.input_zero_point).astype(np.float64)  # exact up to 2**53, and fast
    match quantized.pass_.operation:
        case Dense():
            sums = shifted.reshape(len(shifted), -1) @ weight.T + bias
        case Convolution(stride=stride, padding=padding):
            around = [(0, 0), *2 * [(padding, padding)], (0, 0)]
            windows = _windows(np.pad(shifted, around), weight.shape[1], stride)
            sums = np.einsum("nrcikl,okli->nrco", windows, weight, optimize=True) + bias
        case Depthwise():
            windows = _windows(shifted, len(weight), len(weight))
            sums = np.einsum("nrcikl,kli->nrci", windows, weight) + bias
    assert np.abs(sums).max() < 2**31
    return sums.astype(np.int64)


def _greatest(values: np.ndarray, size: int) -> np.ndarray:
    return _windows(values, size, size).max(axis=(-2, -1))


def _windows(values: np.ndarray, size: int, stride: int) -> np.ndarray:
    """(n, rows, columns, channels, size, size)"""
    windows = np.lib.stride_tricks.sliding_window_view(values, (size, size), axis=(1, 2))
    return windows[:, ::stride, ::stride]
