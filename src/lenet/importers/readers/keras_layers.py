"""Read the layers of Keras 2, Keras 3 and TensorFlow.js into a chain of steps.

The three write the same JSON, except for names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import (
    Activation,
    Affine,
    Array,
    Chain,
    Convolution,
    Dense,
    Kind,
    Nothing,
    Pad,
    Pair,
    Pool,
    Step,
    Unflatten,
)
from lenet.importers.readers import keras_graph
from lenet.importers.readers import keras_settings as settings
from lenet.importers.readers.axes import Axes
from lenet.importers.readers.keras_graph import Entry, Weights

Taken = tuple[list[Step], Axes]

_KINDS: dict[str, Kind] = {
    "relu": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "log_softmax": "softmax",  # of the same probabilities
}
_LEFT_OUT = [
    *("Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "AlphaDropout"),
    *("ActivityRegularization", "Identity"),
    *("AugMix", "CutMix", "MixUp", "RandAugment", "RandomBrightness", "RandomGrayscale"),
    *("RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform"),
    *("RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomHeight", "RandomHue", "RandomInvert"),
    *("RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation"),
    *("RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth", "RandomZoom"),
]
_SMALLEST_DEVIATION = 1e-7  # of Normalization: keras.config.epsilon()


def listed(model: Any) -> tuple[Any, list[Entry]]:
    """Return the shape of a model's input, and its layers; see `keras_graph.listed`."""
    return keras_graph.listed(model, _LAYERS)


def chain(shape: Any, entries: Sequence[Entry], weights: Weights, file_format: str) -> Chain:
    """Return the chain of a model.

    Args:
        shape: the shape of its input, as in the file.
        entries: its layers, without nested models.
        weights: the arrays of each layer.
        file_format: the file's format.

    Raises:
        LenetError: settings or weights that are not known or missing; names the layer.
    """
    sides, axes = _input(shape)
    steps: list[Step] = []
    for entry in entries:
        more, axes = _LAYERS[entry.kind](entry, weights.get(entry.path, {}), axes)
        steps += more
    return Chain(file_format, sides, steps)


def _input(shape: Any) -> tuple[Pair, Axes]:
    """Return rows and columns of an input, and its axes.

    shape  (None, rows, columns, 1), (None, 1, rows, columns), (None, rows, columns) or (None, units)
    """
    right = isinstance(shape, list) and all(type(size) is int and size > 0 for size in shape[1:])
    match shape[1:] if right else []:
        case [units] if math.isqrt(units) ** 2 == units:
            sides, names = (math.isqrt(units),) * 2, "U"
        case [rows, columns, 1]:
            sides, names = (rows, columns), "HWC"
        case [1, rows, columns]:
            sides, names = (rows, columns), "CHW"
        case [rows, columns]:
            sides, names = (rows, columns), "HW"
        case _:
            raise UnsupportedError(
                f"its input is {str(shape)[:60]}; it must be [null, 28, 28, 1], one channel"
            )
    return sides, Axes(names, sides)


# ---- Layer by layer ----------------------------------------------------------------------------


def _activated(entry: Entry) -> list[Step]:
    """Return the step of a layer's own activation, if it has one."""
    value = entry.config.get("activation", "linear")
    if isinstance(value, dict):
        kind, inner = value.get("class_name"), value.get("config")
        if isinstance(inner, dict) and kind in ("ReLU", "Softmax", "Activation"):  # a layer
            return _activation(entry._replace(kind=kind, config=inner), {}, Axes("U"))[0]
        value = inner if isinstance(inner, str) else "a custom one"
    if value in (None, "linear"):
        return []
    value = value.removesuffix("_v2") if isinstance(value, str) else value  # of tf.nn
    if not isinstance(value, str) or value not in _KINDS:
        raise UnsupportedError(
            f"{entry.place}: the activation {str(value)[:20]!r} is not known; known are linear, "
            f"{', '.join(_KINDS)}"
        )
    return [Activation(entry.place, _KINDS[value])]


