"""The layers of a Keras model in the order in which an image passes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lenet._util.bounded import field, shown
from lenet.errors import ModelFileError, UnsupportedError
from lenet.importers.ir import Array

MAX_LAYERS = 100
MAX_NESTING = 5  # models within models
_CHAINS = ("Sequential", "Pipeline")
_MODELS = (*_CHAINS, "Functional", "Model")

Weights = Mapping[str, Mapping[str, Array]]
"""The arrays of each layer by their names; a layer's key is its `Entry.path`."""


class Entry(NamedTuple):
    """A layer.

    name    of the layer
    kind    its class, such as "Conv2D"
    config  its configuration
    place   its name in messages
    path    the names of the models around it, and its own: "sequential/dense_1"
    layers  of a model within the model: its layers
    """

    name: str
    kind: str
    config: dict[str, Any]
    place: str
    path: str
    layers: tuple[Entry, ...] = ()

    @property
    def is_model(self) -> bool:
        """Return True for a model within the model."""
        return self.kind in _MODELS


def leaves(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the layers in order, those of nested models in the places of the models."""
    for entry in entries:
        if entry.is_model:
            yield from leaves(entry.layers)
        else:
            yield entry


def listed(model: Any, known: Collection[str]) -> tuple[Any, list[Entry]]:
    """Return the shape of the input, as in the file, and the layers after it.

    Args:
        model: {"class_name": "Sequential" | "Functional", "config": ...}.
        known: kinds of layers that can be read.

    Raises:
        LenetError: a layer of another kind, or a model that is not a chain: branches, several
            inputs or outputs, cycles.
    """
    kind = field(model, "class_name", str, "the model")
    if kind not in _MODELS:
        raise UnsupportedError(f"the model is a {shown(kind)}; it must be Sequential or Functional")
    shape, entries = _Listing(known).layers(model, "", "layer ")
    if sum(1 for _ in leaves(entries)) > MAX_LAYERS:
        raise UnsupportedError(f"it has more than {MAX_LAYERS} layers; make it smaller")
    return shape, entries


class _Listing:
    def __init__(self, known: Collection[str]) -> None:
        self.known = known

    def layers(self, model: Any, path: str, place: str) -> tuple[Any, list[Entry]]:
        """Return the shape of a model's input, and its layers.

        Args:
            model: the outer model, or one within it.
            path: the prefix of its layers' paths.
            place: the prefix of its layers' positions in messages.
        """
        if path.count("/") > MAX_NESTING:
            raise UnsupportedError(f"models are nested more than {MAX_NESTING} deep; build it of layers")
        config = model.get("config")
        name = shown(path.rstrip("/")) or "the model"
        layers = config if isinstance(config, list) else field(config, "layers", list, name)
        if len(layers) > MAX_LAYERS:
            raise UnsupportedError(f"it has {len(layers)} layers; at most {MAX_LAYERS}")
        if model["class_name"] not in _CHAINS:
            layers = self._chained(config, layers)
        entries, shape = [], None
        for position, layer in enumerate(layers, 1):
            entry = self._entry(layer, f"{place}{position}", path)
            inner = None
            if entry.is_model:
                inner, parts = self.layers(layer, f"{entry.path}/", f"{place}{position}.")
                entry = entry._replace(layers=tuple(parts))
            if shape is None:
                shape = entry.config.get("batch_shape", entry.config.get("batch_input_shape", inner))
            if entry.kind == "InputLayer" and position > 1:
                raise UnsupportedError(f"{entry.place}: a second input; there must be one")
            if entry.kind != "InputLayer":
                entries.append(entry)
        if len({entry.name for entry in entries}) < len(entries):
            raise ModelFileError("two layers have one name; save the model again")
        return shape or _built_shape(model), entries

    def _entry(self, layer: Any, place: str, path: str = "") -> Entry:
        kind = field(layer, "class_name", str, place)
        config = layer.get("config")
        if isinstance(config, list) and kind in _MODELS:  # of Keras 2.2
            config = {"layers": config}
        if not isinstance(config, dict):
            raise ModelFileError(f'{place}: "config" is missing or of a wrong kind; save the model again')
        name = config.get("name", layer.get("name"))
        if not isinstance(name, str):
            raise ModelFileError(f"{place}: has no name; save the model again")
        place = f"{place} ({shown(kind)} {shown(name)})"
        if kind not in self.known and kind not in (*_MODELS, "InputLayer"):
            raise UnsupportedError(
                f"{place}: layers of this kind are not known; known are "
                f"{', '.join(kind for kind in self.known if not kind.startswith('Random'))}"
            )
        return Entry(name, kind, config, place, path + name)

    def _chained(self, config: dict[str, Any], layers: list[Any]) -> list[Any]:
        """Return the layers of a functional model in order, each after its input."""
        after: dict[str, Any] = {}
        first = None
        names = set()
        for position, layer in enumerate(layers, 1):
            entry = self._entry(layer, f"layer {position}")
            names.add(entry.name)
            if entry.kind == "InputLayer":
                if first is not None:
                    raise UnsupportedError(f"{entry.place}: a second input; there must be one")
                first = layer
                continue
            source = _source(field(layer, "inbound_nodes", list, entry.place), entry.place)
            if source in after:
                raise UnsupportedError(
                    f"{entry.place}: a second layer that takes {source!r:.40}; no branches"
                )
            after[source] = layer
        if first is None:
            raise ModelFileError("it has no input layer; save the whole model")
        ordered = [first]
        while len(ordered) <= len(layers) and (following := after.get(_name(ordered[-1]))):
            ordered.append(following)
        if len(ordered) != len(layers) or len(names) != len(layers):
            raise UnsupportedError("its layers do not make one chain from the input to the output")
        if _last(config.get("output_layers")) not in (None, _name(ordered[-1])):
            raise UnsupportedError("its output is not that of its last layer; there must be one output")
        return ordered


def _built_shape(model: dict[str, Any]) -> Any:
    """Return the input's shape of a Sequential that was built by its first batch; None without one."""
    config, built = model.get("config"), model.get("build_config")
    shape = config.get("build_input_shape") if isinstance(config, dict) else None
    return shape or (built.get("input_shape") if isinstance(built, dict) else None)


def _name(layer: dict[str, Any]) -> str:
    config = layer["config"]
    return str(config.get("name", layer.get("name")) if isinstance(config, dict) else layer.get("name"))


def _last(outputs: Any) -> Any:
    """Return the name in ["dense", 0, 0] or in [["dense", 0, 0]]; None without one."""
    while isinstance(outputs, list) and len(outputs) == 1:
        outputs = outputs[0]
    return outputs[0] if isinstance(outputs, list) and outputs else None


def _source(nodes: list[Any], place: str) -> str:
    """Return the name of a layer's only input.

    Keras 2 writes [[["name", 0, 0, {}]]], Keras 3
    [{"args": [{"config": {"keras_history": ["name", 0, 0]}}], "kwargs": {}}].
    """
    node = nodes[0] if len(nodes) == 1 else None
    arguments = node.get("args") if isinstance(node, dict) else node
    tensor = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else None
    if isinstance(tensor, dict):
        inner = tensor.get("config")
        tensor = inner.get("keras_history") if isinstance(inner, dict) else None
    if not isinstance(tensor, list) or not tensor or not isinstance(tensor[0], str):
        raise UnsupportedError(f"{place}: must take its input from one layer, once; no branches")
    return tensor[0]


def by_layer(entries: Sequence[Entry], arrays: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """Group arrays by layer. A layer's path and the array's name end the array's path.

    Args:
        entries: layers.
        arrays: by their paths, such as "sequential/dense/kernel:0".

    Raises:
        LenetError: an array of no layer, of several, or one that comes twice.
    """
    weights: dict[str, dict[str, Array]] = {}
    for path, array in arrays.items():
        owner, _, name = path.removesuffix(":0").rpartition("/")
        layers = [entry.path for entry in entries if f"/{owner}".endswith(f"/{entry.path}")]
        layers = layers or [entry.path for entry in entries if f"/{owner}".endswith(f"/{entry.name}")]
        if not layers:
            raise ModelFileError(f"weights of {shown(owner)}, a layer that the model lacks")
        if name in (named := weights.setdefault(max(layers, key=len), {})):
            raise ModelFileError(f"the weights {shown(path)} occur twice; save the model again")
        named[name] = array
    return weights
