"""Files in, answers out: `lenet predict`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet import ink
from lenet.errors import LenetError
from lenet.inference.recognizer import Recognition, Recognizer, load
from lenet.metrics.decision import Verdict

BATCH = 256

Letter = tuple[str, npt.NDArray[np.uint8] | None]
"""Where a letter came from, and its image uint8 (28, 28); None for an empty drawing."""


def read_letters(file: str, pen: float = ink.DEFAULT_PEN) -> Iterator[Letter]:
    """The letters of a stroke file ("-": standard input), an NPZ file or a picture, in order.

    pen  how wide strokes are drawn, as `lenet.ink.rasterise` has it

    Raises LenetError at the first one that cannot be read.
    """
    from lenet.datasets.readers.npz import read_images

    kind = _kind(file)
    if kind == "strokes":
        for drawing in ink.read_drawings(file):
            try:
                image = ink.rasterise(drawing.strokes, pen)
            except LenetError as error:
                raise LenetError(f"{drawing.source}: {error}") from None
            yield drawing.source, image
    elif kind == "npz":
        for number, image in enumerate(read_images(file), 1):
            yield f"{file}:{number}", image
    else:
        yield file, ink.rasterise_picture(ink.read_picture(file))


def _kind(file: str) -> str:
    """What a file holds: by its name where that says it, else by its first bytes."""
    from lenet.datasets.registry import file_kind

    name, path = file.lower(), Path(file)
    if file == "-" or name.endswith((".jsonl", ".jsonl.gz")):
        return "strokes"
    if name.endswith(".npz"):
        return "npz"
    if path.exists() and not path.is_file() and not path.is_dir():
        return "strokes"  # a pipe: it can be read only once, so its bytes cannot decide
    kind = file_kind(file)
    if kind.startswith("idx"):
        raise LenetError(f"{file}: a labelled data set; give it to `lenet evaluate --data`")
    return kind


def as_line(source: str, answer: Recognition) -> str:
    """One answer as JSON, the form that other programs rely on."""
    return json.dumps(
        {
            "source": source,
            "letter": answer.letter,
            "candidates": [[letter, round(share, 7)] for letter, share in answer.candidates],
            "verdict": answer.verdict,
        }
    )


def as_text(source: str, answer: Recognition) -> str:
    """One answer for people: the letter, the verdict where it is no plain letter, then all five
    candidates with their probabilities in per cent."""
    shares = [f"{letter} {100 * share:.1f}" for letter, share in answer.candidates]
    said = [] if answer.verdict == Verdict.LETTER else [f"{answer.verdict}:" if shares else answer.verdict]
    return f"{source}\t{answer.letter or '-'}\t{'  '.join([*said, *shares])}"


def predict_files(
    files: Sequence[str],
    model: str | Path | None,
    *,
    as_json: bool,
    complain: Callable[[LenetError], None],
) -> int:
    """Prints an answer for each letter; returns 0, or 1 when a file could not be read."""
    recognizer = load(model)
    form = as_line if as_json else as_text
    status = 0
    for file in files:
        letters = read_letters(file, recognizer.model.pen)
        while True:
            batch, error = _next(letters, 1 if file == "-" else BATCH)
            _print(batch, recognizer, form)
            if error:
                complain(error)
                status = 1
            if error or not batch:
                break
    return status


def _next(letters: Iterator[Letter], most: int) -> tuple[list[Letter], LenetError | None]:
    """Up to `most` letters, and the error that ended them."""
    batch: list[Letter] = []
    try:
        for letter in islice(letters, most):
            batch.append(letter)
    except LenetError as error:
        return batch, error
    return batch, None


def _print(batch: Sequence[Letter], recognizer: Recognizer, form: Callable[[str, Recognition], str]) -> None:
    answers = recognizer.recognize_images([image for _, image in batch])
    for (source, _), answer in zip(batch, answers, strict=True):
        print(form(source, answer))
    if batch:
        print(end="", flush=True)
