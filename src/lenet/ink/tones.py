"""Convert pictures of all pixel types of Pillow to grey, 0 black to 255 white."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lenet import engine

if TYPE_CHECKING:
    from PIL import Image

_SCALES = (255, 4_095, 65_535)
_MIN_RANGE = 1 / 8  # of a scale: values that fill less of it are stretched
_MIN_SEPARATION = 0.7  # noise alone reaches 0.64 (normal distribution)


def grey(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the pixels of a picture as uint8 (height, width).

    Transparent parts become white, or black around light ink. Where ink and paper are equally bright,
    their colours tell them apart.
    """
    if picture.mode.startswith(("I", "F")):
        return scaled(np.asarray(picture))
    if picture.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in picture.info:
        picture = _on_paper(picture.convert("RGBA"))
    if picture.mode in ("1", "L"):
        return np.array(picture.convert("L"))
    return engine.grey_picture(np.asarray(picture.convert("RGB")))


def _on_paper(picture: Image.Image) -> Image.Image:
    from PIL import Image

    tones, opaque = np.asarray(picture.convert("L")), np.asarray(picture.getchannel("A")) >= 128
    light_ink = 0 < opaque.mean() < 0.5 and tones[opaque].mean() >= 128
    paper = Image.new("RGBA", picture.size, "black" if light_ink else "white")
    return Image.alpha_composite(paper, picture)


def scaled(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Scale integers of more than 8 bits, or floating-point numbers, to uint8.

    Their maximum tells the scale: 1 (of floating-point numbers), 255, 4,095 or 65,535. Values that are
    negative, larger, or fill less than an eighth of the scale are stretched to 0..255, unless they are
    noise. NaN and infinity become white.
    """
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0, 0)
    scales = _SCALES if values.dtype.kind in "iu" else (1, *_SCALES)
    scale = next((scale for scale in scales if high <= scale), 0)
    is_full = scale > 0 and low >= 0 and (high - low >= _MIN_RANGE * scale or not finite.all())
    start, span = (0, scale) if is_full else (low, high - low)
    tones = np.full(values.shape, 255, np.uint8)
    if span > 0:
        tones[finite] = (values[finite] - np.float32(start)) * np.float32(255 / span) + np.float32(0.5)
    return tones if is_full or _separation(tones) > _MIN_SEPARATION else np.full_like(tones, 255)


def _separation(tones: npt.NDArray[np.uint8]) -> float:
    """Return how well one threshold separates the tones: the share of variance it explains (Otsu 1979)."""
    count = np.bincount(tones.ravel(), minlength=256) / tones.size
    below, moment = np.cumsum(count)[:-1], np.cumsum(count * np.arange(256))
    mean, variance = moment[-1], count @ (np.arange(256) - moment[-1]) ** 2
    between = (mean * below - moment[:-1]) ** 2 / np.maximum(below * (1 - below), 1e-12)
    return float(between.max() / variance) if variance else 0.0
