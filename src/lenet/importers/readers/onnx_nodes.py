"""Translate a node of an ONNX graph to steps and the order of its output's axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lenet._util.bounded import MAX_AXES, finite, shown
from lenet.engine.abi import MAX_SIDE
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import (
    Activation,
    Affine,
    Array,
    Convolution,
    Dense,
    Flatten,
    Nothing,
    Pad,
    Padding,
    Pair,
    Pool,
    Step,
    Unflatten,
)
from lenet.importers.readers.axes import Axes
from lenet.importers.readers.onnx_tensors import Attributes, Values


@dataclass(frozen=True, eq=False)
class Node:
    """A node; `inputs` has the values of constants, and None for the activation."""

    place: str
    kind: str
    output: str
    attributes: Attributes
    inputs: list[Values | None]


Taken = tuple[list[Step], Axes]

_FLOATS = (1, 10, 11, 16)  # of TensorProto: float32, float16, float64, bfloat16


def steps_of(node: Node, axes: Axes) -> Taken:
    """Return the steps of a node and its output's axes; UnsupportedError for unknown nodes."""
    if node.kind not in _NODES:
        raise UnsupportedError(f"{node.place}: not known; known are {', '.join(_NODES)}")
    return _NODES[node.kind](node, axes)


def _constant(node: Node, number: int) -> Array | None:
    """Return the float64 input of that number; None if it is left out."""
    values = node.inputs[number] if number < len(node.inputs) else None
    return None if values is None else finite(values, node.place)


def _needed(node: Node, number: int) -> Array:
    values = _constant(node, number)
    if values is None:
        raise UnsupportedError(f"{node.place}: its input {number + 1} must be constant")
    return values


def _integers(node: Node, name: str, count: int, default: int) -> list[int]:
    values = node.attributes.get(name, [default] * count)
    right = isinstance(values, list) and len(values) == count
    if not right or not all(0 <= value <= MAX_SIDE for value in values):
        raise UnsupportedError(f"{node.place}: its {name} are {str(values)[:40]}, not {count} sizes")
    return list(values)


def _number(node: Node, name: str, default: float) -> float:
    value = node.attributes.get(name, default)
    if not isinstance(value, int | float) or not abs(value) < 1e30:
        raise UnsupportedError(f"{node.place}: its {name} must be a number")
    return value


def _pair(node: Node, name: str, default: int = 1) -> Pair:
    rows, columns = _integers(node, name, 2, default)
    if min(rows, columns) < 1:
        raise UnsupportedError(f"{node.place}: its {name} must be 1 or more")
    return rows, columns


def _padding(node: Node) -> Padding:
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "VALID"):
        return "same" if auto == "SAME_UPPER" else "valid"
    if auto not in ("NOTSET", ""):
        raise UnsupportedError(f"{node.place}: pads {shown(str(auto))}, which is not known")
    top, left, bottom, right = _integers(node, "pads", 4, 0)
    return (top, bottom), (left, right)


def _map(node: Node, axes: Axes) -> None:
    if not axes.is_map or axes.names[0] != "C":
        raise UnsupportedError(f"{node.place}: needs a map, channel before row and column")


# ---- Layers ------------------------------------------------------------------------------------


def _convolution(node: Node, axes: Axes) -> Taken:
    _map(node, axes)
    weight = _needed(node, 1)
    bias = _constant(node, 2)
    groups = int(_number(node, "group", 1))
    kernel = node.attributes.get("kernel_shape", list(weight.shape[2:]))
    if weight.ndim != 4 or list(weight.shape[2:]) != kernel or not 1 <= groups <= len(weight):
        raise UnsupportedError(f"{node.place}: its weights are {weight.shape}, not (out, in, rows, cols)")
    bias = np.zeros(len(weight)) if bias is None else bias
    if bias.shape != (len(weight),):
        raise UnsupportedError(f"{node.place}: its bias is {bias.shape}, not ({len(weight)},)")
    strides, dilation = _pair(node, "strides"), _pair(node, "dilations")
    step = Convolution(node.place, weight, bias, strides, _padding(node), dilation, groups)
    return axes.of_rows([step]), axes.changed


