"""Read the tensors of an ONNX file, and compute nodes on constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lenet._util.bounded import MAX_BYTES, shape_of, shown
from lenet.errors import LenetError, ModelFileError, UnsupportedError

if TYPE_CHECKING:
    import onnx

Values = npt.NDArray[Any]
Attributes = Mapping[str, Any]

_MAX_NUMBERS = MAX_BYTES // 4
_MAX_LIST = 100  # of an attribute
_TYPES = {1: "<f4", 2: "u1", 6: "<i4", 7: "<i8", 10: "<f2", 11: "<f8"}


def array_of(tensor: onnx.TensorProto) -> Values:
    """Return the array of a TensorProto.

    Raise LenetError for data in another file, types other than float and integer, and a size that
    differs from the data's.
    """
    from onnx import numpy_helper

    place = f"tensor {shown(tensor.name)}"
    if tensor.data_location == 1 or tensor.external_data:
        raise ModelFileError(f"{place} lies in another file; save the model with its weights in it")
    if tensor.data_type not in _TYPES:
        raise UnsupportedError(f"{place} is of type {tensor.data_type}; only float and int are read")
    dims = list(tensor.dims[:9])
    shape = () if not dims else (0,) if dims == [0] else shape_of(dims, place)
    try:
        values = numpy_helper.to_array(tensor)
    except (ValueError, OverflowError):
        values = None
    if values is None or values.shape != shape:
        raise ModelFileError(f"{place} has not the size that it announces; save the model again")
    return values


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """Return a node's attributes: numbers, texts, lists of numbers, tensors; others are None."""
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        match attribute.type:
            case 1:
                value: Any = attribute.f
            case 2:
                value = attribute.i
            case 3:
                value = attribute.s.decode(errors="replace")
            case 4:
                value = attribute.t
            case 6:
                value = list(attribute.floats[:_MAX_LIST])
            case 7:
                value = list(attribute.ints[:_MAX_LIST])
            case _:
                value = None
        attributes[attribute.name] = value
    return attributes


def evaluated(kind: str, attributes: Attributes, inputs: Sequence[Values]) -> Values | None:
    """Compute a node on constants; return None for unknown kinds.

    Raise LenetError if it fails, or its result is too large.
    """
    if kind not in _CONSTANT:
        return None
    try:
        values = np.asarray(_CONSTANT[kind](attributes, *inputs))
    except LenetError:
        raise
    except Exception as error:  # NumPy raises many types for wrong axes and numbers of inputs
        reason = shown(str(error), 60)
        raise UnsupportedError(f"a {kind} of constants cannot be computed ({reason})") from None
    if values.size > _MAX_NUMBERS or values.ndim > 8:
        raise ModelFileError(f"a {kind} of constants is too large for any model")
    return values


def _constant(attributes: Attributes) -> Values:
    for name in ("value_float", "value_int", "value_floats", "value_ints"):
        if attributes.get(name) is not None:
            return np.array(attributes[name])
    return array_of(attributes["value"])


def _axes(attributes: Attributes, axes: tuple[Values, ...]) -> tuple[int, ...]:
    """Return the axes of Squeeze and Unsqueeze: an attribute up to opset 12, then an input."""
    return tuple(int(k) for k in (axes[0].ravel() if axes else attributes["axes"]))


def _reshaped(attributes: Attributes, values: Values, shape: Values) -> Values:
    sizes = [int(size) for size in shape.ravel()]
    return values.reshape([values.shape[k] if size == 0 else size for k, size in enumerate(sizes)])


def _joined(attributes: Attributes, *parts: Values) -> Values:
    if sum(part.size for part in parts) > _MAX_NUMBERS:
        raise ModelFileError("a Concat of constants is too large for any model")
    return np.concatenate(parts, attributes["axis"])


def _gathered(attributes: Attributes, values: Values, indices: Values) -> Values:
    if values.ndim != 1 or indices.size > 8:
        raise UnsupportedError("a Gather of more than a shape's sizes")
    return values[indices.astype(np.int64)]


def _sliced(attributes: Attributes, values: Values, *bounds: Values) -> Values:
    start, end = (int(x.ravel()[0]) for x in bounds[:2])
    if values.ndim != 1:
        raise UnsupportedError("a Slice of more than a shape's sizes")
    return values[start:end]


_CONSTANT: dict[str, Callable[..., Values]] = {
    "Constant": _constant,
    "Identity": lambda attributes, values: values,
    "Cast": lambda attributes, values: values.astype(_TYPES[attributes["to"]]),
    "Reshape": _reshaped,
    "Transpose": lambda attributes, values: values.transpose(attributes.get("perm")),
    "Unsqueeze": lambda attributes, values, *axes: np.expand_dims(values, _axes(attributes, axes)),
    "Squeeze": lambda attributes, values, *axes: values.squeeze(_axes(attributes, axes)),
    "Concat": _joined,
    "Gather": _gathered,
    "Slice": _sliced,
}
