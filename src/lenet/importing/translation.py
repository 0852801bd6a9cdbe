"""A chain of steps -> our specification and the engine's parameters.

Whatever is linear is folded: batch normalisation, the scaling of pixels and the factors around a
tanh go into the layer before or after, so that the network is the same function, but for rounding.
What lies between two layers waits as `scale * x + shift`: the file's activation, x being ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.architectures.specification import MAX_LEVEL, MAX_SIZE
from lenet.datasets.dataset import SIDE
from lenet.errors import LenetError
from lenet.importing.kernels import embedded, grown, pads_of
from lenet.importing.steps import (
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

TANH_HEIGHT, TANH_SLOPE = 1.7159, 2 / 3  # of the engine's tanh, LeCun et al. 1998, appendix A
_ROUNDING = 1e-7  # what float32 makes of a factor that two programs wrote down is no factor
_NO_PADS: Pads = ((0, 0), (0, 0))


@dataclass(eq=False)
class _Layer:
    """An entry of the specification, and its weights: outputs last, as the engine has them."""

    entry: dict[str, Any]
    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class Translated:
    """Our specification, its parameters float32 (n,), and a line for whatever was folded."""

    spec: dict[str, Any]
    parameters: npt.NDArray[np.float32]
    notes: tuple[str, ...]


def translate(chain: Chain, pixels: tuple[float, float]) -> Translated:
    """Our network for a chain, whose first step takes `pixels[0]` for 0 and `pixels[1]` for 255.

    Raises LenetError that names the step for what our networks cannot say.
    """
    translation = _Translation(chain, pixels)
    with np.errstate(all="ignore"):  # what becomes infinite is refused with the finished model
        for step in chain.steps:
            translation.take(step)
        return translation.finished()


class _Translation:
    def __init__(self, chain: Chain, pixels: tuple[float, float]) -> None:
        surplus = [side - SIDE for side in chain.sides]
        if min(surplus) < 0 or any(more % 2 for more in surplus):
            rows, columns = chain.sides
            raise LenetError(
                f"it takes images of {rows} x {columns}; networks here see {SIDE} x {SIDE}"
            )
        self.sides = chain.sides
        self.layers: list[_Layer] = []
        self.notes: list[str] = []
        self.shape: tuple[int, ...] = (1, SIDE, SIDE)
        self.scale, self.shift = np.array(pixels[1] - pixels[0]), np.array(pixels[0])
        self.begun = False
        self.linear: _Layer | None = None  # the last layer, if nothing but pending follows it
        self.units: npt.NDArray[np.intp] | None = None  # the file's number of each of our units
        self.pads: Pads = ((surplus[0] // 2,) * 2, (surplus[1] // 2,) * 2)
        self.pad_value: float | None = None
        self.ended = ""
        if any(surplus):
            rows, columns = chain.sides
            self.notes.append(
                f"it takes {rows} x {columns}: the image of {SIDE} x {SIDE} with background around "
                "it, which the first convolution now pads with"
            )

    def take(self, step: Step) -> None:
        """Translates the next step."""
        if isinstance(step, Nothing):
            self.notes.append(f"{step.place}: left out, it does nothing when a network answers")
            return
        if self.ended:
            raise LenetError(f"{step.place}: follows {self.ended}, which must come last")
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
        """The whole network, all steps being taken."""
        self._begin()
        self._fold_back()
        if not self.layers or "dense" not in self.layers[-1].entry:
            if not (self.layers and self.linear) and len(self.shape) == 3:
                raise LenetError("its last layer is not linear; it must be dense, then softmax")
            self._identity()
        parts = [part.ravel() for layer in self.layers for part in (layer.weight, layer.bias)]
        return Translated(
            {"input": [SIDE, SIDE], "layers": [layer.entry for layer in self.layers]},
            np.concatenate(parts).astype(np.float32),
            tuple(self.notes),
        )

    # ---- What waits between two layers ------------------------------------------------------

    def _begin(self) -> None:
        """Before the first step that is more than scaling: pixels as the file's network has them
        are a step of our own, where they are within its limits."""
        if self.begun:
            return
        self.begun = True
        if self.scale.size > 1 or self.shift.size > 1:
            return
        low, high = float(self.shift.item()), float((self.scale + self.shift).item())
        self.pad_value = low
        if self._nothing_waits():
            self._wait(1.0, 0.0)
        elif max(abs(low), abs(high)) <= MAX_LEVEL:
            self._emit({"scale": [_short(low), _short(high)]})
            self._wait(1.0, 0.0)

    def _wait(self, scale: Any, shift: Any) -> None:
        self.scale, self.shift = np.asarray(scale, float), np.asarray(shift, float)

    def _nothing_waits(self) -> bool:
        return bool((abs(self.scale - 1) <= _ROUNDING).all() and (self.shift == 0).all())

    def _fold_back(self) -> bool:
        """Brings what waits into the linear layer before it; whether nothing waits any more."""
        if self._nothing_waits():
            self._wait(1.0, 0.0)
            return True
        layer, per_channel = self.linear, self._per_channel()
        if layer is None or (per_channel is None and "conv" not in layer.entry):
            return False
        if per_channel is None:  # a bias for each unit
            if self.scale.size not in (1, self.shape[0]):
                return False
            scale, shift = _channels(self.scale, self.shape[0]), self.shift
            bias = layer.bias if layer.bias.ndim == 3 else layer.bias[:, None, None]
            layer.bias = np.broadcast_to(bias * scale[:, None, None] + shift, self.shape).copy()
            layer.entry["bias"] = "unit"
        else:
            scale, shift = per_channel
            more = (slice(None), *(None,) * (layer.bias.ndim - 1))
            layer.bias = layer.bias * scale[more] + shift[more]
        layer.weight = layer.weight * scale
        self._wait(1.0, 0.0)
        return True

    def _per_channel(self) -> tuple[Array, Array] | None:
        """What waits as (channels,) or (units,) each; None where rows and columns differ."""
        count = self.shape[0]
        if max(self.scale.size, self.shift.size) > count:
            return None
        return _channels(self.scale, count), _channels(self.shift, count)

    def _settle(self, step: Step) -> None:
        """Sees to it that nothing waits: by a layer of its own, if need be."""
        if self._fold_back():
            return
        per_channel = self._per_channel()
        if per_channel is None or len(self.shape) == 1:
            raise LenetError(
                f"{step.place}: what is scaled before it can be folded into no layer; leave it out"
            )
        self._emit({"subsample": 1}, *per_channel)
        self._note(step, "what is scaled before it is a subsampling of 1 x 1")
        self._wait(1.0, 0.0)

    # ---- Layers -----------------------------------------------------------------------------

    def _emit(self, entry: dict[str, Any], *tensors: Array) -> _Layer:
        """The next layer of ours: `tensors` are weight and bias, where it has them."""
        weight, bias = tensors or (np.empty(0), np.empty(0))
        self.layers.append(_Layer(entry, weight, bias))
        self.linear = self.layers[-1] if tensors else None
        return self.layers[-1]

    def _note(self, step: Step, text: str) -> None:
        self.notes.append(f"{step.place}: {text}")

    def _map(self, step: Step) -> tuple[int, int, int]:
        if len(self.shape) != 3:
            raise LenetError(f"{step.place}: needs rows and columns; it must come before flatten")
        channels, rows, columns = self.shape
        return channels, rows, columns

    def _unpadded(self, step: Step) -> None:
        if self.pads != _NO_PADS:
            raise LenetError(
                f"{step.place}: follows padding, or a larger image; a convolution must follow"
            )

    def _affine(self, step: Affine) -> None:
        scale, shift = (
            x[:, None, None] if x.ndim == 1 and len(self.shape) == 3 else x
            for x in (step.scale, step.shift)
        )
        for part in (scale, shift):
            if part.ndim and not _spreads(part.shape, self.shape):
                raise LenetError(
                    f"{step.place}: has {_words(part.shape)} numbers for {_words(self.shape)}"
                )
        if self.units is not None:
            scale, shift = (x[self.units] if x.size > 1 else x for x in (scale, shift))
        self._wait(self.scale * scale, self.shift * scale + shift)
        if self.begun:
            into = "the layer before" if self.linear else "the layer after"
            self._note(step, f"folded into {into}")
        else:
            self._note(step, "part of how pixels are scaled")

    def _pad(self, step: Pad) -> None:
        self._map(step)
        self._unpadded(step)
        self.pads, self.pad_value = step.pads, step.value

    def _convolution(self, step: Convolution) -> None:
        channels, *sides = self._map(step)
        weight = grown(step, channels)
        pads, background = self._padding(step, weight, sides)
        kernel, stride, padded = embedded(step, weight, pads, sides)
        if kernel.shape[2:] != step.weight.shape[2:]:
            old = _words(step.weight.shape[2:])
            self._note(step, f"its kernel of {old} is one of {_words(kernel.shape[2:])} with zeros")
        self._fold_back()
        level = self._level(background) if pads != _NO_PADS else 0.0
        if self._per_channel() is None or level is None:
            self._settle(step)
            level = background
        if abs(level) > MAX_LEVEL:
            raise LenetError(f"{step.place}: pads with {level:g}, beyond +-{MAX_LEVEL}")
        scale, shift = (_channels(x, channels) for x in (self.scale, self.shift))
        bias = step.bias + np.einsum("oirc,i->o", kernel, shift)
        size, side = len(kernel), kernel.shape[-1]
        entry: dict[str, Any] = {"conv": size, "kernel": side}
        if stride > 1:
            entry["stride"] = stride
        entry["padding"] = "same" if padded else "valid"
        if level:
            entry["background"] = _short(level)
        self._wait(1.0, 0.0)
        self._emit(entry, (kernel * scale[:, None, None]).transpose(1, 2, 3, 0), bias)
        room = 0 if padded else side - 1
        self.shape = (size, *((length - room - 1) // stride + 1 for length in sides))
        self.pads = _NO_PADS

    def _padding(self, step: Convolution, weight: Array, sides: list[int]) -> tuple[Pads, float]:
        """All that is put around the map, and with which value."""
        around, value = self.pads, self.pad_value or 0.0
        whole = [side + sum(pair) for side, pair in zip(sides, around, strict=True)]
        own = pads_of(step.padding, whole, weight.shape[2:], step.strides)
        if own != _NO_PADS and around != _NO_PADS and value != 0:
            raise LenetError(f"{step.place}: pads with 0 what is padded with {value:g}; leave one")
        rows, columns = ((a[0] + b[0], a[1] + b[1]) for a, b in zip(around, own, strict=True))
        return (rows, columns), value if around != _NO_PADS else 0.0

    def _level(self, background: float) -> float | None:
        """What of our activation is `background` in the file's; None where no one number is."""
        if self.scale.size > 1 or self.shift.size > 1:
            same = np.unique(self.scale).size == np.unique(self.shift).size == 1
            if not same:
                return 0.0 if background == 0 and not self.shift.any() else None
        scale, shift = self.scale.flat[0], self.shift.flat[0]
        if scale == 0:
            return None
        level = float((background - shift) / scale)
        return level if abs(level) <= MAX_LEVEL else None

    def _pool(self, step: Pool) -> None:
        channels, *sides = self._map(step)
        self._unpadded(step)
        size = _window(step, sides)
        self._fold_back()
        if step.kind == "max":
            if (self.scale < 0).any() or self._per_channel() is None:
                self._settle(step)
            self._emit({"maxpool": size})
        else:
            if self._per_channel() is None:
                self._settle(step)
            scale, shift = (_channels(x, channels) for x in (self.scale, self.shift))
            self._wait(1.0, 0.0)
            self._emit({"subsample": size}, scale / size**2, shift)
            self._note(step, f"the mean of {size} x {size} is a subsampling with fixed weights")
        self.shape = (channels, *(side // size for side in sides))

    def _flatten(self, step: Flatten) -> None:
        if len(self.shape) == 1:
            return
        self._unpadded(step)
        self._fold_back()
        sizes = dict(zip("CHW", self.shape, strict=True))
        count = math.prod(self.shape)
        numbers = np.arange(count).reshape([sizes[axis] for axis in step.order])
        self.units = numbers.transpose([step.order.index(axis) for axis in "CHW"]).ravel()
        if step.units not in (None, count):
            raise LenetError(f"{step.place}: makes {step.units} units of {_words(self.shape)}")
        parts = [np.broadcast_to(part, self.shape).ravel() for part in (self.scale, self.shift)]
        self._wait(*parts)
        self.shape, self.linear = (count,), None

    def _unflatten(self, step: Unflatten) -> None:
        sides = tuple(
            length + sum(pair) for length, pair in zip(self.shape[1:], self.pads, strict=True)
        )
        if self.layers[1:] or self.shape[0] != 1 or step.sides != sides:
            raise LenetError(f"{step.place}: only the input can be given rows and columns")

    def _dense(self, step: Dense) -> None:
        if len(self.shape) != 1:
            raise LenetError(f"{step.place}: sees a map of {_words(self.shape)}; flatten it first")
        [count] = self.shape
        inputs, outputs = step.weight.shape
        if inputs != count:
            raise LenetError(f"{step.place}: has weights for {inputs} inputs, and gets {count}")
        if outputs > MAX_SIZE:
            raise LenetError(f"{step.place}: has {outputs:,} outputs; at most {MAX_SIZE:,}")
        weight = step.weight if self.units is None else step.weight[self.units]
        self._fold_back()
        scale, shift = (_channels(x, count) for x in (self.scale, self.shift))
        self._wait(1.0, 0.0)
        self._emit({"dense": outputs}, weight * scale[:, None], step.bias + shift @ weight)
        self.shape, self.units = (outputs,), None

    def _identity(self) -> None:
        """The last layer must be dense: one that passes on what it gets."""
        count = math.prod(self.shape)
        if count > MAX_SIZE:
            raise LenetError(f"its last layer gives {count:,} outputs; it must be dense")
        place = "the outputs"
        self._flatten(Flatten(place, "CHW"))
        self._dense(Dense(place, np.eye(count), np.zeros(count)))
        self.notes.append("its last layer is not dense: a dense one passes on what it gives")

    def _activation(self, step: Activation) -> None:
        if step.kind == "softmax":
            self.ended = step.place
            self._note(step, "its softmax is left out, ours is implied")
            return
        self._unpadded(step)
        if step.kind != "relu":
            half = 0.5 if step.kind == "sigmoid" else 1.0  # sigmoid(x) = 1/2 + tanh(x / 2) / 2
            self._wait(self.scale * half / TANH_SLOPE, self.shift * half / TANH_SLOPE)
        self._settle(step)
        if step.kind == "relu":
            self._emit({"relu": {}})
            return
        self._emit({"tanh": {}})
        self._wait(half / TANH_HEIGHT, 1 - half)
        self._note(step, "is our scaled tanh, its neighbours' weights being scaled")


def _channels(values: Array, count: int) -> Array:
    """(count,) of numbers that hold for each channel or unit, or for all."""
    return np.broadcast_to(values.ravel(), (count,))


def _spreads(shape: tuple[int, ...], over: tuple[int, ...]) -> bool:
    """Whether numbers of `shape` go with an activation of shape `over`."""
    return len(shape) == len(over) and all(a in (1, b) for a, b in zip(shape, over, strict=True))


def _window(step: Pool, sides: list[int]) -> int:
    """The side of a pooling's window that is its stride as well; LenetError for others."""
    size = step.size or (sides[0], sides[1])
    if size[0] != size[1] or size[0] < 1:
        raise LenetError(f"{step.place}: pools windows of {_words(size)}; only squares can be said")
    side = size[0]
    if (step.strides or size) != size:
        raise LenetError(
            f"{step.place}: pools {_words(size)} with stride {_words(step.strides or size)}; only "
            "windows that lie side by side can be said"
        )
    exact = all(length % side == 0 for length in sides)
    if not exact and (step.ceil or step.padding == "same"):
        raise LenetError(
            f"{step.place}: pads a map of {_words(sides)} for windows of {side}; only what leaves "
            "a rest at the edge out can be said"
        )
    if not isinstance(step.padding, str) and step.padding != _NO_PADS:
        raise LenetError(f"{step.place}: pads before it pools; leave the padding out")
    return side


def _words(sizes: Any) -> str:
    return " x ".join(map(str, sizes))


def _short(value: float) -> float:
    """The shortest decimal that is the same in float32."""
    return float(str(np.float32(value)))
