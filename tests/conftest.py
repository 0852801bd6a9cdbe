"""Fixtures of several test files."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lenet._util.paths import shared_folder
from needs import missing

# A plugin comes before the plugins that import it.
pytest_plugins = [
    "once",
    "browser",
    "compilers",
    "databases",
    "emnist_made",
    "javascript",
    "object_store",
    "packaged",
]


KINDS = {"browser", "compiler", "runtime", "packaging", "slow"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a test needs; a test without a mark is a unit test. Slow tests come first.

    One that began last would run alone while the other processes have nothing left.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) or "page" in item.path.parts:
            item.add_marker("browser")
        if "packaging" in item.path.parts:
            item.add_marker("packaging")
        if not KINDS & {marker.name for marker in item.iter_markers()}:
            item.add_marker("unit")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@contextmanager
def _without_playwrights_loop(item: pytest.Item) -> Iterator[None]:
    """Let a test run an event loop of its own.

    Playwright's goes on in this thread, between its calls too, once a test has opened the browser.
    """
    loop = asyncio._get_running_loop()
    if loop is None or {"browser", "runtime", "packaging"} & {mark.name for mark in item.iter_markers()}:
        yield
        return
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(None if loop.is_closed() else loop)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Set a test up without Playwright's event loop."""
    with _without_playwrights_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Run a test without Playwright's event loop."""
    with _without_playwrights_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """End a test without Playwright's event loop; the browser's fixtures go back to it to close."""
    with _without_playwrights_loop(item):
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return two processes for a core, since tests of the page wait for the browser's frames."""
    if config.option.markexpr == "unit" or "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist decides: a process a core
    return 2 * (os.cpu_count() or 1)


def pytest_configure() -> None:
    """Signals reach this process and its children, where a shell or nohup had them ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Downloads and caches of the tests are not the user's."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LENET_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets that the project is measured on."""
    folder = shared_folder()
    if folder is None or not (folder / "strokes").is_dir():
        missing("no folder ../shared (or LENET_SHARED) with the data sets")
    return folder
