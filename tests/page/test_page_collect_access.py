"""Contributing and a class for everyone: axe's rules, the keyboard, zoom, few colours, both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from test_page_access import AXE, MOVING, SMALL, tab_through
from test_page_language import ALIKE, SAID

from browser import new_page, wait_for
from collecting import OWNER, Site, collecting
from drawing import T, draw
from lenet.server.collect.types import Contribution

LOOKS = [("light", 320, "de"), ("dark", 1280, "en")]
VIEWS = ("draw", "contribute", "moderate", "join", "class")
AGREE = {"en": "I agree", "de": "Ich stimme zu"}
GIVE = {"en": "Give this letter", "de": "Buchstaben spenden"}


def fill(site: Site, count: int = 12) -> None:
    """Store letters, some of them read as others."""
    for i in range(count):
        strokes = [[(0.0, 0.0), (0.0, 10.0 + i / count), (6.0, 10.0)]]
        key, read = bytes([i % 3] * 32), "L" if i % 4 else None
        item = Contribution(uuid4(), key, strokes, "Ll QI"[i % 5].strip() or "L", consent_digest=site.digest)
        site.add(item if read is None else _read(item, read))


def _read(item: Contribution, letter: str) -> Contribution:
    from dataclasses import replace

    return replace(item, server_letter=letter)


@contextmanager
def sites(folder: Path) -> Iterator[tuple[Site, Site]]:
    """A server that collects, and one with a class."""
    for name in ("museum", "lesson"):
        (folder / name).mkdir()
    with collecting(folder / "museum") as museum, collecting(folder / "lesson", "7b") as lesson:
        fill(museum)
        yield museum, lesson


def every_view(page: Page, museum: Site, lesson: Site, language: str) -> Iterator[str]:
    """Show each view in its states; yield what it is, in words."""
    page.goto(f"{museum.url}#language={language}")
    wait_for(page, "ready")
    page.locator("#offer button").wait_for()
    yield "draw"
    draw(page, T)
    page.locator("#offer button").click()
    page.locator("dialog").wait_for()
    yield "consent"
    page.get_by_role("button", name=AGREE[language]).click()
    expect(page.locator("#offer [role=status]")).to_contain_text("T ")
    yield "contributed"
    page.locator("#offer a").click()
    page.locator(".wanted").wait_for()
    page.locator(".drawings li").wait_for()
    for folded in page.locator(".code summary").all():
        folded.click()
    yield "contribute"
    page.locator(".mine > .sets button").click()
    yield "question"
    page.locator("dialog button").last.click()
    page.locator(".receipt p").first.wait_for()
    yield "receipt"
    page.goto(f"{museum.url}?again#language={language}&view=moderate")
    wait_for(page, "ready")
    page.locator("#token").fill(OWNER)
    yield "token"
    page.locator("#token").press("Enter")
    page.locator(".moderation li").first.press(" ")
    yield "moderate"
    assert lesson.classroom is not None
    page.goto(f"{lesson.url}#language={language}")
    wait_for(page, "ready")
    page.locator("#offer a").click()
    page.locator("#token").wait_for()
    yield "code"
    page.locator("#token").fill(lesson.classroom.join_code)
    page.locator("#token").press("Enter")
    page.get_by_role("button", name=AGREE[language]).click()
    for _ in range(2):
        page.locator(".wanted").wait_for()
        draw(page, T)
        page.get_by_role("button", name=GIVE[language]).click()
        expect(page.locator("#pad")).to_be_visible()
        page.wait_for_function("() => lenet.strokes().length === 0")
    expect(page.locator(".drawings li")).to_have_count(2)
    yield "join"
    page.goto(f"{lesson.url}?again#language={language}&class={lesson.classroom.teacher_token}")
    page.locator(".tiles li").first.wait_for()
    yield "class"


@pytest.mark.parametrize(("theme", "width", "language"), LOOKS)
def test_every_view_is_for_everyone(
    browser: Browser, node_modules: Path, tmp_path: Path, theme: str, width: int, language: str
) -> None:
    """axe finds nothing, nothing moves where reduced motion is set, and no view scrolls sideways."""
    page = new_page(
        browser,
        viewport={"width": width, "height": 800},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    page.add_init_script(path=node_modules / "axe-core" / "axe.min.js")
    faults: dict[str, list[str]] = {}
    with sites(tmp_path) as (museum, lesson):
        for name in every_view(page, museum, lesson, language):
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            faults[name] = [
                *page.evaluate(AXE),
                *page.evaluate(SMALL.replace("p a,", "p a, .consent li a,")),
                *page.evaluate(MOVING),
            ]
    assert len(faults) == 11
    assert {name: violations for name, violations in faults.items() if violations} == {}
    page.close()


def test_nothing_stands_there_in_english_too(browser: Browser, tmp_path: Path) -> None:
    texts: list[set[str]] = []
    for language in ("en", "de"):
        folder = tmp_path / language
        folder.mkdir()
        page = new_page(browser, viewport={"width": 1280, "height": 800})
        with sites(folder) as (museum, lesson):
            heard: set[str] = set()
            for _ in every_view(page, museum, lesson, language):
                heard |= set(page.evaluate(SAID))
            consent = museum.consent.read_text(encoding="utf-8")
        page.close()
        texts.append({text for text in heard if text.strip("\n ") not in consent and "script" not in text})
    english, german = texts
    alike = {text for text in english & german if re.search("[A-Za-z]{2}", text)}
    assert alike - ALIKE - {"7b", "Museum of Writing", "Code", "OK"} == set()


def test_the_keyboard_reaches_everything_in_order_and_is_seen(browser: Browser, tmp_path: Path) -> None:
    page = new_page(browser, viewport={"width": 1280, "height": 800})
    with sites(tmp_path) as (museum, lesson):
        for name in every_view(page, museum, lesson, "en"):
            if page.get_by_role("dialog").is_visible():
                continue
            assert tab_through(page, name) > 8, name
    page.close()


def test_few_colours_are_enough(browser: Browser, tmp_path: Path) -> None:
    """Forced colours: selected and wrongly read letters are told apart."""
    page = new_page(browser, forced_colors="active", viewport={"width": 1280, "height": 800})

    def style(of: str, kind: str) -> str:
        return str(page.locator(of).first.evaluate("(e, kind) => getComputedStyle(e)[kind]", kind))

    with sites(tmp_path) as (museum, lesson):
        for name in every_view(page, museum, lesson, "en"):
            if name == "contribute":
                assert style(".qr .dark", "fill") == "rgb(0, 0, 0)"
                assert style(".qr .light", "fill") == "rgb(255, 255, 255)"
            if name == "moderate":
                options = [f".moderation [aria-selected={value}]" for value in ("true", "false")]
                assert style(options[0], "outlineStyle") != style(options[1], "outlineStyle")
            if name == "class":
                assert style(".tiles .wrong", "borderBottomStyle") == "dashed"
    page.close()
