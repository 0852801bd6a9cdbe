"""Made exports of contributions, and made letters that a small network learns in a second."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np

from lenet.datasets import load
from lenet.datasets.contributions import manifest_path
from lenet.improve.types import Options
from lenet.models import save_model
from lenet.server.collect.pseudonyms import part_of, pseudonym
from lenet.training import Recipe, TrainingOptions, prepare

Strokes = list[list[list[float]]]

GLYPHS: dict[str, Strokes] = {
    "T": [[[0, 0], [10, 0]], [[5, 0], [5, 12]]],
    "V": [[[0, 0], [5, 12], [10, 0]]],
    "X": [[[0, 0], [10, 12]], [[10, 0], [0, 12]]],
    "Z": [[[0, 0], [10, 0], [0, 12], [10, 12]]],
}
OTHER_HAND: dict[str, Strokes] = {**GLYPHS, "V": [[[0, 12], [0, 0], [10, 0], [10, 12]]]}
"""The letters of people whose V is a box without its lower side."""

RECIPE = Recipe(batch_size=16, epochs=6, learning_rate=0.005)


def drawn(glyph: Strokes, random: np.random.Generator) -> Strokes:
    """Return a glyph with a slant, sizes and points of its own."""
    slant, width, height = random.uniform(-0.25, 0.25), random.uniform(0.7, 1.3), random.uniform(0.7, 1.3)

    def moved(x: float, y: float) -> list[float]:
        dx, dy = random.normal(0, 0.9, 2).tolist()
        return [round(x * width + slant * y + dx, 3), round(y * height + dy, 3)]

    return [[moved(x, y) for x, y in stroke] for stroke in glyph]


def write_letters(path: Path, count: int, seed: int, glyphs: dict[str, Strokes] = GLYPHS) -> Path:
    """Write a stroke file with a number of letters of each glyph."""
    random = np.random.default_rng(seed)
    rows = [{"label": k, "strokes": drawn(glyphs[k], random)} for _ in range(count) for k in glyphs]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_export(
    path: Path,
    contributors: int = 40,
    each: int = 3,
    *,
    glyphs: dict[str, Strokes] = OTHER_HAND,
    random_labels: bool = False,
    withdrawn: Sequence[int] = (),
) -> Path:
    """Write an export as `lenet collect export` does, with its manifest.

    Args:
        path: NAME.jsonl.gz.
        contributors: number of contributors.
        each: letters of each glyph that a contributor drew.
        glyphs: their letters.
        random_labels: label the letters at random.
        withdrawn: contributors who withdrew: their letters are only in the manifest.
    """
    random, names = np.random.default_rng(7), list(glyphs)
    rows, tombstones = [], {}
    for number in range(contributors):
        writer = pseudonym(hashlib.sha256(f"contributor {number}".encode()).digest())
        letters = [label for _ in range(each) for label in names]
        ids = [str(UUID(int=10_000 * number + row)) for row in range(len(letters))]
        drawings = [drawn(glyphs[label], random) for label in letters]
        if random_labels:
            letters = random.choice(names, len(letters)).tolist()
        if number in withdrawn:
            tombstones[number] = ids
            continue
        common = {"writer": writer, "part": part_of(writer), "state": "accepted"}
        rows += [
            {"id": identity, **common, "label": label, "strokes": strokes}
            for identity, label, strokes in zip(ids, letters, drawings, strict=True)
        ]
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text, mtime=0))
    manifest = {
        "format": "lenet-contributions/1",
        "file": path.name,
        "sha256": hashlib.sha256(text).hexdigest(),
        "states": ["accepted"],
        "withdrawn": [{"hour": 500_000, "ids": ids} for ids in tombstones.values()],
    }
    manifest_path(path).write_text(json.dumps(manifest), encoding="utf-8")
    return path


def write_model(path: Path, data: Path) -> Path:
    """Train a network on a stroke file in a second, and write it."""
    trainer = prepare("holzweber2021", load(str(data)), RECIPE, TrainingOptions(seed=1))
    save_model(path, trainer.fit())
    return path


@dataclass(frozen=True)
class Setting:
    """Files of an improvement, without an export."""

    base: Path
    reference: Path
    model: Path

    def options(self, export: Path, **changes: object) -> Options:
        """Return the options of an improvement with an export."""
        values = {"data": (str(self.base),), **changes}
        return Options(export, str(self.model), (str(self.reference),), **values)  # type: ignore[arg-type]
