"""`lenet predict`: the letters in files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.cli import predict_out
from lenet.cli.arguments import add_model
from lenet.cli.progress import progress_bar
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.inference.inputs import Input
    from lenet.inference.recognizer import Recognition, Recognizer

EPILOG = """examples:
  lenet predict photo.png
  lenet predict scans/
  lenet predict --json drawings.jsonl.gz letters.npz
  cat drawings.jsonl | lenet predict -
  lenet predict scans.tar letters.npz --out predictions/
  lenet predict --out predictions/ --verify
  lenet predict --out predictions/ --risk labels.json --drift

The exit status is 1 when a file cannot be read; the letters of the other files are printed.
With --out, it is 1 when the run did not end; run the same again, and it goes on."""

BATCH_SIZE = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet predict`."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="drawings (JSON Lines, UNIPEN, InkML, ...), a picture of one letter, an .npz of images, or "
        "a folder of these; - reads JSON Lines from standard input",
    )
    add_model(parser)
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object for each letter; with --out, for each event of the run",
    )
    predict_out.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print a line for each letter; return 1 when a file could not be read, else 0."""
    if predict_out.is_asked(args):
        return predict_out.run(args)
    from lenet.inference.inputs import read_inputs
    from lenet.inference.lines import as_json
    from lenet.inference.recognizer import load

    recognizer = load(args.model)
    to_line = as_json if args.json else as_text
    status = 0
    visible = sys.stdout.isatty()  # then the letters themselves show the progress
    with progress_bar(unit="letter", disable=visible or None) as bar:
        for file in chain.from_iterable(map(_expand, args.files)):
            inputs = read_inputs(file, recognizer.model.pen_width, _noting(file))
            count = 0
            while True:
                batch, error = _next_batch(inputs, 1 if file == "-" else BATCH_SIZE)
                _print(batch, recognizer, to_line)
                bar.update(len(batch))
                count += len(batch)
                if error:
                    hint = "" if count else _archive_hint(file, error)
                    print(f"lenet predict: {error}{hint}", file=sys.stderr)
                    status = 1
                if error or not batch:
                    break
            if not (count or error):
                print(f"lenet predict: {file}: no drawings in it", file=sys.stderr)
    return status


def as_text(source: str, recognition: Recognition) -> str:
    """Return the letter, the verdict unless it is "letter", and the candidates in per cent."""
    candidates = [f"{letter} {100 * p:.1f}" for letter, p in recognition.candidates]
    verdict = "" if recognition.verdict == "letter" else recognition.verdict
    if verdict and candidates:
        verdict += ":"
    details = "  ".join([verdict, *candidates] if verdict else candidates)
    return f"{source}\t{recognition.letter or '-'}\t{details}"


def _noting(file: str) -> Callable[[str], object]:
    """Return what prints a note on a file."""
    return lambda text: print(f"lenet predict: {file}: {text}", file=sys.stderr)


def _expand(name: str) -> list[str]:
    """Return the files of a folder that can be read, in order; a file is itself."""
    from lenet.inference.inputs import files_in_folder

    if not Path(name).is_dir():
        return [name]
    files, note = files_in_folder(Path(name))
    if note:
        print(f"lenet predict: {note}", file=sys.stderr)
    return files


def _archive_hint(file: str, error: LenetError) -> str:
    """Return how to read the pictures in an archive, if the error is that it was not read as one."""
    from lenet._util.sniff import FileType, sniff

    refusals = {FileType.ZIP: "a zip file, not", FileType.TAR: "no letter in it"}
    if not Path(file).is_file():  # there is none, or it is a pipe, which is read once
        return ""
    try:
        refusal = refusals.get(sniff(file))
    except LenetError:
        return ""
    return ", or add --out DIR to read pictures in it" if refusal and refusal in str(error) else ""


def _next_batch(inputs: Iterator[Input], size: int) -> tuple[list[Input], LenetError | None]:
    """Return up to `size` inputs, and the error that ended them."""
    batch: list[Input] = []
    try:
        for item in islice(inputs, size):
            batch.append(item)
    except LenetError as error:
        return batch, error
    return batch, None


def _print(
    batch: Sequence[Input], recognizer: Recognizer, to_line: Callable[[str, Recognition], str]
) -> None:
    recognitions = recognizer.recognize_images([image for _, image in batch])
    for (source, _), recognition in zip(batch, recognitions, strict=True):
        print(to_line(source, recognition))
    if batch:
        print(end="", flush=True)
