"""The calls of the engine that instructions.py counts; callgrind runs this file.

    python -m benchmarks.engine.calls baseline "one answer" avx2 "one answer"

Each is made once, on one thread, between two calls of os.getppid(): nothing else calls that, so
callgrind can be told to write down its count whenever it is entered. Until Python has started and
imported NumPy, callgrind is idle, as that would take it longer than most calls.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from benchmarks.lib.nets import core_network, random_letters

from lenet import engine
from lenet.training.recipes import NO_AUGMENTATION, Augmentation, Recipe

BATCH = 64
NET = "holzweber2021"
LETTERS = random_letters(BATCH)
DRAWINGS = Path(__file__).resolve().parents[2] / "tests" / "data" / "vectors" / "ink.json"
DRAWING = "G in one curve"


def begin() -> None:
    """Have callgrind look at the code from here on; SystemExit if it cannot be told."""
    command = ["vgdb", f"--pid={os.getpid()}", "instrumentation", "on"]
    vgdb = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while vgdb.poll() is None:  # awake, it sees the message; asleep, vgdb would have to attach
        pass
    if vgdb.returncode:
        raise SystemExit("calls.py: vgdb cannot reach Valgrind")


@contextmanager
def counted() -> Iterator[None]:
    """Count the instructions of the calls within."""
    os.getppid()
    yield
    os.getppid()


def train(net: str, augmentation: Augmentation) -> None:
    """One step of the default recipe."""
    network = core_network(net)
    parameters = network.initialise(0)
    moments = np.zeros(2 * len(parameters), np.float32)
    order = np.arange(BATCH, dtype=np.int32)
    recipe = Recipe(augmentation=augmentation).to_engine(BATCH, steps=1, seed=0)
    with engine.Trainer(network, recipe, threads=1) as trainer, counted():
        trainer.run(engine.State(parameters, moments), engine.Batch(*LETTERS, order), 0)


def predict(count: int) -> None:
    """Probabilities of some images."""
    network = core_network(NET)
    parameters = network.initialise(0)
    with counted():
        network.predict(parameters, LETTERS.images[:count])


def augment() -> None:
    """One augmented copy of an image, with what a trainer does only once for all."""
    augmentation = Augmentation().to_engine()
    with counted():
        engine.augment(LETTERS.images[0], augmentation, seed=0, sample=0)


def drawing() -> tuple[engine.PackedStrokes, float]:
    """A drawing of one stroke, 26 points, and its pen width."""
    drawings = json.loads(DRAWINGS.read_text(encoding="utf-8"))["strokes"]
    drawing = next(drawing for drawing in drawings if drawing["name"] == DRAWING)
    points = np.array(drawing["strokes"][0], np.float64)
    return engine.PackedStrokes(points.tobytes(), [len(points)]), drawing["pen"]


def rasterize() -> None:
    """The drawing as an image."""
    strokes, pen = drawing()
    with counted():
        engine.ink_strokes(strokes, pen)


def recognize(count: int) -> None:
    """The drawing, some times, to verdicts and classes."""
    strokes, pen = drawing()
    network = core_network(NET)
    settings = engine.Settings(1.0, 0.5, 1.0, pen)
    recognizer = engine.Recognizer(network, network.initialise(0), settings)
    with counted():
        recognizer.strokes([strokes] * count)


def reload_engine() -> None:
    """Open the library anew, in one process for all: Python's own start is the slowest part."""
    for name in ("library", "rasterizer", "network", "recognizer", "trainer"):
        importlib.reload(importlib.import_module(f"lenet.engine.{name}"))
    importlib.reload(engine)


class Case(NamedTuple):
    """A call and how many images it works on."""

    images: int
    call: Callable[[], None]


CASES = {
    "training step of 64, holzweber2021": Case(BATCH, partial(train, NET, NO_AUGMENTATION)),
    "training step of 64, holzweber2021, augmented": Case(BATCH, partial(train, NET, Augmentation())),
    "training step of 64, lenet5-relu": Case(BATCH, partial(train, "lenet5-relu", NO_AUGMENTATION)),
    "one image augmented": Case(1, augment),
    "64 answers": Case(BATCH, partial(predict, BATCH)),
    "one answer": Case(1, partial(predict, 1)),
    "one drawing rasterized": Case(1, rasterize),
    "one drawing recognized": Case(1, partial(recognize, 1)),
    "64 drawings recognized": Case(BATCH, partial(recognize, BATCH)),
}


def main() -> int:
    """Command line: pairs of an instruction set and a case."""
    begin()
    for isa, name in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        os.environ["LENET_ISA"] = isa
        reload_engine()
        CASES[name].call()
    return 0


if __name__ == "__main__":
    sys.exit(main())
