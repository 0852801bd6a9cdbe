"""The training loop: teachers, and going on after an interruption."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet import engine, models
from lenet.datasets import Dataset, train_validation_split
from lenet.datasets.readers import npz
from lenet.errors import LenetError
from lenet.inference.recognizer import load
from lenet.labels import LETTERS
from lenet.models import load_model, save_model
from lenet.training import checkpoint
from lenet.training.distillation import distill, transfer_set
from lenet.training.history import Epoch, read_history
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Augmentation, Recipe, get_recipe
from lenet.training.sampling import Samples, add_outliers
from lenet.training.trainer import Trainer, prepare
from small_trainings import NET, bars, made


def test_the_published_rate_is_divided_anew_before_each_epoch() -> None:
    recipe, decay = get_recipe("holzweber2021"), 0.01 / 45
    rates = [recipe.to_engine(64, 100, 0, epoch).learning_rate for epoch in range(3)]
    expected = np.array([1, 1 / (1 + decay), 1 / ((1 + decay) * (1 + 2 * decay))])
    np.testing.assert_allclose(rates, 0.01 * expected, rtol=1e-6)
    row = next(prepare(NET, bars(), recipe).epochs())
    assert row.learning_rate == pytest.approx(0.01)
    with pytest.raises(LenetError, match="default, holzweber2021"):
        get_recipe("none")


def test_teachers_answer_beside_the_labels() -> None:
    data = bars()
    teachers = tuple(
        prepare(NET, data, options=TrainingOptions(num_epochs=1, seed=seed)).model() for seed in (3, 4)
    )
    how = Recipe(distillation_alpha=0.75, batch_size=16)
    training = prepare(NET, data, how, TrainingOptions(num_epochs=5, teachers=teachers))
    assert training.samples.targets is not None
    np.testing.assert_allclose(training.samples.targets.sum(1), 1, rtol=1e-5)
    network = training.network
    probabilities = [network.predict(one.parameters, training.train_set.images) for one in teachers]
    hard = np.full((len(training.train_set), len(LETTERS)), 0.05 / len(LETTERS))
    hard[np.arange(len(hard)), training.train_set.labels] += 0.95
    np.testing.assert_allclose(
        training.samples.targets, 0.25 * hard + 0.75 * np.mean(probabilities, axis=0), atol=1e-6
    )
    losses = [row.loss for row in training.epochs()]
    assert losses[-1] < losses[0]
    assert training.model().training.teachers == (NET, NET)


def test_teachers_answer_the_very_images_of_a_transfer_set() -> None:
    data = bars()
    asked: list[int] = []
    teachers = tuple(
        prepare(NET, data, options=TrainingOptions(num_epochs=1, seed=seed)).model() for seed in (3, 4)
    )
    how = Recipe(distillation_alpha=1, batch_size=16, transfer_set_size=100, outlier_ratio=0.5)
    training = prepare(
        NET, data, how, TrainingOptions(num_epochs=2, teachers=teachers), progress=asked.append
    )
    images = training.train_set.images
    assert (len(images), training.steps) == (100, 6)
    assert training.samples.targets is not None
    network = training.network
    probabilities = np.mean([network.predict(one.parameters, images) for one in teachers], axis=0)
    uniform = (training.samples.targets == np.float32(1 / len(LETTERS))).all(axis=1)
    assert 0.2 < uniform.mean() < 0.45  # a third of the samples are outliers
    np.testing.assert_allclose(training.samples.targets[~uniform], probabilities[~uniform], atol=1e-6)
    plain = {
        image.tobytes()
        for image in prepare(NET, data, options=TrainingOptions(num_epochs=1)).train_set.images
    }
    assert not plain & {image.tobytes() for image in images}  # they are augmented,
    recipe = training.to_engine(0)
    assert not any(getattr(recipe.augmentation, name) for name, *_ in engine.Augmentation._fields_)
    assert sum(asked) == 100 + 2 * (~uniform).sum()
    assert training.model().training.num_train_images == len(train_validation_split(data, 0.1)[0])


def test_a_transfer_set_needs_teachers() -> None:
    with pytest.raises(LenetError, match="teachers"):
        prepare(NET, bars(), Recipe(transfer_set_size=100), TrainingOptions(num_epochs=1))


def test_a_transfer_set_follows_the_weights_and_the_seed() -> None:
    data = bars(60)
    weights = np.where(data.labels == 1, 1.0, 0.0)
    drawn = [transfer_set(Samples(data, weights), 50, Augmentation().to_engine(), seed) for seed in (1, 1, 2)]
    assert all((data.labels[order] == 1).all() for order, _ in drawn)
    np.testing.assert_array_equal(drawn[0][1], drawn[1][1])
    assert (drawn[0][1] != drawn[2][1]).any()
    one = engine.augment(data.images[drawn[0][0][7]], Augmentation().to_engine(), 1, 7)
    np.testing.assert_array_equal(drawn[0][1][7], np.rint(255 * one))


def test_sources_are_drawn_by_their_shares_and_classes_alike_within() -> None:
    data = Dataset.concatenate([bars(90), bars(200)])
    training = prepare(NET, data, options=TrainingOptions(num_epochs=1, data_weights=(1, 3)))
    weights, train = training.samples.weights, training.train_set
    for source, share in ((0, 0.25), (1, 0.75)):
        for label in range(3):
            rows = (train.sources == source) & (train.labels == label)
            assert weights[rows].sum() / weights.sum() == pytest.approx(share / 3)
    with pytest.raises(LenetError, match="1 weights for 2 data sets"):
        prepare(NET, data, options=TrainingOptions(num_epochs=1, data_weights=(1,)))


def weights(training: Trainer) -> np.ndarray:
    for _ in training.epochs():
        pass
    return training.model().parameters


def test_a_state_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    whole = made()
    for row in whole.epochs():
        if row.epoch == 2:
            checkpoint.save(path, whole)
    again = made()
    checkpoint.load(path, again)
    np.testing.assert_array_equal(weights(again), whole.model().parameters)
    assert again.history == whole.history


@pytest.mark.parametrize("other", [{"epochs": 5}, {"learning_rate": 0.02}, {"epoch_lr_decay": 0.1}])
def test_a_state_of_another_training_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    path = tmp_path / "checkpoint.npz"
    checkpoint.save(path, made())
    with pytest.raises(LenetError, match="another training"):
        checkpoint.load(path, made(**other))


def old_identity(trainer: Trainer) -> str:
    """The digest that version 0.1 wrote for a training, whose recipe had other names."""
    recipe, samples = trainer.recipe, trainer.samples
    names = {
        "batch": recipe.batch_size, "rate": recipe.learning_rate, "smoothing": recipe.label_smoothing,
        "balance": recipe.class_balance, "averaged": 0.0, "decay": recipe.epoch_lr_decay,
        "nonletters": recipe.outlier_ratio, "trust": recipe.distillation_alpha,
        "transfer": recipe.transfer_set_size, "augmentation": asdict(recipe.augmentation),
    }  # fmt: skip
    same = ("optimizer", "schedule", "epochs", "warmup", "momentum", "beta2", "epsilon", "weight_decay")
    names |= {name: getattr(recipe, name) for name in same}
    facts = [
        trainer.spec.to_json(),
        trainer.num_epochs,
        trainer.seed,
        trainer.batch_size,
        names,
        engine.LANES,
    ]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for array in (samples.data.images, samples.data.labels, samples.weights):
        digest.update(array.data)
    return digest.hexdigest()


def test_a_checkpoint_of_version_0_1_is_resumed(tmp_path: Path) -> None:
    path, whole = tmp_path / "checkpoint.npz", made()
    rows = []
    for row in whole.epochs():
        rows.append({"rate" if key == "learning_rate" else key: value for key, value in asdict(row).items()})
        if row.epoch == 2:
            state = {name: array.copy() for name, array in whole.state._asdict().items()}
            texts: dict[str, Any] = {"identity": old_identity(whole), "history": json.dumps(rows)}
            np.savez(path, mean=state["parameters"], **state, **texts)
    again = made()
    checkpoint.load(path, again)
    np.testing.assert_array_equal(weights(again), whole.model().parameters)
    assert again.history == whole.history
    with pytest.raises(LenetError, match="another training"):
        checkpoint.load(path, made(learning_rate=0.02))


def test_a_history_of_version_0_1_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    row = {"epoch": 1, "rate": 0.1, "loss": 2.0, "accuracy": 0.5}
    path.write_text(json.dumps([{**row, "validation_loss": 1.5, "validation_accuracy": 0.6}]))
    assert read_history(path) == [Epoch(1, 0.1, 2.0, 0.5, 1.5, 0.6)]


def test_samples_are_values() -> None:
    """Outliers and teachers make new samples; those before stay as they are."""
    data = bars(60)
    letters = Samples(data, np.ones(len(data)))
    mixed = add_outliers(letters, 0.5, smoothing=0.1, seed=1)
    assert (len(letters), letters.targets, len(mixed), mixed.num_outliers) == (60, None, 90, 30)
    assert mixed.targets is not None
    before = mixed.targets.copy()
    teacher = prepare(NET, data, options=TrainingOptions(num_epochs=1)).model()
    taught = distill(mixed, [teacher], Recipe(distillation_alpha=1), seed=1)
    np.testing.assert_array_equal(mixed.targets, before)
    assert taught.targets is not None
    assert (taught.targets[:60] != before[:60]).any()
    np.testing.assert_array_equal(taught.targets[60:], before[60:])
    assert add_outliers(letters, 0, smoothing=0.1, seed=1) is letters
    assert distill(letters, [], Recipe(), seed=1) is letters


@pytest.mark.parametrize("harm", ["cut", "nan", "shape", "lacking", "history"])
def test_a_damaged_state_is_refused(tmp_path: Path, harm: str) -> None:
    path, training = tmp_path / "checkpoint.npz", made()
    checkpoint.save(path, training)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-1000])
    else:
        arrays = dict(np.load(path))
        if harm == "nan":
            arrays["moments"][3] = np.nan
        elif harm == "shape":
            arrays["moments"] = arrays["moments"][1:]
        elif harm == "lacking":
            del arrays["parameters"]
        else:
            arrays["history"] = np.array("[{}]")
        np.savez(path, **arrays)
    with pytest.raises(LenetError) as caught:
        checkpoint.load(path, training)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(training.state.parameters, _core_weights(training))


def _core_weights(training: Trainer) -> np.ndarray:
    network: engine.Network = training.network
    return network.initialise(training.seed)


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_file(tmp_path: Path) -> None:
    npz.write_letters(tmp_path / "bars.npz", bars())

    def command(folder: str, *more: str) -> list[str]:
        options = ["--data", "bars.npz", "--epochs", "30", "--batch-size", "8", "--threads", "1"]
        out = ["--out", folder, *more]
        return [sys.executable, "-m", "lenet", "train", *options, *out]

    def wait_for(path: Path) -> None:
        end = time.monotonic() + 60
        while not path.exists():
            assert time.monotonic() < end
            time.sleep(0.005)

    subprocess.run(command("whole"), cwd=tmp_path, check=True, capture_output=True)
    with subprocess.Popen(command("killed"), cwd=tmp_path, stdout=subprocess.DEVNULL) as running:
        wait_for(tmp_path / "killed" / "checkpoint.npz")
        os.kill(running.pid, signal.SIGKILL)
    resumed = subprocess.run(
        command("killed", "--resume"), cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "resuming after epoch" in resumed.stdout
    whole, again = (tmp_path / name / "model.safetensors" for name in ("whole", "killed"))
    assert whole.read_bytes() == again.read_bytes()
    assert len(load_model(again).parameters)


def test_the_network_has_an_output_for_each_class(tmp_path: Path) -> None:
    data = Dataset(bars().images, bars().labels, ("bars",), classes=("|", "/", "-"))
    training = prepare(NET, data, Recipe(batch_size=10), TrainingOptions(num_epochs=3))
    assert [row.epoch for row in training.epochs()] == [1, 2, 3]
    save_model(tmp_path / "model.safetensors", training.model())
    recognizer = load(tmp_path / "model.safetensors")
    assert recognizer.labels == "|/-"
    answers = recognizer.recognize_images(list(data.images[:30]))
    right = [answer.letter == data.classes[data.labels[n]] for n, answer in enumerate(answers)]
    assert np.mean(right) > 0.8
    assert len(answers[0].candidates) == 3
    with pytest.raises(LenetError, match="answers with ABC"):
        prepare(
            NET,
            data,
            options=TrainingOptions(
                teachers=(prepare(NET, bars(), options=TrainingOptions(num_epochs=1)).model(),)
            ),
        )
    with pytest.raises(LenetError, match="26 codes for 62 classes"):
        models.get_spec("lenet5").with_num_classes(62)


def test_progress_counts_the_steps_that_are_done() -> None:
    training, steps = made(epochs=3), list[int]()
    training.fit(steps.append)
    assert sum(steps) == 3 * training.steps
