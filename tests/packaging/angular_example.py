"""The example for Angular, built and used in a browser: `make example-angular`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser import serving
from drawing import L, T, draw
from lenet.models import DEFAULT_MODEL
from repository import ROOT

NODE = (22, 22)  # what Angular 22 asks for


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    """The address of the built app, under the policy of the page."""
    sys.path.insert(0, str(ROOT / "tools" / "build"))
    import build
    import npm_package

    example = ROOT / "examples" / "angular"
    npm_package.build_package()
    build.install_packages(example, NODE)
    build.npm("run", "build", cwd=example, node=NODE)
    with serving(DEFAULT_MODEL, ROOT / "build" / "angular" / "browser") as url:
        yield url


@pytest.fixture
def example(context: BrowserContext, app: str) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(app)
    yield page
    assert complaints == []


def test_a_word_is_spelled(example: Page) -> None:
    output, keep = example.locator("output"), example.get_by_role("button", name="Keep the letter")
    expect(keep).to_be_disabled()
    draw(example, L, pad="lenet-pad canvas")
    expect(output).to_contain_text("L, ")
    keep.click()
    expect(output).to_have_text("L")
    draw(example, T, pad="lenet-pad canvas")
    expect(output).to_contain_text("T, ")
    example.screenshot(path=ROOT / "build" / "angular.png")
    keep.click()
    expect(output).to_have_text("LT")
    expect(keep).to_be_disabled()


def test_the_pad_is_closed_when_the_word_is_full(example: Page) -> None:
    for _ in range(12):
        draw(example, L, steps=2, pad="lenet-pad canvas")
        example.get_by_role("button", name="Keep the letter").click()
    expect(example.locator("output")).to_have_text("L" * 12)
    expect(example.get_by_role("button", name="Undo")).to_be_disabled()
    draw(example, L, pad="lenet-pad canvas")
    assert example.evaluate("document.querySelector('lenet-pad').strokes") == []
