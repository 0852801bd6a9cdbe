"""The npm package for tests: built, served under the page's strict policy, and Python beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from browser import serving
from lenet.inference.recognizer import Recognition, Recognizer
from lenet.models import PRETRAINED_DIR, load_model
from needs import missing
from once import once
from repository import DATA, ROOT

BUILT = ROOT / "build" / "package"
MODEL = PRETRAINED_DIR / "holzweber2021.safetensors"
"""A model of 32 bits that is served beside the package."""


def build() -> dict[str, bytes]:
    """Build the package; return its files by name."""
    subprocess.run([sys.executable, ROOT / "tools" / "build" / "npm_package.py"], check=True)
    return {path.name: path.read_bytes() for path in sorted(BUILT.iterdir())}


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        missing(f"no {name} on the PATH")
    return path


@pytest.fixture(scope="session")
def package(run_folder: Path) -> Path:
    """A folder with the built package as `lenet`, and its model with weights of 32 bits."""

    def make(folder: Path) -> None:
        build()
        shutil.copytree(BUILT, folder / "lenet")
        shutil.copy(ROOT / "build" / "model.safetensors", folder)

    return once(run_folder, "package", make)


@pytest.fixture(scope="session")
def files(package: Path) -> dict[str, bytes]:
    """The files of the package by their names."""
    return {path.name: path.read_bytes() for path in sorted((package / "lenet").iterdir())}


@pytest.fixture(scope="session")
def site(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as `lenet`, and what asks it."""
    folder = tmp_path_factory.mktemp("site") / "site"
    shutil.copytree(DATA / "package", folder)
    (folder / "lenet").mkdir()
    for name, content in files.items():
        (folder / "lenet" / name).write_bytes(content)
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copyfile(ROOT / "web" / "public" / "icon.svg", folder / "favicon.svg")
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site under the policy of the page, with a model of 32 bits at /model.safetensors."""
    with serving(MODEL, site) as url:
        yield url


@pytest.fixture
def strict(context: BrowserContext, address: str) -> Iterator[Page]:
    """The site's page; it may ask no other, and nothing may complain."""
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    context.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    yield page
    assert complaints == []
    assert [url for url in requests if not url.startswith(address)] == []


@pytest.fixture(scope="session")
def python(package: Path) -> Recognizer:
    """Python with the model of the package, its weights as they are unpacked."""
    return Recognizer(load_model(package / "model.safetensors"))


def assert_same(actual: dict[str, Any], expected: Recognition) -> None:
    """Compare an answer of the page with one of Python."""
    assert (actual["letter"], actual["verdict"]) == (expected.letter, expected.verdict)
    shares = dict(expected.candidates)
    assert abs(actual["confidence"] - expected.confidence) < 1e-5
    for (name, share), (_, other) in zip(actual["candidates"], expected.candidates, strict=True):
        # Two letters that are as good as equally probable may change places.
        assert abs(share - shares.get(name, share)) < 1e-5
        assert abs(share - other) < 1e-5
