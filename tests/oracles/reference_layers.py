"""The layers of the oracle: forward(x, ...) -> y, backward(dy, x, ...) -> gradients.

float64 NumPy, written for reading, from the definitions and not from the engine. `x` is
(n, channels, rows, columns); a layer is any object with the fields of `lenet.engine.Layer`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

UNIT = 1

Array = np.ndarray


def _patches(x: Array, kernel: int, stride: int, padding: int) -> Array:
    """Return (n, channels, rows out, columns out, kernel, kernel)."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return sliding_window_view(padded, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]


def conv(x: Array, weight: Array, bias: Array, stride: int, padding: int) -> Array:
    patches = _patches(x, weight.shape[1], stride, padding)
    return np.einsum("nirckl,iklo->norc", patches, weight, optimize=True) + bias[:, None, None]


def conv_backward(
    dy: Array, x: Array, weight: Array, stride: int, padding: int
) -> tuple[Array, Array, Array]:
    kernel = weight.shape[1]
    dweight = np.einsum("nirckl,norc->iklo", _patches(x, kernel, stride, padding), dy, optimize=True)
    padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding))
    for k in range(kernel):
        for m in range(kernel):
            # Every output pixel hands its gradient back to the input pixel under this weight.
            rows = slice(k, k + stride * dy.shape[2], stride)
            columns = slice(m, m + stride * dy.shape[3], stride)
            padded[:, :, rows, columns] += np.einsum("norc,io->nirc", dy, weight[:, k, m])
    inside = (slice(padding, padding + x.shape[2]), slice(padding, padding + x.shape[3]))
    return padded[:, :, inside[0], inside[1]], dweight, dy.sum((0, 2, 3))


def connected(layer: Any) -> Array:
    """Return which input (row) feeds which output (column) of a convolution, bool."""
    return np.frombuffer(layer.table, np.uint8).reshape(-1, layer.out_channels).astype(bool)


def whole_weight(layer: Any, weight: Array) -> Array:
    """Return (in, kernel, kernel, out) with zeros where the table has no connection."""
    if not layer.table:
        return weight
    table = connected(layer)
    whole = np.zeros((*table.shape, layer.kernel, layer.kernel))
    whole[table] = weight
    return whole.transpose(0, 2, 3, 1)


def framed(x: Array, layer: Any) -> Array:
    """Return the input of a convolution with its padding."""
    sides = ((0, 0), (0, 0), *2 * ((layer.padding, layer.padding),))
    return np.pad(x, sides, constant_values=layer.pad_value)


def conv_layer(x: Array, layer: Any, weight: Array, bias: Array) -> Array:
    whole = whole_weight(layer, weight)
    each = bias if layer.biases == UNIT else bias[:, None, None]
    return conv(framed(x, layer), whole, np.zeros(layer.out_channels), layer.stride, 0) + each


def conv_layer_backward(dy: Array, x: Array, layer: Any, weight: Array) -> tuple[Array, Array, Array]:
    dframed, dwhole, dbias = conv_backward(dy, framed(x, layer), whole_weight(layer, weight), layer.stride, 0)
    if layer.table:
        dwhole = dwhole.transpose(0, 3, 1, 2)[connected(layer)]
    inside = (slice(layer.padding, side + layer.padding) for side in x.shape[2:])
    return (
        dframed[(slice(None), slice(None), *inside)],
        dwhole,
        dy.sum(0) if layer.biases == UNIT else dbias,
    )


def scaled_tanh(x: Array) -> Array:
    return 1.7159 * np.tanh(2 / 3 * x)


def scaled_tanh_backward(dy: Array, x: Array) -> Array:
    return dy * 1.7159 * 2 / 3 / np.cosh(2 / 3 * x) ** 2


def subsample(x: Array, weight: Array, bias: Array, size: int) -> Array:
    return weight[:, None, None] * windows(x, size).sum(-1) + bias[:, None, None]


def subsample_backward(dy: Array, x: Array, weight: Array, size: int) -> tuple[Array, Array, Array]:
    dx = np.zeros_like(x)
    each = np.repeat(np.repeat(dy * weight[:, None, None], size, 2), size, 3)
    dx[:, :, : each.shape[2], : each.shape[3]] = each
    return dx, (dy * windows(x, size).sum(-1)).sum((0, 2, 3)), dy.sum((0, 2, 3))


def codes(layer: Any) -> Array:
    """Return the +-1 codes of the classes, (outputs, inputs)."""
    return 2.0 * np.frombuffer(layer.table, np.uint8).reshape(layer.out_channels, -1) - 1


def rbf(x: Array, layer: Any) -> Array:
    """Return minus the squared distances: LeCun et al. 1998, equation 7."""
    flat = x.reshape(len(x), -1)
    return -((flat[:, None] - codes(layer)) ** 2).sum(2)


def rbf_backward(dy: Array, x: Array, layer: Any) -> Array:
    away = x.reshape(len(x), 1, -1) - codes(layer)
    return (-2 * dy[:, :, None] * away).sum(1).reshape(x.shape)


def resize(x: Array, side: int) -> Array:
    """Return the means of side x side equal parts: of a picture first magnified, then parted."""
    rows, columns = x.shape[2:]
    large = np.repeat(np.repeat(x, side, 2), side, 3)
    return large.reshape(*x.shape[:2], side, rows, side, columns).mean((3, 5))


def windows(x: Array, size: int) -> Array:
    """Return (n, channels, rows out, columns out, size * size), each window in row-major order."""
    rows, columns = x.shape[2] // size, x.shape[3] // size
    whole = x[:, :, : rows * size, : columns * size]
    parted = whole.reshape(*x.shape[:2], rows, size, columns, size)
    return parted.transpose(0, 1, 2, 4, 3, 5).reshape(*x.shape[:2], rows, columns, size * size)


def maxpool(x: Array, size: int) -> Array:
    return windows(x, size).max(-1)


def maxpool_backward(dy: Array, x: Array, size: int) -> Array:
    each = windows(x, size)
    chosen = np.zeros_like(each)
    np.put_along_axis(chosen, each.argmax(-1)[..., None], dy[..., None], -1)  # argmax: the first
    rows, columns = dy.shape[2:]
    parted = chosen.reshape(*dy.shape, size, size).transpose(0, 1, 2, 4, 3, 5)
    dx = np.zeros_like(x)
    dx[:, :, : rows * size, : columns * size] = parted.reshape(*dy.shape[:2], rows * size, columns * size)
    return dx


def softmax(logits: Array, temperature: float = 1.0) -> Array:
    scaled = logits / temperature
    exponentials = np.exp(scaled - scaled.max(1, keepdims=True))
    return exponentials / exponentials.sum(1, keepdims=True)


def cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    """Return the mean loss in nats and its gradient by the logits."""
    count, classes = logits.shape
    target = (1 - smoothing) * np.eye(classes)[labels] + smoothing / classes
    highest = logits.max(1, keepdims=True)
    log_sum = highest + np.log(np.exp(logits - highest).sum(1, keepdims=True))
    return float((target * (log_sum - logits)).sum() / count), (softmax(logits) - target) / count
