"""Writes tests/data/vectors/ink.json: drawings and pictures with the bytes that they must become.

    python tools/codegen/ink_vectors.py

Run it only when the ink definition changes, together with LENET_RASTERIZER_VERSION; the tests compare
these bytes with the engine's, in Python and in the browser, and with a second implementation.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lenet import engine, ink

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "data" / "vectors" / "ink.json"

Points = list[list[float]]
Pair = tuple[float, float]


def _arc(centre: Pair, radii: Pair, start: float, end: float, n: int) -> Points:
    """Return points of an ellipse, angles in turns, rounded so that the file states them exactly."""
    (x, y), (rx, ry) = centre, radii
    angles = (math.tau * (start + (end - start) * k / (n - 1)) for k in range(n))
    return [[round(x + rx * math.cos(a), 2), round(y + ry * math.sin(a), 2)] for a in angles]


def drawings() -> list[tuple[str, float, list[Points]]]:
    """Name, pen width, strokes."""
    letter_l: list[Points] = [[[0, 0], [0, 10], [6, 10]]]
    letter_g: list[Points] = [[*_arc((50, 50), (30, 40), 0.1, 0.9, 24), [80, 50], [55, 50]]]
    return [
        ("L", 0.17, letter_l),
        ("L, thin pen", 0.05, letter_l),
        ("L, thick pen", 0.4, letter_l),
        ("L, far away and tiny", 0.17, [[[x / 1e6 + 1e6, y / 1e6 - 1e6] for x, y in letter_l[0]]]),
        ("L, huge", 0.17, [[[x * 9e7, y * 9e7] for x, y in letter_l[0]]]),
        ("G in one curve", 0.17, letter_g),
        ("i with a dot", 0.17, [[[5, 30], [5, 90], [9, 95]], [[5, 8]]]),
        ("a dot alone", 0.17, [[[3.5, -2]]]),
        ("two equal points", 0.11, [[[1, 1], [1, 1]]]),
        ("a bar", 0.17, [[[0, 0], [0, 1]]]),
        ("a dash", 0.17, [[[0, 0], [1, 0]]]),
        ("X with an empty stroke", 0.14, [[[0, 0], [70, 100]], [], [[70, 0], [0, 100]]]),
        ("O, many points", 0.09, [_arc((0, 0), (33.3, 41.7), 0, 1, 120)]),
        ("scribble", 0.22, [[[(7 * k) % 31, (11 * k) % 37] for k in range(40)]]),
    ]


def pictures() -> list[tuple[str, np.ndarray[Any, np.dtype[np.uint8]]]]:
    """Name and grey picture."""
    rows, columns = np.mgrid[0:60, 0:44]
    hook = ((columns > 8) & (columns < 15) & (rows > 5)) | ((rows > 48) & (columns > 8))
    soft = np.clip(255 - 6 * np.abs(np.hypot(rows - 30, columns - 22) - 15) ** 2, 0, 255)
    noise = (rows * 37 + columns * 101 + rows * columns) % 23
    small = np.zeros((9, 7), np.uint8)
    small[1:8, 2], small[7, 2:6] = 200, 150
    wide = np.full((11, 190), 240, np.uint8)
    wide[5, 3:180], wide[2:9, 90] = 20, 60
    tall = np.full((300, 21), 30, np.uint8)
    tall[7:290, 10:13] = 220
    return [
        ("dark hook on light", np.where(hook, 30, 225).astype(np.uint8)),
        ("light hook on dark", np.where(hook, 225, 30).astype(np.uint8)),
        ("soft ring", soft.astype(np.uint8)),
        ("noisy paper", (np.where(hook, 60, 200) + noise).astype(np.uint8)),
        ("smaller than the result", small),
        ("wide", wide),
        ("tall", tall),
        ("one bright pixel", np.eye(1, 25, 12, dtype=np.uint8).reshape(5, 5) * np.uint8(255)),
    ]


def main() -> int:
    """Write the file."""
    vectors: dict[str, Any] = {"version": engine.RASTERIZER_VERSION, "strokes": [], "pictures": []}
    for name, pen, strokes in drawings():
        image = ink.rasterize(strokes, pen)
        assert image is not None, name
        vectors["strokes"].append(
            {"name": name, "pen": pen, "strokes": strokes, "image": image.tobytes().hex()}
        )
    for name, picture in pictures():
        image = ink.rasterize_picture(picture)
        assert image is not None, name
        height, width = picture.shape
        vectors["pictures"].append(
            {
                "name": name,
                "height": height,
                "width": width,
                "picture": picture.tobytes().hex(),
                "image": image.tobytes().hex(),
            }
        )
    VECTORS.parent.mkdir(parents=True, exist_ok=True)
    VECTORS.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {VECTORS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
