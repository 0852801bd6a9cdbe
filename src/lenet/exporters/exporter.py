"""Export a model to files of other formats; verify each file in its own runtime."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet._util import rng
from lenet._util.files import defer_interrupt, ensure_dir, replace, temporary_path, writing
from lenet.datasets import Dataset, TrainTest
from lenet.datasets.emnist.splits import SPLITS
from lenet.errors import DataError, EngineError, LenetError, MissingDependencyError
from lenet.exporters import manifest
from lenet.exporters.ir import Graph, lower
from lenet.exporters.registry import FORMATS, AccuracyRecorder
from lenet.models import Model

TOLERANCE = 1e-5  # largest difference of a probability, for exact formats
MAX_ACCURACY_LOSS = 0.5  # points of accuracy that an 8-bit or 16-bit format may lose
LETTERS, NOISE = 96, 30  # images that an exact format is verified with, besides blank and full
CALIBRATION = 512  # training letters that set the ranges of 8-bit numbers
MEASURED = 2000  # test letters that measure the accuracy; some runtimes are slow


class Verification(NamedTuple):
    """Comparison of a file's own runtime with the engine.

    runtime     its name and version
    images      number of images compared
    difference  largest difference of a probability
    before      the engine's accuracy; None for exact formats
    after       the runtime's accuracy; None for exact formats
    """

    runtime: str
    images: int
    difference: float
    before: float | None = None
    after: float | None = None


class Exported(NamedTuple):
    """A format that was written.

    files         its paths, the one that a user opens first
    verification  None if the runtime is not installed
    install_hint  how to install that runtime
    """

    name: str
    files: tuple[Path, ...]
    verification: Verification | None
    install_hint: str = ""


class _LackingLettersError(DataError):
    """The data have no letters that can calibrate and measure an approximate format."""


class Callbacks(NamedTuple):
    """Functions that `export` calls while it works.

    started  gets the name of the format that comes next
    written  gets each format that was written
    skipped  gets the name of a format that lacks a package or letters of the model's classes, and
             the error; None: the error is raised
    """

    started: Callable[[str], None] = lambda name: None
    written: Callable[[Exported], None] = lambda exported: None
    skipped: Callable[[str, LenetError], None] | None = None


def export(
    model: Model,
    names: Sequence[str],
    folder: Path,
    letters: TrainTest,
    callbacks: Callbacks | None = None,
) -> list[Exported]:
    """Write a model in several formats into a folder, with manifest.json beside them.

    A file takes its name only after its verification. Exact formats must reproduce each probability
    within 1e-5; formats of 8 and 16 bits may lose half a point of accuracy.

    Args:
        model: the model.
        names: keys of FORMATS.
        folder: created if it does not exist.
        letters: at most 512 of the training part calibrate 8-bit ranges; at most 2,000 of the test
            part measure the accuracy. Exact formats take letters of any classes.
        callbacks: progress, results, and formats to skip.

    Returns:
        The formats that were written, in order.

    Raises:
        LenetError: a file differs from the engine, or a format lacks an operation. The formats
            before it are written and listed.
    """
    callbacks = callbacks or Callbacks()
    letters = _in_order(letters, model.labels)
    sample = letters.train if len(letters.train) else letters.test
    if not len(sample):
        raise DataError("no letters to verify the files with; name a data set that has some")
    graph = lower(model, sample.images[evenly(len(sample), CALIBRATION)])
    measured = letters.test.take(evenly(len(letters.test), MEASURED))
    lacking = _lacking(model, letters)
    results = []
    with _created_if_used(folder):
        for name in names:
            callbacks.started(name)
            try:
                if lacking and not FORMATS[name].exact:
                    raise _LackingLettersError(f"{name}: {lacking}")
                exported = _export(name, graph, folder, measured)
            except (_LackingLettersError, MissingDependencyError) as error:
                if callbacks.skipped is None:
                    raise
                callbacks.skipped(name, error)
                continue
            results.append(exported)
            callbacks.written(exported)
    return results


@contextmanager
def _created_if_used(folder: Path) -> Iterator[None]:
    """Create a folder; remove it at the end if it is new and still empty."""
    is_new = not folder.exists()
    ensure_dir(folder)
    try:
        yield
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def _export(name: str, graph: Graph, folder: Path, letters: Dataset) -> Exported:
    """Write one format, verify it, move it into the folder and list it in the manifest."""
    writer = FORMATS[name].writer
    with _temporary_folder(folder) as room:
        paths = writer.write(graph, room)
        verification, hint = _verified(name, graph, paths, letters)
        if isinstance(writer, AccuracyRecorder) and verification and verification.before is not None:
            writer.record_accuracy(paths, verification, letters)
        exported = Exported(name, tuple(_moved(paths, room, folder)), verification, hint)
    manifest.add(folder, graph.model, exported)
    return exported


def _lacking(model: Model, letters: TrainTest) -> str:
    """Return why letters cannot calibrate and measure approximate formats; "" if they can."""
    if not len(letters.train) or not len(letters.test):
        count = len(letters.train) + len(letters.test)
        number = "1 letter is" if count == 1 else f"{count} letters are"
        return (
            f"{number} too few to calibrate 8 bits with one part and measure on another; give more "
            "with --data"
        )
    if letters.test.classes != tuple(model.labels):
        split = next((split.name for split in SPLITS.values() if split.classes == model.labels), None)
        return (
            f"{letters.test.describe_classes()}, but the model answers with {len(model.labels)}, "
            f"{model.labels[0]}..{model.labels[-1]}; give letters of the model's classes with "
            f"--data{f', such as emnist:{split}' if split else ''}"
        )
    return ""


def _in_order(letters: TrainTest, labels: str) -> TrainTest:
    """Return letters of the model's classes with the numbers that these have in the model."""
    if set(letters.test.classes) != set(labels):
        return letters
    return TrainTest(letters.train.with_classes(labels), letters.test.with_classes(labels))


