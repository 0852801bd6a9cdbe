"""Verdicts, the thresholds behind them, and the non-letters that these are fitted on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lenet
from lenet import engine
from lenet.cli import main as cli
from lenet.datasets import Dataset, load
from lenet.datasets.synthetic.outliers import KINDS, make_outliers, with_outliers
from lenet.evaluation.calibrate import calibrated
from lenet.inference.recognizer import Recognizer
from lenet.labels import LETTERS
from lenet.metrics.calibration import apply_temperature
from lenet.metrics.decision import VERDICTS, Verdict, entropy, fit_decision
from lenet.models import DEFAULT_MODEL, Model, load_model, save_model
from small_trainings import bars, made


@pytest.fixture(scope="module")
def letters() -> Dataset:
    data = load("font-letters")
    return data.take(np.arange(0, len(data), 7))


def with_thresholds(**thresholds: float) -> Model:
    model = load_model(DEFAULT_MODEL)
    values: dict[str, Any] = {"max_entropy": None, "min_probability": None, **thresholds}
    return replace(model, metadata=replace(model.metadata, **values))


# ---- Verdicts ------------------------------------------------------------------------------


def verdicts(shares: np.ndarray, min_probability: float | None, max_entropy: float | None) -> list[Verdict]:
    return [VERDICTS[code] for code in engine.judge(shares, min_probability, max_entropy)["verdict"]]


def test_verdicts_are_those_of_the_engine() -> None:
    assert [verdict.name for verdict in VERDICTS] == [verdict.name for verdict in engine.abi.Verdict]
    assert [*engine.abi.Verdict] == [0, 1, 2, 3]


def test_entropy_in_nats() -> None:
    shares = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]], np.float32)
    assert entropy(shares) == pytest.approx([0, np.log(4), np.log(2)])


def test_each_threshold_gives_its_verdict() -> None:
    shares = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.4, 0.3, 0.3]], np.float32)
    assert verdicts(shares, 0.7, 1.0) == ["letter", "unsure", "not-a-letter"]
    assert verdicts(shares, None, None) == ["letter"] * 3
    assert verdicts(shares, 0.7, None) == ["letter", "unsure", "unsure"]


def test_the_limit_itself_is_still_accepted() -> None:
    shares = np.array([[0.75, 0.25]], np.float32)
    assert verdicts(shares, 0.75, float(entropy(shares)[0])) == ["letter"]


def test_a_recognizer_decides_by_probabilities_as_by_images(letters: Dataset) -> None:
    recognizer = lenet.load()
    blurred = letters.images[:200] // 3
    decided = recognizer.verdicts(recognizer.probabilities(blurred))
    assert decided == [recognition.verdict for recognition in recognizer.recognize_images(blurred)]
    assert {type(verdict) for verdict in decided} == {Verdict}
    assert len(set(decided)) > 1


@pytest.mark.parametrize(
    ("thresholds", "verdict", "letter"),
    [({}, "letter", "L"), ({"min_probability": 1.0}, "unsure", "L"),
     ({"max_entropy": 0.0, "min_probability": 1.0}, "not-a-letter", None)],
)  # fmt: skip
def test_a_recognition_says_it(thresholds: dict[str, float], verdict: str, letter: str | None) -> None:
    answer = Recognizer(with_thresholds(**thresholds)).recognize([[(0, 0), (0, 10), (6, 10)]])
    assert (answer.verdict, answer.letter) == (verdict, letter)
    assert answer.candidates[0][0] == "L"
    assert len(answer.candidates) == 5


def test_the_command_line_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, file = tmp_path / "m.safetensors", tmp_path / "l.jsonl"
    save_model(model, with_thresholds(max_entropy=0.0))
    file.write_text('{"strokes": [[[0, 0], [0, 10], [6, 10]]]}\n{"strokes": []}\n')
    assert cli.main(["predict", "--model", str(model), str(file)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{file}:1\t-\tnot-a-letter:  L ")
    assert second == f"{file}:2\t-\tempty"
    assert cli.main(["predict", "--json", "--model", str(model), str(file)]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (row["verdict"], row["letter"], row["candidates"][0][0]) == ("not-a-letter", None, "L")


# ---- Fitting -------------------------------------------------------------------------------


def test_thresholds_keep_their_promises() -> None:
    random = np.random.default_rng(7)
    logits = random.normal(0, 3, (4_000, 5))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([random.choice(5, p=row) for row in shares])
    others = np.full((100, 5), 0.2) + random.uniform(-0.01, 0.01, (100, 5))
    decision = fit_decision(shares, labels, others / others.sum(1, keepdims=True))
    assert decision.temperature == pytest.approx(1, abs=0.1)
    inside = apply_temperature(shares, decision.temperature)
    assert (entropy(inside) > decision.max_entropy).mean() == pytest.approx(0.015, abs=0.001)
    certain = inside.max(1) >= decision.min_probability
    assert 0 < (inside.argmax(1) != labels)[certain].mean() <= 0.02
    assert decision.min_probability > 0.5
    assert decision.auroc == pytest.approx(1, abs=0.01)
    assert decision.rejected == 1


def test_where_no_answer_can_be_trusted_none_is_certain() -> None:
    shares = np.eye(3)[[0, 1, 2, 0]] * 0.97 + 0.01
    assert fit_decision(shares, np.array([1, 2, 0, 1]), shares).min_probability == 1


def test_an_answer_that_is_rather_wrong_is_never_certain() -> None:
    shares = np.tile([0.4, 0.3, 0.3], (50, 1))
    shares[:25] = [0.9, 0.05, 0.05]
    decision = fit_decision(shares, np.zeros(50, np.intp), shares)
    assert decision.temperature < 0.2  # all are right, so all become nearly certain
    assert decision.min_probability >= 0.5


def test_a_calibrated_model_survives_its_file(tmp_path: Path, letters: Dataset) -> None:
    model = calibrated(load_model(DEFAULT_MODEL), letters)
    save_model(tmp_path / "m.safetensors", model)
    again = load_model(tmp_path / "m.safetensors")
    assert again.metadata == model.metadata
    assert (again.parameters == model.parameters).all()
    assert again.max_entropy is not None
    assert again.min_probability is not None
    assert again.training.calibration is not None
    assert 0 < again.max_entropy < np.log(26)
    assert 0.5 <= again.min_probability <= 1
    assert again.training.calibration.num_letters == len(letters)
    assert calibrated(model, letters).metadata == model.metadata


def test_the_shipped_model_carries_thresholds() -> None:
    model = load_model(DEFAULT_MODEL)
    assert model.max_entropy is not None
    assert model.min_probability is not None
    assert lenet.load().recognize([[(0, 0), (0, 10), (6, 10)]]).verdict == "letter"


# ---- Non-letters ---------------------------------------------------------------------------


def test_non_letters_are_a_function_of_their_seed(letters: Dataset) -> None:
    images, kinds = make_outliers(60, letters, seed=3)
    assert images.shape == (60, 28, 28)
    assert images.dtype == np.uint8
    assert set(kinds) == set(KINDS)
    assert all(image.any() for image in images)
    again, _ = make_outliers(66, letters, seed=3)
    np.testing.assert_array_equal(again[:60], images)
    other, _ = make_outliers(60, letters, seed=4)
    assert (other != images).any(axis=(1, 2)).mean() > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_varies(kind: str, letters: Dataset) -> None:
    images, kinds = make_outliers(100, letters, kinds=[kind])
    assert kinds == [kind] * 100
    assert len({image.tobytes() for image in images}) > 80


def test_letters_may_be_few_and_of_any_class() -> None:
    images, _ = make_outliers(12, bars(30))
    assert all(image.any() for image in images)


@pytest.mark.parametrize("kinds", [[], ["scribbles", "cats"]])
def test_unknown_kinds_are_refused(kinds: list[str]) -> None:
    with pytest.raises(lenet.LenetError, match="scribbles"):
        make_outliers(2, bars(30), kinds=kinds)


def test_non_letters_join_the_training_data() -> None:
    letters = bars(30)
    targets = np.eye(26, dtype=np.float32)[letters.labels]
    data, wanted = with_outliers(letters, targets, 0.5)
    assert (len(data), len(wanted)) == (45, 45)
    np.testing.assert_array_equal(data.images[:30], letters.images)
    np.testing.assert_array_equal(wanted[:30], targets)
    assert wanted[30:] == pytest.approx(1 / 26)
    assert set(data.sources[30:]) == {1}


def test_training_learns_to_decline_them() -> None:
    """Two networks, one of which saw non-letters; of those kept back it rejects more."""
    rejected = []
    for share in (0.0, 1.0):
        training = made(epochs=3, outlier_ratio=share, augmentation=lenet.training.recipes.NO_AUGMENTATION)
        for _ in training.epochs():
            pass
        model = calibrated(training.model(), training.validation, seed=9)
        assert model.training.calibration is not None
        rejected.append(model.training.calibration.auroc)
        assert model.training.num_train_images == 270
        assert model.training.num_outliers == 270 * share
    assert rejected[1] > max(0.9, rejected[0])


def test_every_class_keeps_its_weight_among_non_letters() -> None:
    plain, mixed = made(), made(outlier_ratio=0.5)
    n = len(plain.train_set)
    np.testing.assert_array_equal(mixed.samples.weights[:n], plain.samples.weights)
    assert mixed.samples.weights[n:].sum() == pytest.approx(plain.samples.weights.sum() / 2)
    assert mixed.samples.targets is not None
    np.testing.assert_allclose(mixed.samples.targets.sum(axis=1), 1, atol=1e-6)
    smoothing = mixed.recipe.label_smoothing
    assert mixed.samples.targets[0].max() == pytest.approx(1 - smoothing + smoothing / len(LETTERS))
