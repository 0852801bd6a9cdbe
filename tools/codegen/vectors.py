"""Write the vectors of tests/data/vectors that Python and the page replay.

    python tools/codegen/vectors.py

random.json   counted random numbers (`lenet._util.rng`)
split.json    train/validation split (`lenet.datasets.splits`)
verdict.json  probabilities and thresholds -> verdict (`lenet.engine.judge`), and fitted thresholds
              (`lenet.metrics.decision`)
parts.json    lines of exports of contributions -> the images that train and validate
noise.json    pixels that noise inverts (`lenet.evaluation.corruptions`)

The vectors state the rules. Run this only where a rule changes on purpose.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util import rng
from lenet.datasets import Dataset, load, train_validation_split
from lenet.datasets.dataset import TEST
from lenet.datasets.readers.strokes import rasterize_drawings
from lenet.engine import judge
from lenet.evaluation.corruptions import CORRUPTIONS
from lenet.ink.drawing_json import drawings_of
from lenet.metrics.decision import VERDICTS, fit_decision

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "data" / "vectors"
USES = (
    "CHOICE_OF_DRAWINGS",
    "VALIDATION_SPLIT",
    "OUTLIERS",
    "NOISE",
    "CLUTTER",
    "FOLDS",
    "SAMPLES",
)


def mask(rows: npt.ArrayLike) -> str:
    """Return booleans as hexadecimal digits, the first one in the highest bit."""
    return np.packbits(np.asarray(rows, np.bool_)).tobytes().hex()


def random_numbers() -> dict[str, Any]:
    """Return numbers at the start and far into several sequences."""
    keys = [(0, 0), (1, 0), (0, 1), (2**32 - 1, rng.SAMPLES), (7, rng.STROKE_JITTER + 5)]
    sequences = []
    for seed, use in keys:
        numbers = rng.uniform(100_000, seed, use)
        places = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1000, 65_537, 99_999]
        sequences.append({"seed": seed, "use": use, "places": places, "numbers": numbers[places].tolist()})
    return {"uses": {name: getattr(rng, name) for name in USES}, "sequences": sequences}


def _validation(data: Dataset, share: float = 0.1, seed: int = 0) -> str:
    """Return which rows validate; `sources` carries their places through the split."""
    places = np.arange(len(data))
    _, validation = train_validation_split(replace(data, sources=places), share, seed)
    return mask(np.isin(places, validation.sources))


def _split(name: str, labels: Any, groups: Any, share: float, seed: int) -> dict[str, Any]:
    labels = np.asarray(labels, np.uint8)
    data = Dataset(np.zeros((len(labels), 28, 28), np.uint8), labels, groups=groups)
    return {
        "name": name,
        "labels": labels.tobytes().hex(),
        "groups": None if groups is None else groups.tolist(),
        "share": share,
        "seed": seed,
        "validation": _validation(data, share, seed),
    }


def splits() -> dict[str, Any]:
    """Return labels and groups with the rows that validate."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 26, 700)
    renderings = np.arange(120).repeat(3)
    shuffled = rng.permutation(360)
    odd = np.where(renderings % 2, -7 * renderings, 2**40 + renderings)
    cases = [
        _split("each image on its own", labels, None, 0.1, 0),
        _split("another seed", labels, None, 0.1, 4_000_000_000),
        _split("a third", labels, None, 1 / 3, 0),
        _split("three renderings of each drawing", renderings % 26, renderings, 0.1, 0),
        _split("renderings in any order", (renderings % 26)[shuffled], renderings[shuffled], 0.1, 0),
        _split("negative and large groups", (renderings % 5)[shuffled], odd[shuffled], 0.25, 3),
        _split("halves are rounded up", np.arange(5).repeat(5), None, 0.1, 0),
        _split("classes too small to validate", [*([0] * 4), *([1] * 14), 2], None, 0.1, 0),
    ]
    return {"cases": cases, "font_letters": _validation(load("font-letters"))}


def _contribution(number: int, label: str, writer: str | None, part: str, **other: Any) -> dict[str, Any]:
    identity = f"{number:08x}-0000-7000-8000-000000000000"
    record = {"id": identity, "writer": writer, "part": part, "label": label, **other}
    return {**record, "strokes": [[[0, 0], [number % 9, 10]]]}


