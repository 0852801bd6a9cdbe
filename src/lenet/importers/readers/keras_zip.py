"""Keras 3 .keras: a zip of config.json and model.weights.h5."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lenet._util.archives import open_zip, read_member
from lenet._util.bounded import MAX_BYTES, MAX_JSON, from_json, read_bytes, shown
from lenet.errors import DataError, ModelFileError
from lenet.importers.ir import Array, Chain
from lenet.importers.readers import hdf5, keras_layers
from lenet.importers.readers.keras_graph import Entry, leaves
from lenet.importers.readers.keras_settings import names_of

FORMAT = "Keras 3"
MAX_MEMBERS = 1000
_GROUPS = ("layers", "_layer_checkpoint_dependencies")  # of Keras 3, of TensorFlow 2.12


def read(path: Path) -> tuple[Chain, list[bytes]]:
    """Return the chain of a .keras file, and its bytes.

    Raise LenetError for a damaged zip, members that unpack to more than the limit, and like
    `hdf5.contents` and `keras_layers.chain`.
    """
    data = read_bytes(path)
    config = from_json(_member(data, "config.json", MAX_JSON), "config.json")
    shape, entries = keras_layers.listed(config)
    _, arrays = hdf5.contents(_member(data, "model.weights.h5", MAX_BYTES), _GROUPS)
    weights = _by_layer(entries, arrays)
    if arrays:
        raise ModelFileError(f"weights {shown(min(arrays))} of no layer; save the model again")
    return keras_layers.chain(shape, list(leaves(entries)), weights, FORMAT), [data]


def _member(data: bytes, name: str, limit: int) -> bytes:
    """Unpack a member. `zipfile` reads the whole directory first, so its size is checked before."""
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise ModelFileError(f"a zip of more than {MAX_MEMBERS} members; this is not a model")
    try:
        with open_zip(io.BytesIO(data), "the zip") as archive:
            members = [info for info in archive.infolist() if info.filename == name]
            if len(members) != 1:
                raise ModelFileError(f"a zip with {len(members)} members {name}; save the model again")
            return read_member(archive, members[0], limit, "the zip")
    except ModelFileError:
        raise
    except DataError as error:
        raise ModelFileError(str(error)) from None
    except Exception as error:  # zipfile and zlib raise nearly anything
        raise ModelFileError(f"a damaged zip ({shown(str(error), 80)}); copy it again") from None


def _by_layer(
    entries: Sequence[Entry], arrays: dict[str, Array], folder: str = ""
) -> dict[str, dict[str, Array]]:
    """Remove the arrays of layers from `arrays`; return them by layer and name.

    Keras names them "conv2d_1/vars/0": the class, its number among layers of the class, and the
    array's number. TensorFlow 2.12 and 2.13 count by two, so only the order of the numbers counts.
    A nested model is a folder with one of the groups' names in it.
    """
    weights: dict[str, dict[str, Array]] = {}
    by_kind: dict[str, list[Entry]] = {}
    for entry in entries:
        if any(names_of(layer) for layer in leaves([entry])):
            by_kind.setdefault(_snake_case(entry.kind), []).append(entry)
    for kind, layers in by_kind.items():
        for entry, place in zip(layers, _folders(kind, folder, arrays), strict=False):
            for group in _GROUPS if entry.is_model else ():
                weights |= _by_layer(entry.layers, arrays, f"{place}/{group}/")
            for number, name in enumerate(() if entry.is_model else names_of(entry)):
                if (path := f"{place}/vars/{number}") in arrays:
                    weights.setdefault(entry.path, {})[name] = arrays.pop(path)
    return weights


def _folders(kind: str, folder: str, arrays: Iterable[str]) -> list[str]:
    """Return the folders of a class of layers, in the order of their numbers."""
    pattern = re.compile(rf"{re.escape(folder)}{kind}(?:_([0-9]{{1,6}}))?/")
    numbers = {match[0].rstrip("/"): int(match[1] or 0) for path in arrays if (match := pattern.match(path))}
    return sorted(numbers, key=lambda place: numbers[place])


def _snake_case(name: str) -> str:
    """Convert a name like Keras: "MaxPooling2D" is max_pooling2d."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
