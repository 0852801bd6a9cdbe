"""Keras .h5: whole models of Keras 2 and 3."""

from __future__ import annotations

from pathlib import Path

from lenet._util.bounded import from_json, read_bytes, shown
from lenet.errors import ModelFileError
from lenet.importers.ir import Array, Chain
from lenet.importers.readers import hdf5, keras_layers

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
    weights: dict[str, dict[str, Array]] = {}
    for place, array in arrays.items():  # "conv2d/sequential/conv2d/kernel:0"
        layer, *_, kind = ("", *place.split("/")) if "/" not in place else place.split("/")
        kind = kind.removesuffix(":0")
        if kind in (named := weights.setdefault(layer, {})):
            raise ModelFileError(f"the weights {shown(place)} come twice; save the model again")
        named[kind] = array
    return keras_layers.chain(from_json(text, "model_config"), weights, FORMAT), [data]
