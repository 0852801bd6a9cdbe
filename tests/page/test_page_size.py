"""Size of a first visit: bytes over the network until the first prediction."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from browser import wait_for
from views import VIEWS

LIMIT = 200_000  # bytes


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_first_answer_costs_less_than_200_kilobytes(browser: Browser, url: str, language: str) -> None:
    """Everything that is sent until the page is ready, heads of answers included."""
    with browser.new_context(service_workers="block") as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        asked: dict[str, str] = {}
        sent: dict[str, int] = {}
        session.on(
            "Network.requestWillBeSent",
            lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
        )
        session.on(
            "Network.loadingFinished",
            lambda event: sent.update({event["requestId"]: event["encodedDataLength"]}),
        )
        session.send("Network.enable")
        page.goto(f"{url}#language={language}")
        wait_for(page, "ready")
    names = [PurePosixPath(urlsplit(asked[request]).path).name for request in sent]
    # Nothing twice, though some is asked for early; none of what other views or training need.
    assert len(names) == len(set(names))
    kinds = {name.split("-")[0].split(".")[0] for name in names}
    assert kinds >= {"", "index", "lenet", "model", language}
    assert not kinds & {"font-letters", "service", *VIEWS}
    assert sum(name.endswith(".wasm") for name in names) == 1
    assert sum(sent.values()) < LIMIT, sorted(zip(sent.values(), names, strict=True))