def _parted(name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return lines of a file with the rows that train and validate; none do if all are of the test part."""
    drawings = [drawing for record in records for drawing in drawings_of(record, "line")]
    data = rasterize_drawings(drawings)
    data = replace(data, sources=np.arange(len(data)))
    data = data.take(data.parts != TEST)
    training, validation = train_validation_split(data) if len(data) else (data, data)
    rows = {"training": training.sources.tolist(), "validation": validation.sources.tolist()}
    return {"name": name, "lines": [json.dumps(record) for record in records], **rows}


def contributors() -> dict[str, Any]:
    """Return exports of contributions, whose contributors are of fixed parts."""
    few = [("a", "train"), ("b", "validation"), ("c", "test")]
    many = [(f"{7 * i % 16:032x}", "test" if i == 3 else "train") for i in range(13)]
    numbers = range(40)
    mixed = [_contribution(i, "ABCD"[i % 4], *few[i % 3]) for i in numbers]
    free = [{"label": "abCD"[i % 4], "strokes": [[[0, i], [5, 5]]], "part": "test"} for i in numbers]
    odd = [
        _contribution(1, "A", None, "train"),
        _contribution(2, "A", "c", "test", id="2"),
        _contribution(3, "A", "c", "testing"),
    ]
    cases = [
        _parted("three contributors", mixed),
        _parted("none validates", [_contribution(i, "AB"[i % 2], *many[i % 13]) for i in numbers]),
        _parted("one contributor", [_contribution(i, "AB"[i % 2], *few[0]) for i in numbers]),
        _parted("with other drawings", [*mixed, *free, *odd]),
        _parted("the test part alone", [_contribution(i, "A", "c", "test") for i in range(3)]),
    ]
    return {"cases": cases}


def verdicts_of_rows() -> dict[str, Any]:
    """Return rows of probabilities with thresholds, their verdicts, and fitted thresholds."""
    rows = np.array(
        [
            [0.97, 0.01, 0.01, 0.01],
            [0.7, 0.1, 0.1, 0.1],
            [0.7, 0.3, 0.0, 0.0],
            [0.6, 0.4, 0.0, 0.0],
            [0.5, 0.5, 0.0, 0.0],
            [0.25, 0.25, 0.25, 0.25],
            [1.0, 0.0, 0.0, 0.0],
            [0.4, 0.3, 0.2, 0.1],
        ],
        np.float32,
    )
    thresholds = [(None, None), (1.0, None), (None, 0.7), (0.9, 0.7), (0.0, 1.0), (1.3, 0.5)]
    cases = []
    for max_entropy, min_probability in thresholds:
        limits = {"max_entropy": max_entropy, "min_probability": min_probability}
        codes = judge(rows, **limits)["verdict"].tolist()
        cases.append({**limits, "verdicts": [VERDICTS[code] for code in codes]})
    return {"probabilities": _shortest(rows), "cases": cases, "fits": _fits()}


def _shortest(rows: npt.NDArray[np.float32]) -> list[list[float]]:
    """Return rows of float32 as numbers of few digits that round to them."""
    return [[float(str(number)) for number in row] for row in rows]


def _fits() -> list[dict[str, Any]]:
    """Return answers of made-up networks with the temperature and thresholds fitted on them."""
    fits = []
    for seed, sharpness, wrong in ((1, 3.0, 0.05), (2, 0.7, 0.3), (3, 6.0, 0.0)):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 5, 60).astype(np.uint8)
        peaks = np.where(random.random(60) < wrong, (labels + 1) % 5, labels)
        logits = random.normal(size=(60, 5)) + sharpness * np.eye(5)[peaks]
        powers = np.exp(logits)
        rows = np.round(powers / powers.sum(axis=1, keepdims=True), 5).astype(np.float32)
        decision = fit_decision(rows, labels, rows)
        fits.append(
            {
                "labels": labels.tolist(),
                "probabilities": _shortest(rows),
                "temperature": decision.temperature,
                "max_entropy": decision.max_entropy,
                "min_probability": decision.min_probability,
            }
        )
    return fits


def noise() -> dict[str, Any]:
    """Return the pixels of a 28x28 image that noise inverts, by its strength."""
    image = np.zeros((1, 28, 28), np.uint8)
    strengths = (0.5, 1, 4, 10, 20)
    apply = CORRUPTIONS["noise"].apply
    return {"percent": {str(percent): mask(apply(image, percent) == 255) for percent in strengths}}


FILES = {
    "random.json": random_numbers,
    "split.json": splits,
    "parts.json": contributors,
    "verdict.json": verdicts_of_rows,
    "noise.json": noise,
}


def document(name: str) -> str:
    """Return the text of one of FILES."""
    return json.dumps(FILES[name](), separators=(",", ":")).replace("},{", "},\n{") + "\n"


def main() -> int:
    """Write all files."""
    for name in FILES:
        (VECTORS / name).write_text(document(name), encoding="utf-8")
        print(f"wrote {VECTORS / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
