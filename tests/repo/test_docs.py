"""The documentation: links and anchors between its files exist."""

from __future__ import annotations

import re
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from repository import ROOT

sys.path.insert(0, str(ROOT / "tools" / "build"))
from platforms import PLATFORMS


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


PAGES = [path for path in tracked("*.md") if "fuzz" not in path.parts]


def prose(path: Path) -> str:
    """The page without its code."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "``", text)


@cache
def anchors(path: Path) -> set[str]:
    """The anchors of the headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:|mailto:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if target.parent == ROOT / "docs" / "generated":  # by `make docs`
            continue
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


def test_mentions_of_pages_in_code_are_current() -> None:
    for path in tracked("*.py", "*.ts", "*.h", "*.hpp", "*.cpp", "Makefile"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"(?<![\w/])docs/[\w/-]+\.md", text):
            assert (ROOT / name).is_file(), f"{path.relative_to(ROOT)} mentions {name}"


def test_every_invariant_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tests = {path.name for path in tracked("tests/*.py", "web/tests/*.ts")}
    items = re.findall(r"^- Invariant: (.*?)(?=^- |^$)", text, re.MULTILINE | re.DOTALL)
    assert len(items) >= 30
    for item in items:
        named = re.findall(r"`(\w+\.py|\w+\.test\.ts)`", item.rpartition("(")[2])
        assert named, item
        assert set(named) <= tests, item


@pytest.mark.parametrize("folder", ["src/lenet", "web/src"])
def test_the_architecture_has_a_section_for_every_room(folder: str) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = tracked(folder)
    rooms = {path.relative_to(ROOT / folder).parts[0] for path in files}
    rooms -= {"__init__.py", "__main__.py", "py.typed"}
    headings = " ".join(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert {room.removesuffix(".py") for room in rooms} <= set(re.findall(r"`(\w+)`", headings))


def test_the_wheel_that_the_readme_installs_is_the_one_it_builds() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    built, pattern = re.findall(r"wheels\.py (\S+) .*\n.*dist/(\S+\.whl)", readme)[0]
    names = {name: f"lenet-0.1.0-py3-none-{platform.tags}.whl" for name, platform in PLATFORMS.items()}
    assert [name for name, wheel in names.items() if fnmatch(wheel, pattern)] == [built]
