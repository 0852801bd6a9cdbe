"""What the commands that exchange models with other programs take."""

from __future__ import annotations

import argparse
from pathlib import Path

from lenet.cli.argument_types import number
from lenet.cli.command_arguments import model
from lenet.engine.abi import MAX_PEN, MIN_PEN
from lenet.exporters.registry import FORMATS
from lenet.importers.registry import READERS

FORMATS_HELP = "formats:\n" + "\n".join(f"  {name:<18} {form.about}" for name, form in FORMATS.items())

READERS_HELP = "formats, told by a file's first bytes:\n" + "\n".join(
    f"  {about}" for about in READERS.values()
)


def add_export(sub: argparse.ArgumentParser) -> None:
    """What `lenet export` takes."""
    model(sub)
    sub.add_argument(
        "--to",
        type=_formats,
        required=True,
        metavar="FORMAT[,FORMAT...]",
        help="formats, listed below; all: every one that the installed packages can write",
    )
    sub.add_argument(
        "--data",
        default="glyphs",
        metavar="SPEC",
        help="letters of the model's classes for the formats of 8 and 16 bits: four fifths "
        "calibrate the ranges of 8 bits, the other fifth measures the accuracy (default: glyphs, "
        "those of the package)",
    )
    sub.add_argument("folder", type=Path, metavar="DIR", help="where the files go")


def _formats(text: str) -> list[str]:
    names = list(FORMATS) if text == "all" else list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"no format {name!r}; known: {', '.join(FORMATS)}")
    return names


def add_import(sub: argparse.ArgumentParser) -> None:
    """What `lenet import` takes."""
    sub.add_argument("file", type=Path, metavar="FILE|FOLDER", help="a model, or the folder of a model.json")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="the model file to write")
    sub.add_argument(
        "--arch",
        metavar="NAME|FILE",
        help="for state dicts: which network the weights are of, by name or as a specification in "
        "JSON (docs/reference/importing.md)",
    )
    sub.add_argument(
        "--input",
        type=_range,
        metavar="LOW..HIGH",
        help="what pixels 0 and 255 are to the model, such as 0..255, or --input=-1..1 (default: "
        "what its first layer says, else 0..1)",
    )
    sub.add_argument(
        "--transposed",
        action="store_true",
        help="it was trained on EMNIST as the files have it, with rows and columns exchanged",
    )
    sub.add_argument(
        "--labels",
        default="",
        metavar="TEXT",
        help="what each output means, a character each (default: A to Z of 26 outputs, 0 to 9 of 10)",
    )
    sub.add_argument(
        "--drop-first",
        action="store_true",
        help="leave out the first output, never used where labels began with 1, as EMNIST's do",
    )
    sub.add_argument(
        "--pen",
        type=number(float, MIN_PEN, MAX_PEN),
        metavar="X",
        help="how wide strokes are drawn for it, a share of their longer side (default: as usual)",
    )


def _range(text: str) -> tuple[float, float]:
    low, dots, high = text.partition("..")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    if not dots or not 0 < abs(ends[1] - ends[0]) < 1e6 or not max(map(abs, ends)) < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no range, such as 0..1, 0..255 or -1..1")
    return ends
