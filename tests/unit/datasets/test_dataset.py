"""The type that all readers return, and its parts that validate or are held out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.datasets import Dataset, train_validation_split
from lenet.datasets.readers.strokes import Rendering, rasterize_drawings
from lenet.labels import LETTERS
from made import (
    FUZZ,
    drawing,
    letters,
    refusal,
)


def test_takes_counts_and_concatenates() -> None:
    data = letters(30)
    assert len(data) == 30
    assert data.counts().tolist() == [2] * 4 + [1] * 22
    some = data.take([5, 3])
    assert some.labels.tolist() == [5, 3]
    np.testing.assert_array_equal(some.images[0], data.images[5])
    assert len(data.take([])) == 0
    assert data.take(data.labels == 1).labels.tolist() == [1, 1]
    grouped = Dataset(data.images, data.labels, ("other",), np.arange(30) // 2, ("by A",))
    both = Dataset.concatenate([grouped.take([8, 9, 3]), data, grouped])
    assert both.names == ("other", "made")
    assert both.attributions == ("by A",)
    assert len(both) == 63
    assert both.groups[0] == both.groups[1] != both.groups[2]
    assert not set(both.groups[:3]) & set(both.groups[3:33])
    assert not set(both.groups[:33]) & set(both.groups[33:])


@pytest.mark.parametrize(
    ("images", "labels", "groups"),
    [
        (np.zeros((2, 28, 28)), np.zeros(2, np.uint8), None),
        (np.zeros((2, 784), np.uint8), np.zeros(2, np.uint8), None),
        (np.zeros((2, 28, 27), np.uint8), np.zeros(2, np.uint8), None),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), None),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.int64), None),
        (np.zeros((2, 28, 28), np.uint8), np.full(2, 26, np.uint8), None),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), np.zeros(3, np.int64)),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), np.zeros(2)),
    ],
)
def test_a_dataset_is_checked(images: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
    refusal(Dataset, images, labels, groups=groups)


def test_an_empty_list_has_no_concatenation() -> None:
    refusal(Dataset.concatenate, [])


def digits(count: int = 40) -> Dataset:
    data = letters(count, classes=10)
    return Dataset(data.images, data.labels, ("digits",), classes=tuple("0123456789"))


def test_classes_are_kept_and_bound_the_labels() -> None:
    data = digits(35)
    assert data.counts().tolist() == [4] * 5 + [3] * 5
    both = Dataset.concatenate([data, data.take([0])])
    assert both.classes == data.take([3]).classes == tuple("0123456789")
    assert train_validation_split(data, 0.3)[1].counts().tolist() == [1] * 10
    message = refusal(Dataset.concatenate, [data, letters(26)])
    assert "digits: 10 classes, 0..9, but made: 26 classes, A..Z" in message
    wrong = np.full(40, 10, np.uint8)
    assert "0..9; there is a 10" in refusal(Dataset, data.images, wrong[:35], classes=data.classes)


@pytest.mark.parametrize("classes", [(), ("A",), ("A", "A"), ("AB", "C"), tuple(map(chr, range(257)))])
def test_classes_are_checked(classes: tuple[str, ...]) -> None:
    nothing = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)
    assert "classes" in refusal(Dataset, *nothing, classes=classes)


@FUZZ
@given(st.integers(60, 300), st.integers(1, 4), st.floats(0.05, 0.9), st.integers(0, 2**32 - 1))
def test_the_split_is_stratified_and_parts_no_group(count: int, copies: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(count)
    labels = rng.integers(0, 3, count).astype(np.uint8).repeat(copies)
    shuffled = rng.permutation(count * copies)
    data = Dataset(
        np.zeros((count * copies, 28, 28), np.uint8),
        labels[shuffled],
        groups=np.arange(count).repeat(copies)[shuffled] * 7,
    )
    train, validation = train_validation_split(data, share, seed)
    assert len(train) + len(validation) == len(data)
    assert not set(train.groups) & set(validation.groups)
    np.testing.assert_array_less(
        np.abs(validation.counts()[:3] - share * data.counts()[:3]), 0.5 * copies + 1e-6
    )


def test_the_split_is_fixed_and_ignores_pens() -> None:
    drawings = [drawing(LETTERS[n % 26], tilt=n / 10) for n in range(260)]
    one = rasterize_drawings(drawings)
    three = rasterize_drawings(drawings, Rendering((0.05, 0.2), renders_per_drawing=3, seed=9))
    validation = train_validation_split(one)[1]
    assert validation.counts().tolist() == [1] * 26
    assert train_validation_split(one)[1].groups.tolist() == validation.groups.tolist()
    assert sorted(set(train_validation_split(three)[1].groups)) == sorted(validation.groups)
    assert train_validation_split(one, seed=1)[1].groups.tolist() != validation.groups.tolist()
    # The numbers are part of what a seed means: they may not change with NumPy or the machine.
    assert validation.groups[:6].tolist() == [5, 13, 34, 37, 49, 50]


def test_the_split_needs_something_on_both_sides() -> None:
    assert "too few" in refusal(train_validation_split, letters(26))
    assert "too few" in refusal(train_validation_split, letters(26), share=0.9)
    for share in (0.0, 1.0, -1.0, float("nan")):
        assert "share" in refusal(train_validation_split, letters(), share=share)
