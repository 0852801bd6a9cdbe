"""Read the layers of Keras 2, Keras 3 and TensorFlow.js into a chain of steps.

The three write the same JSON, except for names. The weights are a mapping from each layer's name to
its arrays by name. Channels come last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lenet._util.bounded import shown
from lenet.engine.abi import MAX_KERNEL, MAX_SIDE
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import (
    Activation,
    Affine,
    Array,
    Chain,
    Convolution,
    Dense,
    Flatten,
    Nothing,
    Pad,
    Pair,
    Pool,
    Step,
    Unflatten,
    batch_norm,
)
from lenet.importers.readers.keras_graph import Entry, listed

Weights = Mapping[str, Mapping[str, Array]]

_KINDS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax"}
_LEFT_OUT = [
    "Dropout",
    "SpatialDropout2D",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
    "ActivityRegularization",
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomContrast",
    "RandomBrightness",
]


def chain(model: Any, weights: Weights, file_format: str) -> Chain:
    """Return the chain of a model's configuration, {"class_name": ..., "config": ...}.

    Raise LenetError, naming the layer, for unknown layers and settings.
    """
    shape, entries = listed(model)
    sides, flat = _sides(shape)
    steps: list[Step] = []
    if strange := set(weights) - {entry.name for entry in entries}:
        raise ModelFileError(f"weights of {shown(min(strange))}, a layer that it has not")
    for entry in entries:
        if entry.kind not in _LAYERS:
            raise UnsupportedError(
                f"{entry.place}: layers of this kind are not known; known are {', '.join(_LAYERS)}"
            )
        if flat and not steps and entry.kind in ("Dense", "BatchNormalization"):
            steps.append(Flatten("the input", "HWC"))
        steps += _LAYERS[entry.kind](entry, weights.get(entry.name, {}), flat)
        flat = flat or isinstance(steps[-1], Flatten)
    return Chain(file_format, sides, steps)


def _sides(shape: Any) -> tuple[Pair, bool]:
    """Return rows and columns of an input, and True if it is flat.

    shape  (None, rows, columns, 1), (None, rows, columns) or (None, units)
    """
    right = isinstance(shape, list) and all(type(size) is int for size in shape[1:])
    sizes = shape[1:] if right else []
    if len(sizes) == 1 and sizes[0] > 0 and math.isqrt(sizes[0]) ** 2 == sizes[0]:
        return (math.isqrt(sizes[0]),) * 2, True
    if len(sizes) == 3 and sizes[2] == 1:
        sizes = sizes[:2]
    if len(sizes) != 2:
        raise UnsupportedError(
            f"its input is {str(shape)[:60]}; it must be [null, 28, 28, 1], one channel last"
        )
    return (sizes[0], sizes[1]), False


def names_of(entry: Entry) -> list[str]:
    """Return the names of a layer's arrays, in Keras's order."""
    config, biased = entry.config, entry.config.get("use_bias", True)
    match entry.kind:
        case "Conv2D" | "Dense":
            return ["kernel", "bias"] if biased else ["kernel"]
        case "DepthwiseConv2D":
            return ["depthwise_kernel", "bias"] if biased else ["depthwise_kernel"]
        case "BatchNormalization":
            learned = [("scale", "gamma"), ("center", "beta")]
            names = [name for key, name in learned if config.get(key, True)]
            return [*names, "moving_mean", "moving_variance"]
        case _:
            return []


# ---- Layer by layer ----------------------------------------------------------------------------


def _arrays(entry: Entry, weights: Mapping[str, Array], *axes: int) -> list[Array]:
    """Return the arrays of a layer in the order of `names_of`; check their numbers of axes."""
    names = names_of(entry)
    if entry.kind == "DepthwiseConv2D" and "kernel" in weights:
        names[0] = "kernel"  # in Keras 3
    missing = [name for name in names if name not in weights]
    if missing:
        raise ModelFileError(f"{entry.place}: has no weights {missing[0]}; save the whole model")
    extra = [name for name in weights if name not in names]
    if extra:
        raise UnsupportedError(f"{entry.place}: has weights {shown(extra[0])} that are not known")
    arrays = [weights[name] for name in names]
    for name, array, count in zip(names, arrays, axes, strict=False):
        if array.ndim != count:
            raise UnsupportedError(f"{entry.place}: its {name} has {array.ndim} axes, not {count}")
    return arrays


def _bias(entry: Entry, arrays: list[Array], count: int) -> Array:
    bias = arrays[1] if len(arrays) > 1 else np.zeros(count)
    if bias.shape != (count,):
        raise ModelFileError(f"{entry.place}: its bias has the shape {bias.shape}, not ({count},)")
    return bias


def _channels_last(entry: Entry) -> None:
    if entry.config.get("data_format", "channels_last") not in (None, "channels_last"):
        raise UnsupportedError(f'{entry.place}: its "data_format" must be "channels_last"')


def _pair(entry: Entry, key: str, default: Any = None) -> Pair:
    value = entry.config.get(key, default)
    pair = [value, value] if type(value) is int else value
    right = isinstance(pair, list) and len(pair) == 2
    if not right or not all(type(size) is int and 1 <= size <= MAX_SIDE for size in pair):
        raise UnsupportedError(f'{entry.place}: its "{key}" is {str(value)[:20]!r}, no pair of sizes')
    return pair[0], pair[1]


def _padding(entry: Entry) -> Any:
    value = entry.config.get("padding", "valid")
    if value not in ("valid", "same"):
        raise UnsupportedError(f'{entry.place}: its "padding" must be "valid" or "same"')
    return value


def _activated(entry: Entry) -> list[Step]:
    """Return the step of a layer's own activation, if it has one."""
    value = entry.config.get("activation", "linear")
    if isinstance(value, dict):
        value = value.get("config") if isinstance(value.get("config"), str) else "a custom one"
    if value in (None, "linear"):
        return []
    if not isinstance(value, str) or value not in _KINDS:
        raise UnsupportedError(
            f"{entry.place}: the activation {str(value)[:20]!r} is not known; known are linear, "
            f"{', '.join(_KINDS)}"
        )
    return [Activation(entry.place, _KINDS[value])]  # type: ignore[arg-type]


