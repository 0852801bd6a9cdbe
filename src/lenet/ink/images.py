"""Read pictures of common formats as grey pixels, with Pillow."""

from __future__ import annotations

import importlib.util
import io
import warnings
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lenet._util.files import read_error
from lenet._util.sniff import HEAD, FileType, identify, sniff, wrong_type
from lenet.engine.abi import MAX_PICTURE_SIDE
from lenet.errors import DataError, LenetError, MissingDependencyError
from lenet.ink.tones import grey

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 40_000_000
MAX_BYTES = 512 * 2**20
MAX_SCANS = 100  # of a progressive JPEG; programs write about ten
MAX_SCANNED_PIXELS = 20 * MAX_PIXELS  # of all scans together
SLOW_DECODERS = {"bmp_rle", "ppm_plain"}  # Pillow's in pure Python
MAX_SLOW_PIXELS = 4_000_000

PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF")

PICTURE_ENDINGS = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff"),
    *(".webp", ".pbm", ".pgm", ".ppm", ".pnm", ".avif", ".heic", ".heif", ".pdf"),
}
"""Endings of the names of pictures, in lower case."""

_EXTRAS = {FileType.HEIC: ("pi_heif", "heic"), FileType.PDF: ("pypdfium2", "pdf")}


def read_picture(path: str | Path | bytes) -> npt.NDArray[np.uint8]:
    """Read a picture as grey: uint8 (height, width), 0 black, 255 white.

    The picture is rotated as its EXIF orientation says. Transparent parts become white, or black
    around light ink. Of a file with several pictures or pages the first is read.

    Args:
        path: of the file, or the bytes of a file.

    Raises:
        DataError: the file is not a picture or is damaged; it has more than 40 megapixels or more than
            16,384 pixels on a side; or decoding it would take too long. These limits are checked before
            any pixel is unpacked.
        MissingDependencyError: the file is HEIC or PDF, and the package that reads it is not installed.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    file: Path | io.BytesIO
    if isinstance(path, bytes):
        file, path = io.BytesIO(path), "picture"
        file_type = identify(file.getvalue()[:HEAD], file.getvalue()[-HEAD:])
    else:
        file, file_type = Path(path), sniff(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on damaged metadata
            with _open(file, file_type, path) as picture:
                _check_work(picture, file, path)
                high_bytes = _keeps_high_bytes(picture)
                tones = grey(ImageOps.exif_transpose(picture))
    except LenetError:
        raise
    except UnidentifiedImageError:
        if file_type is FileType.PICTURE:
            raise _damaged(path, ValueError("its header cannot be read")) from None
        remedy = f"save it as one of {', '.join(PICTURE_FORMATS)}"
        raise wrong_type(path, file_type, "a picture", remedy) from None
    except Image.DecompressionBombError:
        raise DataError(f"{path}: more than 40 megapixels; make it smaller") from None
    except OSError as error:
        if error.strerror is not None:
            raise read_error(path, error) from None
        raise _damaged(path, error) from None
    except Exception as error:  # on hostile bytes Pillow's decoders raise nearly anything
        raise _damaged(path, error) from None
    if high_bytes and tones.min() == tones.max():
        raise DataError(f"{path}: 16 bits a channel, of which a 256th is used; save it as 8-bit PNG")
    return tones


def picture_to_grey(picture: Image.Image | npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Convert a picture in memory to grey as `read_picture` does for files.

    Args:
        picture: an image of Pillow; or uint8 (height, width), (height, width, 3) for RGB, or
            (height, width, 4) for RGBA.

    Returns:
        uint8 (height, width), 0 black, 255 white.

    Raises:
        DataError: another dtype or shape, no pixel, or the data of the image are damaged.
    """
    if isinstance(picture, np.ndarray):
        return _array_to_grey(picture)
    from PIL import ImageOps

    try:
        return grey(ImageOps.exif_transpose(picture))
    except Exception as error:  # a file that Pillow opened is decoded only now
        raise _damaged("picture", error) from None


