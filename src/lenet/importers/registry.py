"""Find a model file's format from its first bytes, not from its name."""

from __future__ import annotations

from pathlib import Path

from lenet._util.sniff import FileType, sniff, wrong_type
from lenet.errors import DataError, ModelFileError, UnsupportedError

READERS = {
    "tfjs": "TensorFlow.js Layers: model.json with its shards beside it, or the folder",
    "keras_hdf5": "Keras .h5, whole models",
    "keras_zip": "Keras 3 .keras",
    "onnx_graph": "ONNX",
    "state_dict": "PyTorch's state dicts as safetensors, with --arch",
    "own": "this project's own model files",
}
"""Modules of `readers` and the formats that they read ("own": `lenet.models.file`)."""

WANTED = "a model that can be imported"

_READER_OF = {
    FileType.TFJS: "tfjs",
    FileType.KERAS_CONFIG: "tfjs",
    FileType.JSON: "tfjs",
    FileType.HDF5: "keras_hdf5",
    FileType.KERAS: "keras_zip",
    FileType.ONNX: "onnx_graph",
    FileType.SAFETENSORS: "state_dict",
    FileType.LENET_MODEL: "own",
}
_SUFFIXES = {".json": "tfjs", ".onnx": "onnx_graph", ".keras": "keras_zip"}
"""Readers by the ends of names, for files that their bytes do not tell."""

_PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")
_UNTOLD = (FileType.UNKNOWN, FileType.ZIP, FileType.TEXT)


def model_file(path: Path) -> Path:
    """Return the file of a model: the path, or model.json in a folder.

    Raise LenetError for other folders; it names a SavedModel of TensorFlow.
    """
    if not path.is_dir():
        return path
    file_type = sniff(path)
    if file_type is not FileType.TFJS:
        raise wrong_type(path, file_type, WANTED, "name a model file in it", kind=UnsupportedError)
    return path / "model.json"


def kind_of(path: Path) -> str:
    """Return the key of READERS for a file; raise LenetError for pickles and other formats."""
    try:
        file_type = sniff(path)
    except DataError as error:
        raise ModelFileError(str(error)) from None
    suffix = path.suffix.lower()
    if kind := _READER_OF.get(file_type):
        return kind
    if file_type in _UNTOLD and suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if file_type in _UNTOLD and suffix in _PICKLES:
        file_type = FileType.PICKLE
    if file_type.is_stand_in:
        raise wrong_type(path, file_type, WANTED, "", kind=ModelFileError)
    formats = f"these formats are read: {'; '.join(READERS.values())}"
    raise wrong_type(path, file_type, WANTED, formats, kind=UnsupportedError)
