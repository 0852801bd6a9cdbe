"""Read a Keras layer's settings and weights, with checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lenet._util.bounded import shown
from lenet.engine.abi import MAX_KERNEL, MAX_SIDE
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import Array, Pads, Pair
from lenet.importers.readers.axes import Axes
from lenet.importers.readers.keras_graph import Entry


def names_of(entry: Entry) -> list[str]:
    """Return the names of a layer's arrays, in Keras's order."""
    config, bias = entry.config, ["bias"] if entry.config.get("use_bias", True) else []
    match entry.kind:
        case "Conv2D" | "Dense":
            return ["kernel", *bias]
        case "DepthwiseConv2D":
            return ["depthwise_kernel", *bias]
        case "SeparableConv2D":
            return ["depthwise_kernel", "pointwise_kernel", *bias]
        case "BatchNormalization":
            learned = [("scale", "gamma"), ("center", "beta")]
            names = [name for key, name in learned if config.get(key, True)]
            return [*names, "moving_mean", "moving_variance"]
        case "Normalization" if config.get("mean") is None:
            return ["mean", "variance", "count"]
        case _:
            return []


def arrays_of(entry: Entry, weights: Mapping[str, Array], *axes: int) -> list[Array]:
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


def bias_of(entry: Entry, weights: Mapping[str, Array], count: int) -> Array:
    """Return the bias (count,) of a layer; zeros without one."""
    bias = weights["bias"] if "bias" in names_of(entry) else np.zeros(count)
    if bias.shape != (count,):
        raise ModelFileError(f"{entry.place}: its bias has the shape {bias.shape}, not ({count},)")
    return bias


def check_map(entry: Entry, axes: Axes) -> None:
    """Raise UnsupportedError unless the layer's channels are where the activation has them."""
    data_format = entry.config.get("data_format") or "channels_last"
    place = axes.names.find("C")
    if not axes.is_map or {2: "channels_last", 0: "channels_first"}.get(place) != data_format:
        raise UnsupportedError(
            f'{entry.place}: its "data_format" is {shown(str(data_format))}, which its input is not'
        )


def pair(entry: Entry, key: str, default: Any = None) -> Pair:
    """Return a setting of two sizes, or of one for both."""
    value = entry.config.get(key, default)
    sizes = [value, value] if type(value) is int else value
    right = isinstance(sizes, list) and len(sizes) == 2
    if not right or not all(type(size) is int and 1 <= size <= MAX_SIDE for size in sizes):
        raise UnsupportedError(f'{entry.place}: its "{key}" is {str(value)[:20]!r}, no pair of sizes')
    return sizes[0], sizes[1]


def padding(entry: Entry) -> Any:
    """Return "valid" or "same"."""
    value = entry.config.get("padding", "valid")
    if value not in ("valid", "same"):
        raise UnsupportedError(f'{entry.place}: its "padding" must be "valid" or "same"')
    return value


def pads(entry: Entry) -> Pads:
    """Return the padding of a ZeroPadding2D."""
    value = entry.config.get("padding", 1)
    both = value if isinstance(value, list) else [value, value]
    sides = [size for side in both for size in (side if isinstance(side, list) else [side, side])]
    if len(sides) != 4 or not all(type(size) is int and 0 <= size <= MAX_KERNEL for size in sides):
        raise UnsupportedError(f'{entry.place}: its "padding" must be pairs of 0..{MAX_KERNEL}')
    top, bottom, left, right = sides
    return (top, bottom), (left, right)


def number(entry: Entry, key: str, default: float) -> float:
    """Return a setting that is a number, or a list of one."""
    value = entry.config.get(key, default)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e30:
        raise UnsupportedError(f'{entry.place}: its "{key}" must be a number')
    return float(value)


def numbers(entry: Entry, key: str) -> Array:
    """Return a setting of numbers: one, or nested lists of equal lengths."""
    try:
        values = np.array(entry.config.get(key), np.float64)
    except (TypeError, ValueError, OverflowError):
        values = np.array(np.nan)
    if not np.isfinite(values).all() or values.ndim > 3:
        raise UnsupportedError(f'{entry.place}: its "{key}" must be numbers')
    return values


def axes_of(entry: Entry, axes: Axes) -> list[int]:
    """Return the numbers of the axes in the setting "axis", from 1, in order; 0 counts the images."""
    value = entry.config.get("axis", -1)
    listed = [] if value is None else value if isinstance(value, list) else [value]
    rank = len(axes.names) + 1
    if not all(type(axis) is int and -rank < axis < rank for axis in listed):
        raise UnsupportedError(f"{entry.place}: normalizes axis {str(value)[:20]}, which its input lacks")
    positive = sorted(axis % rank for axis in listed)
    if 0 in positive or len(set(positive)) < len(positive):
        raise UnsupportedError(f"{entry.place}: normalizes axis {str(value)[:20]}; axis 0 counts the images")
    return positive
