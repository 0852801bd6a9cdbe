"""The code of the documentation runs and prints what the pages say; formats.md has its own test."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from doc_blocks import blocks, run_page
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from browser import plain_host
from drawing import L, draw
from lenet import datasets, models

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
OTHERS_TEST = {"formats.md", "add-a-language.md", "add-a-view.md"}
"""Pages whose code is run by test_formats_page.py and test_web_how_to.py."""
PAGES = [
    ROOT / "README.md",
    *sorted(
        path
        for path in DOCS.rglob("*.md")
        if path.name not in OTHERS_TEST and not {"generated", "research"} & {*path.parts}
    ),
]
RUN = {"python", "console"}
CHECKED = {"text", "json", "html", "js", "ts"}
"""Languages that the tests below check."""


def having(*languages: str) -> list[Path]:
    return [page for page in PAGES if any(b.language in languages for b in blocks(page))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the pages' examples read, in the current folder."""
    monkeypatch.chdir(tmp_path)
    picture = np.full((60, 50), 230, np.uint8)
    picture[8:52, 10:16] = picture[46:52, 10:40] = 30
    Image.fromarray(picture).save("photo.png")
    letters = datasets.load("glyphs")
    np.savez("letters.npz", images=letters.images[::40], labels=letters.labels[::40] + 1)
    strokes = [[[0, 0], [0, 10]], [[0, 10], [6, 10]]]
    line = json.dumps({"label": "l", "strokes": strokes})
    Path("drawings.jsonl").write_text(line + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("page", having(*RUN), ids=name)
def test_python_and_commands_do_what_the_page_says(page: Path, folder: Path) -> None:
    run_page(page)


@pytest.mark.parametrize("page", having("json"), ids=name)
def test_json_is_valid(page: Path) -> None:
    for block in blocks(page):
        if block.language == "json":
            value = json.loads(block.code)
            if "layers" in value:
                models.plan(value)


def test_every_language_is_checked() -> None:
    for page in PAGES:
        for block in blocks(page):
            known = block.language in RUN | CHECKED or block.language.startswith("{")
            assert known, f"{name(page)}: no test runs ```{block.language}"


def test_make_targets_and_scripts_that_the_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"(?:^    |`)make ([a-z][a-z-]*)", text, re.MULTILINE):
            assert target in targets, f"{name(page)}: make {target}"
        for script in re.findall(r"\bpython (\w[\w./-]*\.py)", text):
            assert (ROOT / script).is_file(), f"{name(page)}: {script}"


def test_the_page_of_the_tutorial_reads_a_letter(
    files: dict[str, bytes], context: BrowserContext, tmp_path: Path
) -> None:
    [block] = [b for b in blocks(DOCS / "tutorials" / "web-page.md") if b.language == "html"]
    (tmp_path / "lenet").mkdir()
    for file, content in files.items():
        (tmp_path / "lenet" / file).write_bytes(content)
    (tmp_path / "index.html").write_text(block.code, encoding="utf-8")
    shutil.copyfile(ROOT / "web" / "public" / "icon.svg", tmp_path / "favicon.ico")
    with plain_host(tmp_path) as url:
        page = context.new_page()
        page.goto(url)
        draw(page, L, pad="lenet-pad canvas")
        expect(page.locator("output")).to_have_text("L")
