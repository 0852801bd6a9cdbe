"""The installation of npm's packages: only where packages of the lock file are missing."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from repository import ROOT

PACKAGES: Mapping[str, Any] = {
    "": {"name": "page"},
    "node_modules/axe-core": {"version": "4.11.0"},
    "node_modules/@a/b": {"version": "1.0.0"},
    "node_modules/other-platform": {"version": "2.0.0", "optional": True},
}


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "build"))
    monkeypatch.delitem(sys.modules, "build", raising=False)
    import build

    return build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose packages are installed, except the one of another platform."""
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": PACKAGES}), encoding="utf-8")
    here = {path: facts for path, facts in PACKAGES.items() if path and not facts.get("optional")}
    for path, facts in here.items():
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "package.json").write_text(json.dumps(facts), encoding="utf-8")
    (tmp_path / "node_modules" / ".package-lock.json").write_text(
        json.dumps({"packages": here}), encoding="utf-8"
    )
    return tmp_path


def calls(build: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Install; return the commands of npm."""
    commands: list[str] = []
    monkeypatch.setattr(build, "npm", lambda command, *_, **__: commands.append(command))
    build.install_packages(folder)
    return commands


def test_installed_packages_are_left_alone(
    build: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calls(build, folder, monkeypatch) == []


@pytest.mark.parametrize("lost", ["axe-core", "axe-core/package.json", "@a", ".package-lock.json"])
def test_a_lost_package_is_installed_again(
    build: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    path = folder / "node_modules" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert calls(build, folder, monkeypatch) == ["ci"]


def test_another_version_is_installed_again(
    build: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = folder / "node_modules" / "axe-core" / "package.json"
    package.write_text('{"version": "4.10.0"}', encoding="utf-8")
    assert calls(build, folder, monkeypatch) == ["ci"]


def test_a_newer_lock_file_is_installed(
    build: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = folder / "node_modules" / ".package-lock.json"
    os.utime(installed, (0, 0))
    assert calls(build, folder, monkeypatch) == ["ci"]
