"""The code of the documentation runs and prints what the pages say; formats.md has its own test."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from doc_blocks import blocks, run_page, write_examples
from playwright.sync_api import BrowserContext, expect

from browser import plain_host
from drawing import L, draw
from lenet import models
from packaged import program
from repository import ROOT

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs"
OTHERS_TEST = {"formats.md", "serve.md", *(path.name for path in (DOCS / "how-to").glob("add-a*.md"))}
"""Pages with tests of their own: test_formats_page, test_serve_page, test_web_how_to and test_how_to."""
PAGES = [
    ROOT / "README.md",
    ROOT / "web" / "package" / "README.md",
    *sorted(
        path
        for path in DOCS.rglob("*.md")
        if path.name not in OTHERS_TEST and not {"generated", "research"} & {*path.parts}
    ),
]
RUN = {"python", "console", "toml"}
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
    write_examples(tmp_path)
    strokes = [[[0, 0], [0, 10]], [[0, 10], [6, 10]]]
    line = json.dumps({"label": "l", "strokes": strokes})
    Path("drawings.jsonl").write_text(line + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", having(*RUN), ids=name)
def test_python_and_commands_do_what_the_page_says(page: Path, folder: Path) -> None:
    run_page(page)


@pytest.mark.parametrize("page", having("json"), ids=name)
def test_json_is_valid(page: Path) -> None:
    for block in blocks(page):
        if block.language == "json":
            value = json.loads(block.code)
            if "layers" in value:
                models.Spec.from_json(value)


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
        for module in re.findall(r"\bpython -m (benchmarks[\w.]+)", text):
            if "rasterizing" not in module:  # the guide makes it
                assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), f"{name(page)}: {module}"


def code_of(page: Path, language: str) -> list[str]:
    return [block.code for block in blocks(page) if block.language == language]


@pytest.fixture
def site(files: dict[str, bytes], tmp_path: Path) -> Path:
    """A folder with the npm package as `lenet/`."""
    (tmp_path / "lenet").mkdir()
    for file, content in files.items():
        (tmp_path / "lenet" / file).write_bytes(content)
    shutil.copyfile(ROOT / "web" / "public" / "icon.svg", tmp_path / "favicon.ico")
    return tmp_path


@pytest.mark.parametrize("page", having("html"), ids=name)
def test_the_pads_of_html_read_a_letter(page: Path, site: Path, context: BrowserContext) -> None:
    for code in code_of(page, "html"):
        (site / "index.html").write_text(code, encoding="utf-8")
        with plain_host(site) as url:
            tab = context.new_page()
            tab.goto(url)
            tab.evaluate(
                "addEventListener('recognize', ({ detail }) => { document.title = detail.letter ?? ''; })"
            )
            draw(tab, L, pad="lenet-pad canvas")
            expect(tab).to_have_title("L")


@pytest.mark.parametrize("page", having("js"), ids=name)
def test_the_javascript_reads_a_letter(page: Path, site: Path, context: BrowserContext) -> None:
    """In Chromium, with the package's name as its path and strokes that the code may use."""
    for code in code_of(page, "js"):
        module = code.replace('"lenet"', '"./lenet/index.js"')
        script = f"const strokes = [[[0, 0], [0, 10]], [[0, 10], [6, 10]]];\n{module}document.title = letter;"
        (site / "script.js").write_text(script, encoding="utf-8")
        (site / "index.html").write_text('<script type="module" src="script.js"></script>')
        with plain_host(site) as url:
            tab = context.new_page()
            tab.goto(url)
            expect(tab).to_have_title("L")


ANGULAR = """
export declare function Component(options: object): ClassDecorator;
export declare const CUSTOM_ELEMENTS_SCHEMA: object;
export declare function signal<T>(value: T): { (): T; set(value: T): void };
"""
"""The types of @angular/core that the examples use."""


@pytest.mark.packaging
@pytest.mark.parametrize("page", having("ts"), ids=name)
def test_the_typescript_compiles(page: Path, files: dict[str, bytes], tmp_path: Path) -> None:
    for package, contents in {
        "lenet": files,
        "@angular/core": {
            "package.json": b'{"name": "@angular/core", "types": "index.d.ts"}',
            "index.d.ts": ANGULAR.encode(),
        },
    }.items():
        folder = tmp_path / "node_modules" / package
        folder.mkdir(parents=True)
        for file, content in contents.items():
            (folder / file).write_bytes(content)
    options = {"strict": True, "noEmit": True, "module": "nodenext", "experimentalDecorators": True}
    options |= {"target": "es2022", "lib": ["ES2022", "DOM"], "types": []}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for number, code in enumerate(code_of(page, "ts")):
        (tmp_path / f"block{number}.ts").write_text(code, encoding="utf-8")
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    command = [program("node"), str(compiler)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
