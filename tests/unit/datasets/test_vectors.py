"""The rules that Python and the page share: both replay the committed vectors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet._util import rng
from lenet.datasets import Dataset, load, load_all, train_validation_split
from lenet.datasets.dataset import TEST
from lenet.datasets.readers.strokes import rasterize_drawings
from lenet.engine import judge
from lenet.errors import DataError
from lenet.evaluation.corruptions import CORRUPTIONS
from lenet.ink import read_drawings
from lenet.metrics.decision import VERDICTS, fit_decision
from reference_decision import verdicts
from repository import DATA

FOLDER = DATA / "vectors"
RANDOM, SPLIT, PARTS, VERDICT, NOISE = (
    json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("random", "split", "parts", "verdict", "noise")
)


def bits(digits: str, count: int) -> np.ndarray:
    """The booleans behind hexadecimal digits."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8), count=count).astype(bool)


def test_uses_of_a_seed_keep_their_numbers() -> None:
    assert {name: getattr(rng, name) for name in RANDOM["uses"]} == RANDOM["uses"]


@pytest.mark.parametrize("vector", RANDOM["sequences"], ids=lambda v: f"{v['seed']}-{v['use']}")
def test_counted_random_numbers(vector: dict[str, Any]) -> None:
    numbers = rng.uniform(max(vector["places"]) + 1, vector["seed"], vector["use"])
    assert numbers[vector["places"]].tolist() == vector["numbers"]


def validation(data: Dataset, share: float, seed: int) -> np.ndarray:
    places = np.arange(len(data))
    _, held = train_validation_split(replace(data, sources=places), share, seed)
    return np.isin(places, held.sources)


@pytest.mark.parametrize("vector", SPLIT["cases"], ids=lambda v: v["name"])
def test_the_same_images_validate(vector: dict[str, Any]) -> None:
    labels = np.frombuffer(bytes.fromhex(vector["labels"]), np.uint8)
    data = Dataset(np.zeros((len(labels), 28, 28), np.uint8), labels)
    if vector["groups"] is not None:
        data = replace(data, groups=np.array(vector["groups"]))
    held = validation(data, vector["share"], vector["seed"])
    np.testing.assert_array_equal(held, bits(vector["validation"], len(labels)))


def test_the_same_letters_of_fonts_validate() -> None:
    glyphs = load("font-letters")
    np.testing.assert_array_equal(validation(glyphs, 0.1, 0), bits(SPLIT["font_letters"], len(glyphs)))


@pytest.mark.parametrize("vector", PARTS["cases"], ids=lambda v: v["name"])
def test_contributors_of_the_test_part_are_not_trained_on(vector: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    path.write_text("\n".join(vector["lines"]), encoding="utf-8")
    data = rasterize_drawings(read_drawings(path))
    data = replace(data, sources=np.arange(len(data)))
    usable = data.take(data.parts != TEST)
    if len(usable) == 0:
        assert vector["training"] == vector["validation"] == []
        with pytest.raises(DataError, match="test part"):
            load_all([str(path)])
        return
    np.testing.assert_array_equal(load_all([str(path)]).images, usable.images)
    training, held = train_validation_split(usable)
    assert (training.sources.tolist(), held.sources.tolist()) == (vector["training"], vector["validation"])
    records = [json.loads(line) for line in vector["lines"]]
    is_test = [record["part"] == "test" and len(record.get("id", "")) == 36 for record in records]
    tested = set(np.flatnonzero(is_test).tolist())
    assert not tested & {*vector["training"], *vector["validation"]}


@pytest.mark.parametrize("vector", VERDICT["cases"])
def test_thresholds_make_the_same_verdicts(vector: dict[str, Any]) -> None:
    rows = np.array(VERDICT["probabilities"], np.float32)
    limits = vector["min_probability"], vector["max_entropy"]
    assert [VERDICTS[code] for code in judge(rows, *limits)["verdict"]] == vector["verdicts"]
    assert verdicts(rows, *limits) == vector["verdicts"]


@pytest.mark.parametrize("vector", VERDICT["fits"], ids=lambda v: f"{v['temperature']:.2f}")
def test_the_same_thresholds_are_fitted(vector: dict[str, Any]) -> None:
    rows = np.array(vector["probabilities"], np.float32)
    decision = fit_decision(rows, np.array(vector["labels"]), rows)
    for name in ("temperature", "max_entropy", "min_probability"):
        assert getattr(decision, name) == pytest.approx(vector[name], abs=1e-6)


@pytest.mark.parametrize("percent", NOISE["percent"])
def test_noise_inverts_the_same_pixels(percent: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)
    inverted = bits(NOISE["percent"][percent], 784).reshape(1, 28, 28)
    noisy = CORRUPTIONS["noise"].apply(image, float(percent))
    np.testing.assert_array_equal(noisy, np.where(inverted, 255 - image, image))
