"""Answers to several versions of an image: which they are, and that their mean is given."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lenet
from lenet.cli import main
from lenet.datasets import Dataset, load, npz
from lenet.evaluation.versions import DEGREES, MOST, SHIFT, SLANT, versions
from made import F, refusal


@pytest.fixture(scope="module")
def glyphs() -> np.ndarray:
    return load("glyphs").images[::701][:8]


def test_the_first_is_the_image_itself_and_all_differ(glyphs: np.ndarray) -> None:
    made = list(versions(glyphs, MOST))
    np.testing.assert_array_equal(made[0], glyphs)
    assert len({one.tobytes() for one in made}) == MOST
    for one in made[1:]:
        assert one.dtype == np.uint8
        assert 0 < np.abs(one.astype(int) - glyphs).mean() < 20
    for count in (1, 5, 7):
        for one, other in zip(versions(glyphs, count), made, strict=False):
            np.testing.assert_array_equal(one, other)
        assert len(list(versions(glyphs, count))) == count


def test_a_version_depends_on_its_image_alone(glyphs: np.ndarray) -> None:
    together = list(versions(glyphs, MOST))
    for row in range(len(glyphs)):
        for one, other in zip(versions(glyphs[row : row + 1], MOST), together, strict=True):
            np.testing.assert_array_equal(one[0], other[row])


def test_no_side_is_preferred(glyphs: np.ndarray) -> None:
    """The versions of a mirrored image are the mirrored versions."""
    mirrored = {one.tobytes() for one in versions(np.ascontiguousarray(glyphs[:, :, ::-1]), MOST)}
    assert mirrored == {one[:, :, ::-1].tobytes() for one in versions(glyphs, MOST)}


def test_they_are_what_they_are_called() -> None:
    made = [one[0].astype(float) for one in versions(F[None], MOST)]
    f = F.astype(float)
    for k, (axis, by) in enumerate(((1, -1), (1, 1), (0, -1), (0, 1)), 1):
        mixed = (1 - SHIFT) * f + SHIFT * np.roll(f, by, axis)
        np.testing.assert_allclose(made[k], mixed, atol=0.51)
    picture = Image.fromarray(F)
    for k, degrees in ((6, DEGREES), (5, -DEGREES)):
        turned = np.asarray(picture.rotate(degrees, Image.Resampling.BILINEAR), float)
        assert np.abs(made[k] - turned).mean() < 0.1
    for k, slant in ((7, SLANT), (8, -SLANT)):
        matrix = (1, slant, -slant * 14, 0, 1, 0)  # x and y of the source of each pixel
        slanted = picture.transform(
            picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
        assert np.abs(made[k] - np.asarray(slanted, float)).mean() < 0.1


def test_the_answer_is_the_mean(glyphs: np.ndarray) -> None:
    one, nine = lenet.load(), lenet.load(versions=9)
    mean = np.mean([one.probabilities(version) for version in versions(glyphs, 9)], axis=0)
    np.testing.assert_allclose(nine.probabilities(glyphs), mean, atol=1e-6)
    assert nine.probabilities(glyphs[:0]).shape == (0, 26)
    drawing = [[(0, 0), (0, 10)], [(0, 10), (6, 10)]]
    assert nine.recognize(drawing).letter == one.recognize(drawing).letter == "L"
    assert nine.recognize(drawing).candidates != one.recognize(drawing).candidates
    for wrong in (0, 10):
        assert refusal(lenet.load, versions=wrong) == f"{wrong} versions of an image; give 1..9"


def test_the_commands_say_how_many(
    tmp_path: Path, glyphs: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "some.npz")
    npz.write_letters(path, Dataset(glyphs, np.zeros(len(glyphs), np.uint8)))
    assert main(["evaluate", "--data", path, "--tta", "5"]) == 0
    assert capsys.readouterr().out.startswith(f"{path} (5 versions each): ")
    losses = []
    for count in ("1", "5"):
        assert main(["evaluate", "--data", path, "--json", "--tta", count]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["versions"] == int(count)
        losses.append(told["loss"])
    assert losses[0] != losses[1]
    answers = []
    for count in ("1", "5"):
        assert main(["predict", "--json", path, "--tta", count]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] != answers[1]
    with pytest.raises(SystemExit, match="2"):
        main(["predict", path, "--tta", "10"])
    assert "1..9" in capsys.readouterr().err
