"""Exports of networks with any number of outputs, and the letters that 8 bits are made with."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_exporting import Liar

from emnist_made import StandIn
from lenet import exporters
from lenet.cli import main as cli
from lenet.datasets import Dataset, load, train_test_split
from lenet.datasets.registry import load_train_test
from lenet.exporters import FORMATS
from lenet.exporters.registry import Format
from lenet.models import Model, save_model
from lenet.training.recipes import NO_AUGMENTATION, Recipe
from lenet.training.trainer import prepare
from made import letters, real_letters, refusal, untrained
from needs import missing

pytestmark = pytest.mark.runtime

CLASSES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"  # of EMNIST Balanced
APPROXIMATE = [name for name, form in FORMATS.items() if not form.exact]


def of_classes(count: int) -> Dataset:
    """As many classes: letters of fonts, the further ones turned by a quarter."""
    data = load("font-letters")
    upright = data.labels < min(count, 26)
    turned = data.labels < count - 26 if count > 26 else np.zeros_like(upright)
    images = np.concatenate([data.images[upright], np.rot90(data.images[turned], 1, (1, 2))])
    labels = np.concatenate([data.labels[upright], data.labels[turned] + np.uint8(26)])
    return Dataset(images, labels, ("made",), classes=tuple(CLASSES[:count]))


@cache
def trained(count: int) -> Model:
    recipe = Recipe(batch_size=32, epochs=2, augmentation=NO_AUGMENTATION)
    training = prepare("lenet1", of_classes(count), recipe)
    list(training.epochs())
    return training.model()


# ---- Any number of outputs ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [10, 36, 47])
def test_approximate_formats_take_any_number_of_outputs(
    tmp_path: Path, count: int, node_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("node"):
        missing("no Node on the PATH")
    monkeypatch.setenv("NODE_PATH", str(node_modules))
    data = train_test_split(of_classes(count))
    names = ["tfjs-float16", "litert-int8", "c-int8"]
    assert names == APPROXIMATE
    for one in exporters.export(trained(count), names, tmp_path, data):
        assert one.verification is not None
        assert one.verification.before is not None
        assert one.verification.after is not None
        assert one.verification.before > 0.5
        assert one.verification.after > one.verification.before - 0.005


@pytest.mark.parametrize("name", APPROXIMATE)
def test_letters_of_other_classes_measure_no_approximate_format(tmp_path: Path, name: str) -> None:
    data = train_test_split(real_letters())
    message = refusal(exporters.export, trained(10), [name], tmp_path, data)
    assert message == (
        f"{name}: {', '.join(data.test.names)}: 26 classes, A..Z, but the model answers with 10, "
        "0..9; give letters of the model's classes with --data, such as emnist:digits"
    )
    assert list(tmp_path.iterdir()) == []


def test_letters_may_have_the_models_classes_in_another_order(tmp_path: Path) -> None:
    data = of_classes(10)
    swapped = data.with_classes(data.classes[::-1])
    expected, measured = (
        exporters.export(trained(10), ["c-int8"], tmp_path, train_test_split(each))[0].verification
        for each in (data, swapped)
    )
    assert measured is not None
    assert expected is not None
    assert measured.before == expected.before


def test_of_all_formats_the_exact_ones_need_no_letters_of_the_models_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("keras", "tfjs", "c"):  # their runtimes take seconds to start; other exact formats remain
        monkeypatch.delitem(FORMATS, name)
    path = tmp_path / "digits.safetensors"
    save_model(path, trained(10))
    assert cli.main(["export", "--model", str(path), "--to", "all", str(tmp_path / "out")]) == 0
    output = capsys.readouterr().out
    for name in APPROXIMATE:
        assert f"{name}: not written: font-letters: 26 classes, A..Z, but the model answers" in output
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert not (tmp_path / "out" / "model-int8.h").exists()


# ---- Calibration and test ----------------------------------------------------------------------


class Spy(Liar):
    """A format that notes which letters it gets."""

    def run(self, paths: list[Path], images: np.ndarray) -> np.ndarray:
        self.measured = images
        return self.graph.probabilities(images)


def keys(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def spied(model: Model, data: object, folder: Path, patch: pytest.MonkeyPatch) -> Spy:
    spy = Spy(0)
    patch.setattr(Format, "writer", property(lambda self: spy))
    patch.setitem(FORMATS, "spy", Format("", "spy", exact=False))
    exporters.export(model, ["spy"], folder, data)  # type: ignore[arg-type]
    return spy


def test_ranges_come_from_training_letters_and_other_letters_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load("font-letters")
    data = Dataset.concatenate([data, data.take(range(500))])  # with images that are equal
    parts = train_test_split(data)
    assert len(parts.train) + len(parts.test) == len(data)
    model = untrained("lenet1")
    spy = spied(model, parts, tmp_path, monkeypatch)
    calibration, measured = keys(spy.graph.sample), keys(spy.measured)
    assert len(spy.graph.sample) == 512
    assert len(spy.measured) > 900
    assert not calibration & measured
    assert calibration <= keys(parts.train.images)
    assert measured <= keys(parts.test.images)


@pytest.mark.parametrize("spec", ["font-letters", "font-letters:test", "font-letters:train"])
def test_a_data_set_calibrates_with_its_rest_and_is_measured_on_its_fifth(spec: str) -> None:
    train, test = load_train_test(spec)
    assert keys(train.images) == keys(load("font-letters:train").images)
    assert keys(test.images) == keys(load("font-letters:test").images)


def test_no_letter_of_an_official_test_calibrates_or_is_measured(stand_in: StandIn) -> None:
    spec = f"emnist:letters@{stand_in.folder}"
    train, test = load_train_test(spec)
    assert train.names == test.names == ("emnist-letters-train",)
    assert len(train) + len(test) == 124_800
    assert not keys(train.images) & keys(test.images)
    message = refusal(load_train_test, f"emnist:letters:test@{stand_in.folder}")
    assert "give the training part" in message


def test_too_few_letters_are_one_line(tmp_path: Path) -> None:
    few = train_test_split(letters(1))
    message = refusal(exporters.export, untrained("lenet1"), ["c-int8"], tmp_path, few)
    assert message == (
        "c-int8: 1 letter is too few to calibrate 8 bits with one part and measure on another; "
        "give more with --data"
    )
    [one] = exporters.export(untrained("lenet1"), ["safetensors"], tmp_path, few)
    assert one.verification is not None