def _pool(node: Node, axes: Axes) -> Taken:
    _map(node, axes)
    kind: Any = "max" if "Max" in node.kind else "average"
    if node.kind.startswith("Global"):
        return [Pool(node.place, kind, None)], axes.changed
    if _pair(node, "dilations") != (1, 1):
        raise UnsupportedError(f"{node.place}: pooling with dilation is not supported")
    size, strides = _pair(node, "kernel_shape", 0), _pair(node, "strides")
    ceil = bool(_number(node, "ceil_mode", 0))
    return axes.of_rows([Pool(node.place, kind, size, strides, _padding(node), ceil)]), axes.changed


def _mean(node: Node, axes: Axes) -> Taken:
    """Translate global pooling, over all rows and columns."""
    rank = len(axes.names) + 1
    names = {(" " + axes.names)[k] for k in _moved(node) if -rank <= k < rank}
    if names != {"H", "W"} or not axes.is_map:
        raise UnsupportedError(f"{node.place}: only a mean over rows and columns is known")
    pool = Pool(node.place, "average", None)
    if _number(node, "keepdims", 1):
        return [pool], axes.changed
    return [pool, *axes.flattened(node.place)], Axes("U")


def _dense(node: Node, axes: Axes) -> Taken:
    """Translate Gemm, and MatMul, which on the channels of a map is a convolution of 1 x 1."""
    weight = _needed(node, 1)
    if node.inputs[0] is not None or weight.ndim != 2:
        raise UnsupportedError(f"{node.place}: must be an activation times constant weights (in, out)")
    if node.kind == "MatMul" and axes.is_map and axes.names[-1] == "C":
        step: Step = Convolution(node.place, weight.T[..., None, None], np.zeros(weight.shape[1]))
        return [step], axes.changed
    if node.kind == "MatMul" and axes.names.strip("1") == "U" and axes.names[-1] == "U":
        step = Dense(node.place, weight, np.zeros(weight.shape[1]))
        return [*axes.pixels_flattened(), step], axes.changed
    _flat(node, axes)
    if _number(node, "transA", 0):
        raise UnsupportedError(f"{node.place}: a transposed input is not supported")
    weight = weight.T if _number(node, "transB", 0) else weight
    addend = _constant(node, 2)
    bias = np.zeros(1) if addend is None else addend.ravel() * _number(node, "beta", 1)
    if bias.size not in (1, weight.shape[1]):
        raise ModelFileError(f"{node.place}: its bias has {bias.size} numbers, not {weight.shape[1]}")
    weight = weight * _number(node, "alpha", 1)
    step = Dense(node.place, weight, np.broadcast_to(bias, weight.shape[1:]).copy())
    return [*axes.pixels_flattened(), step], axes.changed


def _flat(node: Node, axes: Axes) -> None:
    if axes.names != "U":
        raise UnsupportedError(f"{node.place}: needs a flat input; flatten the map before it")


def _normalised(node: Node, axes: Axes) -> Taken:
    arrays = [_needed(node, k) for k in range(1, 5)]
    step = axes.normalized(node.place, 1, arrays, _number(node, "epsilon", 1e-5))
    return [*axes.pixels_flattened(), step], axes.changed


