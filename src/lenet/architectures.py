"""Architectures as specifications: data that a model file carries and the engine builds."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from lenet._core import CONV, DENSE, MAXPOOL, RELU, Layer
from lenet.errors import LenetError

MAX_SIDE = 512  # of the input; these limits are the engine's
MAX_LAYERS = 32
MAX_SIZE = 4096  # channels or outputs of one layer
MAX_KERNEL = 15
MAX_STRIDE = 8
MAX_PARAMETERS = 2**26

Shape = tuple[int, ...]

_KEYS = {
    "conv": {"conv", "kernel", "stride", "padding"},
    "maxpool": {"maxpool"},
    "dense": {"dense"},
    "relu": {"relu"},
}


class Tensor(NamedTuple):
    """A named part of the parameters; its values lie in row-major order of `shape`."""

    name: str
    shape: Shape


class Stage(NamedTuple):
    """One layer of a network, with what goes in and out.

    name     kind and number among its kind: "conv1", "relu1", "maxpool1", "conv2", ...
    layer    as the engine takes it
    output   (channels, rows, columns), or (outputs,) of a dense layer
    tensors  weight and bias, or none
    """

    name: str
    layer: Layer
    output: Shape
    tensors: tuple[Tensor, ...]

    @property
    def parameters(self) -> int:
        """Numbers to be learned in this layer."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors)


def plan(spec: Any) -> list[Stage]:
    """Checks a specification and computes its shapes.

    spec  {"input": [rows, columns], "layers": [...]} with the layers
          {"conv": channels, "kernel": side, "stride": 1, "padding": "same" or "valid"},
          {"maxpool": window}, {"relu": {}}, {"dense": outputs}; the last one is dense.
          "stride" may be left out (1), "padding" too ("valid", no padding); "same" pads
          (kernel - 1) / 2 zeros on each side and needs an odd kernel.

    Raises LenetError that names the layer by its position (from 1) for an unknown layer or key, a
    wrong type, a number beyond the engine's limits, and layers that do not fit together.
    """
    if not isinstance(spec, dict) or set(spec) != {"input", "layers"}:
        raise LenetError('architecture: must be an object with exactly "input" and "layers"')
    side, layers = spec["input"], spec["layers"]
    if not isinstance(side, list | tuple) or len(side) != 2:
        raise LenetError('architecture: "input" must be [rows, columns]')
    shape: Shape = (1, *(_number(length, MAX_SIDE, 'architecture: "input"') for length in side))
    if not isinstance(layers, list | tuple) or not 1 <= len(layers) <= MAX_LAYERS:
        raise LenetError(f'architecture: "layers" must be a list of 1 to {MAX_LAYERS} layers')
    stages: list[Stage] = []
    numbers: Counter[str] = Counter()
    for position, entry in enumerate(layers, 1):
        place = f"architecture: layer {position}"
        kind, layer = _layer(entry, place)
        numbers[kind] += 1
        stages.append(_stage(f"{kind}{numbers[kind]}", layer, shape, place))
        shape = stages[-1].output
    if stages[-1].layer.kind != DENSE:
        raise LenetError(f"{place}: the last layer must be dense; its outputs are the classes")
    if sum(stage.parameters for stage in stages) > MAX_PARAMETERS:
        raise LenetError(f"architecture: more than {MAX_PARAMETERS:,} parameters; make it smaller")
    return stages


def parse(spec: Any) -> tuple[Layer, ...]:
    """The layers of a specification, for the engine. Raises LenetError as `plan` does."""
    return tuple(stage.layer for stage in plan(spec))


def tensors(spec: Any) -> list[Tensor]:
    """The tensors whose values, one after another, are the engine's flat parameter array.

    Convolution: weight (in, kernel, kernel, out), bias (out,); dense: weight (in, out), bias
    (out,), where `in` counts channel, row, column. Raises LenetError as `plan` does.
    """
    return [tensor for stage in plan(spec) for tensor in stage.tensors]


def table(spec: Any) -> list[tuple[str, str, int]]:
    """Rows to print: layer, output shape such as "8 x 28 x 28", parameters."""
    return [(s.name, " x ".join(map(str, s.output)), s.parameters) for s in plan(spec)]


def _number(value: Any, limit: int, place: str) -> int:
    """An integer of 1..limit; neither a bool nor 5.0."""
    if type(value) is not int or not 1 <= value <= limit:
        shown = repr(value)
        shown = shown if len(shown) <= 20 else "this value"
        raise LenetError(f"{place}: {shown} must be an integer, 1..{limit}")
    return value


