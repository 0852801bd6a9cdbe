"""Data that people bring, on the command line: turned images, other classes, folders, notes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import lenet
from lenet.datasets import Dataset, ImageLayout, load
from lenet.datasets.readers import npz
from lenet.ink import Orientation
from lenet.models import ModelMetadata, get_spec, save_model
from lenet.models.file import Model

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"


@pytest.fixture(scope="module")
def letters() -> Dataset:
    data = load("font-letters")
    return data.take(np.arange(0, len(data), len(data) // 104))


@pytest.mark.parametrize(
    ("orientation", "inverted"),
    [(Orientation.TRANSPOSED, False), (Orientation.ROT90, False), (Orientation.UPRIGHT, True)],
)
def test_turned_images_are_named_and_read(
    tmp_path: Path, letters: Dataset, orientation: Orientation, inverted: bool
) -> None:
    images = np.ascontiguousarray(orientation.apply(letters.images))
    path = tmp_path / "turned.npz"
    npz.write_letters(path, replace(letters, images=255 - images if inverted else images))
    options = "--invert" if inverted else f"--orientation {orientation}"
    for command in (("evaluate", "--data", path), ("data", "info", path)):
        assert f"% with {options}, " in lenet(*command).stdout
        done = lenet(*command, *options.split())
        assert "% with --" not in done.stdout
    again = lenet("evaluate", "--data", path, *options.split(), "--json")
    assert again.stdout == lenet("evaluate", "--data", path, *options.split(), "--json").stdout
    np.testing.assert_array_equal(
        load(str(path), layout=ImageLayout(orientation, inverted)).images, letters.images
    )


@pytest.mark.slow
def test_turned_images_calibrate_exports_when_their_layout_is_named(tmp_path: Path, letters: Dataset) -> None:
    images = 255 - np.ascontiguousarray(Orientation.ROT90.apply(letters.images))
    for name, data in {"upright": letters, "turned": replace(letters, images=images)}.items():
        npz.write_letters(tmp_path / f"{name}.npz", data)
    headers = []
    for name, options in {"upright": (), "turned": ("--orientation", "rot90", "--invert")}.items():
        folder = tmp_path / name
        done = lenet("export", "--to", "c-int8", "--data", tmp_path / f"{name}.npz", *options, folder)
        assert done.returncode == 0, done.stderr
        headers.append((folder / "model-int8.h").read_text())
    assert headers[0].replace("(upright)", "(turned)") == headers[1]


def test_names_and_drawings_are_upright_already(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text('{"label": "F", "strokes": [[[0, 0], [0, 9]], [[0, 0], [5, 0]], [[0, 4], [4, 4]]]}\n')
    for name in (str(path), "font-letters"):
        turned = load(name, layout=ImageLayout(Orientation.ROT90, True))
        np.testing.assert_array_equal(turned.images, load(name).images)


def test_an_orientation_is_one_of_eight() -> None:
    done = lenet("evaluate", "--data", "font-letters", "--orientation", "sideways")
    assert (done.returncode, "rot270" in done.stderr) == (2, True)


@pytest.fixture
def digits(tmp_path: Path) -> tuple[Path, Path]:
    """A model of ten digits, and a file with images of three of them."""
    spec = get_spec("lenet5").with_num_classes(10)
    network = spec.network()
    model = tmp_path / "digits.safetensors"
    save_model(model, Model(spec, network.initialise(0), ModelMetadata("0123456789")))
    data = tmp_path / "digits.npz"
    images = np.random.default_rng(0).integers(0, 255, (30, 28, 28), np.uint8)
    labels = np.arange(30, dtype=np.uint8) % 3
    npz.write_letters(data, Dataset(images, labels, ("digits",), classes=tuple("789")))
    return model, data


def test_data_of_some_of_a_models_classes_are_evaluated(digits: tuple[Path, Path]) -> None:
    model, data = digits
    done = lenet("evaluate", "--model", model, "--data", data)
    assert done.returncode == 0, done.stderr
    assert "of 30 correct" in done.stdout
    assert "7 10  8 10  9 10" in lenet("data", "info", data).stdout
    wrong = lenet("evaluate", "--data", data)
    assert "3 classes, 7..9, but the model answers with 26, A..Z, without 7, 8, 9" in wrong.stderr


def test_drawings_of_digits_are_classes(tmp_path: Path, digits: tuple[Path, Path]) -> None:
    path = tmp_path / "f.jsonl"
    line = '{"label": "%s", "strokes": [[[0, 0], [0, 9]], [[0, 0], [5, 0]]]}\n'
    path.write_text(line % 7 + line % 3)
    assert "of 2 correct" in lenet("evaluate", "--model", digits[0], "--data", path).stdout
    assert "2 images, 10 classes" in lenet("data", "info", path).stdout
    path.write_text(line % 7 + line % "g")
    assert "2 images, 36 classes" in lenet("data", "info", path).stdout


def test_digits_are_no_outliers_of_a_model_of_digits(tmp_path: Path, digits: tuple[Path, Path]) -> None:
    lenet("evaluate", "--model", digits[0], "--data", digits[1], "--report", tmp_path / "report")
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert "digits" not in [row["name"] for row in report["rejection"] if not row["is_letters"]]


def test_small_letters_count_as_capitals_where_the_data_merge_them(tmp_path: Path) -> None:
    """A model of A, B, a and b answers "a" to everything; the data know A and B alone."""
    spec = get_spec("lenet5").with_num_classes(4)
    parameters = np.zeros(spec.network().parameters, np.float32)
    parameters[-4:] = (0, 0, 9, 0)  # the last layer's biases
    save_model(tmp_path / "m.safetensors", Model(spec, parameters, ModelMetadata("ABab")))
    data = Dataset(np.zeros((4, 28, 28), np.uint8), np.array([0, 0, 0, 1], np.uint8), classes=("A", "B"))
    npz.write_letters(tmp_path / "d.npz", data)
    done = lenet("evaluate", "--model", tmp_path / "m.safetensors", "--data", tmp_path / "d.npz")
    assert "3 of 4 correct" in done.stdout


def test_predict_reads_a_folder(tmp_path: Path) -> None:
    picture = np.full((60, 50), 255, np.uint8)
    picture[10:50, 10:15] = picture[10:15, 10:40] = picture[28:33, 10:30] = 0
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("z.JPG", "b/c/1.png", "b/2.webp", "._z.png"):
        Image.fromarray(picture).save(tmp_path / name)
    (tmp_path / "a.jsonl").write_text(
        '{"strokes": [[[0, 0], [0, 9]], [[0, 0], [5, 0]], [[0, 4], [4, 4]]]}\n' * 2
    )
    (tmp_path / "notes.txt").write_text("notes")
    done = lenet("predict", f"{tmp_path}/")
    names = [line.split("\t")[0].removeprefix(f"{tmp_path}/") for line in done.stdout.splitlines()]
    assert names == ["a.jsonl:1", "a.jsonl:2", "b/2.webp", "b/c/1.png", "z.JPG"]
    assert {line.split("\t")[1] for line in done.stdout.splitlines()} == {"F"}
    assert "left out 1 other file: notes.txt" in done.stderr
    assert done.returncode == 0
    (tmp_path / "b" / "3.png").write_text(LFS)
    again = lenet("predict", tmp_path)
    assert (again.returncode, len(again.stdout.splitlines())) == (1, 5)
    assert "run `git lfs pull`" in again.stderr
    (tmp_path / "empty").mkdir()
    assert "no picture and no file of drawings" in lenet("predict", tmp_path / "empty").stderr


@pytest.mark.parametrize("name", ["letters.npz", "drawings.jsonl", "emnist-letters-test.csv", "photo.png"])
def test_a_pointer_in_the_place_of_a_file_is_named_by_every_reader(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(LFS)
    for command in (
        ("predict", path),
        ("evaluate", "--data", path),
        ("data", "info", path),
        ("evaluate", "--data", f"emnist:letters@{path}"),
        ("evaluate", "--model", path, "--data", "font-letters"),
    ):
        done = lenet(*command)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "a pointer of Git LFS, not a" in done.stderr
        assert "run `git lfs pull`" in done.stderr


def test_a_file_of_another_program_is_named_with_its_command(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    for command in (("predict", path), ("evaluate", "--model", path, "--data", "font-letters")):
        assert "convert it with `lenet import`, then give it as --model" in lenet(*command).stderr
