"""Keras .h5: whole models of Keras 2 and 3."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lenet._util.bounded import from_json, read_bytes
from lenet.errors import ModelFileError
from lenet.importers.ir import Chain
from lenet.importers.readers import hdf5, keras_layers
from lenet.importers.readers.keras_graph import by_layer, leaves

FORMAT = "Keras HDF5"


def read(path: Path) -> tuple[Chain, list[bytes]]:
    """Return the chain of an .h5 file, and its bytes.

    Raise LenetError for a file of weights alone, and like `hdf5.contents` and
    `keras_layers.chain`.
    """
    data = read_bytes(path)
    text, arrays = hdf5.contents(data, ("model_weights",), "model_config")
    if not text:
        raise ModelFileError("holds weights alone, without model_config; save the whole model")
    shape, entries = keras_layers.listed(from_json(text, "model_config"))
    models = {entry.name for entry in entries if entry.is_model}
    layers = list(leaves(entries))
    weights = by_layer(layers, {_own_path(path, models): array for path, array in arrays.items()})
    return keras_layers.chain(shape, layers, weights, FORMAT), [data]


def _own_path(path: str, models: Collection[str]) -> str:
    """Return the path of a layer's array without the names of scopes.

    A group has the layer's name; in it, "conv2d/sequential/conv2d/kernel:0" has scopes, as the
    model had when it was built. The group of a nested model holds its layers.
    """
    group, *_, name = path.split("/")
    return path if group in models else f"{group}/{name}"
