"""Read pictures of common formats as grey pixels, with Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lenet._util.files import read_error
from lenet._util.sniff import FileType, sniff, wrong_file
from lenet.engine.abi import MAX_PICTURE_SIDE
from lenet.errors import DataError, LenetError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 40_000_000

PICTURE_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")

PICTURE_ENDINGS = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff"),
    *(".webp", ".pbm", ".pgm", ".ppm", ".pnm"),
}
"""Endings of the names of pictures, in lower case."""


def read_picture(path: str | Path) -> npt.NDArray[np.uint8]:
    """Read a picture as grey: uint8 (height, width), 0 black, 255 white.

    The picture is rotated as its EXIF orientation says. Transparent parts become white, or black
    around light ink.

    Raises:
        LenetError: the file is not a picture or is damaged, or it has more than 40 megapixels or
            more than 16,384 pixels on a side. The size is checked before any pixel is unpacked.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on damaged metadata
            # Only formats that Pillow decodes itself: for some others it starts programs.
            with Image.open(path, formats=PICTURE_FORMATS) as picture:
                _check_size(picture.size, path)
                return _grey(ImageOps.exif_transpose(picture))
    except LenetError:
        raise
    except UnidentifiedImageError:
        if sniff(path) is FileType.PICTURE:
            raise _damaged(path, ValueError("its header cannot be read")) from None
        raise wrong_file(path, "a picture", f"save it as one of {', '.join(PICTURE_FORMATS)}") from None
    except Image.DecompressionBombError:
        raise DataError(f"{path}: more than 40 megapixels; make it smaller") from None
    except OSError as error:
        if error.strerror is not None:
            raise read_error(path, error) from None
        raise _damaged(path, error) from None
    except Exception as error:  # on hostile bytes Pillow's decoders raise nearly anything
        raise _damaged(path, error) from None


def _damaged(path: str | Path, error: Exception) -> LenetError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DataError(f"{path}: the picture is damaged ({reason}); save it again, as 8-bit PNG")


def _check_size(size: tuple[int, int], path: str | Path) -> None:
    width, height = size
    if max(size) > MAX_PICTURE_SIDE or width * height > MAX_PIXELS:
        raise DataError(
            f"{path}: {width} x {height} pixels; make it smaller than 40 megapixels and "
            f"{MAX_PICTURE_SIDE:,} pixels on a side"
        )


def _grey(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Return any picture that Pillow decodes as uint8 (height, width)."""
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 bits in one channel
        wide = np.asarray(picture).astype(np.int64)
        if wide.min() < 0 or wide.max() > 65_535:
            raise ValueError("more than 16 bits a pixel")
        return ((wide + 128) // 257).astype(np.uint8)
    if picture.mode == "F":
        raise ValueError("floating-point pixels")
    if picture.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in picture.info:
        inked = picture.convert("RGBA")
        tones, opaque = np.asarray(inked.convert("L")), np.asarray(inked.getchannel("A")) >= 128
        light_ink = 0 < opaque.mean() < 0.5 and tones[opaque].mean() >= 128
        paper = Image.new("RGBA", inked.size, "black" if light_ink else "white")
        picture = Image.alpha_composite(paper, inked)
    return np.array(picture.convert("L"))
