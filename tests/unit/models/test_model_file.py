"""Model files: exact round trips, agreement with the safetensors package, and what is never written."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from safetensors import safe_open

from lenet import engine
from lenet.errors import LenetError
from lenet.labels import LETTERS
from lenet.models import (
    ARCHITECTURES,
    Calibration,
    Dense,
    ModelMetadata,
    Spec,
    TrainingRecord,
    get_spec,
)
from lenet.models.file import Model, load_model, save_model
from model_files import SMALL, model, packed, saved

# ---- What is written -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_model_survives_a_round_trip(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.safetensors"
    given_ = model(
        get_spec(name), name=name, temperature=1.25, pen_width=0.1, metrics={"accuracy": 0.5}, fonts=["ä"]
    )
    save_model(path, given_)
    back = load_model(path)
    assert back.spec == get_spec(name)
    assert back.parameters.dtype == np.float32
    assert back.parameters.flags.writeable
    np.testing.assert_array_equal(back.parameters, given_.parameters)
    assert back.metadata == ModelMetadata(
        LETTERS,
        engine.RASTERIZER_VERSION,
        temperature=1.25,
        pen_width=0.1,
        training=TrainingRecord(name=name, metrics={"accuracy": 0.5}, extra={"fonts": ["ä"]}),
    )
    assert (back.labels, back.temperature) == (LETTERS, 1.25)
    again = tmp_path / "again"
    save_model(again, back)
    assert again.read_bytes() == path.read_bytes()


def test_the_safetensors_package_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    given_ = model(get_spec("holzweber2021"), name="n", temperature=0.5)
    save_model(path, given_)
    arrays = safetensors.numpy.load_file(path)
    flat = [arrays[tensor.name] for tensor in given_.spec.tensors]
    assert [array.shape for array in flat] == [t.shape for t in given_.spec.tensors]
    np.testing.assert_array_equal(np.concatenate([a.ravel() for a in flat]), given_.parameters)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    assert metadata.keys() == {
        *("format", "architecture", "labels", "rasterizer_version", "temperature", "pen_width", "training")
    }
    assert metadata["format"] == "lenet-model/2"
    assert json.loads(metadata["architecture"]) == given_.spec.to_json()
    assert metadata["rasterizer_version"] == str(engine.RASTERIZER_VERSION)
    assert metadata["temperature"] == "0.5"
    assert json.loads(metadata["training"]) == {"name": "n"}


def test_the_data_are_the_engines_array(tmp_path: Path) -> None:
    header, data = saved(tmp_path / "f")
    assert data == model().parameters.astype("<f4").tobytes()
    assert header["conv1.weight"]["data_offsets"][0] == 0
    assert (tmp_path / "f").stat().st_size % 4 == 0
    assert len((tmp_path / "f").read_bytes()) - len(data) & 7 == 0  # the numbers are aligned


def test_reads_what_the_safetensors_package_writes(tmp_path: Path) -> None:
    """It sorts tensors by name, so biases come first."""
    header, _ = saved(tmp_path / "f")
    spans = np.split(model().parameters, np.cumsum([math.prod(t.shape) for t in SMALL.tensors])[:-1])
    arrays = {t.name: v.reshape(t.shape) for t, v in zip(SMALL.tensors, spans, strict=True)}
    path = tmp_path / "sorted"
    safetensors.numpy.save_file(arrays, path, header["__metadata__"])
    assert path.read_bytes() != (tmp_path / "f").read_bytes()
    np.testing.assert_array_equal(load_model(path).parameters, model().parameters)


def test_further_metadata_is_ignored_and_training_may_lack(tmp_path: Path) -> None:
    path = tmp_path / "f"
    header, data = saved(path)
    header["__metadata__"]["later"] = "something"
    del header["__metadata__"]["training"]
    path.write_bytes(packed(header, data))
    assert load_model(path).metadata == ModelMetadata()


# Metadata that `lenet train` of version 0.1 wrote.
OLD_TRAINING = {
    "name": "old",
    "data": ["glyphs", "mine"],
    "credits": ["A font"],
    "images": 90,
    "nonletters": 9,
    "validation_images": 10,
    "epochs": 2,
    "epochs_planned": 3,
    "seed": 4,
    "recipe": {"batch": 64, "rate": 0.01, "decay": 0.0, "smoothing": 0.05, "balance": 1.0, "nonletters": 0.1,
               "trust": 0.7, "transfer": 0, "augmentation": {"scale": 0.15}},
    "shares": [1, 2],
    "teachers": ["big"],
    "teachers_data": ["sd19_letters"],
    "metrics": {"epoch": 2, "rate": 0.001},
    "calibration": {"letters": 10, "made_nonletters": 20, "auroc": 0.9, "made_nonletters_rejected": 0.5},
    "own_letters": 3,
}  # fmt: skip


def test_a_file_of_the_first_format_is_read_and_written_as_the_second(tmp_path: Path) -> None:
    path = tmp_path / "old"
    header, data = saved(path)
    texts = header["__metadata__"]
    texts |= {"format": "lenet-model/1", "max_entropy": "1.5", "training": json.dumps(OLD_TRAINING)}
    texts |= {"ink_version": texts.pop("rasterizer_version"), "pen": "0.25"}
    del texts["pen_width"]
    path.write_bytes(packed(header, data))
    old = load_model(path)
    assert (old.pen_width, old.max_entropy, old.min_probability) == (0.25, 1.5, None)
    assert old.training == TrainingRecord(
        name="old",
        data=("glyphs", "mine"),
        data_weights=(1, 2),
        attributions=("A font",),
        num_train_images=90,
        validation_images=10,
        num_outliers=9,
        epochs=2,
        num_epochs=3,
        seed=4,
        recipe={
            "batch_size": 64,
            "learning_rate": 0.01,
            "epoch_lr_decay": 0.0,
            "label_smoothing": 0.05,
            "class_balance": 1.0,
            "outlier_ratio": 0.1,
            "distillation_alpha": 0.7,
            "transfer_set_size": 0,
            "augmentation": {"scale": 0.15},
        },
        teachers=("big",),
        teacher_train_data=("sd19_letters",),
        metrics={"epoch": 2, "learning_rate": 0.001},
        calibration=Calibration(10, 20, 0.9, 0.5),
        extra={"own_letters": 3},
    )
    save_model(tmp_path / "new", old)
    new = load_model(tmp_path / "new")
    assert new.metadata == old.metadata
    np.testing.assert_array_equal(new.parameters, old.parameters)
    assert b'"lenet-model/2"' in (tmp_path / "new").read_bytes()


def test_a_value_of_another_type_is_kept_beside_the_record(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "name": 5,
        "data": "glyphs",
        "seed": 1.5,
        "recipe": [],
        "calibration": {"auroc": 1},
    }
    save_model(tmp_path / "f", model(**values))
    assert load_model(tmp_path / "f").training == TrainingRecord(extra=values)


# ---- What is never written -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"labels": "ABC"}, "26 outputs for 3 labels"),
        ({"labels": "A" * 26}, "256 different"),
        ({"labels": list(LETTERS)}, "256 different"),
        ({"labels": LETTERS[:-1] + "\n"}, "printable"),
        ({"labels": LETTERS[:-1] + "\U0001f600"}, "basic plane"),
        ({"temperature": 0.0}, "of 0.01..100"),
        ({"temperature": -1.0}, "not a number of"),
        ({"temperature": math.nan}, "not a number of"),
        ({"temperature": math.inf}, "not a number of"),
        ({"temperature": 10**400}, "not a number of"),
        ({"temperature": "1"}, "not a number"),
        ({"pen_width": 0.01}, "not a number of"),
        ({"max_entropy": 11.0}, "not a number of"),
        ({"min_probability": True}, "not a number of"),
        ({"temperature": True}, "not a number"),
        ({"rasterizer_version": engine.RASTERIZER_VERSION + 1}, "rasterizer version"),
        ({"rasterizer_version": True}, "rasterizer version"),
    ],
)
def test_a_model_is_checked(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(LenetError, match=expected):
        model(**values)


def test_parameters_are_checked() -> None:
    values = model().parameters
    wrong: Any
    for wrong in (values[:-1], values.astype(np.float64), values.reshape(2, -1)):
        with pytest.raises(LenetError, match="must be float32"):
            Model(SMALL, wrong)
    for bad in (np.nan, np.inf):
        with pytest.raises(LenetError, match="NaN or infinite"):
            Model(SMALL, np.where(np.arange(values.size) == 3, np.float32(bad), values))
    ten = Spec((28, 28), (Dense(10),))
    with pytest.raises(LenetError, match="10 outputs for 26 labels"):
        model(ten)


@pytest.mark.parametrize(
    "value", [math.nan, {1, 2}, np.int64(3), "\ud800", "x" * 2**20], ids=lambda value: type(value)
)
def test_metadata_that_is_no_json_or_too_long_writes_nothing(tmp_path: Path, value: object) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"the old one")
    with pytest.raises(LenetError, match="metadata"):
        save_model(path, model(notes=value))
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]
