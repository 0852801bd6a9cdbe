"""The orientation and polarity of images, found from the accuracy of a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lenet.datasets import Dataset, load
from lenet.evaluation.orientations import orientation_of_data, orientation_of_model
from lenet.inference.recognizer import load as load_recognizer
from lenet.ink import Orientation


@pytest.fixture(scope="module")
def letters() -> Dataset:
    data = load("font-letters")
    return data.take(np.arange(0, len(data), len(data) // 130))


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("orientation", Orientation)
def test_each_orientation_of_data_is_found(
    letters: Dataset, orientation: Orientation, inverted: bool
) -> None:
    images = np.ascontiguousarray(orientation.apply(letters.images))
    stored = replace(letters, images=255 - images if inverted else images)
    hint = orientation_of_data(load_recognizer().probabilities, stored)
    if orientation is Orientation.UPRIGHT and not inverted:
        assert hint is None
        return
    assert hint is not None
    assert (hint.orientation, hint.inverted) == (orientation, inverted)
    assert hint.accuracy > 0.75 > hint.accuracy_without
    assert f"% with {hint.options}, " in str(hint)
    assert ("--invert" in hint.options) == inverted


@pytest.mark.parametrize("orientation", [Orientation.TRANSPOSED, Orientation.ROT90])
def test_the_orientation_of_a_model_is_that_of_its_training_images(
    letters: Dataset, orientation: Orientation
) -> None:
    """A network that was trained on turned letters turns them back first."""
    model = load_recognizer()
    hint = orientation_of_model(
        lambda images: model.probabilities(np.ascontiguousarray(orientation.inverse.apply(images))), letters
    )
    assert hint is not None
    assert hint.options == f"--orientation {orientation}"


def test_a_network_that_knows_nothing_gets_no_hint(letters: Dataset) -> None:
    rng = np.random.default_rng(0)
    assert orientation_of_data(lambda images: rng.random((len(images), 26), np.float32), letters) is None
    assert orientation_of_data(lambda images: np.ones((len(images), 26), np.float32), letters) is None