def _convolution(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    _channels_last(entry)
    arrays = _arrays(entry, weights, 4, 1)
    kernel = arrays[0]  # (rows, columns, in, out); of a depthwise one (rows, columns, in, each)
    if entry.kind == "DepthwiseConv2D":
        rows, columns, groups, each = kernel.shape
        kernel = kernel.reshape(rows, columns, 1, groups * each)
    else:
        groups = entry.config.get("groups", 1)
        if type(groups) is not int or groups < 1:
            raise UnsupportedError(f'{entry.place}: its "groups" must be a number')
        if kernel.shape[3] != entry.config.get("filters"):
            raise ModelFileError(f"{entry.place}: its kernel has not as many outputs as filters")
    if kernel.shape[:2] != _pair(entry, "kernel_size"):
        raise ModelFileError(f"{entry.place}: its kernel has not the size that it announces")
    step = Convolution(
        entry.place,
        kernel.transpose(3, 2, 0, 1),
        _bias(entry, arrays, kernel.shape[3]),
        _pair(entry, "strides", 1),
        _padding(entry),
        _pair(entry, "dilation_rate", 1),
        groups,
    )
    return [step, *_activated(entry)]


def _dense(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    arrays = _arrays(entry, weights, 2, 1)
    outputs = arrays[0].shape[1]
    if outputs != entry.config.get("units"):
        raise ModelFileError(f"{entry.place}: its kernel has not as many outputs as units")
    return [Dense(entry.place, arrays[0], _bias(entry, arrays, outputs)), *_activated(entry)]


def _pool(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    _channels_last(entry)
    kind: Any = "max" if "Max" in entry.kind else "average"
    if entry.kind.startswith("Global"):
        pool: list[Step] = [Pool(entry.place, kind, None)]
        return pool if entry.config.get("keepdims") else [*pool, Flatten(entry.place, "HWC")]
    size = _pair(entry, "pool_size", 2)
    strides = size if entry.config.get("strides") is None else _pair(entry, "strides")
    return [Pool(entry.place, kind, size, strides, _padding(entry))]


def _normalised(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    axis = entry.config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, 1 if flat else 3):
        raise UnsupportedError(f"{entry.place}: normalises axis {str(axis)[:20]}; it must be the last")
    arrays = dict(zip(names_of(entry), _arrays(entry, weights, 1, 1, 1, 1), strict=True))
    mean = arrays["moving_mean"]
    gamma, beta = arrays.get("gamma", np.ones_like(mean)), arrays.get("beta", np.zeros_like(mean))
    epsilon = _number(entry, "epsilon", 1e-3)
    return [batch_norm(entry.place, gamma, beta, mean, arrays["moving_variance"], epsilon)]


def _number(entry: Entry, key: str, default: float) -> float:
    value = entry.config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e30:
        raise UnsupportedError(f'{entry.place}: its "{key}" must be a number')
    return float(value)


def _rescaling(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    scale, shift = _number(entry, "scale", 1.0), _number(entry, "offset", 0.0)
    return [Affine(entry.place, np.array(scale), np.array(shift))]


def _activation(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    if entry.kind == "ReLU":
        plain = {"max_value": None, "negative_slope": 0, "threshold": 0}
        if any(entry.config.get(key, value) != value for key, value in plain.items()):
            raise UnsupportedError(f"{entry.place}: is no plain relu, max(0, x)")
        return [Activation(entry.place, "relu")]
    if entry.kind == "Softmax":
        return [Activation(entry.place, "softmax")]
    return _activated(entry) or [Nothing(entry.place)]


def _flatten(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    _channels_last(entry)
    return [Flatten(entry.place, "HWC")]


def _reshape(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    shape = entry.config.get("target_shape")
    if isinstance(shape, list) and len(shape) == 1 and type(shape[0]) is int:
        return [Flatten(entry.place, "HWC", None if shape[0] == -1 else shape[0])]
    match shape:
        case [int(rows), int(columns), 1] | [int(rows), int(columns)]:
            return [Unflatten(entry.place, (rows, columns))]
    raise UnsupportedError(f"{entry.place}: makes {str(shape)[:40]}; only pixels can be made an image")


def _padded(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    _channels_last(entry)
    value = entry.config.get("padding", 1)
    both = value if isinstance(value, list) else [value, value]
    sides = [size for pair in both for size in (pair if isinstance(pair, list) else [pair, pair])]
    if len(sides) != 4 or not all(type(size) is int and 0 <= size <= MAX_KERNEL for size in sides):
        raise UnsupportedError(f'{entry.place}: its "padding" must be pairs of 0..{MAX_KERNEL}')
    top, bottom, left, right = sides
    return [Pad(entry.place, ((top, bottom), (left, right)))]


def _nothing(entry: Entry, weights: Mapping[str, Array], flat: bool) -> list[Step]:
    return [Nothing(entry.place)]


_LAYERS: dict[str, Callable[[Entry, Mapping[str, Array], bool], list[Step]]] = {
    **{"Conv2D": _convolution, "DepthwiseConv2D": _convolution, "Dense": _dense},
    **{"MaxPooling2D": _pool, "AveragePooling2D": _pool},
    **{"GlobalMaxPooling2D": _pool, "GlobalAveragePooling2D": _pool},
    **{"BatchNormalization": _normalised, "Rescaling": _rescaling},
    **{"Activation": _activation, "ReLU": _activation, "Softmax": _activation},
    **{"Flatten": _flatten, "Reshape": _reshape, "ZeroPadding2D": _padded},
    **dict.fromkeys(_LEFT_OUT, _nothing),
}