def _convolution(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    settings.check_map(entry, axes)
    kernel = settings.arrays_of(entry, weights, 4)[0]  # (rows, columns, in / groups, out)
    groups = entry.config.get("groups", 1)
    if type(groups) is not int or groups < 1:
        raise UnsupportedError(f'{entry.place}: its "groups" must be a number')
    if kernel.shape[3] != entry.config.get("filters"):
        raise ModelFileError(f"{entry.place}: its kernel does not have an output for each filter")
    step = _convolved(entry, kernel, settings.bias_of(entry, weights, kernel.shape[3]), groups)
    return axes.of_rows([step, *_activated(entry)]), axes.changed


def _depthwise(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    """Translate DepthwiseConv2D, and SeparableConv2D, which adds a convolution of 1 x 1."""
    settings.check_map(entry, axes)
    kernel, *others = settings.arrays_of(entry, weights, 4)  # (rows, columns, in, outputs of each)
    rows, columns, groups, each = kernel.shape
    kernel = kernel.reshape(rows, columns, 1, groups * each)
    separable = entry.kind == "SeparableConv2D"
    outputs = others[0].shape[-1] if separable else groups * each
    bias = settings.bias_of(entry, weights, outputs)
    step: Step = _convolved(entry, kernel, np.zeros(groups * each) if separable else bias, groups)
    if not separable:
        return axes.of_rows([step, *_activated(entry)]), axes.changed
    if others[0].shape != (1, 1, groups * each, outputs) or outputs != entry.config.get("filters"):
        raise ModelFileError(f"{entry.place}: its pointwise_kernel has the shape {others[0].shape}")
    mixed = Convolution(entry.place, others[0].transpose(3, 2, 0, 1), bias)
    return axes.of_rows([step, mixed, *_activated(entry)]), axes.changed


def _convolved(entry: Entry, kernel: Array, bias: Array, groups: int) -> Convolution:
    """Return a convolution by a kernel (rows, columns, in / groups, out) with the layer's settings."""
    if kernel.shape[:2] != settings.pair(entry, "kernel_size"):
        raise ModelFileError(f"{entry.place}: its kernel has another size than its configuration")
    return Convolution(
        entry.place,
        kernel.transpose(3, 2, 0, 1),
        bias,
        settings.pair(entry, "strides", 1),
        settings.padding(entry),
        settings.pair(entry, "dilation_rate", 1),
        groups,
    )


def _dense(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    """Translate Dense; on a map, whose channels it mixes, it is a convolution of 1 x 1."""
    kernel = settings.arrays_of(entry, weights, 2)[0]
    outputs = kernel.shape[1]
    if outputs != entry.config.get("units"):
        raise ModelFileError(f"{entry.place}: its kernel does not have an output for each unit")
    bias = settings.bias_of(entry, weights, outputs)
    if axes.names == "U":
        return [
            *axes.pixels_flattened(),
            Dense(entry.place, kernel, bias),
            *_activated(entry),
        ], axes.changed
    if not axes.is_map or axes.names[-1] != "C":
        raise UnsupportedError(f"{entry.place}: sees each row of the image by itself; flatten it first")
    return [Convolution(entry.place, kernel.T[..., None, None], bias), *_activated(entry)], axes.changed


def _pool(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    settings.check_map(entry, axes)
    kind: Any = "max" if "Max" in entry.kind else "average"
    if entry.kind.startswith("Global"):
        pool: Step = Pool(entry.place, kind, None)
        if entry.config.get("keepdims"):
            return [pool], axes.changed
        return [pool, *axes.flattened(entry.place)], Axes("U")
    size = settings.pair(entry, "pool_size", 2)
    strides = size if entry.config.get("strides") is None else settings.pair(entry, "strides")
    return axes.of_rows([Pool(entry.place, kind, size, strides, settings.padding(entry))]), axes.changed


def _batch_normalized(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    kept = settings.axes_of(entry, axes)
    if len(kept) != 1:
        raise UnsupportedError(f"{entry.place}: normalizes several axes; it must be one")
    names = settings.names_of(entry)
    arrays = dict(zip(names, settings.arrays_of(entry, weights, 1, 1, 1, 1), strict=True))
    mean = arrays["moving_mean"]
    gamma, beta = arrays.get("gamma", np.ones_like(mean)), arrays.get("beta", np.zeros_like(mean))
    epsilon = settings.number(entry, "epsilon", 1e-3)
    step = axes.normalized(entry.place, kept[0], [gamma, beta, mean, arrays["moving_variance"]], epsilon)
    return [*axes.pixels_flattened(), step], axes if step.scale.ndim == 1 else axes.changed


def _normalized(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    """Translate Normalization: (x - mean) / deviation, or its inverse, of numbers that do not change."""
    if entry.config.get("mean") is None:
        mean, variance, _ = settings.arrays_of(entry, weights)
    else:
        mean, variance = (settings.numbers(entry, key) for key in ("mean", "variance"))
    kept = settings.axes_of(entry, axes)
    if mean.shape != variance.shape or mean.ndim > len(kept) or not (variance >= 0).all():
        raise ModelFileError(f"{entry.place}: has no mean and variance for its axes; save the model again")
    shape = [1] * len(axes.names)
    for axis, size in zip(reversed(kept), reversed(mean.shape), strict=False):
        shape[axis - 1] = size
    mean, variance = (axes.spread(entry.place, x.reshape(shape)) for x in (mean, variance))
    deviation = np.maximum(np.sqrt(variance), _SMALLEST_DEVIATION)
    inverse = bool(entry.config.get("invert"))
    scale, shift = (deviation, mean) if inverse else (1 / deviation, -mean / deviation)
    if scale.ndim == 0:
        return [Affine(entry.place, scale, shift)], axes
    return [*axes.pixels_flattened(), Affine(entry.place, scale, shift)], axes.changed


def _rescaling(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    scale, shift = settings.number(entry, "scale", 1.0), settings.number(entry, "offset", 0.0)
    return [Affine(entry.place, np.array(scale), np.array(shift))], axes


def _activation(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    if entry.kind == "ReLU":
        plain = {"max_value": None, "negative_slope": 0, "threshold": 0}
        if any(entry.config.get(key, value) != value for key, value in plain.items()):
            raise UnsupportedError(f"{entry.place}: is not a plain relu, max(0, x)")
        return [Activation(entry.place, "relu")], axes
    if entry.kind == "Softmax":
        if entry.config.get("axis", -1) not in (-1, [-1], len(axes.names)):
            raise UnsupportedError(f"{entry.place}: must be over the classes")
        return [Activation(entry.place, "softmax")], axes
    return _activated(entry) or [Nothing(entry.place)], axes


def _flatten(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    if axes.names == "U":
        return [Nothing(entry.place)], axes
    if entry.config.get("data_format") == "channels_first":  # it moves the first axis to the end
        axes = axes._replace(names=axes.names[1:] + axes.names[0])
    return axes.flattened(entry.place), Axes("U")


def _reshape(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    shape = entry.config.get("target_shape")
    sizes = shape if isinstance(shape, list) and all(type(size) is int for size in shape) else []
    if len(sizes) == 1:
        if axes.names == "U":
            return [Nothing(entry.place)], axes
        return axes.flattened(entry.place, None if sizes[0] == -1 else sizes[0]), Axes("U")
    if axes.sides and sizes.count(-1) == 1:
        left = math.prod(axes.sides) // max(1, -math.prod(sizes))
        sizes = [left if size == -1 else size for size in sizes]
    names = "HW" if axes.names == "U" else axes.names.replace("C", "")
    match sizes if axes.sides else []:
        case [rows, columns, 1]:
            names = f"{names}C"
        case [1, rows, columns]:
            names = f"C{names}"
        case [rows, columns]:
            pass
        case _:
            raise UnsupportedError(
                f"{entry.place}: makes {str(shape)[:40]}; only pixels can be made an image"
            )
    sides = (rows, columns) if names.index("H") < names.index("W") else (columns, rows)
    return [Unflatten(entry.place, sides)], Axes(names, axes.sides)


def _permuted(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    order = entry.config.get("dims")
    if not isinstance(order, list) or sorted(map(str, order)) != [str(k + 1) for k in range(len(axes.names))]:
        raise UnsupportedError(f'{entry.place}: its "dims" are not a permutation of its input\'s axes')
    names = "".join(axes.names[int(k) - 1] for k in order)
    return [Nothing(entry.place)], Axes(names, axes.sides)


def _padded(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    settings.check_map(entry, axes)
    return axes.of_rows([Pad(entry.place, settings.pads(entry))]), axes.changed


def _resized(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    """Translate layers that crop or resize the image, if it has that size already."""
    sides = settings.pair(entry, "height")[0], settings.pair(entry, "width")[0]
    if axes.sides != sides:
        raise UnsupportedError(f"{entry.place}: makes an image of {sides[0]} x {sides[1]}; leave it out")
    return [Nothing(entry.place)], axes


def _nothing(entry: Entry, weights: Mapping[str, Array], axes: Axes) -> Taken:
    return [Nothing(entry.place)], axes


_LAYERS: dict[str, Callable[[Entry, Mapping[str, Array], Axes], Taken]] = {
    **{"Conv2D": _convolution, "DepthwiseConv2D": _depthwise, "SeparableConv2D": _depthwise},
    **{"Dense": _dense, "MaxPooling2D": _pool, "AveragePooling2D": _pool},
    **{"GlobalMaxPooling2D": _pool, "GlobalAveragePooling2D": _pool},
    **{"BatchNormalization": _batch_normalized, "Normalization": _normalized, "Rescaling": _rescaling},
    **{"Activation": _activation, "ReLU": _activation, "Softmax": _activation},
    **{"Flatten": _flatten, "Reshape": _reshape, "Permute": _permuted, "ZeroPadding2D": _padded},
    **dict.fromkeys(("CenterCrop", "RandomCrop", "Resizing"), _resized),
    **dict.fromkeys(_LEFT_OUT, _nothing),
}
