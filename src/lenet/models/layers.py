"""Layer kinds of a specification: one class each, found by its key in `KINDS`.

A layer knows its JSON form, the shapes that it maps, its tensors and its form for the engine. The
limits are the engine's. Errors name the field; `lenet.models.spec` adds the layer's position.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from lenet import engine
from lenet.engine.abi import MAX_KERNEL, MAX_STRIDE
from lenet.errors import LenetError
from lenet.models.checks import (
    Shape,
    bits_of_marks,
    check_field,
    check_level,
    check_marks,
    check_size,
    map_shape,
    pooled_shape,
    rows_of,
)


class Layer(ABC):
    """A layer of a network.

    Attributes:
        kind: its key in JSON, and the stem of its name in a network.
        keys: further keys that its JSON object may have.
        is_output: whether its outputs can be the classes.
    """

    kind: ClassVar[str]
    keys: ClassVar[frozenset[str]] = frozenset()
    is_output: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read the layer from its JSON object, whose keys are known. Raises LenetError."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the layer as its JSON object."""

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the output for an input of `shape`.

        Raises:
            LenetError: the layer does not fit such an input.
        """

    def tensor_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return the shapes of weight and bias for an input of `shape`; none if nothing is learned."""
        return ()

    @abstractmethod
    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""


class _OneNumber(Layer):
    """A layer that is {kind: number} in JSON, the number being its only field."""

    def __post_init__(self) -> None:
        check_size(self.kind, *vars(self).values())

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read {kind: number}."""
        return cls(entry[cls.kind])  # type: ignore[call-arg]  # the subclass's field

    def to_json(self) -> dict[str, Any]:
        """Return {kind: number}."""
        return {self.kind: next(iter(vars(self).values()))}


@dataclass(frozen=True)
class Scale(Layer):
    """Linear scaling of the pixels: 0 becomes `low`, 255 becomes `high`. The first layer only."""

    low: float
    high: float
    kind: ClassVar[str] = "scale"

    def __post_init__(self) -> None:
        check_level("scale", self.low)
        check_level("scale", self.high)

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read {"scale": [low, high]}."""
        ends = entry[cls.kind]
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise LenetError('"scale" must be [background, ink]')
        return cls(*ends)

    def to_json(self) -> dict[str, Any]:
        """Return {"scale": [low, high]}."""
        return {"scale": [self.low, self.high]}

    def output_shape(self, shape: Shape) -> Shape:
        """Return `shape`."""
        return shape

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.SCALE, low=float(self.low), high=float(self.high))