def evenly(count: int, limit: int) -> npt.NDArray[np.intp]:
    """Return at most `limit` indices below `count`, evenly spaced."""
    return np.linspace(0, count - 1, min(limit, count)).astype(np.intp)


def probes(graph: Graph) -> npt.NDArray[np.uint8]:
    """Return images that verify a file: letters, noise of all densities, blank and full ones."""
    rows, columns = graph.sides
    numbers = rng.uniform(NOISE * rows * columns, 0, rng.NOISE)
    density = np.linspace(0.02, 1, NOISE)[:, None, None]
    values = numbers.reshape(NOISE, rows, columns)
    noise = np.where(values < density, values / density * 255, 0).astype(np.uint8)
    plain = np.stack([np.zeros((rows, columns), np.uint8), np.full((rows, columns), 255, np.uint8)])
    letters = graph.sample[evenly(len(graph.sample), LETTERS)]
    return np.concatenate([letters, noise, plain])


def _verified(
    name: str, graph: Graph, paths: Sequence[Path], letters: Dataset
) -> tuple[Verification | None, str]:
    """Return the verification, or None and the install hint; EngineError if it fails."""
    form = FORMATS[name]
    images = probes(graph) if form.exact else letters.images
    try:
        answers = form.writer.run(paths, images)
        runtime = form.writer.runtime()
    except MissingDependencyError as missing:
        return None, str(missing)
    expected = graph.probabilities(images)
    if answers.shape != expected.shape or not np.isfinite(answers).all():
        raise EngineError(
            f"{name}: {runtime} returns shape {answers.shape} or values that are not finite; not written"
        )
    difference = float(np.abs(answers - expected).max())
    if form.exact:
        if difference > TOLERANCE:
            raise EngineError(
                f"{name}: {runtime} differs from the engine by {difference:.1e}, more than "
                f"{TOLERANCE:g}; not written"
            )
        return Verification(runtime, len(images), difference), ""
    before, after = (
        metrics.classification_metrics(x, letters.labels, letters.classes).accuracy
        for x in (expected, answers)
    )
    if 100 * (before - after) > MAX_ACCURACY_LOSS:
        raise EngineError(
            f"{name}: accuracy {100 * after:.1f} % instead of {100 * before:.1f} %, more than "
            f"{MAX_ACCURACY_LOSS} points less; not written"
        )
    return Verification(runtime, len(images), difference, before, after), ""


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder within the folder; delete it afterwards."""
    room = temporary_path(folder / "export")
    with writing(folder):
        room.mkdir()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def _moved(paths: Sequence[Path], room: Path, folder: Path) -> list[Path]:
    """Move files from the temporary folder to their places; return these."""
    places = [folder / path.relative_to(room) for path in paths]
    with defer_interrupt():
        for path, place in zip(paths, places, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            replace(path, place)
    return places