def _layer(entry: Any, place: str) -> tuple[str, Layer]:
    """Kind and layer of one entry of "layers"."""
    kinds = [kind for kind in _KEYS if kind in entry] if isinstance(entry, dict) else []
    if len(kinds) != 1:
        raise LenetError(f"{place}: must be an object with one of {', '.join(_KEYS)}")
    kind = kinds[0]
    if not set(entry) <= _KEYS[kind]:
        raise LenetError(f"{place}: {kind} takes only {', '.join(sorted(_KEYS[kind]))}")
    if kind == "relu":
        if entry["relu"] != {}:
            raise LenetError(f'{place}: write {{"relu": {{}}}}')
        return kind, Layer(RELU)
    size = _number(entry[kind], MAX_SIZE, f'{place}: "{kind}"')
    if kind == "conv":
        return kind, _convolution(entry, size, place)
    return kind, Layer(MAXPOOL if kind == "maxpool" else DENSE, size)


def _convolution(entry: dict[str, Any], size: int, place: str) -> Layer:
    kernel = _number(entry.get("kernel"), MAX_KERNEL, f'{place}: "kernel"')
    stride = _number(entry.get("stride", 1), MAX_STRIDE, f'{place}: "stride"')
    padding = entry.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise LenetError(f'{place}: "padding" must be "same" or "valid"')
    if padding == "same" and kernel % 2 == 0:
        raise LenetError(f'{place}: padding "same" needs an odd kernel, not {kernel}')
    return Layer(CONV, size, kernel, stride, (kernel - 1) // 2 if padding == "same" else 0)


def _stage(name: str, layer: Layer, shape: Shape, place: str) -> Stage:
    """A layer applied to an activation of this shape."""
    size = layer.size
    if layer.kind == RELU:
        return Stage(name, layer, shape, ())
    if layer.kind == DENSE:
        return Stage(name, layer, (size,), _weights(name, (math.prod(shape), size)))
    if len(shape) != 3:
        raise LenetError(f"{place}: {name} needs rows and columns; put it before the dense layers")
    channels, *sides = shape
    if layer.kind == MAXPOOL:
        if size > min(sides):
            raise LenetError(f"{place}: the window {size} is larger than its input, {sides}")
        return Stage(name, layer, (channels, *(side // size for side in sides)), ())
    room = [side + 2 * layer.padding - layer.kernel for side in sides]
    if min(room) < 0:
        raise LenetError(f"{place}: the kernel {layer.kernel} is larger than its input, {sides}")
    output = (size, *(length // layer.stride + 1 for length in room))
    return Stage(name, layer, output, _weights(name, (channels, layer.kernel, layer.kernel, size)))


def _weights(name: str, shape: Shape) -> tuple[Tensor, ...]:
    return Tensor(f"{name}.weight", shape), Tensor(f"{name}.bias", shape[-1:])


@dataclass(frozen=True)
class Architecture:
    """A network that goes by name; its number of parameters is asserted."""

    name: str
    origin: str
    spec: dict[str, Any]
    parameters: int

    def __post_init__(self) -> None:
        count = sum(stage.parameters for stage in plan(self.spec))
        if count != self.parameters:
            raise AssertionError(f"{self.name} has {count} parameters, not {self.parameters}")


HOLZWEBER2021 = Architecture(
    name="holzweber2021",
    origin="the published Keras model for EMNIST Letters that this project started from (2021)",
    spec={
        "input": [28, 28],
        "layers": [
            {"conv": 8, "kernel": 5, "padding": "same"},  # (8, 28, 28)
            {"relu": {}},
            {"maxpool": 2},  # (8, 14, 14)
            {"conv": 16, "kernel": 5, "padding": "valid"},  # (16, 10, 10)
            {"relu": {}},
            {"maxpool": 2},  # (16, 5, 5)
            {"dense": 84},
            {"relu": {}},
            {"dense": 26},
        ],
    },
    parameters=39_318,
)

LENET5 = Architecture(
    name="lenet5",
    origin="LeCun, Bottou, Bengio, Haffner 1998, section II.B, with modern parts",
    spec={
        "input": [28, 28],
        "layers": [
            {"conv": 6, "kernel": 5, "padding": "same"},  # C1 (6, 28, 28)
            {"relu": {}},
            {"maxpool": 2},  # S2 (6, 14, 14)
            {"conv": 16, "kernel": 5, "padding": "valid"},  # C3 (16, 10, 10)
            {"relu": {}},
            {"maxpool": 2},  # S4 (16, 5, 5)
            {"dense": 120},  # C5
            {"relu": {}},
            {"dense": 84},  # F6
            {"relu": {}},
            {"dense": 26},
        ],
    },
    parameters=63_066,
)
"""Departures from the paper: relu for the scaled tanh, max pooling for trainable subsampling (S2,
S4), C3 connected to all maps of S2 instead of by table I, softmax for the RBF outputs, and zero
padding of a 28x28 input for the paper's 32x32 input."""

ARCHITECTURES: dict[str, Architecture] = {a.name: a for a in (HOLZWEBER2021, LENET5)}


def named(name: str) -> dict[str, Any]:
    """The specification of that name. Raises LenetError that lists the names."""
    if name in ARCHITECTURES:
        return ARCHITECTURES[name].spec
    close = difflib.get_close_matches(name, ARCHITECTURES, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise LenetError(f"{name}: no such architecture; {hint}known: {', '.join(ARCHITECTURES)}")
