"""Read the tensors of an ONNX file, and compute nodes on constants."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lenet._util.bounded import MAX_BYTES, read_beside, shape_of, shown
from lenet.errors import LenetError, ModelFileError, UnsupportedError

if TYPE_CHECKING:
    import onnx

Values = npt.NDArray[Any]
Attributes = Mapping[str, Any]

_MAX_NUMBERS = MAX_BYTES // 4
_MAX_LIST = 100  # of an attribute
_TYPES = {1: "<f4", 2: "u1", 6: "<i4", 7: "<i8", 10: "<f2", 11: "<f8"}


class WeightFiles:
    """The files beside a model in which its tensors lie (external data); each is read once.

    Attributes:
        contents: the bytes of the files that were read, by their names.
    """

    def __init__(self, folder: Path) -> None:
        """Read files of this folder, of at most MAX_BYTES together."""
        self.folder = folder
        self.contents: dict[str, bytes] = {}
        self.room = MAX_BYTES  # for the tensors; those of an intact model do not overlap

    def part(self, tensor: onnx.TensorProto, place: str) -> bytes:
        """Return the bytes of a tensor.

        Raises:
            LenetError: its file is not beside the model by a plain name, or is a link, or the
                tensor lies beyond its end.
        """
        settings = {entry.key: entry.value for entry in tensor.external_data}
        name = settings.get("location", "")
        if name not in self.contents:
            limit = MAX_BYTES - sum(map(len, self.contents.values()))
            try:
                self.contents[name] = read_beside(self.folder, name, limit)
            except ModelFileError as error:
                raise ModelFileError(
                    f"{place} lies in another file: {error}, or save the model in one file with "
                    "torch.onnx.export(..., external_data=False)"
                ) from None
        data = self.contents[name]
        start, length = (settings.get(key, "") for key in ("offset", "length"))
        if not all(re.fullmatch("[0-9]{0,12}", number) for number in (start, length)):
            raise ModelFileError(f"{place} has no place in its file; save the model again")
        first = int(start or 0)
        end = first + int(length) if length else len(data)
        if not first <= end <= len(data):
            raise ModelFileError(f"{place} lies beyond the end of {shown(name)}; copy both files again")
        self.room -= end - first
        if self.room < 0:
            raise ModelFileError(f"{place}: with it tensors are too large for any model")
        return data[first:end]


def array_of(tensor: onnx.TensorProto, files: WeightFiles | None = None) -> Values:
    """Return the array of a TensorProto.

    Args:
        tensor: the tensor.
        files: where its data may lie if not in it; None: only in it.

    Raises:
        LenetError: types other than float and integer, a size that differs from the data's, and
            like `WeightFiles.part`.
    """
    from onnx import TensorProto, numpy_helper

    place = f"tensor {shown(tensor.name)}"
    if tensor.data_type not in _TYPES:
        raise UnsupportedError(f"{place} is of type {tensor.data_type}; only float and int are read")
    dims = list(tensor.dims[:9])
    shape = () if not dims else (0,) if dims == [0] else shape_of(dims, place)
    if tensor.data_location == 1 or tensor.external_data:
        if files is None:
            raise ModelFileError(f"{place} lies in another file; save the model with its weights in it")
        tensor = TensorProto(dims=dims, data_type=tensor.data_type, raw_data=files.part(tensor, place))
    try:
        values = numpy_helper.to_array(tensor)
    except (ValueError, OverflowError):
        values = None
    if values is None or values.shape != shape:
        raise ModelFileError(f"{place} has another size than its shape; save the model again")
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


def _divided(first: Values, second: Values) -> Values:
    """Divide; integers toward 0, as shapes are."""
    return first / second if first.dtype.kind == "f" else np.trunc(first / second).astype(first.dtype)


def _root(attributes: Attributes, values: Values) -> Values:
    with np.errstate(all="ignore"):
        return np.asarray(np.sqrt(values))


def _arithmetic(operation: Callable[[Values, Values], Values]) -> Callable[..., Values]:
    """Return an operation on two constants, refused if its result is too large."""

    def compute(attributes: Attributes, first: Values, second: Values) -> Values:
        if math.prod(np.broadcast_shapes(first.shape, second.shape)) > _MAX_NUMBERS:
            raise ModelFileError("arithmetic of constants is too large for any model")
        with np.errstate(all="ignore"):  # weights that are not finite are refused
            return operation(first, second)

    return compute


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
    "Add": _arithmetic(np.add),
    "Sub": _arithmetic(np.subtract),
    "Mul": _arithmetic(np.multiply),
    "Div": _arithmetic(_divided),
    "Sqrt": _root,
}
