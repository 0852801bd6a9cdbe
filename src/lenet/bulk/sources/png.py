"""Decode common PNG files with OpenCV, which takes a fifth of Pillow's time for small pictures.

Files that the two libraries may read differently are left to Pillow: those with a chunk beyond the common
ones, with a wrong checksum, and colours of 16 bits.
"""

from __future__ import annotations

import importlib.util
import struct
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import engine
from lenet.engine.abi import MAX_PICTURE_SIDE
from lenet.ink.images import MAX_PIXELS
from lenet.ink.tones import grey, scaled

_HEADER = struct.Struct(">8s4x4sIIBBBBB")  # with the signature
_CHUNK = struct.Struct(">I4s")
_CHECKSUM = struct.Struct(">I")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PLAIN = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA", b"cHRM"}
"""Chunks that change no pixel, in either library."""
_TEXTS = (b"Software\0", b"Comment\0", b"Title\0", b"date:")
"""Keywords of texts that change no pixel; others may hold an orientation."""
_MAX_CHUNKS = 2_000

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6  # colour types
_LOW, _HIGH = (1, 2, 4, 8), (8,)
_DEPTHS = {_GREY: (*_LOW, 16), _RGB: _HIGH, _PALETTE: _LOW, _GREY_ALPHA: _HIGH, _RGBA: _HIGH}
"""Bits of each colour type that are read here."""


def decode(data: bytes) -> npt.NDArray[np.uint8] | None:
    """Decode a PNG file as `lenet.ink.read_picture` does: uint8 (height, width), 0 black, 255 white.

    Args:
        data: the bytes of a file.

    Returns:
        The pixels; None if Pillow must decode the file, or must say what is wrong with it.
    """
    if len(data) < _HEADER.size or (cv2 := _opencv()) is None:
        return None
    signature, name, width, height, depth, colour, *_ = _HEADER.unpack_from(data)
    if signature != _SIGNATURE or name != b"IHDR" or depth not in _DEPTHS.get(colour, ()):
        return None
    if max(width, height) > MAX_PICTURE_SIDE or width * height > MAX_PIXELS or not _is_plain(data):
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.shape[:2] != (height, width):
        return None
    return _tones(pixels, colour)


def _tones(pixels: npt.NDArray[Any], colour: int) -> npt.NDArray[np.uint8] | None:
    """Return decoded pixels, in the order blue, green, red, alpha, as grey."""
    if colour == _GREY:
        if pixels.ndim != 2:
            return None
        return pixels if pixels.dtype == np.uint8 else scaled(pixels)
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        return None
    if colour in (_RGB, _PALETTE):
        return engine.grey_picture(np.ascontiguousarray(pixels[..., ::-1])) if pixels.shape[2] == 3 else None
    if pixels.shape[2] != 4:
        return None
    from PIL import Image

    return grey(Image.fromarray(pixels[..., [2, 1, 0, 3]]))


def _is_plain(data: bytes) -> bool:
    """Tell whether a file has common chunks only, which are whole."""
    view = memoryview(data)
    position = len(_SIGNATURE)
    try:
        for _ in range(_MAX_CHUNKS):
            length, name = _CHUNK.unpack_from(data, position)
            end = position + _CHUNK.size + length
            if name not in _PLAIN and not (name == b"tEXt" and data.startswith(_TEXTS, position + 8)):
                return False
            if zlib.crc32(view[position + 4 : end]) != _CHECKSUM.unpack_from(data, end)[0]:
                return False
            if name == b"IEND":
                return True
            position = end + _CHECKSUM.size
    except struct.error:  # it is cut short
        pass
    return False


@lru_cache(maxsize=1)
def _opencv() -> Any:
    """Return OpenCV, or None if it is not installed."""
    if importlib.util.find_spec("cv2") is None:
        return None
    import cv2

    return cv2
