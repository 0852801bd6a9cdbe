"""Tell what a file is from its bytes, for the choice of a reader and for errors that name the remedy."""

from __future__ import annotations

import codecs
import re
import stat
import zlib
from enum import Enum
from pathlib import Path

from lenet._util.files import read_error
from lenet.errors import DataError, LenetError

HEAD = 2**16
"""Bytes that are read at the beginning of a file, and as many at the end of a zip file."""

_AGAIN = "copy or download it again"
_DOWNLOAD = "download the file itself (on GitHub: Raw)"
_IMPORT = "convert it with `lenet import`, then give it as --model"
_KERAS = "save the model as .keras, .h5 or .onnx and convert that with `lenet import`"
_SAFETENSORS = (
    "reading a pickle runs whatever program is in it, so none is read; load it where you trust it, and save "
    "the weights with safetensors.torch.save_file"
)
_DATA = "give it to `lenet evaluate --data` or `lenet train --data`"
_PREDICT = "give it to `lenet predict`"
_PNG = "save it as PNG"
_UNPACK = "unpack it first"


class FileType(Enum):
    """The type of a file: a description that follows "is", and the remedy where another was expected."""

    UNKNOWN = ("of an unknown format", "")
    # Something else in the place of the file.
    EMPTY = ("an empty file", _AGAIN)
    ZEROS = ("a file of zero bytes alone", _AGAIN)
    LFS_POINTER = ("a pointer of Git LFS", "run `git lfs pull`")
    HTML = ("a web page (HTML)", _DOWNLOAD)
    SERVER_ERROR = ("a server's error message", _DOWNLOAD)
    APPLE_DOUBLE = ("a file of attributes that macOS added", "give the file without ._ in its name")
    # Models.
    LENET_MODEL = ("a model of this program", "give it as --model")
    SAFETENSORS = ("safetensors", "convert it with `lenet import --arch NAME`, then give it as --model")
    HDF5 = ("HDF5 (a Keras .h5 model)", _IMPORT)
    KERAS = ("a Keras model (.keras)", _IMPORT)
    ONNX = ("an ONNX model", _IMPORT)
    TFJS = ("model.json of TensorFlow.js", _IMPORT)
    KERAS_CONFIG = ("the configuration of a Keras model, without weights", "save the whole model as .keras")
    SAVED_MODEL = ("a SavedModel of TensorFlow", _KERAS)
    GRAPH_DEF = ("a frozen graph of TensorFlow", _KERAS)
    TFLITE = ("a TensorFlow Lite (LiteRT) model", _KERAS)
    CORE_ML = ("a Core ML model", _KERAS)
    GGUF = ("a GGUF model", _KERAS)
    PYTORCH = ("a PyTorch file (.pt), which is a pickle", _SAFETENSORS)
    PICKLE = ("a pickle", _SAFETENSORS)
    # Data sets.
    NPZ = ("an .npz file of NumPy", _DATA)
    NPY = ("one array of NumPy (.npy)", "save `images` and `labels` together with numpy.savez")
    IDX_IMAGES = ("IDX images", _DATA)
    IDX_LABELS = ("IDX labels", "give the ...-images-idx3-ubyte file")
    IDX = ("IDX of another type or shape", "give images of bytes, n x 28 x 28")
    CSV = ("CSV", "give EMNIST's CSV as emnist:SPLIT@FILE")
    EMNIST_ZIP = ("a zip of EMNIST", "give it as emnist:SPLIT@FILE")
    MATLAB = ("a MATLAB file", "give EMNIST's IDX files, which have the same letters")
    PARQUET = ("Parquet", "convert it to .npz with `images` and `labels`")
    ARROW = ("Arrow", "convert it to .npz with `images` and `labels`")
    # Pen strokes.
    DRAWINGS = ("drawings (JSON)", _PREDICT)
    UNIPEN = ("UNIPEN", _PREDICT)
    INKML = ("InkML", _PREDICT)
    SVG = ("an SVG drawing", _PREDICT)
    # Pictures.
    PICTURE = ("a picture", _PREDICT)
    AVIF = ("an AVIF picture", _PREDICT)
    HEIC = ("an HEIC picture", _PREDICT)
    OTHER_PICTURE = ("a picture of a format that is not read", _PNG)
    VIDEO = ("a video", "save one frame as PNG")
    PDF = ("a PDF document", _PREDICT)
    POSTSCRIPT = ("PostScript", _PNG)
    # Containers and text.
    ZIP = ("a zip file", _UNPACK)
    TAR = ("a tar archive", _UNPACK)
    GZIP = ("gzip", _UNPACK)
    ARCHIVE = ("a compressed archive", _UNPACK)
    OFFICE = ("an office document", _PNG)
    NOTEBOOK = ("a Jupyter notebook", "give the file that it writes")
    JSON = ("JSON of another form", "")
    XML = ("XML of another form", "")
    TEXT = ("text", "")
    FOLDER = ("a folder", "name a file in it")

    @property
    def description(self) -> str:
        """The type in words, such as "a web page (HTML)"."""
        return self.value[0]

    @property
    def remedy(self) -> str:
        """The command or step that helps; "" if it is not known."""
        return self.value[1]

    @property
    def is_stand_in(self) -> bool:
        """True if something lies in the place of the file, such as an error page or a pointer."""
        return self in _STAND_INS


