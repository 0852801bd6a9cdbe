"""The page for everyone: axe's rules, the keyboard, zoom, little motion, few colours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from browser import new_page, wait_for
from drawing import T, draw, on_screen
from views import VIEWS, every_view, show

LOOKS = [("light", 320, "en"), ("dark", 320, "de"), ("light", 640, "de"), ("dark", 1280, "en")]
"""640 pixels are what a window of 1280 has left when it is zoomed by 200 %."""

AXE = """async () => {
  const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly: { type: "tag", values } });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
    `${id}: ${html.slice(0, 160)} ${failureSummary}`));
}"""

# Clickable elements smaller than 24 CSS pixels, except words within a text.
SMALL = """() => [...document.querySelectorAll("a, button, select, input, textarea, summary, #pad")]
  .filter((one) => one.checkVisibility() && !one.matches(".unseen, p a, p ~ a"))
  .map((one) => [one.outerHTML.slice(0, 100), one.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 24)
  .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""

MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const { transitionDuration, animationName } = getComputedStyle(one);
  return animationName !== "none" || transitionDuration.split(", ").some((t) => parseFloat(t) > 0);
}).map((one) => one.outerHTML.slice(0, 100))"""

# Where the focus is, and whether that is seen; a file's input is seen by its label.
FOCUSED = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const shown = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const seen = [at, ...at.parentElement.querySelectorAll(":scope > .button")].some(shown);
  const all = [...document.querySelectorAll("*")];
  return { place: all.indexOf(at), html: at.outerHTML.slice(0, 100), seen };
}"""


def tab_through(page: Page, view: str) -> int:
    """Press Tab until the focus leaves the page; it is seen and goes in order. Return the number of stops."""
    page.locator("h1").click()
    places: list[int] = []
    while len(places) < 200:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        assert focused["seen"], f"{view}: {focused['html']}"
        places.append(focused["place"])
    assert places == sorted(set(places)), view
    return len(places)


def look(browser: Browser, width: int = 1280, **how: Any) -> Page:
    return new_page(browser, viewport={"width": width, "height": 800}, **how)


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "width", "language"), LOOKS)
def test_every_view_is_for_everyone(
    browser: Browser, url: str, node_modules: Path, theme: str, width: int, language: str
) -> None:
    """axe finds nothing, nothing moves where reduced motion is set, no view scrolls sideways, and
    everything is large enough to be hit."""
    page = look(browser, width, color_scheme=theme, reduced_motion="reduce")
    page.add_init_script(path=node_modules / "axe-core" / "axe.min.js")
    faults: dict[str, list[str]] = {}
    for name in every_view(page, url, language):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        faults[name] = [*page.evaluate(AXE), *page.evaluate(SMALL), *page.evaluate(MOVING)]
    assert len(faults) == 2 * len(VIEWS)
    assert {name: violations for name, violations in faults.items() if violations} == {}
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_was_read(
    browser: Browser, url: str, node_modules: Path, tmp_path: Path, theme: str
) -> None:
    """A picture with its stages, and a confusion matrix with the drawings of a cell."""
    picture = Image.new("L", (300, 200), 240)
    ImageDraw.Draw(picture).line([(100, 40), (100, 150), (180, 150)], fill=20, width=12)
    picture.save(tmp_path / "letter.png")
    page = look(browser, 320, color_scheme=theme, reduced_motion="reduce")
    page.add_init_script(path=node_modules / "axe-core" / "axe.min.js")
    page.goto(url)
    wait_for(page, "ready")
    show(page, "picture")
    page.locator("#picture-file").set_input_files(tmp_path / "letter.png")
    expect(page.locator("#picture-text")).to_have_text("L")
    assert page.evaluate(AXE) == []
    show(page, "mistakes")
    page.get_by_role("button", name="Letters of handwriting fonts").click()
    page.locator(".matrix .wrong button").first.click()
    page.locator(".gallery li").first.wait_for()
    assert page.evaluate(AXE) == []
    page.close()


def test_the_keyboard_reaches_everything_in_order_and_is_seen(page: Page) -> None:
    draw(page, T)
    for view in VIEWS:
        show(page, view)
        assert tab_through(page, view) > len(VIEWS), view


def test_few_colours_are_enough(browser: Browser, url: str) -> None:
    """Forced colours: what is told by a colour elsewhere is still there."""
    page = look(browser, forced_colors="active")
    page.goto(url)
    wait_for(page, "ready")
    draw(page, T)

    def colour(of: str, kind: str) -> str:
        return str(page.locator(of).first.evaluate("(e, kind) => getComputedStyle(e)[kind]", kind))

    assert colour(".bar", "backgroundColor") != colour(".track", "backgroundColor")
    assert colour("[aria-current]", "borderBottomColor") != colour(
        "#views a:not([aria-current])", "borderBottomColor"
    )
    assert colour("#image", "backgroundColor") not in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    page.close()


def test_a_screen_reader_is_told_once_the_hand_rests(page: Page) -> None:
    page.evaluate(
        """() => {
          window.told = [];
          const region = document.getElementById("announcement");
          const hear = () => told.push(region.textContent);
          new MutationObserver(hear).observe(region, { childList: true });
        }"""
    )
    draw(page, T, steps=40)
    page.mouse.move(*on_screen(page, (0.1, 0.9)))
    expect(page.locator("#announcement")).to_contain_text("T, ")
    announcements = page.evaluate("told")
    assert len(announcements) <= 2  # the pad may have been empty for long enough
    assert announcements[-1].startswith("T, ")


def test_headings_are_in_order(page: Page) -> None:
    draw(page, T)
    for view in VIEWS:
        show(page, view)
        levels = page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3, h4')].filter((h) => h.checkVisibility())"
            ".map((h) => Number(h.tagName[1]))"
        )
        assert levels[:2] == [1, 2], view
        assert levels.count(1) == 1, view
        assert all(b <= a + 1 for a, b in pairwise(levels)), view
