"""A real browser for tests: Chromium, headless, with the page served by `lenet.server`."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from lenet.models import DEFAULT_MODEL
from lenet.server.app import page_app
from lenet.server.config import PAGE, ServerConfig
from lenet.server.run import start
from needs import missing

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--process-per-site",  # with Tabs: the next page finds the engine and the scripts compiled
]


TIMEOUT = 30_000  # ms until a state that does not come fails the test; a busy machine takes long
expect.set_options(timeout=TIMEOUT)


def chromium() -> str | None:
    """The browser's path: LENET_CHROMIUM, or what is on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("LENET_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def headless_chromium() -> str | None:
    """The same engine without a window's parts where that is there, which takes half the time."""
    return os.environ.get("LENET_CHROMIUM") or shutil.which("chromium-headless-shell") or chromium()


@contextmanager
def _closed_in_loop() -> Iterator[None]:
    """Go back to Playwright's event loop, which tests/conftest.py hides from the tests of other things."""
    loop = asyncio._get_running_loop()
    yield
    asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = headless_chromium()
    if path is None:
        missing("no Chromium (install it, or name one with LENET_CHROMIUM)")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as running,
        _closed_in_loop(),
    ):
        yield running


@contextmanager
def serving(model: Path = DEFAULT_MODEL, page: Path = PAGE) -> Iterator[str]:
    """The address of the page with that model, which need not be one that the server can load."""
    config = ServerConfig(model=model, page=page)
    with start(config, page_app(config)) as running:
        yield running.url


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def plain_host(folder: Path) -> Iterator[str]:
    """A host of files that knows nothing of the page, which lies somewhere on it."""
    handler = functools.partial(_Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as host:
        host.daemon_threads = True
        threading.Thread(target=host.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{host.server_port}/"
        finally:
            host.shutdown()


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page as it is built: what `make run` exported beside it is left out."""
    folder = tmp_path_factory.mktemp("built") / "page"
    shutil.copytree(PAGE, folder, ignore=shutil.ignore_patterns("exports"))
    (folder / "exports").mkdir()
    nothing = json.dumps({"format": "lenet-exports/2", "formats": {}})
    (folder / "exports" / "manifest.json").write_text(nothing, encoding="utf-8")
    with serving(page=folder) as address:
        yield address


def wait_for(page: Page, state: str) -> None:
    """Wait until the page is "ready" or has "failed". (The policy forbids to evaluate strings.)"""
    page.locator(f"html[data-state={state}]").wait_for(state="attached")


# As in a browser without service workers. With them each new context would fetch every file of the
# page once more, to cache it; test_page_offline.py tests that.
NO_SERVICE_WORKER = "Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })"


def new_page(browser: Browser, **options: Any) -> Page:
    """Open a page in a context of its own, which closes with it; the options are the context's."""
    opened = browser.new_page(**options)
    opened.add_init_script(NO_SERVICE_WORKER)
    return opened


@contextmanager
def new_context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a context that waits long enough for a busy machine."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True) as opened:
        opened.set_default_timeout(TIMEOUT)
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with new_context(browser) as opened:
        opened.add_init_script(NO_SERVICE_WORKER)
        yield opened


class Tabs:
    """A context for many tests, one after the other; each finds it as if it were new.

    A page that loads here costs a third less than in a new context, since its process goes on.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.origin = context, url.rstrip("/")
        self.holder = context.new_page()
        self.holder.goto(f"{url}icon.svg")
        self.session = context.new_cdp_session(self.holder)

    def clear(self) -> None:
        """Close what a test opened, and delete what it stored, was allowed and has changed."""
        for page in self.context.pages:
            if page != self.holder:
                page.close()
        self.context.clear_permissions()
        self.session.send("Storage.clearDataForOrigin", {"origin": self.origin, "storageTypes": "all"})


@pytest.fixture(scope="session")
def tabs(browser: Browser, url: str) -> Iterator[Tabs]:
    with new_context(browser) as opened, _closed_in_loop():
        opened.add_init_script(NO_SERVICE_WORKER)
        yield Tabs(opened, url)


@pytest.fixture
def shared_context(tabs: Tabs) -> Iterator[BrowserContext]:
    yield tabs.context
    tabs.clear()


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    """The page, ready; whatever it complains about fails the test.

    A test that asks for the context too may change it, and gets one of its own.
    """
    own = "context" in request.fixturenames
    context: BrowserContext = request.getfixturevalue("context" if own else "shared_context")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(url)
    wait_for(opened, "ready")
    yield opened
    assert complaints == []


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    """A page that keeps nothing for times without a network: what it asks for can be refused."""
    with browser.new_context(service_workers="block") as context:
        yield context.new_page()
