"""LiteRT's file format, .tflite: a FlatBuffer of tensors and operators."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util.extras import require
from lenet.exporters.ir import Shape
from lenet.exporters.quantize import Quantization

IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
ALIGNMENT = 16  # bytes: the schema's force_align of constants
OPTIONS = {
    "ADD": "AddOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MUL": "MulOptions",
    "PADV2": "PadV2Options",
    "QUANTIZE": "QuantizeOptions",
    "RESHAPE": "ReshapeOptions",
    "SOFTMAX": "SoftmaxOptions",
}


class Tensor(NamedTuple):
    """A tensor of a file: its number, and the quantization of its codes if it has 8 bits."""

    number: int
    quantization: Quantization | None = None


class Buffer(NamedTuple):
    """A constant's bytes, aligned; the schema's own BufferT does not align them."""

    schema: Any
    data: bytes | None = None

    def Pack(self, builder: Any) -> Any:  # noqa: N802 (the schema's name)
        """Write the buffer, like the schema's other objects."""
        if self.data is not None:
            builder.Prep(ALIGNMENT, len(self.data))
            place = builder.CreateByteVector(self.data)
        self.schema.BufferStart(builder)
        if self.data is not None:
            self.schema.BufferAddData(builder, place)
        return self.schema.BufferEnd(builder)


class File:
    """Builder of a file; MissingDependencyError if the schema is not installed."""

    def __init__(self) -> None:
        require("ai_edge_litert", "litert")
        from ai_edge_litert import schema_py_generated as schema

        self._schema: Any = schema
        self._buffers = [Buffer(schema)]  # the first means "no constant"
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: dict[tuple[str, int], int] = {}

    def activation(
        self, name: str, kind: npt.DTypeLike, shape: Shape, quantization: Quantization | None = None
    ) -> Tensor:
        """Add a computed tensor for any number of images of this shape."""
        tensor = self._tensor(name, np.dtype(kind), (1, *shape), quantization)
        self._tensors[tensor.number].shapeSignature = [-1, *shape]
        return tensor

    def constant(
        self, name: str, values: npt.NDArray[Any], quantization: Quantization | None = None
    ) -> Tensor:
        """Add a tensor of constants."""
        tensor = self._tensor(name, values.dtype, values.shape, quantization)
        self._tensors[tensor.number].buffer = len(self._buffers)
        little = values.astype(values.dtype.newbyteorder("<"))
        self._buffers.append(Buffer(self._schema, little.tobytes()))
        return tensor

    def operator(
        self, kind: str, version: int, inputs: Sequence[Tensor], output: Tensor, **options: Any
    ) -> None:
        """Add an operator of the schema's BuiltinOperator; options have the schema's names."""
        code = self._codes.setdefault((kind, version), len(self._codes))
        operator = self._table(
            "Operator",
            opcodeIndex=code,
            inputs=[tensor.number for tensor in inputs],
            outputs=[output.number],
        )
        if kind in OPTIONS:
            operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, OPTIONS[kind])
            operator.builtinOptions = self._table(OPTIONS[kind], **options)
        self._operators.append(operator)

    def packed(self, name: str, about: str, files: Mapping[str, str], first: Tensor, last: Tensor) -> bytes:
        """Return the whole file; the same contents give the same bytes.

        name, about  the network's name and description
        files        texts in a zip archive behind the FlatBuffer: LiteRT's associated files
        first, last  input and output
        """
        import flatbuffers

        graph = self._table(
            "SubGraph",
            name=name,
            tensors=self._tensors,
            inputs=[first.number],
            outputs=[last.number],
            operators=self._operators,
        )
        model = self._table(
            "Model",
            version=SCHEMA_VERSION,
            description=about,
            operatorCodes=[self._code(*code) for code in self._codes],
            subgraphs=[graph],
            buffers=self._buffers,
            signatureDefs=[self._signature(first, last)],
        )
        builder = flatbuffers.Builder(2**16)
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return _with_files(bytes(builder.Output()), files)

    def _tensor(
        self, name: str, kind: np.dtype[Any], shape: Shape, quantization: Quantization | None
    ) -> Tensor:
        tensor = self._table(
            "Tensor",
            name=name,
            type=getattr(self._schema.TensorType, kind.name.upper()),
            shape=list(shape),
            hasRank=True,
        )
        if quantization:
            tensor.quantization = self._table(
                "QuantizationParameters",
                scale=quantization.scale.tolist(),
                zeroPoint=[quantization.zero_point] * len(quantization.scale),
                quantizedDimension=quantization.axis,
            )
        self._tensors.append(tensor)
        return Tensor(len(self._tensors) - 1, quantization)

    def _code(self, kind: str, version: int) -> Any:
        number = getattr(self._schema.BuiltinOperator, kind)
        return self._table("OperatorCode", builtinCode=number, deprecatedBuiltinCode=number, version=version)

    def _signature(self, first: Tensor, last: Tensor) -> Any:
        inputs, outputs = (
            [self._table("TensorMap", name=self._tensors[t.number].name, tensorIndex=t.number)]
            for t in (first, last)
        )
        return self._table("SignatureDef", signatureKey="serving_default", inputs=inputs, outputs=outputs)

    def _table(self, name: str, /, **values: Any) -> Any:
        """Return an object of the schema; constructors without arguments work in all versions."""
        table = getattr(self._schema, f"{name}T")()
        for key, value in values.items():
            setattr(table, key, value)
        return table


def _with_files(data: bytes, files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # of 1980
    return stream.getvalue()