def _arithmetic(node: Node, axes: Axes) -> Taken:
    """Translate x + c, x - c, c - x, x * c and x / c."""
    if len(node.inputs) != 2:
        raise UnsupportedError(f"{node.place}: must have two inputs")
    first = node.inputs[0] is None
    values = axes.spread(node.place, _needed(node, 1 if first else 0))
    ones, zeros = np.array(1.0), np.array(0.0)
    match node.kind, first:
        case "Add", _:
            scale, shift = ones, values
        case "Sub", True:
            scale, shift = ones, -values
        case "Sub", False:
            scale, shift = -ones, values
        case "Mul", _:
            scale, shift = values, zeros
        case "Div", True if (values != 0).all():
            scale, shift = 1 / values, zeros
        case _:
            raise UnsupportedError(f"{node.place}: only a division by constants other than 0 is known")
    step = Affine(node.place, scale, shift)
    if values.size > 1 and "U" in axes.names:
        return [*axes.pixels_flattened(), step], axes.changed
    return [step], axes


def _activation(node: Node, axes: Axes) -> Taken:
    kinds: dict[str, Any] = {"Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid"}
    return [Activation(node.place, kinds[node.kind])], axes


def _softmax(node: Node, axes: Axes) -> Taken:
    _flat(node, axes)
    if node.attributes.get("axis", -1) not in (-1, 1):
        raise UnsupportedError(f"{node.place}: must be over the classes")
    return [Activation(node.place, "softmax")], axes


def _pad(node: Node, axes: Axes) -> Taken:
    pads = node.attributes.get("pads")
    pads_input = _constant(node, 1)
    sizes = pads if pads_input is None and isinstance(pads, list) else []
    sizes = sizes if pads_input is None else [int(size) for size in pads_input.ravel()[:9]]
    fill = _constant(node, 2)
    value = _number(node, "value", 0) if fill is None or not fill.size else float(fill.flat[0])
    constant = node.attributes.get("mode", "constant") == "constant" and len(node.inputs) < 4
    right = len(sizes) == 8 and axes.is_map
    if not constant or not right or not all(0 <= size <= MAX_SIDE for size in sizes):
        raise UnsupportedError(f"{node.place}: only constant padding of a map is known")
    around = dict(zip("N" + axes.names, zip(sizes[:4], sizes[4:], strict=True), strict=True))
    if around["N"] != (0, 0) or around["C"] != (0, 0):
        raise UnsupportedError(f"{node.place}: pads more than rows and columns")
    return [Pad(node.place, (around["H"], around["W"]), value)], axes.changed


# ---- Shapes ------------------------------------------------------------------------------------


def _flattened(node: Node, axes: Axes) -> Taken:
    if _number(node, "axis", 1) not in (1, -len(axes.names)):
        raise UnsupportedError(f"{node.place}: must flatten from axis 1; axis 0 counts the images")
    return axes.flattened(node.place), axes if axes.names == "U" else Axes("U")


def _reshaped(node: Node, axes: Axes) -> Taken:
    shape = node.inputs[1] if len(node.inputs) > 1 else node.attributes.get("shape")
    sizes = [int(size) for size in np.ravel(shape)][1:9] if shape is not None else []  # of an image
    if (image := _image(sizes, axes)) is not None:
        return [Unflatten(node.place, image[1])], Axes(*image)
    units = [size for size in sizes if size != 1] or [1]
    keeps = units == [0] and "U" in axes.names  # 0 keeps a size
    if sizes and len(units) == 1 and (keeps or units[0] == -1 or units[0] > 0):
        names = "".join("U" if size == units[0] else "1" for size in sizes[:-1])
        names += "1" if "U" in names else "U"
        if axes.names == names:  # also a row of pixels
            return [Nothing(node.place)], axes
        return axes.flattened(node.place, units[0] if units[0] > 0 else None), Axes(names)
    raise UnsupportedError(f"{node.place}: only a map can be made flat, and pixels an image")


