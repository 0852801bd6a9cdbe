"""The code of docs/reference/formats.md runs beside its files and prints what the page says.

A block of code under `## NAME`, or `## NAME, NAME`, runs in a folder with these formats of the
package's model; what it prints is the block ```text after it. The blocks before the first such
heading prepare that folder. Formats whose runtimes are too large for the usual environment are
another test's: tests/unit/exporters/verify_formats_page.py.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from compilers import clang, compile_c
from lenet import exporters
from lenet.exporters import FORMATS
from lenet.exporters.c.compiler import FLAGS
from lenet.models import DEFAULT_MODEL, load_model
from made import real_letters
from repository import ROOT

pytestmark = pytest.mark.runtime

if TYPE_CHECKING:
    from javascript import Run

PAGE = ROOT / "docs" / "reference" / "formats.md"
APART = {"torch"}  # `make verify-exports`
LANGUAGES = ("c", "js", "python")  # each has a way to be run below


class Example(NamedTuple):
    heading: str
    language: str
    code: str
    printed: str

    @property
    def formats(self) -> list[str]:
        return [name for name in self.heading.split(", ") if name in FORMATS]


def examples() -> Iterator[Example]:
    _, *parts = re.split(r"^## (.+)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for (language, code), (after, printed) in zip(blocks, [*blocks[1:], ("", "")], strict=False):
            if language in LANGUAGES:
                assert after == "text", f"{heading}: say what the block prints"
                yield Example(heading, language, code, printed)


EXAMPLES = list(examples())
GENERAL = [one for one in EXAMPLES if not one.formats]
OF_FORMATS = [one for one in EXAMPLES if one.formats and APART.isdisjoint(one.formats)]
OF_APART = [one for one in EXAMPLES if not APART.isdisjoint(one.formats)]


def python(code: str, folder: Path) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compiled(code: str, folder: Path) -> str:
    (folder / "example.c").write_text(code)
    compile_c(clang(), folder, *FLAGS, "example.c", "-o", "example", "-lm")
    return subprocess.check_output([folder / "example"], text=True)


def prepared(made: Path, chosen: Sequence[Example]) -> Path:
    """A folder with the files that these examples are about, and what the page makes first."""
    graph = exporters.lower(load_model(DEFAULT_MODEL), real_letters().images)
    for name in sorted({name for one in chosen for name in one.formats}):
        FORMATS[name].writer.write(graph, made)
    for one in GENERAL:
        assert python(one.code, made) == one.printed
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every format of the page."""
    return prepared(tmp_path_factory.mktemp("exports"), OF_FORMATS)


@pytest.mark.parametrize("example", OF_FORMATS, ids=lambda one: f"{one.heading}-{one.language}")
def test_the_code_runs(
    example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    monkeypatch.setenv("KERAS_HOME", str(folder / "settings"))
    if example.language == "js":
        in_chromium: Run = request.getfixturevalue("in_chromium")
        files = [path for path in folder.rglob("*") if path.is_file()]
        output = in_chromium(
            example.code,
            {path.relative_to(folder).as_posix(): path.read_bytes() for path in files},
        )
    elif example.language == "c":
        output = compiled(example.code, folder)
    else:
        output = python(example.code, folder)
    assert output == example.printed


def test_the_page_tells_of_every_format() -> None:
    formats = {name for one in EXAMPLES for name in one.formats}
    assert formats == set(FORMATS) - {"safetensors"}  # which has a page of its own
