"""The files that a public forge and its tools read: valid, and in agreement with each other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import lenet
from needs import missing
from repository import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
YAML_FILES = [
    *ROOT.glob(".github/**/*.yml"),
    ROOT / ".pre-commit-config.yaml",
    ROOT / "CITATION.cff",
]


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def test_make_help_lists_every_target() -> None:
    make = shutil.which("make") or missing("no make on the PATH")
    command = [make, "--no-print-directory", "help"]  # make test may run this
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in printed.splitlines()} == make_targets()


@pytest.fixture(scope="module")
def homepage() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    urls = project["urls"]
    assert set(urls.values()) >= {urls["Homepage"], f"{urls['Homepage']}/issues"}
    return str(urls["Homepage"])


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_yaml_files_are_valid(path: Path) -> None:
    assert isinstance(read_yaml(path), dict)


def test_the_citation_agrees_with_the_project(homepage: str) -> None:
    citation = read_yaml(ROOT / "CITATION.cff")
    required = {"cff-version", "message", "title", "authors"}  # by the schema of version 1.2.0
    assert required <= citation.keys()
    assert citation["version"] == lenet.__version__
    assert citation["repository-code"] == homepage
    assert citation["license"] == "MIT"


def test_every_file_names_the_same_repository(homepage: str) -> None:
    package = json.loads((ROOT / "web" / "package" / "package.json").read_text(encoding="utf-8"))
    assert package["repository"]["url"] == f"git+{homepage}.git"
    for name in ("SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("mozilla/diversity", "")
        assert set(re.findall(r"https://github\.com/\w+/\w+", text)) == {homepage}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_make_targets_and_pin_actions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"run: make ([a-z-]+)", text)) <= make_targets()
    for use in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}|\./\.github/workflows/\w+\.yml", use), use
    workflow = read_yaml(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job or "uses" in job or "needs" in job


def test_reusable_workflows_exist() -> None:
    for path in WORKFLOWS:
        for name in re.findall(r"uses: \./(\S+)", path.read_text(encoding="utf-8")):
            assert "workflow_call" in read_yaml(ROOT / name)[True]  # YAML 1.1 reads `on` as true


def test_commit_hooks_download_nothing() -> None:
    for repository in read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert repository["repo"] == "local"
        assert {hook["language"] for hook in repository["hooks"]} == {"system"}


def test_dependabot_watches_every_lock_file() -> None:
    command = ["git", "ls-files", "*package-lock.json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = done.stdout.split()
    updates = read_yaml(ROOT / ".github" / "dependabot.yml")["updates"]
    [npm] = [update for update in updates if update["package-ecosystem"] == "npm"]
    assert set(npm["directories"]) == {f"/{Path(name).parent.as_posix()}" for name in tracked}


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", text, re.MULTILINE)
    assert versions[0] == ("Unreleased", "")
    assert all(date for _, date in versions[1:])
    assert versions[1][0] == lenet.__version__
    for name, _ in versions:
        assert f"\n[{name}]: https://" in text
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds


@pytest.mark.parametrize(
    ("subject", "accepted"),
    [
        ("exporters: calibrate int8 on training images", True),
        ("web/pad: undo a stroke by Ctrl Z", True),
        ("Merge branch 'main' into topic", True),
        ("Calibrate int8 on training images", False),
        ("exporters: calibrate int8 on training images.", False),
        ("exporters: " + "long " * 30 + "subject", False),
    ],
)
def test_the_subject_of_a_commit_is_checked(subject: str, accepted: bool, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_text(subject + "\n\nA body.\n", encoding="utf-8")
    command = [sys.executable, str(ROOT / "tools" / "commit_subject.py"), str(message)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if accepted else 1)
    assert accepted == (done.stderr == "")
