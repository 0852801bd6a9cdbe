"""All views of the page, each as a person may find it: with and without a drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from browser import wait_for
from drawing import T, draw
from repository import ROOT

SOURCE = ROOT / "web" / "src"
STATE = (SOURCE / "ui" / "state.ts").read_text(encoding="utf-8")
VIEWS = re.findall(r'^  (\w+): "(?:letter|word|none)",$', STATE, re.M)
assert {path.parent.name for path in SOURCE.glob("features/*/view.ts")} == set(VIEWS)
"""In the order of their tabs."""


def show(page: Page, view: str) -> None:
    """Go to a view by its link, and wait for its content."""
    page.locator("#views a").nth(VIEWS.index(view)).click()
    page.locator(f"html[data-view={view}] #view > *").first.wait_for(state="attached")
    if view == "take":  # it looks for files first
        page.locator("#view tr").first.wait_for()


def every_view(page: Page, url: str, language: str = "en") -> Iterator[str]:
    """Show each view, first with an empty pad, then with a letter on it; what it is, in words."""
    page.goto(f"{url}#language={language}")
    wait_for(page, "ready")
    for drawn in (False, True):
        for view in VIEWS:
            show(page, view)
            if drawn and page.locator("#pad").is_visible():
                page.keyboard.press("Escape")
                draw(page, T)
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            yield f"{view}, {'with' if drawn else 'without'} a drawing"