_STAND_INS = {
    FileType.EMPTY,
    FileType.ZEROS,
    FileType.LFS_POINTER,
    FileType.HTML,
    FileType.SERVER_ERROR,
    FileType.APPLE_DOUBLE,
}


def sniff(path: str | Path) -> FileType:
    """Tell what a file or a folder is, from at most 64 KiB at its beginning and at its end.

    A gzip file is what it holds. Anything but a regular file or a folder is UNKNOWN and is not opened.

    Raises:
        DataError: the file cannot be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _folder(path)
        if not stat.S_ISREG(mode):
            return FileType.UNKNOWN
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            tail = b""
            if head.startswith(b"PK"):
                stream.seek(max(0, path.stat().st_size - HEAD))
                tail = stream.read(HEAD)
    except OSError as error:
        raise read_error(path, error) from None
    return identify(head, tail)


def wrong_file(
    path: str | Path, wanted: str, remedy: str, *, kind: type[LenetError] = DataError
) -> LenetError:
    """Return the error for a file that is not what a reader reads: it says what it is, and what helps.

    Args:
        path: the file or the folder.
        wanted: what the reader reads, such as "a picture".
        remedy: the remedy if the type of the file has none.
        kind: class of the error.
    """
    try:
        file_type = sniff(path)
    except LenetError:
        file_type = FileType.UNKNOWN
    return wrong_type(path, file_type, wanted, remedy, kind=kind)


def wrong_type(
    place: str | Path, file_type: FileType, wanted: str, remedy: str, *, kind: type[LenetError] = DataError
) -> LenetError:
    """Return the error of `wrong_file` for a type that is known already."""
    if file_type is FileType.UNKNOWN:
        return kind(f"{place}: not {wanted}; {remedy}")
    return kind(f"{place}: {file_type.description}, not {wanted}; {file_type.remedy or remedy}")


def refuse_stand_in(path: str | Path, wanted: str, *, kind: type[LenetError] = DataError) -> None:
    """Raise the error of `wrong_file` if an error page, a pointer or nothing lies in the place of a file."""
    file_type = sniff(path)
    if file_type.is_stand_in:
        raise wrong_type(path, file_type, wanted, "", kind=kind)


def identify(head: bytes, tail: bytes = b"") -> FileType:
    """Tell what a file is.

    Args:
        head: its first bytes, `HEAD` of them or all of a shorter file.
        tail: the last bytes of a zip file, where the names of its members are.
    """
    if not head:
        return FileType.EMPTY
    if not head.strip(b"\0"):
        return FileType.ZEROS
    for offset, magic, file_type in _MAGIC:
        if head.startswith(magic, offset):
            return file_type
    if head.startswith(b"\x1f\x8b"):
        return _unpacked(head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head + tail)
    return _binary(head) or _text(head) or FileType.UNKNOWN


_MAGIC: tuple[tuple[int, bytes, FileType], ...] = (
    (0, b"version https://git-lfs.github.com/", FileType.LFS_POINTER),
    (0, b"version https://hawser.github.com/", FileType.LFS_POINTER),
    (0, b"\x00\x05\x16\x07", FileType.APPLE_DOUBLE),
    (0, b"\x89HDF\r\n\x1a\n", FileType.HDF5),
    (0, b"MATLAB ", FileType.MATLAB),
    (4, b"TFL3", FileType.TFLITE),
    (0, b"GGUF", FileType.GGUF),
    (0, b"\x93NUMPY", FileType.NPY),
    (0, b"PAR1", FileType.PARQUET),
    (0, b"ARROW1", FileType.ARROW),
    (0, b"\0\0\x08\x03", FileType.IDX_IMAGES),
    (0, b"\0\0\x08\x01", FileType.IDX_LABELS),
    (0, b"\x89PNG\r\n\x1a\n", FileType.PICTURE),
    (0, b"\xff\xd8\xff", FileType.PICTURE),
    (0, b"GIF8", FileType.PICTURE),
    (0, b"II*\0", FileType.PICTURE),
    (0, b"MM\0*", FileType.PICTURE),
    (0, b"II+\0", FileType.PICTURE),
    (0, b"MM\0+", FileType.PICTURE),
    (8, b"WEBP", FileType.PICTURE),
    (8, b"AVI ", FileType.VIDEO),
    (0, b"\x1aE\xdf\xa3", FileType.VIDEO),
    (0, b"\xff\x0a", FileType.OTHER_PICTURE),  # JPEG XL
    (0, b"\0\0\0\x0cJXL ", FileType.OTHER_PICTURE),
    (0, b"\0\0\0\x0cjP  ", FileType.OTHER_PICTURE),  # JPEG 2000
    (0, b"\xffO\xffQ", FileType.OTHER_PICTURE),
    (0, b"8BPS", FileType.OTHER_PICTURE),
    (0, b"gimp xcf", FileType.OTHER_PICTURE),
    (0, b"\0\0\x01\0", FileType.OTHER_PICTURE),  # ICO
    (0, b"qoif", FileType.OTHER_PICTURE),
    (0, b"DDS ", FileType.OTHER_PICTURE),
    (0, b"v/1\x01", FileType.OTHER_PICTURE),  # OpenEXR
    (0, b"%PDF-", FileType.PDF),
    (0, b"%!PS", FileType.POSTSCRIPT),
    (257, b"ustar", FileType.TAR),
    (0, b"7z\xbc\xaf\x27\x1c", FileType.ARCHIVE),
    (0, b"Rar!", FileType.ARCHIVE),
    (0, b"\xfd7zXZ\0", FileType.ARCHIVE),
    (0, b"BZh", FileType.ARCHIVE),
    (0, b"\x28\xb5\x2f\xfd", FileType.ARCHIVE),  # Zstandard
    (0, b"\xd0\xcf\x11\xe0", FileType.OFFICE),
)
"""Types that bytes at a fixed place tell."""


def _folder(path: Path) -> FileType:
    files = {"saved_model.pb": FileType.SAVED_MODEL, "model.json": FileType.TFJS}
    return next((file_type for name, file_type in files.items() if (path / name).is_file()), FileType.FOLDER)


def _unpacked(head: bytes) -> FileType:
    try:
        content = zlib.decompressobj(31).decompress(head, HEAD)
    except zlib.error:
        return FileType.GZIP
    inside = FileType.UNKNOWN if content.startswith(b"\x1f\x8b") else identify(content)
    return FileType.GZIP if inside in (FileType.UNKNOWN, FileType.EMPTY, FileType.ZEROS) else inside


# ---- Zip files -----------------------------------------------------------------------------


def _zip(data: bytes) -> FileType:
    """Tell what a zip file is by the names of members in its first and last bytes."""
    names = [*_member_names(data, b"PK\x03\x04", 26, 30), *_member_names(data, b"PK\x01\x02", 28, 46)]
    files = {name for name in names if not name.endswith("/") and not name.startswith("__MACOSX/")}
    for pattern, file_type in _MEMBERS:
        if any(re.search(pattern, name) for name in files):
            return file_type
    return FileType.ZIP


_MEMBERS = (
    (r"(^|/)data\.pkl$|(^|/)constants\.pkl$", FileType.PYTORCH),
    (r"^model\.weights\.h5$", FileType.KERAS),
    (r"(^|/)emnist-[a-z]+-(train|test)-.*ubyte(\.gz)?$", FileType.EMNIST_ZIP),
    (r"^\[Content_Types\]\.xml$|^mimetype$", FileType.OFFICE),
    (r"\.(dat|unp)$", FileType.UNIPEN),
    (r"\.npy$", FileType.NPZ),
)
"""Names of members that tell the type of a zip file."""


def _member_names(data: bytes, magic: bytes, length_at: int, name_at: int) -> list[str]:
    """Return the names behind each header with this magic number."""
    names = []
    for header in re.finditer(re.escape(magic), data):
        start = header.start()
        length = int.from_bytes(data[start + length_at : start + length_at + 2], "little")
        name = data[start + name_at : start + name_at + length]
        if 0 < len(name) == length < 1024:
            names.append(name.decode("utf-8", "replace"))
    return names


# ---- Binary formats without a fixed magic number -------------------------------------------


def _binary(head: bytes) -> FileType | None:
    if re.match(rb"BM.{4}\0\0\0\0", head, re.DOTALL) or re.match(rb"P[1-7]\s+(#|\d|WIDTH)", head):
        return FileType.PICTURE
    if re.match(rb"\0\0[\x08-\x0e][\x01-\x08]\0", head):
        return FileType.IDX
    if re.match(rb"\xff{4}..[\0-\x0f]\0[\4-\x40]\0{3}", head, re.DOTALL):  # a message: size, flatbuffer
        return FileType.ARROW
    if head[4:8] == b"ftyp":
        if re.search(rb"avi[fs]", head[8:64]):
            return FileType.AVIF
        return FileType.HEIC if re.match(rb"he[iv]|mif1|msf1", head[8:12]) else FileType.VIDEO
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**32:
        return FileType.LENET_MODEL if b"lenet-model/" in head else FileType.SAFETENSORS
    if re.match(rb"\x80[\x02-\x05][^\0]", head):
        return FileType.PYTORCH if head.startswith(_OLD_PYTORCH) else FileType.PICKLE
    return _protobuf(head)


_OLD_PYTORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # a pickle of PyTorch's magic number


def _protobuf(head: bytes) -> FileType | None:
    """Tell ONNX, SavedModel and Core ML apart, whose first field is a version, and TensorFlow's graph."""
    if re.match(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]", head):
        producer = re.match(rb"\x12[\x01-\x7f][ -~]{3}", head[2:])  # a name, or a message
        if head[2:3] != b"\x12" or producer:
            return FileType.ONNX
        return FileType.SAVED_MODEL if head[1] == 1 else FileType.CORE_ML
    if node := re.match(rb"\x0a[\x01-\xff][\x01-\x7f]?\x0a([\x01-\x7f])", head):
        name = head[node.end() : node.end() + node[1][0]]
        if re.fullmatch(rb"[\w./-]+", name) and head[node.end() + len(name) :].startswith(b"\x12"):
            return FileType.GRAPH_DEF
    return None


