"""Code blocks of the documentation, and how those in Python and of the command line run.

A page's blocks run in their order, in one folder and one Python session. A block ```text after a
block ```python is what that prints. A block ```console holds commands after `$`, each followed by
what it prints; a command that is followed by nothing is parsed and not run. In both, `...` stands
for any text. A block ```toml is written as the file that its first line, a comment, names.
"""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from lenet import datasets
from lenet.cli import main as cli


class Block(NamedTuple):
    """A block of code, with its heading and the language of its fence."""

    heading: str
    language: str
    code: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in their order."""
    heading = ""
    fence = re.compile(r"^#+ ([^\n]+)$|^(`{3,})([^\n]*)\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
    for match in fence.finditer(page.read_text(encoding="utf-8")):
        if match[1]:
            heading = match[1]
        else:
            yield Block(heading, match[3], match[4])


def matches(printed: str, expected: str) -> bool:
    """Tell whether a text is as expected, where `...` stands for any text."""
    parts = [re.escape(part) for part in expected.strip().split("...")]
    return re.fullmatch(".*".join(parts), printed.strip(), re.DOTALL) is not None


class Session:
    """Runs a page's blocks, one after another, in the current folder."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def python(self, code: str) -> str:
        """Return what the code prints."""
        with redirect_stdout(io.StringIO()) as out:
            exec(compile(code, "<documentation>", "exec"), self.names)
        return out.getvalue()

    def command(self, line: str) -> str:
        """Return what a command of the shell's `lenet` prints, in process."""
        program, *arguments = shlex.split(line, comments=True)
        assert program == "lenet", line
        with redirect_stdout(io.StringIO()) as out:
            assert cli.main(arguments) == 0, line
        return out.getvalue()


def parse(line: str) -> None:
    """Check that the command line accepts a command."""
    program, *arguments = shlex.split(line, comments=True)
    assert program == "lenet", line
    with pytest.raises(SystemExit) if {"--help", "--version"} & {*arguments} else nullcontext():
        cli.parser().parse_args(arguments)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what it prints."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        line, _, printed = part.replace("\\\n", " ").partition("\n")
        yield line, printed


def run_page(page: Path) -> None:
    """Run a page's Python and console blocks; fail where one prints something else."""
    session = Session()
    every = list(blocks(page))
    for block, after in zip(every, [*every[1:], Block("", "", "")], strict=True):
        if block.language == "toml":
            Path(block.code.partition("\n")[0].lstrip("# ")).write_text(block.code, encoding="utf-8")
        elif block.language == "python":
            printed = session.python(block.code)
            expected = after.code if after.language == "text" else ""
            assert matches(printed, expected), f"{block.code}\nprints\n{printed}"
        elif block.language == "console":
            for line, expected in commands(block):
                if not expected.strip():
                    parse(line)
                    continue
                printed = session.command(line)
                assert matches(printed, expected), f"{line}\nprints\n{printed}"


def write_examples(folder: Path) -> None:
    """Write the picture photo.png and the data set letters.npz that the pages' examples read."""
    picture = np.full((60, 50), 230, np.uint8)
    picture[8:52, 10:16] = picture[46:52, 10:40] = 30
    Image.fromarray(picture).save(folder / "photo.png")
    letters = datasets.load("font-letters")
    np.savez(folder / "letters.npz", images=letters.images[::40], labels=letters.labels[::40] + 1)
