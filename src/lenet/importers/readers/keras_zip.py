"""Keras 3 .keras: a zip of config.json and model.weights.h5."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

from lenet._util.bounded import MAX_BYTES, MAX_JSON, from_json, read_bytes, shown
from lenet.errors import LenetError, ModelFileError
from lenet.importers.ir import Array, Chain
from lenet.importers.readers import hdf5, keras_layers
from lenet.importers.readers.keras_graph import Entry, listed

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
    _, arrays = hdf5.contents(_member(data, "model.weights.h5", MAX_BYTES), _GROUPS)
    _, entries = listed(config)
    return keras_layers.chain(config, _named(entries, arrays), FORMAT), [data]


def _member(data: bytes, name: str, limit: int) -> bytes:
    """Unpack a member. `zipfile` reads the whole directory first, so its size is checked before."""
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise ModelFileError(f"a zip of more than {MAX_MEMBERS} members; this is no model")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if info.filename == name]
            if len(members) != 1:
                raise ModelFileError(f"a zip with {len(members)} members {name}; save the model again")
            [info] = members
            packed = info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            if packed or info.flag_bits & 1 or info.file_size > limit:
                raise ModelFileError(f"{name} is too large, encrypted or packed in an unusual way")
            with archive.open(info) as stream:
                unpacked = stream.read(limit + 1)
    except LenetError:
        raise
    except Exception as error:  # zipfile and zlib raise nearly anything
        raise ModelFileError(f"a damaged zip ({shown(str(error), 80)}); copy it again") from None
    if len(unpacked) > limit:
        raise ModelFileError(f"{name} is too large; this is no model")
    return unpacked


def _named(entries: list[Entry], arrays: dict[str, Array]) -> dict[str, dict[str, Array]]:
    """Return weights by layer and name.

    Keras names them "conv2d_1/vars/0": the class, its number among layers of the class, and the
    array's number.
    """
    counted: Counter[str] = Counter()
    weights: dict[str, dict[str, Array]] = {}
    used = set()
    for entry in entries:
        kind = _snake_case(entry.kind)
        folder = f"{kind}_{counted[kind]}" if counted[kind] else kind
        counted[kind] += 1
        for number, name in enumerate(keras_layers.names_of(entry)):
            if (place := f"{folder}/vars/{number}") in arrays:
                weights.setdefault(entry.name, {})[name] = arrays[place]
                used.add(place)
    if strange := set(arrays) - used:
        raise ModelFileError(f"weights {shown(min(strange))} of no layer; save the model again")
    return weights


def _snake_case(name: str) -> str:
    """Convert a name like Keras: "MaxPooling2D" is max_pooling2d."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
