"""Asks the lenet that is installed where this runs; writes what it answers and learns.

    python -I tests/packaging/installed.py OUT.npz

tools/build/check_wheels.py runs it with wheels, under several Pythons and processors. It needs the
package and the vectors beside it, and fails where any other file of this checkout is used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import lenet
from lenet import engine, ink
from lenet.datasets.readers.npz import read_letters
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Recipe
from lenet.training.trainer import prepare

NETWORKS = ("lenet5", "lenet5-relu", "holzweber2021", "modern-s")

ROOT = Path(__file__).resolve().parents[2]


def rasterized() -> np.ndarray:
    """The committed drawings and pictures as images; they have the committed bytes."""
    known = json.loads((ROOT / "tests" / "data" / "vectors" / "ink.json").read_text(encoding="utf-8"))
    made = [(v, ink.rasterize(v["strokes"], v["pen"])) for v in known["strokes"]]
    for vector in known["pictures"]:
        tones = np.frombuffer(bytes.fromhex(vector["picture"]), np.uint8)
        picture = tones.reshape(vector["height"], vector["width"])
        made.append((vector, ink.rasterize_picture(picture)))
    images = []
    for vector, image in made:
        assert image is not None, f"nothing drawn: {vector['name']}"
        assert image.tobytes().hex() == vector["image"], f"other bytes: {vector['name']}"
        images.append(image)
    return np.array(images)


def main() -> None:
    recognizer = lenet.load()
    answer = recognizer.recognize([[(0, 0), (0, 10)], [(0, 10), (6, 10)]])
    assert (answer.letter, answer.verdict) == ("L", "letter")

    images = rasterized()
    letters = read_letters(Path(lenet.__file__).parent / "datasets" / "assets" / "font_letters.npz")
    letters = letters.take(np.arange(0, len(letters), 12))
    actual: dict[str, Any] = {
        "drawn": images,
        "answers": recognizer.probabilities(np.r_[images, letters.images]),
    }
    for name in NETWORKS:
        training = prepare(name, letters, Recipe(batch_size=16), TrainingOptions(num_epochs=1, threads=2))
        actual[f"first {name}"] = training.state.parameters.copy()
        list(training.epochs())
        actual[f"trained {name}"] = training.state.parameters

    files = (getattr(module, "__file__", None) for module in sys.modules.values())
    used = {Path(file).resolve() for file in files if file} - {Path(__file__).resolve()}
    assert not (inside := [file for file in used if file.is_relative_to(ROOT)]), inside
    np.savez(sys.argv[1], **actual)
    print(
        f"lenet {lenet.__version__}, {engine.SUPPORTED[-1]}: {len(images)} drawings as committed, "
        f"{len(letters.images)} letters read, {len(NETWORKS)} networks trained"
    )


main()
