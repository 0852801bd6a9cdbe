"""Follow a how-to guide in a copy of the repository.

A guide says what to do with each block in the line before it: "Create `path`:", or
"Add to `path`, after `line`:" (or "before"), where `line` is a whole line without its indent.
"Replace in `path` `old` by `new`." stands alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from repository import ROOT

STEP = re.compile(
    r"^(?:(?:Create|Add to) `(?P<path>[^`]+)`"
    r"(?:, (?P<where>after|before) (?P<tick>`+)(?P<line>.+?)(?P=tick))?:\n\n"
    r"(?P<fence>`{3,})[^\n]*\n(?P<text>.*?)^(?P=fence)$"
    r"|Replace in `(?P<file>[^`]+)` `(?P<old>[^`]+)` by `(?P<new>[^`]+)`\.$)",
    re.MULTILINE | re.DOTALL,
)
COPIED = ("src", "core", "tools", "tests", "docs", "benchmarks", "web")
IGNORED = shutil.ignore_patterns("__pycache__", "static", "node_modules", "fuzz", "generated", "*.png")


def copy_repository(folder: Path) -> Path:
    """Return a copy of the sources and the files of the top folder, below `folder`."""
    copy = folder / "copy"
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=IGNORED)
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy(path, copy / path.name)
    return copy


def follow(guide: Path, copy: Path) -> set[str]:
    """Do what a guide says, in a copy; return the paths of the files that it touched."""
    touched = set()
    for step in STEP.finditer(guide.read_text(encoding="utf-8")):
        name = step["path"] or step["file"]
        path = copy / name
        touched.add(name)
        if step["file"]:
            text = path.read_text(encoding="utf-8")
            assert text.count(step["old"]) == 1, f"{name}: not once {step['old']}"
            path.write_text(text.replace(step["old"], step["new"]), encoding="utf-8")
            continue
        if step["where"] is None:
            assert not path.exists(), f"{name} exists"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["text"], encoding="utf-8")
            continue
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        places = [n for n, line in enumerate(lines) if line.strip() == step["line"]]
        assert places, f"{name} has no line {step['line']}"
        place, *others = places
        assert path.suffix == ".md" or not others, f"{name}: several {step['line']}"
        lines.insert(place + (step["where"] == "after"), step["text"])
        path.write_text("".join(lines), encoding="utf-8")
    return touched


def run_in_copy(folder: Path, *arguments: str) -> str:
    """Return what Python prints in a folder of a copy, with the copy's package."""
    [copy] = [path for path in (folder, *folder.parents) if (path / "src" / "lenet").is_dir()]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
