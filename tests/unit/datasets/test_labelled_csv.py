"""CSV files of labels and pixels that do not have EMNIST's names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lenet.datasets import load
from lenet.labels import LETTERS
from made import F, L, refusal


def csv(labels: list[int], *, transposed: bool = False) -> str:
    glyphs = {0: F, 1: L}
    rows = [(label, glyphs[number % 2]) for number, label in enumerate(labels)]
    pixels = [(label, (glyph.T if transposed else glyph).ravel()) for label, glyph in rows]
    return "".join(f"{label},{','.join(map(str, values))}\n" for label, values in pixels)


AZ_HEADER = ",".join(["0", *(f"0.{n}" for n in range(1, 785))]) + "\n"
WORDS = ",".join(["label", *(f"pixel{n}" for n in range(784))]) + "\n"


@pytest.mark.parametrize(
    ("name", "header", "labels", "classes", "transposed"),
    [
        ("A_Z Handwritten Data.csv", AZ_HEADER, [0, 1, 7], LETTERS, False),
        ("handwritten_data_785.csv", AZ_HEADER, [0, 25], LETTERS, False),
        ("az.csv", "", [0, 24, 25], LETTERS, False),
        ("letters.csv", WORDS, [0, 24, 25], LETTERS, False),
        ("mine.csv", "", [1, 26, 4], LETTERS, True),
        ("train.csv", WORDS, [0, 9, 4], "0123456789", False),
        ("mnist_test.csv", "", [7, 2], "0123456789", False),
        ("balanced.csv", "", [0, 46], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt", True),
    ],
)
def test_the_labels_tell_what_a_csv_is(
    tmp_path: Path, name: str, header: str, labels: list[int], classes: str, transposed: bool
) -> None:
    path = tmp_path / name
    path.write_text(header + csv(labels, transposed=transposed))
    data = load(str(path))
    first = 1 if min(labels) else 0
    assert "".join(data.classes) == classes
    assert data.labels.tolist() == [label - (first if transposed else 0) for label in labels]
    for number, image in enumerate(data.images):
        np.testing.assert_array_equal(image, [F, L][number % 2])
    assert any("upright" in note for note in data.notes) != transposed


def test_kaggles_a_z_letters_have_their_record(tmp_path: Path) -> None:
    """They are made of SD19, like EMNIST's test: the name tells `lenet evaluate`."""
    path = tmp_path / "A_Z Handwritten Data.csv"
    path.write_text(AZ_HEADER + csv([0, 1, 2]))
    assert load(str(path)).names == ("az_handwritten",)
    assert "without emnist:" in refusal(load, f"emnist:letters@{path}")


def test_labels_without_a_class_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(csv([0, 99]))
    assert "label 99 of image 1 is outside 0..61" in refusal(load, str(path))
