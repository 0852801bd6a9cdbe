"""Lower a chain of steps to a specification and the engine's parameters.

Linear steps are folded: batch normalization, the scaling of pixels and the factors around a tanh go
into the layer before or after. The network is the same function, except for rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet import models
from lenet.datasets.dataset import SIDE
from lenet.engine.abi import MAX_CHANNELS, MAX_LAYERS, MAX_LEVEL
from lenet.errors import UnsupportedError
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
    Pads,
    Pool,
    Step,
    Unflatten,
)
from lenet.importers.lower.affine import NOTHING, Waiting, per_channel, spreads
from lenet.importers.lower.kernels import (
    MAX_NUMBERS,
    NO_PADS,
    embedded,
    grown,
    mean_of,
    pads_of,
    tabled,
    window_of,
    words,
)
from lenet.models import Spec

MAX_DIAGONAL = 256  # units that a dense layer scales each by itself
TANH_HEIGHT, TANH_SLOPE = 1.7159, 2 / 3  # of the engine's tanh, LeCun et al. 1998, appendix A


@dataclass(eq=False)
class _Layer:
    """A layer of the specification and its weights: outputs last, in the engine's order."""

    kind: models.Layer
    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class Translated:
    """A specification, its parameters float32 (n,), and a note for each folded step."""

    spec: Spec
    parameters: npt.NDArray[np.float32]
    notes: tuple[str, ...]


def translate(chain: Chain, input_range: tuple[float, float]) -> Translated:
    """Translate a chain whose first step gets `input_range[0]` for pixel 0 and `input_range[1]` for 255.

    Raise LenetError, naming the step, if a specification cannot express it.
    """
    translation = _Translation(chain, input_range)
    with np.errstate(all="ignore"):  # infinite values are refused with the finished model
        for step in chain.steps:
            translation.take(step)
        return translation.finished()


