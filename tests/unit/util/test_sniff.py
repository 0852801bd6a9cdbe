"""The type of a file by its bytes: the beginning of each format as its own programs write it."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lenet._util.sniff import FileType, identify, refuse_stand_in, sniff, wrong_file
from lenet.errors import DataError, ModelFileError
from made import FUZZ, refusal

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 414613\n"


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x" * 100_000)
    return stream.getvalue()


def picture(form: str) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (9, 9), 255).save(stream, form)
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return stream.getvalue()


def array() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return stream.getvalue()


TYPES = {
    "nothing": (b"", FileType.EMPTY),
    "blanks": (b" \r\n\t", FileType.EMPTY),
    "Arrow": (b"ARROW1\0\0" + bytes(90), FileType.ARROW),
    "a stream of Arrow": (b"\xff\xff\xff\xff\xe0\0\0\0\x10\0\0\0" + bytes(90), FileType.ARROW),
    "zeros": (bytes(5000), FileType.ZEROS),
    "Git LFS": (LFS, FileType.LFS_POINTER),
    "HTML": (b"<!DOCTYPE html>\n<html><head><title>503</title></head></html>", FileType.HTML),
    "HTML after a comment": (b"\xef\xbb\xbf\r\n<!-- a --><!-- b -->\n<HTML lang=en>", FileType.HTML),
    "XHTML": (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html>', FileType.HTML),
    "XML error": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', FileType.SERVER_ERROR),
    "JSON error": (b'{"message": "Not Found", "documentation_url": "x"}', FileType.SERVER_ERROR),
    "text error": (b"404: Not Found", FileType.SERVER_ERROR),
    "AppleDouble": (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ", FileType.APPLE_DOUBLE),
    "model": (
        (99).to_bytes(8, "little") + b'{"__metadata__":{"format":"lenet-model/2"',
        FileType.LENET_MODEL,
    ),
    "safetensors": (b"\x63\0\0\0\0\0\0\0" + b'{"conv.weight":{"dtype":"F32"', FileType.SAFETENSORS),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(50), FileType.HDF5),
    "Keras": (zipped("metadata.json", "config.json", "model.weights.h5"), FileType.KERAS),
    "ONNX": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\xf0", FileType.ONNX),
    "ONNX without a producer": (b"\x08\x0a:\xf0\x12\x0a\x08", FileType.ONNX),
    "SavedModel": (b"\x08\x01\x12\xa6\xbe\x01\x0a\xe4\x01\x12\xc5\x01serve", FileType.SAVED_MODEL),
    "Core ML": (b"\x08\x04\x12\xa6\x02\x0a\x20\x0a\x05image", FileType.CORE_ML),
    "frozen graph": (b"\x0a\x2f\x0a\x05input\x12\x0bPlaceholder", FileType.GRAPH_DEF),
    "TFLite": (b"\x1c\x00\x00\x00TFL3\x14\x00", FileType.TFLITE),
    "GGUF": (b"GGUF\x03\x00\x00\x00", FileType.GGUF),
    "TensorFlow.js": (b'{"format": "layers-model", "modelTopology": {"class_name": "x"}}', FileType.TFJS),
    "PyTorch": (zipped("model/data.pkl", "model/version"), FileType.PYTORCH),
    "old PyTorch": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M", FileType.PYTORCH),
    "pickle": (pickle.dumps({"a": 1}), FileType.PICKLE),
    "NPZ": (zipped("images.npy", "labels.npy"), FileType.NPZ),
    "NPY": (array(), FileType.NPY),
    "IDX images": (b"\x00\x00\x08\x03\x00\x00\x00\x1a\x00\x00\x00\x1c", FileType.IDX_IMAGES),
    "IDX labels": (b"\x00\x00\x08\x01\x00\x00\x00\x1a\x01", FileType.IDX_LABELS),
    "IDX of floats": (b"\x00\x00\x0d\x03\x00\x00\x00\x1a\x00\x00\x00\x1c", FileType.IDX),
    "gzipped IDX": (gzip.compress(b"\x00\x00\x08\x03\x00\x00\x00\x1a"), FileType.IDX_IMAGES),
    "CSV": (b"1,0,0,255\n2,0,3,0\n", FileType.CSV),
    "EMNIST's zip": (zipped("gzip/emnist-letters-test-images-idx3-ubyte.gz"), FileType.EMNIST_ZIP),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(90), FileType.MATLAB),
    "JSON Lines": (b'{"label": "g", "strokes": [[[1, 2]]]}\n', FileType.DRAWINGS),
    "indented JSON": (b'{\n  "label": "F",\n  "strokes": [\n', FileType.DRAWINGS),
    "Quick, Draw!": (b'{"word":"cat","recognized":true,"drawing":[[[1],[2]]]}\n', FileType.DRAWINGS),
    "signature_pad": (b'[{"penColor":"black","points":[{"time":0,"x":20,"y":10}]}]', FileType.DRAWINGS),
    "bare strokes": (b"[[[1, 2], [3, 4]]]", FileType.DRAWINGS),
    "UNIPEN": (b"\xe4 comment\n.VERSION 1.0\n.COORD X Y\n", FileType.UNIPEN),
    "zipped UNIPEN": (zipped("a/b.dat"), FileType.UNIPEN),
    "InkML": (b'<?xml version="1.0"?>\n<ink xmlns="http://www.w3.org/2003/InkML">', FileType.INKML),
    "InkML with a prefix": (b'<!-- x --><inkml:ink xmlns:inkml="x">', FileType.INKML),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg">', FileType.SVG),
    "SVG of Inkscape": (
        b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "a" "b" [\n<!ENTITY a "b">\n]>\n<svg>',
        FileType.SVG,
    ),
    "AVIF": (b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", FileType.AVIF),
    "HEIC": (b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00", FileType.HEIC),
    "MP4": (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", FileType.VIDEO),
    "JPEG XL": (b"\xff\x0a\x00\x10", FileType.OTHER_PICTURE),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", FileType.PDF),
    "tar": (tarred(), FileType.TAR),
    "tar.gz": (gzip.compress(tarred()), FileType.TAR),
    "gzip": (gzip.compress(b"\xfa\xfb\xfc\x01\x02"), FileType.GZIP),
    "7-Zip": (b"7z\xbc\xaf'\x1c\x00\x04", FileType.ARCHIVE),
    "zip": (zipped("a.txt"), FileType.ZIP),
    "Word": (zipped("[Content_Types].xml", "word/document.xml"), FileType.OFFICE),
    "notebook": (b'{"cells": [], "nbformat": 4}', FileType.NOTEBOOK),
    "JSON": (b'{"a": 1}', FileType.JSON),
    "XML": (b"<a/>", FileType.XML),
    "text": (b"letters, and more\nof them\n", FileType.TEXT),
    "UTF-16": ('{"strokes": []}'.encode("utf-16"), FileType.DRAWINGS),
    "bytes": (b"\xfa\xfb\xfc\x01\x02", FileType.UNKNOWN),
    **{
        form: (picture(form), FileType.PICTURE)
        for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
    },
}


@pytest.mark.parametrize(("content", "expected"), TYPES.values(), ids=TYPES)
def test_the_bytes_tell_the_type(tmp_path: Path, content: bytes, expected: FileType) -> None:
    path = tmp_path / "misnamed.h5"
    path.write_bytes(content)
    assert sniff(path) is expected


def test_folders_have_types(tmp_path: Path) -> None:
    assert sniff(tmp_path) is FileType.FOLDER
    (tmp_path / "saved_model.pb").touch()
    assert sniff(tmp_path) is FileType.SAVED_MODEL


def test_an_error_says_what_the_file_is_and_what_helps(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(LFS)
    error = wrong_file(path, "a picture", "save it as PNG", kind=ModelFileError)
    assert str(error) == f"{path}: a pointer of Git LFS, not a picture; run `git lfs pull`"
    assert isinstance(error, ModelFileError)
    path.write_bytes(b"\xfa\xfb")
    assert str(wrong_file(path, "a picture", "save it as PNG")) == f"{path}: not a picture; save it as PNG"
    path.write_text(json.dumps({"a": 1}))
    assert str(wrong_file(path, "a picture", "save it as PNG")).endswith("not a picture; save it as PNG")


def test_only_what_lies_in_the_place_of_a_file_is_a_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "letters.npz"
    for content, file_type in TYPES.values():
        path.write_bytes(content)
        if file_type.is_stand_in:
            assert file_type.remedy in refusal(refuse_stand_in, path, "an NPZ file")
        else:
            refuse_stand_in(path, "an NPZ file")
    with pytest.raises(DataError):
        refuse_stand_in(tmp_path / "absent", "an NPZ file")


def test_every_type_has_a_description_of_its_own() -> None:
    descriptions = [file_type.description for file_type in FileType]
    assert len(set(descriptions)) == len(descriptions)


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_have_a_type(data: bytes) -> None:
    for head in (data, b"PK\x03\x04" + data, b"<" + data, b"{" + data, b"\x08\x01\x12" + data):
        assert isinstance(identify(head, data), FileType)
