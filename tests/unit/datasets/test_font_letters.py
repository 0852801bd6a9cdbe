"""The letters that the package carries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lenet
from lenet.datasets import load
from lenet.datasets.registry import EMBEDDED
from lenet.models import load_model


def test_the_embedded_letters_are_whole_and_small() -> None:
    assert EMBEDDED["font-letters"].stat().st_size < 1_000_000
    letters = load("font-letters")
    assert letters.names == ("font-letters",)
    assert letters.counts().min() >= 150
    assert len(letters.attributions) == 56
    assert all(("OFL" in line) or ("Apache" in line) for line in letters.attributions)
    assert not (letters.images % 17).any()
    assert letters.images.any(axis=(1, 2)).all()


def test_the_traced_letters_are_whole_and_small() -> None:
    assert EMBEDDED["font-strokes"].stat().st_size < 400_000
    letters = load("font-strokes")
    assert letters.names == ("font-strokes",)
    assert letters.counts().min() >= 270, "two cases of 140 families"
    assert len(letters.attributions) == 140
    assert all(("OFL" in line) or ("Apache" in line) for line in letters.attributions)
    assert letters.images.any(axis=(1, 2)).all()


@pytest.mark.slow
def test_training_without_options_takes_them_and_the_architecture_that_answers(tmp_path: Path) -> None:
    command = ["train", "--epochs", "1", "--out", "run"]
    environment = {**os.environ, "LENET_SHARED": str(tmp_path / "none")}
    subprocess.run(
        [sys.executable, "-m", "lenet", *command],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
    )
    model, shipped = load_model(tmp_path / "run" / "model.safetensors"), lenet.load().model
    assert model.training.data == ("font-letters",)
    assert len(model.training.attributions) == 56
    assert model.training.name == shipped.training.name
    assert model.spec == shipped.spec