# ---- Text ----------------------------------------------------------------------------------


def _text(head: bytes) -> FileType | None:
    """Tell what a text is; None if it is not one."""
    if re.search(rb"(?m)^\.(VERSION|SEGMENT|PEN_DOWN|COORD|HIERARCHY|INCLUDE|START_SET|START_BOX)\b", head):
        return FileType.UNIPEN  # in any encoding
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)  # the end may be cut
    except UnicodeDecodeError:
        return _markup(head.decode("latin-1")) if head.startswith(b"<") else None
    if re.search(r"[\0-\x08\x0e-\x1a\x1c-\x1f]", text):
        return None
    if not text.strip():
        return FileType.EMPTY
    text = text.lstrip()
    if text.startswith("<"):
        return _markup(text)
    if text.startswith(("{", "[")):
        return _json(text, whole=len(head) < HEAD)
    if re.match(r"[45]\d\d:? [A-Z]", text) and len(text) < 200:
        return FileType.SERVER_ERROR  # GitHub's "404: Not Found"
    lines = [line for line in text.splitlines()[:3] if line.strip()]
    columns = {len(re.findall(r"[,;\t]", line)) for line in lines[:2]}
    return FileType.CSV if len(columns) == 1 and columns.pop() >= 2 else FileType.TEXT


