"""Specifications: networks as data that a model file carries and the engine builds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from lenet.engine import (
    CHANNEL,
    CONV,
    DENSE,
    MAXPOOL,
    RBF,
    RELU,
    RESIZE,
    SCALE,
    SUBSAMPLE,
    TANH,
    UNIT,
    Layer,
    Network,
)
from lenet.engine.abi import (
    MAX_CHANNELS,
    MAX_KERNEL,
    MAX_LAYERS,
    MAX_LEVEL,
    MAX_PARAMETERS,
    MAX_SIDE,
    MAX_STRIDE,
    MAX_TABLE,
)
from lenet.errors import LenetError

Shape = tuple[int, ...]

_KINDS = {
    **{"conv": CONV, "maxpool": MAXPOOL, "subsample": SUBSAMPLE, "dense": DENSE, "rbf": RBF},
    **{"relu": RELU, "tanh": TANH, "scale": SCALE, "resize": RESIZE},
}
_MORE_KEYS = {
    "conv": {"kernel", "stride", "padding", "background", "bias", "table"},
    "rbf": {"codes"},
}
_BIASES = {"channel": CHANNEL, "unit": UNIT}
_MARKS = {".": 0, "X": 1}


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

    spec  {"input": [rows, columns], "layers": [...]}; docs/reference/model-file.md
          lists the layers, their keys and their limits

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
        _check_order(kind, [stage.layer.kind for stage in stages], place)
        numbers[kind] += 1
        stages.append(_stage(f"{kind}{numbers[kind]}", layer, shape, place))
        shape = stages[-1].output
    if stages[-1].layer.kind not in (DENSE, RBF):
        raise LenetError(f"{place}: the last layer must be dense or rbf; its outputs are the classes")
    _check_size(stages)
    return stages


def _check_order(kind: str, before: list[int], place: str) -> None:
    if kind == "scale" and before:
        raise LenetError(f"{place}: scale must be the first layer")
    if kind == "resize" and before not in ([], [SCALE]):
        raise LenetError(f"{place}: resize must be the first layer, or follow scale as the first")
    if RBF in before:
        raise LenetError(f"{place}: nothing follows rbf, whose outputs are the classes")


def _check_size(stages: list[Stage]) -> None:
    count = sum(stage.parameters for stage in stages)
    if not count:
        raise LenetError("architecture: nothing to be learned; add a dense layer")
    if count > MAX_PARAMETERS:
        raise LenetError(f"architecture: more than {MAX_PARAMETERS:,} parameters; make it smaller")
    if sum(len(stage.layer.table) for stage in stages) > MAX_TABLE:
        raise LenetError(f"architecture: tables of more than {MAX_TABLE:,} entries; make it smaller")


def parse(spec: Any) -> tuple[Layer, ...]:
    """The layers of a specification, for the engine. Raises LenetError as `plan` does."""
    return tuple(stage.layer for stage in plan(spec))


def network(spec: Any) -> Network:
    """The network of a specification, planned by the engine. Raises LenetError as `plan` does."""
    layers = parse(spec)
    return Network(layers, *spec["input"])


def tensors(spec: Any) -> list[Tensor]:
    """The tensors whose values, one after another, are the engine's flat parameter array.

    Their shapes are in docs/reference/model-file.md. Raises LenetError as `plan` does.
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