def _array_to_grey(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    channels = picture.shape[2:]
    if picture.dtype != np.uint8 or picture.size == 0 or channels not in ((), (3,), (4,)):
        raise DataError(
            f"a picture must be uint8 (height, width), or with 3 or 4 channels, not {picture.dtype} "
            f"{picture.shape}"
        )
    if not channels:
        return picture
    from PIL import Image

    return grey(Image.fromarray(picture))


def _open(
    file: Path | io.BytesIO, file_type: FileType, path: str | Path
) -> AbstractContextManager[Image.Image]:
    """Open a picture; only its header is read, except of PDF."""
    from PIL import Image

    if isinstance(file, Path) and file.stat().st_size > MAX_BYTES:
        raise DataError(f"{path}: more than {MAX_BYTES // 2**20} MiB; save it as 8-bit PNG")
    if file_type in _EXTRAS:
        package, extra = _EXTRAS[file_type]
        if importlib.util.find_spec(package) is None:
            description = file_type.description
            remedy = f'pip install "lenet[{extra}]", or save it as PNG'
            raise MissingDependencyError(f"{path}: {description}, which {package} reads; {remedy}")
    if file_type is FileType.PDF:
        from lenet.ink.pdf import render_first_page

        return render_first_page(file)
    if file_type is FileType.HEIC:
        from pi_heif import register_heif_opener

        register_heif_opener()
        return Image.open(file, formats=["HEIF"])
    # Only formats that Pillow decodes itself: for some others it starts programs.
    return Image.open(file, formats=PICTURE_FORMATS)


def _damaged(path: str | Path, error: Exception) -> LenetError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DataError(f"{path}: the picture is damaged ({reason}); save it again, as 8-bit PNG")


def _check_work(picture: Image.Image, file: Path | io.BytesIO, path: str | Path) -> None:
    """Raise DataError for a picture whose decoding would take too much memory or time."""
    width, height = picture.size
    if max(picture.size) > MAX_PICTURE_SIDE or width * height > MAX_PIXELS:
        raise DataError(
            f"{path}: {width} x {height} pixels; make it smaller than 40 megapixels and "
            f"{MAX_PICTURE_SIDE:,} pixels on a side"
        )
    decoders = {tile[0] for tile in getattr(picture, "tile", ())}
    if decoders & SLOW_DECODERS and width * height > MAX_SLOW_PIXELS:
        raise DataError(f"{path}: {width} x {height} pixels, which take long to decode; save it as PNG")
    if picture.format in ("JPEG", "MPO"):
        scans = _count_scans(file)
        if scans > MAX_SCANS or scans * width * height > max(MAX_SCANNED_PIXELS, width * height):
            raise DataError(f"{path}: a JPEG of {scans:,} scans, which take long to decode; save it as PNG")


def _count_scans(file: Path | io.BytesIO) -> int:
    """Count the scans of a JPEG: markers FF DA, but not those of a thumbnail in the header."""
    with file.open("rb") if isinstance(file, Path) else io.BytesIO(file.getvalue()) as stream:
        place = 2
        while len(marker := stream.read(4) if stream.seek(place) else b"") == 4:
            if marker[0] != 0xFF or not 0xC0 <= marker[1] < 0xFF or marker[1] == 0xDA:
                break
            place += 2 + int.from_bytes(marker[2:], "big")
        stream.seek(place)
        scans, last = 0, b""
        while block := stream.read(2**20):
            scans += (last + block).count(b"\xff\xda")
            last = block[-1:]
    return scans


def _keeps_high_bytes(picture: Image.Image) -> bool:
    """Return True if Pillow drops the low bytes of 16 bits, as it does of colours."""
    return picture.mode[0] not in "IF" and any(";16" in str(tile[3]) for tile in getattr(picture, "tile", ()))
