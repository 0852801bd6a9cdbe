"""Exported headers, C compilers, and the programs of tests/data/c that are made of both."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from lenet import exporters
from lenet.exporters import FORMATS
from lenet.models import DEFAULT_MODEL, load_model
from made import letters
from needs import missing
from repository import DATA

SOURCES = DATA / "c"
ZIG = [sys.executable, "-m", "ziglang"]
STRICT = [
    *("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wshadow"),
    *("-Wdouble-promotion", "-Wundef", "-Wstrict-prototypes", "-Wcast-qual"),
]
SANITIZED = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def gcc() -> list[str]:
    return [shutil.which("gcc") or missing("no gcc")]


def clang() -> list[str]:
    return [*ZIG, "cc"]


def compile_c(command: Sequence[str], folder: Path, *arguments: str) -> str:
    """Run a compiler in a folder with headers; what it says, which must not be an error."""
    done = failed_c(command, folder, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def failed_c(command: Sequence[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    include = ["-I", str(folder), "-I", str(SOURCES)]
    return subprocess.run(
        [*command, *include, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def headers(graph: exporters.Graph, folder: Path) -> tuple[str, str]:
    """The text of model.h and of model-int8.h, which are now in a folder."""
    paths = [FORMATS[name].writer.write(graph, folder) for name in ("c", "c-int8")]
    assert [[path.name for path in files] for files in paths] == [["model.h"], ["model-int8.h"]]
    return paths[0][0].read_text(encoding="utf-8"), paths[1][0].read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the headers of the package's model."""
    folder = tmp_path_factory.mktemp("shipped")
    headers(exporters.lower(load_model(DEFAULT_MODEL), letters(40).images), folder)
    return folder


class Answer(NamedTuple):
    """Results of `lenet_rasterise` and `lenet_recognise_strokes` of a header for a drawing."""

    rasterized: int
    recognised: int
    verdict: int
    best: int
    image: bytes
    probabilities: np.ndarray


class Drawings:
    """tests/data/c/drawings.c, running."""

    def __init__(self, command: Sequence[str], folder: Path, classes: int = 26) -> None:
        program = folder / "drawings"
        source = str(SOURCES / "drawings.c")
        compile_c(command, folder, *STRICT, source, "-o", str(program), "-lm")
        self.classes = classes
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, drawing: Iterable[npt.ArrayLike], pen: float = 0.1) -> Answer:
        arrays = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in drawing]
        points = np.concatenate([np.empty((0, 2)), *arrays])
        return self.ask_raw([len(array) for array in arrays], points.ravel(), len(arrays), pen)

    def ask_raw(self, lengths: Sequence[int], numbers: np.ndarray, strokes: int, pen: float) -> Answer:
        """Pass raw numbers to the header, valid drawings or not."""
        head = struct.pack("=3id", len(lengths), len(numbers), strokes, pen)
        body = np.asarray(lengths, np.int32).tobytes() + numbers.astype(np.float64).tobytes()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(head + body)
        self.process.stdin.flush()
        output = self.process.stdout.read(16 + 784 + 4 * self.classes)
        assert len(output) == 16 + 784 + 4 * self.classes, self.process.wait(10)
        shares = np.frombuffer(output[800:], np.float32)
        rasterized, recognised, verdict, best = struct.unpack("=4i", output[:16])
        return Answer(rasterized, recognised, verdict, best, output[16:800], shares)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(20) == 0