@dataclass(frozen=True)
class Resize(_OneNumber):
    """Area averaging to `side` x `side`. The first layer, or the second after Scale."""

    side: int
    kind: ClassVar[str] = "resize"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (channels, side, side)."""
        channels, sides = map_shape(shape)
        if self.side > min(sides):
            raise LenetError(f"the side {self.side} is larger than its input, {sides}")
        return (channels, self.side, self.side)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.RESIZE, side=self.side)


@dataclass(frozen=True)
class Conv(Layer):
    """Cross-correlation with square kernels, summed over the input channels, plus a bias.

    Attributes:
        out_channels: number of output channels.
        kernel: side of the kernels.
        stride: step between two outputs, in both directions.
        padding: "valid" adds nothing; "same" adds (kernel - 1) / 2 elements on each side.
        pad_value: value of the padding.
        bias: one bias for each "channel" or for each "unit" of the output.
        table: connections, a string for each input channel with a mark for each output channel,
            "X" or "." (LeCun et al. 1998, table I); None connects all channels.
    """

    out_channels: int
    kernel: int
    stride: int = 1
    padding: Literal["same", "valid"] = "valid"
    pad_value: float = 0.0
    bias: Literal["channel", "unit"] = "channel"
    table: tuple[str, ...] | None = None
    kind: ClassVar[str] = "conv"
    keys: ClassVar[frozenset[str]] = frozenset({"kernel", "stride", "padding", "background", "bias", "table"})

    def __post_init__(self) -> None:
        check_size("conv", self.out_channels)
        check_field("kernel", self.kernel, MAX_KERNEL)
        check_field("stride", self.stride, MAX_STRIDE)
        if self.padding not in ("same", "valid"):
            raise LenetError('"padding" must be "same" or "valid"')
        if self.padding == "same" and self.kernel % 2 == 0:
            raise LenetError(f'padding "same" needs an odd kernel, not {self.kernel}')
        if self.padding == "valid" and self.pad_value != 0:
            raise LenetError('"background" is for padding "same" alone')
        if self.bias not in ("channel", "unit"):
            raise LenetError('"bias" must be "channel" or "unit"')
        if self.table is not None:
            check_marks("table", self.table, None, self.out_channels)
            if not all(any(row[output] == "X" for row in self.table) for output in range(self.out_channels)):
                raise LenetError('"table" has a column without "X": a channel without inputs')
        check_level("background", self.pad_value)

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read {"conv": out_channels, "kernel": side, ...}; see docs/reference/model-file.md."""
        padding = entry.get("padding", "valid")
        if padding == "valid" and "background" in entry:
            raise LenetError('"background" is for padding "same" alone')
        return cls(
            out_channels=entry[cls.kind],
            kernel=entry.get("kernel"),  # type: ignore[arg-type]  # None is refused like any other
            stride=entry.get("stride", 1),
            padding=padding,
            pad_value=entry.get("background", 0.0),
            bias=entry.get("bias", "channel"),
            table=rows_of(entry["table"], "table") if "table" in entry else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Return {"conv": out_channels, "kernel": side, ...}, without what has its default."""
        entry: dict[str, Any] = {"conv": self.out_channels, "kernel": self.kernel, "padding": self.padding}
        if self.stride != 1:
            entry["stride"] = self.stride
        if self.pad_value:
            entry["background"] = self.pad_value
        if self.bias != "channel":
            entry["bias"] = self.bias
        if self.table is not None:
            entry["table"] = list(self.table)
        return entry

    @property
    def pad(self) -> int:
        """Elements added on each side."""
        return (self.kernel - 1) // 2 if self.padding == "same" else 0

    def output_shape(self, shape: Shape) -> Shape:
        """Return (out_channels, rows, columns)."""
        channels, sides = map_shape(shape)
        room = [side + 2 * self.pad - self.kernel for side in sides]
        if min(room) < 0:
            raise LenetError(f"the kernel {self.kernel} is larger than its input, {sides}")
        if self.table and len(self.table) != channels:
            raise LenetError(f'"table" must have {channels} rows, one an input channel')
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
    """Maximum of each `window` x `window`; a rest at the edge is left out."""

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
    """Sum of each `window` x `window` times a coefficient plus a bias, both trained per channel.

    The subsampling of LeCun et al. 1998, section II.B.
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
            raise LenetError(f'write {{"{cls.kind}": {{}}}}')
        return cls()

    def to_json(self) -> dict[str, Any]:
        """Return {kind: {}}."""
        return {self.kind: {}}

    def output_shape(self, shape: Shape) -> Shape:
        """Return `shape`."""
        return shape

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
    """x @ weight + bias of the flattened input (channel, row, column)."""

    out_channels: int
    kind: ClassVar[str] = "dense"
    is_output: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        """Return (outputs,)."""
        return (self.out_channels,)

    def tensor_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return weight (inputs, outputs) and bias (outputs,)."""
        return (math.prod(shape), self.out_channels), (self.out_channels,)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.DENSE, out_channels=self.out_channels)


@dataclass(frozen=True)
class Rbf(Layer):
    """Minus the squared distance of the flattened input from each fixed code. The last layer only.

    The output layer of LeCun et al. 1998, section II.B.

    Attributes:
        out_channels: number of outputs.
        codes: a string for each output with a mark for each input: "X" is +1, "." is -1.
    """

    out_channels: int
    codes: tuple[str, ...]
    kind: ClassVar[str] = "rbf"
    keys: ClassVar[frozenset[str]] = frozenset({"codes"})
    is_output: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_size("rbf", self.out_channels)
        check_marks("codes", self.codes, self.out_channels, None)

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read {"rbf": outputs, "codes": [...]}."""
        check_size("rbf", entry[cls.kind])
        return cls(entry[cls.kind], rows_of(entry.get("codes"), "codes", entry[cls.kind]))

    def to_json(self) -> dict[str, Any]:
        """Return {"rbf": outputs, "codes": [...]}."""
        return {"rbf": self.out_channels, "codes": list(self.codes)}

    def output_shape(self, shape: Shape) -> Shape:
        """Return (outputs,)."""
        inputs = math.prod(shape)
        if len(self.codes[0]) != inputs:
            raise LenetError(f"each code must have {inputs} marks, one an input")
        return (self.out_channels,)

    def to_engine(self) -> engine.Layer:
        """Return the layer as the engine takes it."""
        return engine.Layer(engine.RBF, out_channels=self.out_channels, table=bits_of_marks(self.codes))


KINDS: dict[str, type[Layer]] = {
    layer.kind: layer for layer in (Conv, MaxPool, Subsample, Dense, Rbf, Relu, Tanh, Scale, Resize)
}
"""Every kind of layer by its key in JSON."""
