"""The check of prose and identifiers: each kind of finding, and none for plain code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from repository import ROOT


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_words", ROOT / "tools" / "check_words.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("found = 1\n", "a variable found; call it what it is"),
        ("for said in 'ab':\n    pass\n", "a variable said; call it what it is"),
        ("def f(given):\n    return given\n", "a variable given; call it what it is"),
        ("if (shown := f()):\n    pass\n", "a variable shown; call it what it is"),
        ("from lenet._util.bounded import shown\nresult = shown(x)['found']\n", None),
        ("# This is no model.\n", '"is no"; write "is not a"'),
        ('"""What it does."""\n', 'opens with "What"; the subject is the thing itself'),
        ("top_five = 1\n", "top_five is now called top5_accuracy"),
        ("raise DataError(f'{place}: this is no model')\n", '"is no"; write "is not a"'),
        ("add('--x', help='letters for whom')\n", '"whom"; name the person or thing'),
        ("# Rasterises strokes.\n", '"Rasterises"; write "Rasterizes"'),
        ("# The color of ink.\n", '"color"; write "colour"'),
        ("# Otherwise noise is raised to `color`, and revised.\n", None),
    ],
)
def test_each_kind_of_finding(tool: ModuleType, tmp_path: Path, text: str, problem: str | None) -> None:
    path = tmp_path / "code.py"
    path.write_text(text)
    assert [finding.problem for finding in tool.findings(path, "code.py")] == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        ("web/src/i18n/en/page.ts", 'export const words = { a: `This is no ${"x"}.` };\n', 1),
        ("web/src/i18n/en/page.ts", 'export const words = { a: "What the network mixes up" };\n', 0),
        ("web/src/ui/page.ts", 'const text = "This is no text.";\n', 0),
        ("page.html.j2", "<p class='center'>{{ color }} This is no letter.</p>\n", 1),
        ("page.md", "The `color` is grey, and `initialise` initializes.\n", 0),
    ],
)
def test_texts_of_the_page_and_of_templates(
    tool: ModuleType, tmp_path: Path, name: str, text: str, problems: int
) -> None:
    path = tmp_path / Path(name).name
    path.write_text(text)
    assert len(list(tool.findings(path, name))) == problems