def _image(sizes: list[int], axes: Axes) -> tuple[str, Pair] | None:
    """Return axes and sides of the image that a Reshape makes of pixels; None if it makes none."""
    if not axes.sides or len(sizes) not in (2, 3):
        return None
    if sizes.count(-1) == 1:
        rest = -math.prod(sizes)
        sizes = [math.prod(axes.sides) // rest if size == -1 and rest > 0 else size for size in sizes]
    names = "HW" if "U" in axes.names else axes.names.replace("C", "")
    match sizes:
        case [1, rows, columns]:
            order = f"C{names}"
        case [rows, columns, 1]:
            order = f"{names}C"
        case [rows, columns]:
            order = names
        case _:
            return None
    if min(rows, columns) < 2 or rows * columns != math.prod(axes.sides):
        return None
    return order, (rows, columns) if names == "HW" else (columns, rows)


def _transposed(node: Node, axes: Axes) -> Taken:
    order = node.attributes.get("perm")
    if not isinstance(order, list) or sorted(order) != list(range(len(axes.names) + 1)):
        raise UnsupportedError(f"{node.place}: its perm is not a permutation of the axes")
    if order[0] != 0:
        raise UnsupportedError(f"{node.place}: moves the batch axis; only the axes of an image may move")
    names = "".join(axes.names[k - 1] for k in order[1:])
    return [Nothing(node.place)], Axes(names, axes.sides)


def _with_axes(node: Node, axes: Axes) -> Taken:
    """Translate Unsqueeze: axes of one, of which the first beside rows and columns is the channel."""
    names = list(axes.names)
    rank = len(names) + 1 + len(_moved(node))
    added = sorted(axis + rank if axis < 0 else axis for axis in _moved(node))
    if not added or not 1 <= added[0] <= added[-1] < rank:
        raise UnsupportedError(f"{node.place}: must not add axis 0, which counts the images")
    for axis in added:
        names.insert(axis - 1, "C" if "H" in names and "C" not in names else "1")
    return [Nothing(node.place)], Axes("".join(names), axes.sides)


def _without_axes(node: Node, axes: Axes) -> Taken:
    """Translate Squeeze: of axes of one, a map's rows and columns, or the channel of an image."""
    rank = len(axes.names) + 1
    removed = {axis % rank for axis in _moved(node) if -rank <= axis < rank}
    free = "1C" if axes.sides else "1HW"
    if len(node.inputs) < 2 and "axes" not in node.attributes:
        removed = {k for k, name in enumerate(axes.names, 1) if name in free}
    names = "".join(name for k, name in enumerate(axes.names, 1) if k not in removed)
    if not removed or 0 in removed or not all(axes.names[k - 1] in free for k in removed):
        raise UnsupportedError(f"{node.place}: only rows and columns of 1 x 1, or a channel, can go")
    if names == "C":
        return [Flatten(node.place, "CHW")], Axes("U")
    return [Nothing(node.place)], Axes(names, axes.sides)


def _moved(node: Node) -> list[int]:
    axes_input = _constant(node, 1)
    axes = node.attributes.get("axes") if axes_input is None else [int(k) for k in axes_input.ravel()]
    return axes if isinstance(axes, list) and len(axes) <= MAX_AXES else []


def _cast(node: Node, axes: Axes) -> Taken:
    if node.attributes.get("to") not in _FLOATS:
        raise UnsupportedError(f"{node.place}: rounds its input; leave it out")
    return [Nothing(node.place)], axes


def _nothing(node: Node, axes: Axes) -> Taken:
    return [Nothing(node.place)], axes


_NODES: dict[str, Callable[[Node, Axes], Taken]] = {
    **{"Conv": _convolution, "MaxPool": _pool, "AveragePool": _pool, "GlobalMaxPool": _pool},
    **{"GlobalAveragePool": _pool, "ReduceMean": _mean, "Gemm": _dense, "MatMul": _dense},
    **{"BatchNormalization": _normalised, "Pad": _pad, "Softmax": _softmax},
    **{"LogSoftmax": _softmax, "Relu": _activation, "Tanh": _activation, "Sigmoid": _activation},
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    **{"Flatten": _flattened, "Reshape": _reshaped, "Transpose": _transposed},
    **{"Unsqueeze": _with_axes, "Squeeze": _without_axes, "Cast": _cast},
    **dict.fromkeys(("Dropout", "Identity"), _nothing),
}
