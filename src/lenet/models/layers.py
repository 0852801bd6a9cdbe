"""Layer kinds of a specification: one class each, found by its key in `KINDS`.

A layer knows its JSON form, the shapes that it maps, its tensors and its form for the engine. The
limits are the engine's. Errors name the field; `lenet.models.spec` adds the layer's position.
`tools/codegen/layer_reference.py` makes the reference of layers in docs/reference/model-file.md
from the fields and docstrings.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Literal, Self

from lenet import engine
from lenet.engine.abi import MAX_KERNEL, MAX_STRIDE
from lenet.errors import ModelFileError, UnsupportedError
from lenet.models.checks import (
    Shape,
    bits_of_marks,
    check_field,
    check_level,
    check_marks,
    check_size,
    map_shape,
    pooled_shape,
)


@dataclass(frozen=True)
class Layer(ABC):
    """A layer of a network.

    In JSON it is {kind: first field, name of another field: its value, ...}.

    Attributes:
        kind: its key in JSON, and the stem of its name in a network.
        is_output: whether its outputs can be the classes.
    """

    kind: ClassVar[str]
    is_output: ClassVar[bool] = False

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the keys of its JSON object, in the order of its fields."""
        return (cls.kind, *(field.name for field in fields(cls)[1:]))

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read the layer from its JSON object, whose keys are known. Raises LenetError."""
        for key, value in entry.items():
            if value is None:
                raise ModelFileError(f'"{key}": must not be null')
        values = {
            field.name: entry.get(key)  # None is refused as a field's value
            for key, field in zip(cls.keys(), fields(cls), strict=False)
            if key in entry or field.default is MISSING
        }
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})

    def to_json(self) -> dict[str, Any]:
        """Return the layer as its JSON object, without the fields that have their default."""
        entry = {}
        for key, field in zip(self.keys(), fields(self), strict=False):
            value = getattr(self, field.name)
            if value != field.default:
                entry[key] = list(value) if isinstance(value, tuple) else value
        return entry

    def output_shape(self, shape: Shape) -> Shape:
        """Return `shape`, the shape of the input. Raises LenetError if the layer does not fit it."""
        return shape

    def tensor_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return the shapes of weight and bias for an input of `shape`; none if nothing is learned."""
        return ()

    @abstractmethod
    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""


class _OneNumber(Layer):
    """A layer whose only field is a number of channels or a length."""

    def __post_init__(self) -> None:
        check_size(self.kind, *vars(self).values())


@dataclass(frozen=True)
class Scale(Layer):
    """Linear scaling of the pixels; without it they are 0..1. The first layer only.

    Attributes:
        low: the network's input for a pixel of 0; -100..100.
        high: the network's input for a pixel of 255; -100..100.
    """

    low: float
    high: float
    kind: ClassVar[str] = "scale"

    def __post_init__(self) -> None:
        check_level("scale", self.low)
        check_level("scale", self.high)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the one key."""
        return (cls.kind,)

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read {"scale": [low, high]}."""
        ends = entry[cls.kind]
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise ModelFileError('"scale" must be [low, high]')
        return cls(*ends)

    def to_json(self) -> dict[str, Any]:
        """Return {"scale": [low, high]}."""
        return {"scale": [self.low, self.high]}

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.SCALE, low=float(self.low), high=float(self.high))


