"""Find a model file's format from its first bytes, not from its name."""

from __future__ import annotations

import re
from pathlib import Path

from lenet._util.files import open_file, read_error
from lenet.errors import ModelFileError, UnsupportedError
from lenet.models.safetensors import MAX_HEADER

READERS = {
    "tfjs": "TensorFlow.js Layers: model.json with its shards beside it, or the folder",
    "keras_hdf5": "Keras .h5, whole models",
    "keras_zip": "Keras 3 .keras",
    "onnx_graph": "ONNX",
    "state_dict": "PyTorch's state dicts as safetensors, with --arch",
    "own": "this project's own model files",
}
"""Modules of `readers` and the formats that they read ("own": `lenet.models.file`)."""

_PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")
_REFUSED = (
    "a pickle, or a file of its kind: reading one runs whatever program is in it, so none is read. "
    "Load it where you trust it and save the weights with safetensors.torch.save_file(state_dict, "
    '"model.safetensors")'
)


def kind_of(path: Path) -> str:
    """Return the key of READERS for a file; raise LenetError for pickles and unknown formats."""
    try:
        with open_file(path, kind=ModelFileError) as stream:
            head = stream.read(8 + MAX_HEADER)
    except OSError as error:
        raise read_error(path, error, kind=ModelFileError) from None
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras_hdf5"
    if head.startswith(b"PK\x03\x04"):
        if re.search(rb"\.pkl|/version", head[:4096]):  # PyTorch's zip files
            raise UnsupportedError(_REFUSED)
        return "keras_zip"
    if re.match(rb"\x80[\x02-\x05][^\0]", head) or path.suffix.lower() in _PICKLES:
        raise UnsupportedError(_REFUSED)
    size = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and size < 2**32:
        return "own" if b"lenet-model/" in head[8 : 8 + size] else "state_dict"
    if head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{"):
        return "tfjs"
    if path.suffix.lower() == ".onnx" or head.startswith(b"\x08"):
        return "onnx_graph"
    raise UnsupportedError(f"of no format that is read; these are: {'; '.join(READERS.values())}")