_BEFORE_ROOT = r"(?:\s++|(?><\?.*?\?>)|(?><!--.*?-->)"
_PROLOGUE = re.compile(_BEFORE_ROOT + r"|(?><!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>))*+", re.DOTALL)
_HTML = re.compile(_BEFORE_ROOT + r")*+<!doctype\s+html", re.DOTALL | re.IGNORECASE)


def _markup(text: str) -> FileType:
    if _HTML.match(text):
        return FileType.HTML
    prologue = _PROLOGUE.match(text)
    root = re.match(r"<(?:[\w.-]+:)?([\w.-]+)", text[prologue.end() if prologue else 0 :])
    names = {"ink": FileType.INKML, "svg": FileType.SVG, "Error": FileType.SERVER_ERROR}
    name = root[1] if root else ""
    if name.lower() in ("html", "head", "body", "script", "title", "meta", "center", "h1", "p", "div"):
        return FileType.HTML
    return names.get(name, FileType.XML)


def _json(text: str, *, whole: bool) -> FileType:
    """Tell what JSON is by the keys at its beginning; `whole`: it is all of the file."""
    keys = set(re.findall(r'"(\w+)"\s*:', text))
    for names, file_type in _KEYS:
        if names & keys:
            return file_type
    if re.match(r"\[\s*\[\s*(\[|\{)", text) or {"x", "y"} <= keys:
        return FileType.DRAWINGS
    is_error = whole and keys & {"message", "error", "errors", "detail", "status", "code"}
    return FileType.SERVER_ERROR if is_error and text.startswith("{") else FileType.JSON


_KEYS = (
    ({"strokes", "drawing", "drawings"}, FileType.DRAWINGS),
    ({"modelTopology", "weightsManifest"}, FileType.TFJS),
    ({"nbformat", "cells"}, FileType.NOTEBOOK),
    ({"class_name"}, FileType.KERAS_CONFIG),
)
