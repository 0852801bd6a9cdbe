"""Tensors of the Open Inference Protocol: in JSON, and as bytes after the JSON.

The binary tensor extension puts the bytes of tensors after the JSON object, in the order of the tensors,
little-endian and without gaps. An element of the type BYTES has its length before it, uint32.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from lenet._util.counts import counted
from lenet.engine.abi import SIDE
from lenet.server.bodies import decode_json
from lenet.server.errors import ApiError

PIXELS = SIDE * SIDE
INPUT = "images"
INPUT_TYPE = "UINT8"
MAX_AXES = 8

Size = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Shape = Annotated[list[Size], msgspec.Meta(max_length=MAX_AXES)]

_Elements = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "array"})]


class InputParameters(msgspec.Struct):
    """Parameters of an input.

    Attributes:
        binary_data_size: bytes of the tensor after the JSON; None if `data` has the elements.
    """

    binary_data_size: Size | None = None


class InputTensor(msgspec.Struct):
    """An input of a request.

    Attributes:
        name: of the model's input.
        shape: its sizes.
        datatype: its type, such as UINT8.
        parameters: where its elements are.
        data: its elements, flat or nested as the shape.
    """

    name: str
    shape: Shape
    datatype: str
    parameters: InputParameters = msgspec.field(default_factory=InputParameters)
    data: _Elements = msgspec.field(default_factory=msgspec.Raw)


class TensorParameters(msgspec.Struct):
    """Parameters of an output; its bytes come after the JSON."""

    binary_data_size: int


class OutputTensor(msgspec.Struct, omit_defaults=True):
    """An output of an answer, with its elements in `data`, or else after the JSON."""

    name: str
    datatype: str
    shape: list[int]
    parameters: TensorParameters | None = None
    data: list[float | str] | None = None


Values: TypeAlias = npt.NDArray[np.float32] | Sequence[str]


@dataclass(frozen=True)
class Output:
    """An output of a model: float32 of any shape, or n strings."""

    name: str
    values: Values

    @property
    def datatype(self) -> str:
        """Return the type's name in the protocol."""
        return "FP32" if isinstance(self.values, np.ndarray) else "BYTES"

    @property
    def shape(self) -> list[int]:
        """Return the sizes."""
        return list(self.values.shape) if isinstance(self.values, np.ndarray) else [len(self.values)]

    def as_json(self) -> OutputTensor:
        """Return the tensor with its elements, in row-major order."""
        values = self.values.ravel().tolist() if isinstance(self.values, np.ndarray) else self.values
        return OutputTensor(self.name, self.datatype, self.shape, data=[*values])

    def as_binary(self) -> tuple[OutputTensor, bytes]:
        """Return the tensor without its elements, and their bytes."""
        if isinstance(self.values, np.ndarray):
            data = self.values.astype("<f4").tobytes()
        else:
            items = [item.encode() for item in self.values]
            data = b"".join(len(item).to_bytes(4, "little") + item for item in items)
        return OutputTensor(self.name, self.datatype, self.shape, TensorParameters(len(data))), data


def split_body(body: bytes, json_length: str) -> tuple[bytes, bytes]:
    """Split a body into its JSON and the bytes after it.

    Args:
        body: the whole body.
        json_length: the header Inference-Header-Content-Length; "" if the body is JSON alone.

    Raises:
        ApiError: the header is not a number of bytes, or larger than the body.
    """
    if not json_length:
        return body, b""
    if not re.fullmatch("[0-9]{1,18}", json_length) or int(json_length) > len(body):
        problem = f"Inference-Header-Content-Length is not a length within {counted(len(body), 'byte')}"
        raise ApiError(400, "bad-length", f"{problem}; give the bytes of the JSON")
    return body[: int(json_length)], body[int(json_length) :]


def read_images(inputs: Sequence[InputTensor], binary: bytes, most: int) -> npt.NDArray[np.uint8]:
    """Return the images of a request, uint8 (n, 28, 28).

    Args:
        inputs: the inputs of the request.
        binary: the bytes after the JSON.
        most: most images.

    Raises:
        ApiError: the inputs are not one tensor of such images, or they are too many.
    """
    if len(inputs) != 1 or inputs[0].name != INPUT:
        raise _invalid(f'the model has one input, "{INPUT}"; send it once')
    tensor = inputs[0]
    if tensor.datatype != INPUT_TYPE:
        raise _invalid(f"{INPUT} has the type {tensor.datatype!r:.40}; send {INPUT_TYPE}, bright ink on 0")
    shape = tensor.shape
    if shape[1:] not in ([SIDE, SIDE], [PIXELS]):
        raise _invalid(f"{INPUT} has the shape {shape}; send [n, {SIDE}, {SIDE}] or [n, {PIXELS}]")
    if shape[0] > most:
        raise ApiError(
            413, "too-many-drawings", f"{counted(shape[0], 'image')}; send at most {most:,} at once"
        )
    if tensor.parameters.binary_data_size is None:
        if binary:
            raise _invalid(
                f"{counted(len(binary), 'byte')} after the JSON without a tensor; set binary_data_size"
            )
        pixels = _from_json(tensor)
    else:
        pixels = _from_bytes(tensor, tensor.parameters.binary_data_size, binary)
    return pixels.reshape(-1, SIDE, SIDE)


def _from_bytes(tensor: InputTensor, size: int, binary: bytes) -> npt.NDArray[np.uint8]:
    if bytes(tensor.data):
        raise _invalid(f"{INPUT} has data and binary_data_size; send one of them")
    if not size == len(binary) == prod(tensor.shape):
        expected = f"{tensor.shape} has {counted(prod(tensor.shape), 'byte')}"
        raise _invalid(
            f"{INPUT} of {expected}, binary_data_size is {size}, and {counted(len(binary), 'byte')} came"
        )
    return np.frombuffer(binary, np.uint8)


_Pixel = Annotated[int, msgspec.Meta(ge=0, le=255)]
_DECODERS: dict[int, msgspec.json.Decoder[list[Any]]] = {
    1: msgspec.json.Decoder(list[_Pixel]),
    2: msgspec.json.Decoder(list[list[_Pixel]]),
    3: msgspec.json.Decoder(list[list[list[_Pixel]]]),
}


def _from_json(tensor: InputTensor) -> npt.NDArray[np.uint8]:
    """Return the elements of `data`, flat or nested as the shape."""
    data = bytes(tensor.data)
    if not data:
        raise _invalid(f"{INPUT} has no data; send its elements, or binary_data_size and bytes")
    brackets = re.match(rb"[\s\[]*", data)
    depth = brackets[0].count(b"[") if brackets else 0
    is_nested = depth > 1
    if is_nested and depth != len(tensor.shape):
        raise _invalid(f"data is nested {depth} deep; send it flat, or nested as the shape {tensor.shape}")
    values = decode_json(data, _DECODERS[depth if is_nested else 1])
    try:
        pixels = np.array(values, np.uint8)
    except ValueError:  # rows of several lengths
        raise _invalid(f"the rows of data differ in length; the shape is {tensor.shape}") from None
    if (list(pixels.shape) != tensor.shape) if is_nested else (pixels.size != prod(tensor.shape)):
        raise _invalid(f"data has {pixels.size} elements in {pixels.shape}; the shape is {tensor.shape}")
    return pixels


def _invalid(message: str) -> ApiError:
    return ApiError(400, "invalid", message)
