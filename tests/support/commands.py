"""The command line, in this process and in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np

from lenet.cli.main import main
from lenet.datasets import Dataset
from lenet.datasets.readers import npz


def lenet(*arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in this process; return its exit status and what it prints."""
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(text.encode())), "utf-8")
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with mock.patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:  # of the parser
            status = int(end.code or 0)
    printed = []
    for stream in (stdout, stderr):
        stream.seek(0)
        printed.append(stream.read())
    return subprocess.CompletedProcess([str(argument) for argument in arguments], status, *printed)


def lenet_process(*arguments: object, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does: half a second dearer than `lenet`."""
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
