"""When something is missing or too much: the page says what, and what was drawn is still there."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from browser import wait_for
from drawing import L, T, draw, letter, strokes_on
from views import VIEWS, show

COUNT = "lenet.strokes().length"
# The points come as text, since Playwright takes seconds for nested lists.
LONG = """text => {
  const points = JSON.parse(text);
  const pad = document.getElementById("pad"), box = pad.getBoundingClientRect();
  pad.setPointerCapture = () => {};
  const at = (type, [x, y], more = {}) => new PointerEvent(type, {
    pointerId: 7, pointerType: "pen", button: type === "pointerdown" ? 0 : -1, pressure: 0.5,
    clientX: box.left + x * box.width, clientY: box.top + y * box.height, ...more });
  pad.dispatchEvent(at("pointerdown", points[0]));
  const bundled = points.slice(1).map((point) => at("pointermove", point));
  pad.dispatchEvent(at("pointermove", points.at(-1), { coalescedEvents: bundled }));
  pad.dispatchEvent(at("pointerup", points.at(-1)));
}"""


def test_a_stroke_of_ten_thousand_points_is_read_and_kept(page: Page) -> None:
    down = [(0.3 + 0.002 * (k % 2), 0.2 + 0.6 * k / 6000) for k in range(6000)]
    right = [(0.3 + 0.4 * k / 4000, 0.8 - 0.002 * (k % 2)) for k in range(4000)]
    page.evaluate(LONG, json.dumps([*down, *right]))
    assert letter(page) == "L"
    [stroke] = strokes_on(page)
    assert len(stroke) >= 9990
    page.reload()
    wait_for(page, "ready")
    assert letter(page) == "L"
    assert len(strokes_on(page)[0]) == len(stroke)


def test_more_points_than_the_engine_takes_are_refused_in_words(page: Page) -> None:
    points = [(0.3 + 0.4 * (k % 997) / 997, 0.2 + 0.6 * k / 60000) for k in range(60000)]
    text = json.dumps(points)
    page.evaluate(LONG, text)
    page.evaluate(LONG, text)
    expect(page.locator("#status")).to_contain_text("100,000 points")
    assert page.evaluate(COUNT) == 2
    page.keyboard.press("Control+z")
    expect(page.locator("#status")).not_to_contain_text("points")


@pytest.mark.parametrize("name", ["model.safetensors", "assets/lenet-*.wasm"])
def test_a_file_that_is_missing_is_named(bare: Page, url: str, name: str) -> None:
    bare.route(f"**/{name}", lambda route: route.fulfill(status=404))
    bare.goto(url)
    wait_for(bare, "failed")
    expect(bare.locator("#status")).to_contain_text("did not load (status 404). Reload the page.")
    draw(bare, L)
    bare.unroute_all()
    bare.reload()
    wait_for(bare, "ready")
    assert letter(bare) == "L"


def test_the_words_that_are_missing_are_no_end(bare: Page, url: str) -> None:
    bare.route("**/assets/en-*.js", lambda route: route.abort())
    bare.goto(url)
    wait_for(bare, "failed")
    expect(bare.locator("#status")).to_contain_text("Reload the page")


@pytest.mark.parametrize("kind", ["js", "css"])
def test_a_view_that_did_not_load_can_be_tried_again(bare: Page, url: str, kind: str) -> None:
    bare.goto(url)
    wait_for(bare, "ready")
    draw(bare, T)
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.abort()

    again = bare.get_by_role("button", name="Try again")
    for view in VIEWS:
        if view == "draw":  # it is there from the start
            continue
        refused.clear()
        bare.route(f"**/assets/{view}-*.{kind}", refuse)
        bare.locator("#views a").nth(VIEWS.index(view)).click()
        again.wait_for()
        assert refused, view
        expect(bare.get_by_role("alert")).to_contain_text("did not load")
        bare.unroute_all()
        again.click()
        expect(bare.get_by_role("heading", level=2).first).to_be_visible()
        expect(again).to_have_count(0)
        sheets = bare.evaluate("[...document.styleSheets].map((sheet) => sheet.href ?? '')")
        assert sum(f"assets/{view}-" in sheet for sheet in sheets) == 1, view
        show(bare, "draw")
        expect(bare.locator("#letter")).to_have_text("T")
