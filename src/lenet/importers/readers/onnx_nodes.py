"""Translate a node of an ONNX graph to steps and the order of its output's axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lenet._util.bounded import finite, shown
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
    batch_norm,
)
from lenet.importers.readers.onnx_tensors import Attributes, Values


class Axes(NamedTuple):
    """Axes of an activation after the first.

    names   "CHW", "HWC", "HW" without a channel yet, "U" if flat
    pixels  number of the input's pixels while only its scale and shape have changed; then 0
    """

    names: str
    pixels: int = 0


@dataclass(frozen=True, eq=False)
class Node:
    """A node; `inputs` has the values of constants, and None for the activation."""

    place: str
    kind: str
    output: str
    attributes: Attributes
    inputs: list[Values | None]


Taken = tuple[list[Step], Axes]


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
    if axes.names != "CHW":
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
    return [step], Axes("CHW")


def _pool(node: Node, axes: Axes) -> Taken:
    _map(node, axes)
    kind: Any = "max" if "Max" in node.kind else "average"
    if node.kind.startswith("Global"):
        return [Pool(node.place, kind, None)], Axes("CHW")
    if _pair(node, "dilations") != (1, 1):
        raise UnsupportedError(f"{node.place}: pools with gaps, which cannot be said")
    size, strides = _pair(node, "kernel_shape", 0), _pair(node, "strides")
    ceil = bool(_number(node, "ceil_mode", 0))
    return [Pool(node.place, kind, size, strides, _padding(node), ceil)], Axes("CHW")


def _mean(node: Node, axes: Axes) -> Taken:
    """Translate global pooling, over all rows and columns."""
    rank = len(axes.names) + 1
    names = {(" " + axes.names)[k] for k in _moved(node) if -rank <= k < rank}
    if names != {"H", "W"} or len(axes.names) != 3:
        raise UnsupportedError(f"{node.place}: only a mean over rows and columns is known")
    pool = Pool(node.place, "average", None)
    if _number(node, "keepdims", 1):
        return [pool], Axes(axes.names)
    return [pool, Flatten(node.place, axes.names)], Axes("U")


def _dense(node: Node, axes: Axes) -> Taken:
    _flat(node, axes)
    weight = _needed(node, 1)
    if node.inputs[0] is not None or weight.ndim != 2:
        raise UnsupportedError(f"{node.place}: must be an activation times constant weights (in, out)")
    if node.kind == "MatMul":
        return [Dense(node.place, weight, np.zeros(weight.shape[1]))], Axes("U")
    if _number(node, "transA", 0):
        raise UnsupportedError(f"{node.place}: takes its input transposed, which cannot be said")
    weight = weight.T if _number(node, "transB", 0) else weight
    addend = _constant(node, 2)
    bias = np.zeros(1) if addend is None else addend.ravel() * _number(node, "beta", 1)
    if bias.size not in (1, weight.shape[1]):
        raise ModelFileError(f"{node.place}: its bias has {bias.size} numbers, not {weight.shape[1]}")
    weight = weight * _number(node, "alpha", 1)
    return [Dense(node.place, weight, np.broadcast_to(bias, weight.shape[1:]).copy())], Axes("U")


def _flat(node: Node, axes: Axes) -> None:
    if axes.names != "U":
        raise UnsupportedError(f"{node.place}: needs a flat input; flatten the map before it")


def _normalised(node: Node, axes: Axes) -> Taken:
    if axes.names not in ("CHW", "U"):
        raise UnsupportedError(f"{node.place}: needs its channels before rows and columns")
    gamma, beta, mean, variance = (_needed(node, k) for k in range(1, 5))
    epsilon = _number(node, "epsilon", 1e-5)
    return [batch_norm(node.place, gamma, beta, mean, variance, epsilon)], axes


def _arithmetic(node: Node, axes: Axes) -> Taken:
    """Translate x + c, x - c, c - x, x * c and x / c."""
    if len(node.inputs) != 2:
        raise UnsupportedError(f"{node.place}: must have two inputs")
    first = node.inputs[0] is None
    values = _spread(node, axes, _needed(node, 1 if first else 0))
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
    return [Affine(node.place, scale, shift)], axes


def _spread(node: Node, axes: Axes, values: Array) -> Array:
    """Return constants in the shapes of `Affine`: (), (channels, rows, columns) or (units,)."""
    if values.size == 1:
        return values.reshape(())
    rank = len(axes.names) + 1
    shape = (*(1,) * (rank - values.ndim), *values.shape)
    if len(shape) != rank or shape[0] != 1 or axes.names == "HW":
        raise UnsupportedError(f"{node.place}: its constants of {values.shape} do not go with its input")
    values = values.reshape(shape[1:])
    if axes.names == "U":
        return values
    return values.transpose([axes.names.index(name) for name in "CHW"])


def _activation(node: Node, axes: Axes) -> Taken:
    kinds: dict[str, Any] = {"Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid"}
    return [Activation(node.place, kinds[node.kind])], Axes(axes.names)


def _softmax(node: Node, axes: Axes) -> Taken:
    _flat(node, axes)
    if node.attributes.get("axis", -1) not in (-1, 1):
        raise UnsupportedError(f"{node.place}: must be over the outputs")
    return [Activation(node.place, "softmax")], axes


def _pad(node: Node, axes: Axes) -> Taken:
    pads = node.attributes.get("pads")
    pads_input = _constant(node, 1)
    sizes = pads if pads_input is None and isinstance(pads, list) else []
    sizes = sizes if pads_input is None else [int(size) for size in pads_input.ravel()[:9]]
    fill = _constant(node, 2)
    value = _number(node, "value", 0) if fill is None or not fill.size else float(fill.flat[0])
    constant = node.attributes.get("mode", "constant") == "constant" and len(node.inputs) < 4
    right = len(sizes) == 8 and len(axes.names) == 3
    if not constant or not right or not all(0 <= size <= MAX_SIDE for size in sizes):
        raise UnsupportedError(f"{node.place}: only constant padding of a map is known")
    around = dict(zip("N" + axes.names, zip(sizes[:4], sizes[4:], strict=True), strict=True))
    if around["N"] != (0, 0) or around["C"] != (0, 0):
        raise UnsupportedError(f"{node.place}: pads more than rows and columns")
    return [Pad(node.place, (around["H"], around["W"]), value)], Axes(axes.names)


# ---- Shapes ------------------------------------------------------------------------------------


def _flattened(node: Node, axes: Axes) -> Taken:
    if node.attributes.get("axis", 1) != 1:
        raise UnsupportedError(f"{node.place}: must leave the images apart, axis 1")
    return _to_units(node, axes), Axes("U")


def _to_units(node: Node, axes: Axes, units: int | None = None) -> list[Step]:
    if axes.names == "U":
        return [Nothing(node.place)]
    order = axes.names if "C" in axes.names else "C" + axes.names
    return [Flatten(node.place, order, units)]


def _reshaped(node: Node, axes: Axes) -> Taken:
    shape = node.inputs[1] if len(node.inputs) > 1 else node.attributes.get("shape")
    sizes = [int(size) for size in np.ravel(shape)] if shape is not None else []
    if len(sizes) == 2 and sizes[1] != -2:
        units = sizes[1] if sizes[1] > 0 else None
        return _to_units(node, axes, units), Axes("U")
    if axes.pixels and len(sizes) in (3, 4):
        match sizes[1:]:
            case [1, rows, columns]:
                names = "CHW"
            case [rows, columns, 1]:
                names = "HWC"
            case [rows, columns]:
                names = "HW"
            case _:
                rows = columns = 0
        if rows > 0 and columns > 0 and rows * columns == axes.pixels:
            return [Unflatten(node.place, (rows, columns))], Axes(names, axes.pixels)
    raise UnsupportedError(f"{node.place}: only a map can be made flat, and pixels an image")


def _transposed(node: Node, axes: Axes) -> Taken:
    order = node.attributes.get("perm")
    if not isinstance(order, list) or sorted(order) != list(range(len(axes.names) + 1)):
        raise UnsupportedError(f"{node.place}: its perm is no order of the axes")
    if order[0] != 0:
        raise UnsupportedError(f"{node.place}: exchanges the images")
    names = "".join(axes.names[k - 1] for k in order[1:])
    return [Nothing(node.place)], Axes(names, axes.pixels)


def _with_axis(node: Node, axes: Axes) -> Taken:
    """Translate Unsqueeze, which adds the channel of an image."""
    axis, *_ = _moved(node) or [0]
    axis = axis + len(axes.names) + 2 if axis < 0 else axis
    if axes.names != "HW" or axis not in (1, 3):
        raise UnsupportedError(f"{node.place}: only a channel can be added, to an image")
    return [Nothing(node.place)], Axes("CHW" if axis == 1 else "HWC", axes.pixels)


def _without_axes(node: Node, axes: Axes) -> Taken:
    """Translate Squeeze: of rows and columns of a 1 x 1 map, or of the channel of an image."""
    names = {(" " + axes.names)[k] for k in _moved(node) if -len(axes.names) <= k <= len(axes.names)}
    if names == {"H", "W"} and len(axes.names) == 3:
        return [Flatten(node.place, axes.names)], Axes("U")
    if names == {"C"} and axes.pixels:
        return [Nothing(node.place)], Axes(axes.names.replace("C", ""), axes.pixels)
    raise UnsupportedError(f"{node.place}: only rows and columns of 1 x 1, or a channel, can go")


def _moved(node: Node) -> list[int]:
    axes_input = _constant(node, 1)
    axes = node.attributes.get("axes") if axes_input is None else [int(k) for k in axes_input.ravel()]
    return axes if isinstance(axes, list) and len(axes) in (1, 2) else []


def _nothing(node: Node, axes: Axes) -> Taken:
    return [Nothing(node.place)], axes


_NODES: dict[str, Callable[[Node, Axes], Taken]] = {
    **{"Conv": _convolution, "MaxPool": _pool, "AveragePool": _pool, "GlobalMaxPool": _pool},
    **{"GlobalAveragePool": _pool, "ReduceMean": _mean, "Gemm": _dense, "MatMul": _dense},
    **{"BatchNormalization": _normalised, "Pad": _pad, "Softmax": _softmax},
    **{"LogSoftmax": _softmax, "Relu": _activation, "Tanh": _activation, "Sigmoid": _activation},
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    **{"Flatten": _flattened, "Reshape": _reshaped, "Transpose": _transposed},
    **{"Unsqueeze": _with_axis, "Squeeze": _without_axes},
    **dict.fromkeys(("Cast", "Dropout", "Identity"), _nothing),
}
