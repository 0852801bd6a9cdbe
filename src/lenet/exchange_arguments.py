"""What the commands that exchange models with other programs take."""

from __future__ import annotations

import argparse
from pathlib import Path

from lenet.command_arguments import model
from lenet.exporting.formats import FORMATS

FORMATS_HELP = "formats:\n" + "\n".join(
    f"  {name:<18} {form.about}" for name, form in FORMATS.items()
)


def add_export(sub: argparse.ArgumentParser) -> None:
    """What `lenet export` takes."""
    model(sub)
    sub.add_argument(
        "--to",
        type=_formats,
        required=True,
        metavar="FORMAT[,FORMAT...]",
        help="formats, listed below; all: every one of them",
    )
    sub.add_argument(
        "--data",
        default="glyphs",
        metavar="SPEC",
        help="letters that formats of 8 and 16 bits are measured with, and find the ranges of "
        "their numbers in (default: glyphs, those of the package)",
    )
    sub.add_argument("folder", type=Path, metavar="DIR", help="where the files go")


def _formats(text: str) -> list[str]:
    names = list(FORMATS) if text == "all" else list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"no format {name!r}; known: {', '.join(FORMATS)}")
    return names
