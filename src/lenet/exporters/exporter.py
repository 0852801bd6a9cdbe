"""A model into files of other formats, each proven in its own runtime before it counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet._util import rng
from lenet._util.files import defer_interrupt, ensure_dir, writing
from lenet.datasets import Dataset, TrainTest
from lenet.errors import DataError, EngineError, MissingDependencyError
from lenet.exporters import manifest
from lenet.exporters.ir import Graph, lowered
from lenet.exporters.registry import FORMATS, Format
from lenet.models import file as model_file

TOLERANCE = 1e-5  # of a probability
LOSS = 0.5  # of accuracy, in points, that fewer bits may cost
LETTERS, NOISE = 96, 30  # images that a file is proven with, besides blank and full
CALIBRATION = 512  # training letters that the ranges of 8-bit numbers are taken from
MEASURED = 2000  # test letters that are read to see what fewer bits cost; some runtimes are slow


class Proof(NamedTuple):
    """That a file's own runtime answers as the engine does.

    runtime     its name and version
    images      how many it was asked
    difference  the largest of a probability
    before      share of the letters that the engine reads; None where the format is exact
    after       the same of the runtime
    """

    runtime: str
    images: int
    difference: float
    before: float | None = None
    after: float | None = None


class Exported(NamedTuple):
    """A format that was written.

    files   their paths, that which a user opens first
    proof   None where its runtime is not installed, and
    remedy  how to get it
    """

    name: str
    files: tuple[Path, ...]
    proof: Proof | None
    remedy: str = ""


def export(
    model: model_file.Model,
    names: Sequence[str],
    folder: Path,
    letters: TrainTest,
    progress: Callable[[str], None] = lambda name: None,
    done: Callable[[Exported], None] = lambda one: None,
    missing: Callable[[str, str], None] | None = None,
) -> list[Exported]:
    """Writes a model in several formats into a folder, and manifest.json beside them.

    names     keys of FORMATS
    letters   at most 512 of the training part calibrate the ranges of 8-bit numbers, and at most
              2,000 of the test part measure what formats of fewer bits cost; exact formats take
              letters of any classes
    progress  is told which format comes next
    done      is told of each that was written
    missing   is told of each that lacks a package or letters of the model's classes, and how to
              get them; without it that is an error

    A file takes its name only when its runtime has answered as the engine does: within 1e-5 of
    each probability, or, of 8 bits, with at most half a point of accuracy lost. Raises LenetError
    otherwise, and for what a format cannot say; the formats before that are there and listed.
    """
    sample = letters.train if len(letters.train) else letters.test
    if not len(sample):
        raise DataError("no letters to prove the files with; name a data set that has some")
    whole = lowered(model, sample.images[evenly(len(sample), CALIBRATION)])
    measured = letters.test.take(evenly(len(letters.test), MEASURED))
    lacking = _lacking(model, letters)
    written = []
    ensure_dir(folder)
    for name in names:
        progress(name)
        if lacking and not FORMATS[name].exact:
            if missing is None:
                raise DataError(f"{name}: {lacking}")
            missing(name, lacking)
            continue
        with _aside(folder) as room:
            try:
                paths = FORMATS[name].writer.write(whole, room)
            except MissingDependencyError as error:
                if missing is None:
                    raise
                missing(name, str(error))
                continue
            proof, remedy = _proven(FORMATS[name], whole, paths, measured, name)
            state = getattr(FORMATS[name].writer, "state", None)
            if state and proof:
                state(paths, proof.before, proof.after, measured)
            one = Exported(name, tuple(_placed(paths, room, folder)), proof, remedy)
        manifest.add(folder, model, name, one.files, proof and proof._asdict())
        written.append(one)
        done(one)
    return written


def _lacking(model: model_file.Model, letters: TrainTest) -> str:
    """Why letters cannot calibrate and measure a model's approximate formats; "" where they can."""
    if not len(letters.train) or not len(letters.test):
        count = len(letters.train) + len(letters.test)
        number = "1 letter is" if count == 1 else f"{count} letters are"
        return (
            f"{number} too few to calibrate 8 bits with one part and measure on another; give more "
            "with --data"
        )
    if letters.test.classes != tuple(model.labels):
        return (
            f"{letters.test.describe_classes()}, but the model answers with {len(model.labels)}, "
            f"{model.labels[0]}..{model.labels[-1]}; give letters of the model's classes with "
            "--data"
        )
    return ""


def evenly(count: int, most: int) -> npt.NDArray[np.intp]:
    """At most so many of `count` places, as far apart as they lie."""
    return np.linspace(0, count - 1, min(most, count)).astype(np.intp)


def probes(whole: Graph) -> npt.NDArray[np.uint8]:
    """Images to prove a file with: letters, noise of all densities, blank and full ones."""
    rows, columns = whole.sides
    numbers = rng.uniform(NOISE * rows * columns, 0, rng.NOISE)
    density = np.linspace(0.02, 1, NOISE)[:, None, None]
    values = numbers.reshape(NOISE, rows, columns)
    noise = np.where(values < density, values / density * 255, 0).astype(np.uint8)
    plain = np.stack([np.zeros((rows, columns), np.uint8), np.full((rows, columns), 255, np.uint8)])
    letters = whole.sample[evenly(len(whole.sample), LETTERS)]
    return np.concatenate([letters, noise, plain])


def _proven(
    form: Format, whole: Graph, paths: Sequence[Path], letters: Dataset, name: str
) -> tuple[Proof | None, str]:
    """The proof, or none and the remedy; LenetError where it fails."""
    images = probes(whole) if form.exact else letters.images
    try:
        said = form.writer.run(paths, images)
        runtime = form.writer.runtime()
    except MissingDependencyError as missing:
        return None, str(missing)
    meant = whole.probabilities(images)
    if said.shape != meant.shape or not np.isfinite(said).all():
        raise EngineError(f"{name}: {runtime} answers {said.shape}, or not with numbers; not written")
    difference = float(np.abs(said - meant).max())
    if form.exact:
        if difference > TOLERANCE:
            raise EngineError(
                f"{name}: {runtime} answers {difference:.1e} beside the engine, more than "
                f"{TOLERANCE:g}; not written"
            )
        return Proof(runtime, len(images), difference), ""
    before, after = (
        metrics.classification_metrics(x, letters.labels, letters.classes).accuracy for x in (meant, said)
    )
    if 100 * (before - after) > LOSS:
        raise EngineError(
            f"{name}: reads {100 * after:.1f} % of the letters instead of {100 * before:.1f} %, "
            f"more than {LOSS} points less; not written"
        )
    return Proof(runtime, len(images), difference, before, after), ""


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder within the folder, gone afterwards."""
    with writing(folder), tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as room:
        yield Path(room)


def _placed(paths: Sequence[Path], room: Path, folder: Path) -> list[Path]:
    """Moves files from a folder aside to where they belong."""
    places = [folder / path.relative_to(room) for path in paths]
    with defer_interrupt():
        for path, place in zip(paths, places, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    return places
