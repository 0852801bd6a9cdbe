"""Specifications: a network's input size and layers, as a model file carries them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

from lenet import engine
from lenet.engine.abi import MAX_LAYERS, MAX_PARAMETERS, MAX_SIDE, MAX_TABLE
from lenet.errors import LenetError, ModelFileError, UnsupportedError
from lenet.models.checks import Shape, check_integer
from lenet.models.layers import KINDS, Dense, Layer, Rbf, Resize, Scale


class Tensor(NamedTuple):
    """A named part of the parameters; its values lie in row-major order of `shape`."""

    name: str
    shape: Shape


class Stage(NamedTuple):
    """One layer of a network, with the shapes of its output and its tensors.

    Attributes:
        name: kind and number among its kind: "conv1", "relu1", "maxpool1", "conv2", ...
        layer: the layer.
        output: (channels, rows, columns), or (outputs,) of a dense layer.
        tensors: weight and bias, or none.
    """

    name: str
    layer: Layer
    output: Shape
    tensors: tuple[Tensor, ...]

    @property
    def parameters(self) -> int:
        """Number of trainable values in this layer."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors)


@dataclass(frozen=True)
class Spec:
    """A network: rows and columns of its input image (one channel), and its layers.

    Raises:
        LenetError: a number beyond the engine's limits, or layers that do not fit together; it
            names the layer by its position, from 1.
    """

    input: tuple[int, int]
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        for side in self.input:
            with _located('architecture: "input"'):
                check_integer(side, MAX_SIDE)
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise ModelFileError(f'architecture: "layers" must be a list of 1 to {MAX_LAYERS} layers')
        for position, layer in enumerate(self.layers):
            _check_order(layer, self.layers[:position], f"architecture: layer {position + 1}")
        _check_size(self.stages)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read {"input": [rows, columns], "layers": [...]}, as docs/reference/model-file.md says.

        Raises:
            LenetError: what `Spec` refuses, an unknown layer or key, or a wrong type.
        """
        if not isinstance(value, dict) or set(value) != {"input", "layers"}:
            raise ModelFileError('architecture: must be an object with exactly "input" and "layers"')
        sides, entries = value["input"], value["layers"]
        if not isinstance(sides, list | tuple) or len(sides) != 2:
            raise ModelFileError('architecture: "input" must be [rows, columns]')
        if not isinstance(entries, list | tuple) or not 1 <= len(entries) <= MAX_LAYERS:
            raise ModelFileError(f'architecture: "layers" must be a list of 1 to {MAX_LAYERS} layers')
        layers = []
        for position, entry in enumerate(entries, 1):
            with _located(f"architecture: layer {position}"):
                layers.append(_layer(entry))
        return cls((sides[0], sides[1]), tuple(layers))

    def to_json(self) -> dict[str, Any]:
        """Return {"input": [rows, columns], "layers": [...]}."""
        return {"input": list(self.input), "layers": [layer.to_json() for layer in self.layers]}

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The layers with their names, output shapes and tensors."""
        stages: list[Stage] = []
        numbers: Counter[str] = Counter()
        shape: Shape = (1, *self.input)
        for position, layer in enumerate(self.layers, 1):
            numbers[layer.kind] += 1
            name = f"{layer.kind}{numbers[layer.kind]}"
            with _located(f"architecture: layer {position}: {name}"):
                stages.append(_stage(name, layer, shape))
            shape = stages[-1].output
        return tuple(stages)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors whose values, one after another, are the engine's flat parameter array."""
        return tuple(tensor for stage in self.stages for tensor in stage.tensors)

    @property
    def num_parameters(self) -> int:
        """Number of trainable values."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def num_classes(self) -> int:
        """Number of outputs."""
        [count] = self.stages[-1].output
        return count

    @property
    def engine_layers(self) -> tuple[engine.Layer, ...]:
        """The layers as the engine takes them."""
        return tuple(layer.to_engine() for layer in self.layers)

    def network(self) -> engine.Network:
        """Return the network, planned by the engine."""
        return engine.Network(self.engine_layers, *self.input)

    def with_num_classes(self, count: int) -> Spec:
        """Return the specification with `count` outputs; an Rbf layer keeps its first codes.

        Raises:
            LenetError: `count` is more than an Rbf layer has codes.
        """
        *layers, last = self.layers
        if isinstance(last, Rbf):
            if count > len(last.codes):
                raise UnsupportedError(
                    f"{len(last.codes)} codes for {count} classes; take a network without rbf"
                )
            return replace(self, layers=(*layers, Rbf(count, last.codes[:count])))
        return replace(self, layers=(*layers, Dense(count)))


@contextmanager
def _located(place: str) -> Iterator[None]:
    """Put `place` in front of the message of a LenetError."""
    try:
        yield
    except LenetError as error:
        raise type(error)(f"{place}: {error}") from None


def _layer(entry: Any) -> Layer:
    """Return the layer of one entry of "layers".

    Raises:
        LenetError: an unknown kind or key, a wrong type, or a number beyond its limits.
    """
    kinds = [kind for kind in KINDS if kind in entry] if isinstance(entry, dict) else []
    if len(kinds) != 1:
        raise UnsupportedError(f"must be an object with one of {', '.join(KINDS)}")
    layer = KINDS[kinds[0]]
    if "background" in entry and "pad_value" not in entry:  # its name in files of early versions
        entry = {"pad_value" if key == "background" else key: value for key, value in entry.items()}
    if not set(entry) <= set(layer.keys()):
        raise ModelFileError(f"{layer.kind} takes only {', '.join(layer.keys())}")
    return layer.from_json(entry)


def _stage(name: str, layer: Layer, shape: Shape) -> Stage:
    output = layer.output_shape(shape)
    names = (f"{name}.weight", f"{name}.bias")
    return Stage(name, layer, output, tuple(map(Tensor, names, layer.tensor_shapes(shape))))


def _check_order(layer: Layer, before: tuple[Layer, ...], place: str) -> None:
    """Refuse a layer that cannot follow those before it."""
    if isinstance(layer, Scale) and before:
        raise UnsupportedError(f"{place}: scale must be the first layer")
    if isinstance(layer, Resize) and [type(other) for other in before] not in ([], [Scale]):
        raise UnsupportedError(f"{place}: resize must be the first layer, or follow scale as the first")
    if any(isinstance(other, Rbf) for other in before):
        raise UnsupportedError(f"{place}: nothing follows rbf, whose outputs are the classes")


def _check_size(stages: tuple[Stage, ...]) -> None:
    if not stages[-1].layer.is_output:
        raise UnsupportedError(
            f"architecture: layer {len(stages)}: the last layer must be dense or rbf; "
            "its outputs are the classes"
        )
    count = sum(stage.parameters for stage in stages)
    if not count:
        raise UnsupportedError("architecture: has no parameters; add a dense layer")
    if count > MAX_PARAMETERS:
        raise UnsupportedError(f"architecture: more than {MAX_PARAMETERS:,} parameters; make it smaller")
    if sum(len(stage.layer.to_engine().table) for stage in stages) > MAX_TABLE:
        raise UnsupportedError(f"architecture: tables of more than {MAX_TABLE:,} entries; make it smaller")


def layer_table(spec: Spec) -> list[tuple[str, str, int]]:
    """Return rows to print: layer, output shape such as "8 x 28 x 28", parameters."""
    return [(s.name, " x ".join(map(str, s.output)), s.parameters) for s in spec.stages]
