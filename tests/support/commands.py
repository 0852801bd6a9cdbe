"""The command line as a user runs it: every command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from lenet.datasets import Dataset
from lenet.datasets.readers import npz


def lenet(*arguments: object, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lenet", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def bars(folder: Path) -> Path:
    """Write an NPZ file of 300 bars and crosses, labelled A and B."""
    random = np.random.default_rng(2)
    images, labels = np.zeros((300, 28, 28), np.uint8), np.arange(300, dtype=np.uint8) % 2
    for image, label in zip(images, labels, strict=True):
        column = random.integers(6, 20)
        image[4:24, column : column + 3] = 255
        if label:
            image[12:15, 3:25] = 255
    path = folder / "letters.npz"
    npz.write_letters(path, Dataset(images, labels, ("bars",)))
    return path
