"""The engine's mathematics once more, in float64 NumPy: the oracle of the kernel tests.

Written for reading, from the definitions and not from the engine: one image of every array has the
shape (channels, rows, columns), a batch puts `n` in front. A layer is any object with the fields of
`lenet.engine.Layer`; parameters are one flat array, layer after layer, weight then bias, as
core/lenet.h orders them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from reference_layers import (
    UNIT,
    Array,
    connected,
    conv_layer,
    conv_layer_backward,
    cross_entropy,
    maxpool,
    maxpool_backward,
    rbf,
    rbf_backward,
    resize,
    scaled_tanh,
    scaled_tanh_backward,
    softmax,
    subsample,
    subsample_backward,
    windows,
)

CONV, MAXPOOL, DENSE, RELU, TANH, SUBSAMPLE, RBF, SCALE, RESIZE = range(1, 10)


class Shape(NamedTuple):
    """Shapes of a layer's weight and bias, and its forward pass."""

    weight: tuple[int, ...]
    bias: tuple[int, ...]
    output: tuple[int, ...]


def shapes(layers: Sequence[Any], height: int, width: int) -> list[Shape]:
    """Return the shapes of each layer for one image of height x width."""
    here: tuple[int, ...] = (1, height, width)
    result = []
    for layer in layers:
        weight: tuple[int, ...] = ()
        bias: tuple[int, ...] = (layer.out_channels,)
        if layer.kind == CONV:
            weight = (here[0], layer.kernel, layer.kernel, layer.out_channels)
            if layer.table:
                weight = (sum(layer.table), layer.kernel, layer.kernel)
            free = [side + 2 * layer.padding - layer.kernel for side in here[1:]]
            here = (layer.out_channels, *(steps // layer.stride + 1 for steps in free))
            if layer.biases == UNIT:
                bias = here
        elif layer.kind in (MAXPOOL, SUBSAMPLE):
            here = (here[0], here[1] // layer.window, here[2] // layer.window)
            if layer.kind == SUBSAMPLE:
                weight = bias = here[:1]
        elif layer.kind == RESIZE:
            here = (here[0], layer.side, layer.side)
        elif layer.kind == DENSE:
            weight = (math.prod(here), layer.out_channels)
            here = (layer.out_channels,)
        elif layer.kind == RBF:
            here = (layer.out_channels,)
        result.append(Shape(weight, bias if weight else (), here))
    return result


def count_parameters(layers: Sequence[Any], height: int, width: int) -> int:
    """Return the length of the flat parameter array."""
    return sum(
        math.prod(shape.weight) + math.prod(shape.bias)
        for shape in shapes(layers, height, width)
        if shape.weight
    )


def split(layers: Sequence[Any], height: int, width: int, flat: Array) -> list[tuple[Array, Array]]:
    """Return views (weight, bias) of the flat array for each layer, empty where it has none."""
    result, start = [], 0
    for shape in shapes(layers, height, width):
        pair = []
        for part in (shape.weight, shape.bias):
            size = math.prod(part) if part else 0
            pair.append(flat[start : start + size].reshape(part or (0,)))
            start += size
        result.append((pair[0], pair[1]))
    assert start == flat.size, f"{flat.size} parameters given, {start} needed"
    return result


def initial_bounds(layers: Sequence[Any], height: int, width: int) -> Array:
    """Return for each parameter the largest magnitude that initialization may give it.

    He et al. 2015, equation 10; in networks with tanh LeCun et al. 1998, appendix A.
    """
    squashed = any(layer.kind == TANH for layer in layers)
    bounds = np.zeros(count_parameters(layers, height, width))
    for layer, (weight, _) in zip(layers, split(layers, height, width, bounds), strict=True):
        if not weight.size:
            continue
        fan_in: Any = math.prod(weight.shape[:-1])
        if layer.kind == SUBSAMPLE:
            fan_in = layer.window**2
        elif layer.table:
            table = connected(layer)
            fan_in = (layer.kernel**2 * table.sum(0))[table.nonzero()[1], None, None]
        weight[...] = 2.4 / fan_in if squashed else np.sqrt(6 / fan_in)
    return bounds


# ---- The network ----------------------------------------------------------------------------


def activations(layers: Sequence[Any], parameters: Array, images: Array) -> list[Array]:
    """Return the network's input and the output of each layer, float64; the last: the logits.

    `images` is (n, height, width); values 0..255 are scaled to 0..1 as the network's first step.
    """
    here = images[:, None].astype(np.float64) / 255
    result = [here]
    _, rows, columns = images.shape
    pairs = split(layers, rows, columns, parameters.astype(np.float64))
    for layer, (weight, bias) in zip(layers, pairs, strict=True):
        if layer.kind == CONV:
            here = conv_layer(here, layer, weight, bias)
        elif layer.kind == MAXPOOL:
            here = maxpool(here, layer.window)
        elif layer.kind == SUBSAMPLE:
            here = subsample(here, weight, bias, layer.window)
        elif layer.kind == DENSE:
            here = here.reshape(len(here), -1) @ weight + bias
        elif layer.kind == RBF:
            here = rbf(here, layer)
        elif layer.kind == SCALE:
            here = layer.low + (layer.high - layer.low) * here
        elif layer.kind == RESIZE:
            here = resize(here, layer.side)
        else:
            here = scaled_tanh(here) if layer.kind == TANH else np.maximum(here, 0)
        result.append(here)
    return result


def predict(layers: Sequence[Any], parameters: Array, images: Array, temperature: float = 1.0) -> Array:
    """Return the probabilities, float64 (n, classes)."""
    return softmax(activations(layers, parameters, images)[-1], temperature)


def loss(
    layers: Sequence[Any], parameters: Array, images: Array, labels: Array, smoothing: float = 0.0
) -> float:
    """Return the mean cross-entropy in nats."""
    return cross_entropy(activations(layers, parameters, images)[-1], labels, smoothing)[0]


class Gradient(NamedTuple):
    """The gradient by the parameters, the mean loss, and the margin of the gradient.

    `margin` is the smallest distance of an activation from a kink: 0 for a relu, a second maximum for
    a pool. Only activations that pass a gradient on count. Rounding errors above the margin may
    choose another branch, and the gradient then jumps: such a case cannot test precision.
    """

    values: Array
    loss: float
    margin: float


def gradient(
    layers: Sequence[Any], parameters: Array, images: Array, labels: Array, smoothing: float = 0.0
) -> Gradient:
    """Return the gradient of the mean cross-entropy by every parameter."""
    passed = activations(layers, parameters, images)
    values = np.zeros(parameters.size)
    _, rows, columns = images.shape
    pairs = split(layers, rows, columns, parameters.astype(np.float64))
    slots = split(layers, rows, columns, values)
    mean, dy = cross_entropy(passed[-1], labels, smoothing)
    margin = math.inf
    trained = [bool(weight.size) for weight, _ in pairs]
    for index in reversed(range(len(layers))):
        layer, x = layers[index], passed[index]
        weight, (dweight, dbias) = pairs[index][0], slots[index]
        if layer.kind == CONV:
            dy, dweight[...], dbias[...] = conv_layer_backward(dy, x, layer, weight)
        elif layer.kind == MAXPOOL:
            if any(trained[:index]):
                margin = min(margin, _pool_margin(dy, x, layer.window))
            dy = maxpool_backward(dy, x, layer.window)
        elif layer.kind == SUBSAMPLE:
            dy, dweight[...], dbias[...] = subsample_backward(dy, x, weight, layer.window)
        elif layer.kind == DENSE:
            dweight[...] = x.reshape(len(x), -1).T @ dy
            dbias[...] = dy.sum(0)
            dy = (dy @ weight.T).reshape(x.shape)
        elif layer.kind == RBF:
            dy = rbf_backward(dy, x, layer)
        elif layer.kind == TANH:
            dy = scaled_tanh_backward(dy, x)
        elif layer.kind == RELU:
            if any(trained[:index]):
                margin = min(margin, _relu_margin(dy, x))
            dy = dy * (x > 0)
        else:
            break  # nothing to be learned lies before
    return Gradient(values, mean, margin)


def _relu_margin(dy: Array, x: Array) -> float:
    # An exact zero came out of another relu and is a zero in every precision.
    return float(np.abs(x[(dy != 0) & (x != 0)]).min(initial=math.inf))


def _pool_margin(dy: Array, x: Array, size: int) -> float:
    each = windows(x, size)
    below = each.max(-1, keepdims=True) - each
    # Exactly equal values have equal causes and are equal in every precision.
    below[below == 0] = math.inf
    return float(below.min(-1)[dy != 0].min(initial=math.inf))


# ---- Optimizers -----------------------------------------------------------------------------


def one_cycle(step: int, steps: int, rate: float, warmup: float) -> float:
    """Return the learning rate of a step 0..steps-1 (Smith & Topin 2018, as PyTorch's OneCycleLR).

    From rate / 25 to `rate`, reached after a share `warmup` of the steps, and down to
    rate / 25 / 10^4 at the last one, both along half a cosine.
    """
    peak, last = warmup * steps - 1, steps - 1
    start, end = rate / 25, rate / 25 / 1e4
    if step <= peak:
        first, second, share = start, rate, step / peak if peak else 1.0
    else:
        first, second, share = rate, end, (step - peak) / (last - peak)
    return second + (first - second) / 2 * (1 + math.cos(math.pi * share))


def sgd_step(
    parameters: Array,
    velocity: Array,
    gradient: Array,
    *,
    rate: float,
    momentum: float,
    weight_decay: float,
) -> tuple[Array, Array]:
    """Return (parameters, velocity) after one step of SGD with momentum and L2 decay."""
    velocity = momentum * velocity + gradient + weight_decay * parameters
    return parameters - rate * velocity, velocity


def adamw_step(
    parameters: Array,
    first: Array,
    second: Array,
    gradient: Array,
    *,
    step: int,
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
) -> tuple[Array, Array, Array]:
    """Return (parameters, first, second) after step number `step`, 1, 2, ..., of AdamW.

    Loshchilov & Hutter 2019, algorithm 2, with the schedule multiplying the decay too, as PyTorch.
    """
    first = beta1 * first + (1 - beta1) * gradient
    second = beta2 * second + (1 - beta2) * gradient**2
    mean = first / (1 - beta1**step)
    spread = np.sqrt(second / (1 - beta2**step))
    update = mean / (spread + epsilon) + weight_decay * parameters
    return parameters - rate * update, first, second