@dataclass(frozen=True)
class Resize(_OneNumber):
    """The means of side x side equal parts of the image. The first layer, or the second after `scale`.

    Attributes:
        side: rows = columns of the output; not larger than the input.
    """

    side: int
    kind: ClassVar[str] = "resize"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (channels, side, side)."""
        channels, sides = map_shape(shape)
        if self.side > min(sides):
            raise UnsupportedError(f"the side {self.side} is larger than its input, {sides}")
        return (channels, self.side, self.side)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.RESIZE, side=self.side)


@dataclass(frozen=True)
class Conv(Layer):
    """Cross-correlation with square kernels, summed over the input channels, plus a bias.

    Attributes:
        out_channels: number of output channels; 1..4096.
        kernel: rows = columns of a kernel; 1..15.
        stride: step between two outputs, in both directions; 1..8.
        padding: "valid" adds nothing; "same" adds p = (kernel - 1) / 2 elements on each side, and
            needs an odd kernel.
        pad_value: value of the padding "same"; -100..100.
        bias: one bias for each "channel" or for each "unit" of the output.
        table: connection table (LeCun et al. 1998, table I): a string for each input channel, with
            a mark for each output channel, "X" for a connection and "." for none; each output
            channel has a connection. Without a table all channels are connected.
    """

    out_channels: int
    kernel: int
    stride: int = 1
    padding: Literal["same", "valid"] = "valid"
    pad_value: float = 0.0
    bias: Literal["channel", "unit"] = "channel"
    table: tuple[str, ...] | None = None
    kind: ClassVar[str] = "conv"

    def __post_init__(self) -> None:
        check_size("conv", self.out_channels)
        check_field("kernel", self.kernel, MAX_KERNEL)
        check_field("stride", self.stride, MAX_STRIDE)
        if self.padding not in ("same", "valid"):
            raise ModelFileError('"padding" must be "same" or "valid"')
        if self.padding == "same" and self.kernel % 2 == 0:
            raise UnsupportedError(f'padding "same" needs an odd kernel, not {self.kernel}')
        if self.padding == "valid" and self.pad_value != 0:
            raise UnsupportedError('"pad_value" is for padding "same" alone')
        if self.bias not in ("channel", "unit"):
            raise ModelFileError('"bias" must be "channel" or "unit"')
        if self.table is not None:
            check_marks("table", self.table, None, self.out_channels)
            if not all(any(row[output] == "X" for row in self.table) for output in range(self.out_channels)):
                raise ModelFileError('"table" has a column without "X": a channel without inputs')
        check_level("pad_value", self.pad_value)

    def to_json(self) -> dict[str, Any]:
        """Return the layer as its JSON object, always with its padding."""
        return {
            self.kind: self.out_channels,
            "kernel": self.kernel,
            "padding": self.padding,
        } | super().to_json()

    @property
    def pad(self) -> int:
        """Elements added on each side."""
        return (self.kernel - 1) // 2 if self.padding == "same" else 0

    def output_shape(self, shape: Shape) -> Shape:
        """Return (out_channels, rows, columns), each side (side + 2p - kernel) // stride + 1."""
        channels, sides = map_shape(shape)
        room = [side + 2 * self.pad - self.kernel for side in sides]
        if min(room) < 0:
            raise UnsupportedError(f"the kernel {self.kernel} is larger than its input, {sides}")
        if self.table and len(self.table) != channels:
            raise UnsupportedError(f'"table" must have {channels} rows, one for each input channel')
        return (self.out_channels, *(length // self.stride + 1 for length in room))

    def tensor_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return weight (in_channels or connections, kernel, kernel[, out_channels]) and bias."""
        side, output = self.kernel, self.output_shape(shape)
        if self.table is None:
            weight: Shape = (shape[0], side, side, self.out_channels)
        else:
            weight = ("".join(self.table).count("X"), side, side)
        return weight, output if self.bias == "unit" else output[:1]

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(
            engine.CONV,
            out_channels=self.out_channels,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.pad,
            biases=engine.UNIT if self.bias == "unit" else engine.CHANNEL,
            pad_value=float(self.pad_value),
            table=bits_of_marks(self.table or ()),
        )


@dataclass(frozen=True)
class MaxPool(_OneNumber):
    """The maximum of each window; a remainder at the edge is left out.

    Attributes:
        window: rows = columns = stride of the window; not larger than the input.
    """

    window: int
    kind: ClassVar[str] = "maxpool"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (channels, rows // window, columns // window)."""
        return pooled_shape(shape, self.window)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.MAXPOOL, window=self.window)


@dataclass(frozen=True)
class Subsample(_OneNumber):
    """The sum of each window times a coefficient plus a bias, one of each a channel.

    A remainder at the edge is left out (LeCun et al. 1998, section II.B).

    Attributes:
        window: rows = columns = stride of the window; not larger than the input.
    """

    window: int
    kind: ClassVar[str] = "subsample"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (channels, rows // window, columns // window)."""
        return pooled_shape(shape, self.window)

    def tensor_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return (channels,) for weight and bias."""
        return shape[:1], shape[:1]

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.SUBSAMPLE, window=self.window)


class _Activation(Layer):
    """An elementwise function without parameters."""

    code: ClassVar[int]  # of the engine

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read {kind: {}}."""
        if entry[cls.kind] != {}:
            raise ModelFileError(f'write {{"{cls.kind}": {{}}}}')
        return cls()

    def to_json(self) -> dict[str, Any]:
        """Return {kind: {}}."""
        return {self.kind: {}}

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(self.code)


@dataclass(frozen=True)
class Relu(_Activation):
    """max(0, x)."""

    kind: ClassVar[str] = "relu"
    code: ClassVar[int] = engine.RELU


@dataclass(frozen=True)
class Tanh(_Activation):
    """1.7159 tanh(2/3 x), the scaled tanh of LeCun et al. 1998, appendix A."""

    kind: ClassVar[str] = "tanh"
    code: ClassVar[int] = engine.TANH


@dataclass(frozen=True)
class Dense(_OneNumber):
    """x @ weight + bias of the flattened input: channel, row, column.

    Attributes:
        out_channels: number of outputs; 1..4096.
    """

    out_channels: int
    kind: ClassVar[str] = "dense"
    is_output: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        """Return (out_channels,)."""
        return (self.out_channels,)

    def tensor_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return weight (inputs, outputs) and bias (outputs,)."""
        return (math.prod(shape), self.out_channels), (self.out_channels,)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.DENSE, out_channels=self.out_channels)


@dataclass(frozen=True)
class Rbf(Layer):
    """Minus the squared distance of the flattened input from each code. The last layer only.

    Codes are never trained (LeCun et al. 1998, section II.B). A term that all distances share does
    not change the softmax, so a reader may leave it out.

    Attributes:
        out_channels: number of outputs; 1..4096.
        codes: a string for each output, with a mark for each input: "X" is +1, "." is -1.
    """

    out_channels: int
    codes: tuple[str, ...]
    kind: ClassVar[str] = "rbf"
    is_output: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_size("rbf", self.out_channels)
        check_marks("codes", self.codes, self.out_channels, None)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (out_channels,)."""
        inputs = math.prod(shape)
        if len(self.codes[0]) != inputs:
            raise UnsupportedError(f"each code must have {inputs} marks, one for each input")
        return (self.out_channels,)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.RBF, out_channels=self.out_channels, table=bits_of_marks(self.codes))


KINDS: dict[str, type[Layer]] = {
    layer.kind: layer for layer in (Conv, MaxPool, Subsample, Dense, Rbf, Relu, Tanh, Scale, Resize)
}
"""Every kind of layer by its key in JSON."""