class _Translation:
    def __init__(self, chain: Chain, input_range: tuple[float, float]) -> None:
        rows, columns = self.sides = chain.sides
        surplus = [side - SIDE for side in chain.sides]
        if min(surplus) < 0 or any(more % 2 for more in surplus):
            raise UnsupportedError(
                f"it takes images of {rows} x {columns}; networks here see {SIDE} x {SIDE}"
            )
        self.layers: list[_Layer] = []
        self.notes: list[str] = []
        self.shape: tuple[int, ...] = (1, SIDE, SIDE)
        self.waiting = Waiting.of(input_range[1] - input_range[0], input_range[0])
        self.begun = False
        self.linear: _Layer | None = None  # the last layer, if nothing but `waiting` follows it
        self.units: npt.NDArray[np.intp] | None = None  # the file's index of each unit
        # Pending padding for the next convolution, and its value in the file.
        self.pads: Pads = ((surplus[0] // 2,) * 2, (surplus[1] // 2,) * 2)
        self.pad_value = 0.0
        self.last: Step | None = None
        if any(surplus):
            self.notes.append(
                f"it takes {rows} x {columns}: the image of {SIDE} x {SIDE} with background around "
                "it, which the first convolution now pads with"
            )

    def take(self, step: Step) -> None:
        """Translate the next step."""
        if isinstance(step, Nothing):
            self._note(step, "left out, it does nothing when a network answers")
            return
        if isinstance(self.last, Activation) and self.last.kind == "softmax":
            raise UnsupportedError(f"{step.place}: follows the softmax of {self.last.place}")
        self.last = step
        if not isinstance(step, Affine):
            self._begin()
        match step:
            case Affine():
                self._affine(step)
            case Pad():
                self._pad(step)
            case Convolution():
                self._convolution(step)
            case Pool():
                self._pool(step)
            case Flatten():
                self._flatten(step)
            case Unflatten():
                self._unflatten(step)
            case Dense():
                self._dense(step)
            case Activation():
                self._activation(step)

    def finished(self) -> Translated:
        """Return the network after the last step."""
        self._begin()
        if isinstance(self.last, Activation) and self.last.kind != "softmax":
            raise UnsupportedError(f"{self.last.place}: its {self.last.kind} is last; only softmax can be")
        if self.linear is None or not isinstance(self.linear.kind, models.Dense):
            self._pass_on()
        self._fold_back()
        for layer in self.layers:
            if isinstance(layer.kind, models.Conv) and (table := tabled(layer.weight)):
                marks, layer.weight = table
                layer.kind = replace(layer.kind, table=tuple(marks))
        parts = [part.ravel() for layer in self.layers for part in (layer.weight, layer.bias)]
        return Translated(
            Spec((SIDE, SIDE), tuple(layer.kind for layer in self.layers)),
            np.concatenate(parts).astype(np.float32),
            tuple(self.notes),
        )

    # ---- Pending affine steps between two layers ------------------------------------------------------

    def _begin(self) -> None:
        """Emit a Scale layer for the pending scaling of pixels, if it is within the engine's limits."""
        if self.begun:
            return
        self.begun = True
        scale, shift = self.waiting.scale, self.waiting.shift
        if scale.size > 1 or shift.size > 1:
            return
        low, high = float(shift.item()), float((scale + shift).item())
        self.pad_value = low
        if self.waiting.nothing:
            self.waiting = NOTHING
        elif max(abs(low), abs(high)) <= MAX_LEVEL:
            self._emit(models.Scale(_short(low), _short(high)))

    def _fold_back(self) -> bool:
        """Fold the pending step into the linear layer before it; return True if nothing is pending."""
        layer, waiting = self.linear, self.waiting
        if waiting.nothing:
            self.waiting = NOTHING
            return True
        scale = per_channel(waiting.scale, self.shape[0])
        shift = per_channel(waiting.shift, self.shape[0])
        if layer is None or scale is None or (shift is None and not isinstance(layer.kind, models.Conv)):
            return False
        spread = (slice(None), None, None)
        if shift is None:  # a bias for each unit
            assert isinstance(layer.kind, models.Conv)
            layer.kind = replace(layer.kind, bias="unit")
            bias = layer.bias if layer.bias.ndim == 3 else layer.bias[spread]
            layer.bias = np.broadcast_to(bias * scale[spread] + waiting.shift, self.shape)
        else:
            each = spread[: layer.bias.ndim]
            layer.bias = layer.bias * scale[each] + shift[each]
        layer.weight = layer.weight * scale
        self.waiting = NOTHING
        return True

    def _settle(self, step: Step) -> None:
        """Fold the pending step, or emit a layer for it."""
        if self._fold_back():
            return
        if len(self.shape) == 1 and self.shape[0] <= MAX_DIAGONAL:
            self._dense(Dense(step.place, np.eye(*self.shape), np.zeros(self.shape)))
            self._note(step, "what is scaled before it is a dense layer, a diagonal")
            return
        tensors = self.waiting.per_channel(self.shape[0])
        if tensors is None or len(self.shape) == 1:
            raise UnsupportedError(
                f"{step.place}: the scaling before it cannot be folded into a layer; leave it out"
            )
        self._emit(models.Subsample(1), *tensors)
        self._note(step, "what is scaled before it is a subsampling of 1 x 1")

    def _taken(self, step: Step) -> tuple[Array, Array]:
        """Return the pending scale and shift of each channel or unit, for the layer that absorbs it."""
        self._fold_back()
        if self.waiting.per_channel(self.shape[0]) is None:
            self._settle(step)
        affine = self.waiting.per_channel(self.shape[0])
        assert affine is not None
        return affine

    # ---- Layers -----------------------------------------------------------------------------

    def _emit(self, kind: models.Layer, *tensors: Array) -> None:
        """Emit a layer that has absorbed the pending step; `tensors` are its weight and bias, if any."""
        weight, bias = tensors or (np.empty(0), np.empty(0))
        self.layers.append(_Layer(kind, weight, bias))
        numbers = sum(layer.weight.size for layer in self.layers)
        if len(self.layers) > MAX_LAYERS or numbers > MAX_NUMBERS:
            raise UnsupportedError(f"more than {MAX_LAYERS} layers or 64 MiB of weights; make it smaller")
        self.linear = self.layers[-1] if tensors else None
        self.waiting = NOTHING

    def _note(self, step: Step, text: str) -> None:
        self.notes.append(f"{step.place}: {text}")

    def _map(self, step: Step) -> tuple[int, list[int]]:
        """Return channels and sides of the activation."""
        if len(self.shape) != 3:
            raise UnsupportedError(f"{step.place}: needs rows and columns; it must come before flatten")
        channels, *sides = self.shape
        return channels, sides

    def _unpadded(self, step: Step) -> None:
        if self.pads != NO_PADS:
            raise UnsupportedError(
                f"{step.place}: follows padding, or a larger image; a convolution must follow"
            )

    def _affine(self, step: Affine) -> None:
        scale, shift = (
            x[:, None, None] if x.ndim == 1 and len(self.shape) == 3 else x for x in (step.scale, step.shift)
        )
        for x in (scale, shift):
            if x.ndim and not spreads(x.shape, self.shape):
                raise UnsupportedError(f"{step.place}: has {words(x.shape)} numbers for {words(self.shape)}")
        if scale.size > 1 or shift.size > 1:
            self._unpadded(step)
        else:
            self.pad_value = float(self.pad_value * scale.item() + shift.item())
        if self.units is not None:
            scale, shift = (x[self.units] if x.size > 1 else x for x in (scale, shift))
        self.waiting = self.waiting.then(scale, shift)
        folded = f"folded into the layer {'before' if self.linear else 'after'}"
        self._note(step, folded if self.begun else "part of how pixels are scaled")

    def _pad(self, step: Pad) -> None:
        self._map(step)
        self._unpadded(step)
        self.pads, self.pad_value = step.pads, step.value

    def _convolution(self, step: Convolution) -> None:
        channels, sides = self._map(step)
        if self.pads == NO_PADS and (mean := mean_of(step, channels)):
            self._subsample(step, mean[0], mean[1], step.bias)
            return
        weight = grown(step, channels)
        pads, background = self._padding(step, weight, sides)
        kernel, stride, padded = embedded(step, weight, pads, sides)
        if kernel.shape[2:] != step.weight.shape[2:]:
            old, new = words(step.weight.shape[2:]), words(kernel.shape[2:])
            self._note(step, f"its kernel of {old} is one of {new} with zeros")
        scale, shift = self._taken(step)
        level = self.waiting.level(background) if pads != NO_PADS else 0.0
        if level is None:
            self._settle(step)
            (scale, shift), level = self._taken(step), background
        if not abs(level) <= MAX_LEVEL:
            raise UnsupportedError(f"{step.place}: pads with {level:g}, beyond +-{MAX_LEVEL}")
        size, side = len(kernel), kernel.shape[-1]
        self._emit(
            models.Conv(size, side, stride, "same" if padded else "valid", _short(level)),
            (kernel * scale[:, None, None]).transpose(1, 2, 3, 0),
            step.bias + np.einsum("oirc,i->o", kernel, shift),
        )
        room = 0 if padded else side - 1
        self.shape = (size, *((length - room - 1) // stride + 1 for length in sides))
        self.pads = NO_PADS

    def _padding(self, step: Convolution, weight: Array, sides: list[int]) -> tuple[Pads, float]:
        """Return the whole padding of the map, and its value."""
        around, value = self.pads, self.pad_value
        whole = [side + sum(pair) for side, pair in zip(sides, around, strict=True)]
        own = pads_of(step.padding, whole, weight.shape[2:], step.strides)
        if around == NO_PADS:
            return own, 0.0
        if own != NO_PADS and value != 0:
            raise UnsupportedError(f"{step.place}: pads with 0 what is padded with {value:g}; leave one")
        rows, columns = ((a[0] + b[0], a[1] + b[1]) for a, b in zip(around, own, strict=True))
        return (rows, columns), value

    def _pool(self, step: Pool) -> None:
        channels, sides = self._map(step)
        self._unpadded(step)
        size = window_of(step, sides)
        if step.kind == "average":
            self._subsample(step, size, np.full(channels, 1 / size**2), np.zeros(channels))
            return
        scale, _ = self._taken(step)
        if (scale < 0).any():
            self._settle(step)
        waiting = self.waiting
        self._emit(models.MaxPool(size))
        self.waiting = waiting  # scaling commutes with the maximum
        self.shape = (channels, *(side // size for side in sides))

    def _subsample(self, step: Step, size: int, factors: Array, bias: Array) -> None:
        """Emit a Subsample layer: the sum of each window times a factor plus a bias."""
        channels, sides = self._map(step)
        scale, shift = self._taken(step)
        self._emit(models.Subsample(size), scale * factors, bias + shift * factors * size**2)
        self._note(step, f"windows of {size} x {size} added up are a subsampling")
        self.shape = (channels, *(side // size for side in sides))

    def _flatten(self, step: Flatten) -> None:
        if len(self.shape) == 1:
            return
        self._unpadded(step)
        self._fold_back()
        sizes = dict(zip("CHW", self.shape, strict=True))
        count = math.prod(self.shape)
        if step.units not in (None, count):
            raise UnsupportedError(f"{step.place}: makes {step.units} units of {words(self.shape)}")
        numbers = np.arange(count).reshape([sizes[axis] for axis in step.order])
        numbers = numbers.transpose([step.order.index(axis) for axis in "CHW"])
        flipped = tuple(axis for axis, flip in zip((1, 2), step.flipped, strict=True) if flip)
        self.units = np.flip(numbers, flipped).ravel()
        self.waiting = self.waiting.flat(self.shape)
        self.shape, self.linear = (count,), None

    def _unflatten(self, step: Unflatten) -> None:
        if self.shape != (1, SIDE, SIDE) or step.sides != self.sides:
            raise UnsupportedError(f"{step.place}: only the input can be given rows and columns")

    def _dense(self, step: Dense) -> None:
        if len(self.shape) != 1:
            raise UnsupportedError(f"{step.place}: sees a map of {words(self.shape)}; flatten it first")
        [count] = self.shape
        inputs, outputs = step.weight.shape
        if inputs != count:
            raise UnsupportedError(f"{step.place}: has weights for {inputs} inputs, and gets {count}")
        if outputs > MAX_CHANNELS:
            raise UnsupportedError(f"{step.place}: has {outputs:,} outputs; at most {MAX_CHANNELS:,}")
        weight = step.weight if self.units is None else step.weight[self.units]
        scale, shift = self._taken(step)
        self._emit(models.Dense(outputs), weight * scale[:, None], step.bias + shift @ weight)
        self.shape, self.units = (outputs,), None

    def _pass_on(self) -> None:
        """Emit a dense identity, because the last layer must be dense."""
        count, place = math.prod(self.shape), "the outputs"
        if count > MAX_CHANNELS:
            raise UnsupportedError(f"its last layer gives {count:,} outputs; it must be dense")
        self._flatten(Flatten(place, "CHW"))
        self._dense(Dense(place, np.eye(count), np.zeros(count)))
        self.notes.append("its last layer is not dense: a dense one passes on what it gives")

    def _activation(self, step: Activation) -> None:
        if step.kind == "softmax":
            if math.prod(self.shape[1:]) > 1:
                raise UnsupportedError(
                    f"{step.place}: its softmax must be over the classes, not over a map's channels"
                )
            self._note(step, "final softmax dropped: the network applies it itself")
            return
        self._unpadded(step)
        if step.kind == "relu":
            self._settle(step)
            self._emit(models.Relu())
            return
        half = 0.5 if step.kind == "sigmoid" else 1.0  # sigmoid(x) = 1/2 + tanh(x / 2) / 2
        self.waiting = self.waiting.then(np.array(half / TANH_SLOPE), np.array(0.0))
        self._settle(step)
        self._emit(models.Tanh())
        self.waiting = Waiting.of(half / TANH_HEIGHT, 1 - half)
        self._note(step, "is our scaled tanh, its neighbours' weights being scaled")


def _short(value: float) -> float:
    """Return the shortest decimal that is the same in float32."""
    return float(str(np.float32(value)))
