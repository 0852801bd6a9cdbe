"""A small sweep: a configuration and letters on which a training takes a few hundredths of a second."""

from __future__ import annotations

from pathlib import Path

from lenet.datasets.readers import npz
from lenet.sweep.config import read_config
from lenet.sweep.plan import Plan, make_plan
from small_trainings import bars

GRID = """
seeds = [0, 1]
[fixed]
data = ["LETTERS"]
arch = "lenet1"
epochs = 1
batch_size = 32
[grid]
learning_rate = [0.003, 0.01]
"""


def write_letters(folder: Path) -> Path:
    path = folder / "letters.npz"
    npz.write_letters(path, bars())
    return path


def write_config(folder: Path, text: str = GRID) -> Path:
    """Write a configuration; LETTERS in it becomes the file of the letters."""
    path = folder / "sweep.toml"
    path.write_text(text.replace("LETTERS", write_letters(folder).as_posix()))
    return path


def plan(folder: Path, text: str = GRID) -> Plan:
    return make_plan(read_config(write_config(folder, text)))
