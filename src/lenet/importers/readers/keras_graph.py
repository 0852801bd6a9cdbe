"""The layers of a Keras model in the order in which an image passes them."""

from __future__ import annotations

from typing import Any, NamedTuple

from lenet._util.bounded import field, shown
from lenet.errors import ModelFileError, UnsupportedError

MAX_LAYERS = 100
_MODELS = ("Sequential", "Functional", "Model")


class Entry(NamedTuple):
    """A layer: its name, kind ("Conv2D"), configuration, and its name in messages."""

    name: str
    kind: str
    config: dict[str, Any]
    place: str


def listed(model: Any) -> tuple[Any, list[Entry]]:
    """Return the shape of the input, as in the file, and the layers after it.

    model  {"class_name": "Sequential" | "Functional", "config": ...}

    Raise LenetError for a model that is not a chain: branches, several inputs or outputs, cycles.
    """
    kind, config = field(model, "class_name", str, "the model"), model.get("config")
    if kind not in _MODELS:
        raise UnsupportedError(f"the model is a {shown(kind)}; it must be Sequential or Functional")
    layers = config if isinstance(config, list) else field(config, "layers", list, "the model")
    if len(layers) > MAX_LAYERS:
        raise UnsupportedError(f"it has {len(layers)} layers; at most {MAX_LAYERS}")
    if kind != "Sequential":
        layers = _chained(config, layers)
    entries, shape = [], None
    for position, layer in enumerate(layers, 1):
        entry = _entry(layer, position)
        if shape is None:
            shape = entry.config.get("batch_shape", entry.config.get("batch_input_shape"))
        if entry.kind == "InputLayer" and position > 1:
            raise UnsupportedError(f"{entry.place}: a second input; there must be one")
        if entry.kind != "InputLayer":
            entries.append(entry)
    if len({entry.name for entry in entries}) < len(entries):
        raise ModelFileError("two layers have one name; save the model again")
    return shape, entries


def _entry(layer: Any, position: int) -> Entry:
    place = f"layer {position}"
    kind = field(layer, "class_name", str, place)
    config = field(layer, "config", dict, place)
    name = config.get("name", layer.get("name"))
    if not isinstance(name, str):
        raise ModelFileError(f"{place}: has no name; save the model again")
    place = f"{place} ({shown(kind)} {shown(name)})"
    if kind in _MODELS:
        raise UnsupportedError(f"{place}: is a model within the model; build it of its layers alone")
    return Entry(name, kind, config, place)


def _chained(config: dict[str, Any], layers: list[Any]) -> list[Any]:
    """Return the layers of a functional model in order, each after its input."""
    after: dict[str, Any] = {}
    first = None
    names = set()
    for position, layer in enumerate(layers, 1):
        entry = _entry(layer, position)
        names.add(entry.name)
        if entry.kind == "InputLayer":
            if first is not None:
                raise UnsupportedError(f"{entry.place}: a second input; there must be one")
            first = layer
            continue
        source = _source(field(layer, "inbound_nodes", list, entry.place), entry.place)
        if source in after:
            raise UnsupportedError(f"{entry.place}: a second layer that takes {source!r:.40}; no branches")
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


def _name(layer: dict[str, Any]) -> str:
    return str(layer["config"].get("name", layer.get("name")))


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