def _level(value: Any, place: str) -> float:
    """A number of -100..100."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_LEVEL:
        raise LenetError(f"{place}: {value!r:.20} must be a number, -{MAX_LEVEL}..{MAX_LEVEL}")
    return float(value)


def _table(value: Any, rows: int | None, columns: int | None, place: str) -> bytes:
    """Rows of "X" and "." as ones and zeros, row-major; None: any number."""
    right = isinstance(value, list | tuple) and len(value) in (rows or len(value), rows)
    if not right or not all(isinstance(row, str) and set(row) <= set(_MARKS) for row in value):
        count = rows or "its"
        raise LenetError(f'{place}: must be a list of {count} rows of "X" and "."')
    if len({len(row) for row in value} | ({columns} if columns else set())) != 1:
        raise LenetError(f"{place}: each row must have {columns or 'as many'} marks")
    return bytes(_MARKS[mark] for row in value for mark in row)


def _layer(entry: Any, place: str) -> tuple[str, Layer]:
    """Kind and layer of one entry of "layers"."""
    kinds = [kind for kind in _KINDS if kind in entry] if isinstance(entry, dict) else []
    if len(kinds) != 1:
        raise LenetError(f"{place}: must be an object with one of {', '.join(_KINDS)}")
    kind = kinds[0]
    allowed = {kind} | _MORE_KEYS.get(kind, set())
    if not set(entry) <= allowed:
        raise LenetError(f"{place}: {kind} takes only {', '.join(sorted(allowed))}")
    return kind, _READERS.get(kind, _sized)(kind, entry, place)


def _sized(kind: str, entry: dict[str, Any], place: str) -> Layer:
    limit = MAX_SIDE if kind in ("maxpool", "subsample", "resize") else MAX_CHANNELS
    return Layer(_KINDS[kind], _number(entry[kind], limit, f'{place}: "{kind}"'))


def _activation(kind: str, entry: dict[str, Any], place: str) -> Layer:
    if entry[kind] != {}:
        raise LenetError(f'{place}: write {{"{kind}": {{}}}}')
    return Layer(_KINDS[kind])


def _scale(kind: str, entry: dict[str, Any], place: str) -> Layer:
    ends = entry[kind]
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        raise LenetError(f'{place}: "scale" must be [background, ink]')
    background, ink = (_level(end, f'{place}: "scale"') for end in ends)
    return Layer(SCALE, background=background, ink=ink)


def _convolution(kind: str, entry: dict[str, Any], place: str) -> Layer:
    size = _sized(kind, entry, place).size
    kernel = _number(entry.get("kernel"), MAX_KERNEL, f'{place}: "kernel"')
    stride = _number(entry.get("stride", 1), MAX_STRIDE, f'{place}: "stride"')
    padding = entry.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise LenetError(f'{place}: "padding" must be "same" or "valid"')
    if padding == "same" and kernel % 2 == 0:
        raise LenetError(f'{place}: padding "same" needs an odd kernel, not {kernel}')
    if padding == "valid" and "background" in entry:
        raise LenetError(f'{place}: "background" is for padding "same" alone')
    bias = entry.get("bias", "channel")
    if bias not in ("channel", "unit"):
        raise LenetError(f'{place}: "bias" must be "channel" or "unit"')
    table = b""
    if "table" in entry:
        table = _table(entry["table"], None, size, f'{place}: "table"')
        if not all(any(table[output::size]) for output in range(size)):
            raise LenetError(f'{place}: "table" has a column without "X": a channel without inputs')
    return Layer(
        CONV,
        *(size, kernel, stride, (kernel - 1) // 2 if padding == "same" else 0, _BIASES[bias]),
        background=_level(entry.get("background", 0), f'{place}: "background"'),
        table=table,
    )


def _rbf(kind: str, entry: dict[str, Any], place: str) -> Layer:
    size = _sized(kind, entry, place).size
    return Layer(RBF, size, table=_table(entry.get("codes"), size, None, f'{place}: "codes"'))


_READERS: dict[str, Callable[[str, dict[str, Any], str], Layer]] = {
    **{"conv": _convolution, "rbf": _rbf, "scale": _scale},
    **{"relu": _activation, "tanh": _activation},
}


def _stage(name: str, layer: Layer, shape: Shape, place: str) -> Stage:
    """A layer applied to an activation of this shape."""
    size, inputs = layer.size, math.prod(shape)
    if layer.kind in (RELU, TANH, SCALE):
        return Stage(name, layer, shape, ())
    if layer.kind == DENSE:
        return Stage(name, layer, (size,), _weights(name, (inputs, size), (size,)))
    if layer.kind == RBF:
        if len(layer.table) != size * inputs:
            raise LenetError(f"{place}: each code must have {inputs} marks, one an input")
        return Stage(name, layer, (size,), ())
    if len(shape) != 3:
        raise LenetError(f"{place}: {name} needs rows and columns; put it before the dense layers")
    channels, *sides = shape
    if layer.kind == CONV:
        return _convolved(name, layer, channels, sides, place)
    if size > min(sides):
        what = "side" if layer.kind == RESIZE else "window"
        raise LenetError(f"{place}: the {what} {size} is larger than its input, {sides}")
    if layer.kind == RESIZE:
        return Stage(name, layer, (channels, size, size), ())
    output = (channels, *(side // size for side in sides))
    learned = layer.kind == SUBSAMPLE
    return Stage(name, layer, output, _weights(name, (channels,), (channels,)) if learned else ())


def _convolved(name: str, layer: Layer, channels: int, sides: list[int], place: str) -> Stage:
    room = [side + 2 * layer.padding - layer.kernel for side in sides]
    if min(room) < 0:
        raise LenetError(f"{place}: the kernel {layer.kernel} is larger than its input, {sides}")
    if layer.table and len(layer.table) != channels * layer.size:
        raise LenetError(f'{place}: "table" must have {channels} rows, one an input channel')
    output = (layer.size, *(length // layer.stride + 1 for length in room))
    kernel = (layer.kernel, layer.kernel)
    weight = (sum(layer.table), *kernel) if layer.table else (channels, *kernel, layer.size)
    return Stage(name, layer, output, _weights(name, weight, output if layer.biases == UNIT else output[:1]))


def _weights(name: str, weight: Shape, bias: Shape) -> tuple[Tensor, ...]:
    return Tensor(f"{name}.weight", weight), Tensor(f"{name}.bias", bias)
