"""The page around its views: languages, addresses, undo, redo, replay, the keyboard's pen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser import wait_for
from drawing import L, T, draw, letter, on_screen, strokes_on


def press(page: Page, keys: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(keys)


def test_redo_brings_back_what_undo_took(page: Page) -> None:
    draw(page, T)
    both = strokes_on(page)
    press(page, "Control+z", 2)
    assert strokes_on(page) == []
    press(page, "Control+y")
    assert strokes_on(page) == both[:1]
    press(page, "Control+Shift+z")
    assert strokes_on(page) == both
    assert letter(page) == "T"
    redo = page.get_by_role("button", name="Redo")
    expect(redo).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Undo").click()
    expect(redo).to_have_attribute("aria-disabled", "false")
    redo.click()
    assert strokes_on(page) == both


def test_a_replay_ends_with_the_drawing(page: Page) -> None:
    draw(page, T, steps=20)
    whole = strokes_on(page)
    assert all(point[2] >= 0 for stroke in whole for point in stroke)
    page.get_by_role("button", name="Replay").click()
    assert sum(map(len, strokes_on(page))) < sum(map(len, whole))
    page.wait_for_function("n => lenet.strokes().flat().length === n", arg=sum(map(len, whole)))
    assert strokes_on(page) == whole


def test_a_stroke_ends_the_replay(page: Page) -> None:
    draw(page, L)
    page.get_by_role("button", name="Replay").click()
    draw(page, [[(0.9, 0.9), (0.95, 0.9)]])
    assert len(strokes_on(page)) == 2


def test_the_keyboard_draws(page: Page) -> None:
    page.locator("#pad").focus()
    press(page, " ")
    press(page, "ArrowDown", 17)
    press(page, "ArrowRight", 12)
    press(page, " ")
    press(page, "ArrowUp", 3)  # lifted: draws nothing
    assert letter(page) == "L"
    [stroke] = strokes_on(page)
    assert len(stroke) == 1 + 17 + 12
    expect(page.locator("#announcement")).to_contain_text("L")
    press(page, "Control+z")
    assert strokes_on(page) == []


def test_the_keyboards_pen_is_seen_where_it_draws(page: Page) -> None:
    mark, pad = page.locator("#pen"), page.locator("#pad")
    expect(mark).to_be_hidden()
    pad.focus()
    press(page, "ArrowRight", 5)
    expect(mark).to_be_visible()
    [box, sheet] = [one.bounding_box() for one in (mark, pad)]
    assert box is not None
    assert sheet is not None
    centre = (box["x"] + box["width"] / 2 - sheet["x"]) / sheet["width"]
    assert centre == pytest.approx(0.3 + 5 * 0.03, abs=0.01)
    page.locator("#clear").focus()
    expect(mark).to_be_hidden()


def test_the_page_speaks_german(page: Page) -> None:
    draw(page, L)
    page.locator("#language").select_option("de")
    expect(page.locator("html[lang=de]")).to_be_attached()
    expect(page.get_by_role("button", name="Leeren")).to_be_visible()
    expect(page.locator("#about")).to_contain_text("Faltungsnetz")
    expect(page.locator("#announcement")).to_contain_text("Danach")
    assert len(strokes_on(page)) == 1  # nothing is lost
    assert page.evaluate("location.hash") == "#language=de"
    page.reload()
    wait_for(page, "ready")
    expect(page.get_by_role("button", name="Leeren")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#status")).to_have_text("Zeichne einen Buchstaben")


def test_words_in_the_file_are_those_of_the_catalogue(page: Page) -> None:
    """The page has the same content before and after its script runs."""
    before = page.request.get(page.url).text()
    for words in ("reads the letter that you draw", "Everything runs on your device", "Drawing"):
        assert words in before
        assert words in page.content()


@pytest.mark.parametrize("address", ["#view=nothing", "#view=draw&letters=%00", "#%E0%A4%A", "#=&=&"])
def test_a_wrong_address_is_the_first_view(page: Page, address: str) -> None:
    page.goto(page.url.split("#")[0] + "?again" + address)
    wait_for(page, "ready")
    expect(page.locator("#views [aria-current]")).to_have_text("Draw")


def test_keys_leave_a_pad_alone_that_is_not_seen(page: Page) -> None:
    draw(page, L)
    page.get_by_role("link", name="Train").click()
    page.locator("#net").focus()
    for keys in ("Escape", "Delete", "Control+z"):
        press(page, keys)
    page.locator("h1").click()
    press(page, "Escape")
    page.get_by_role("link", name="Draw").click()
    assert letter(page) == "L"


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_views_are_in_sight_on_a_phone(page: Page, language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("language => { location.hash = `language=${language}` }", language)
    expect(page.locator(f"html[lang={language}]")).to_be_attached()
    outside = """all => all.map((one) => one.getBoundingClientRect())
      .filter(({ left, right, bottom }) => left < 0 || right > 320 || bottom > 640).length"""
    assert page.locator("#views a").evaluate_all(outside) == 0
    assert page.locator("#views").evaluate("one => one.scrollWidth <= one.clientWidth")


def test_each_view_has_its_title_and_begins_at_the_top(page: Page) -> None:
    titles = []
    for name in page.locator("#views a").all_inner_texts():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("#views [aria-current]")).to_have_text(name)
        titles.append(page.title())
        assert page.evaluate("scrollY") == 0
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert len(set(titles)) == 8
    assert "Train - LeNet" in titles


def test_the_focus_moves_to_the_heading_of_the_view(page: Page) -> None:
    for name in [*page.locator("#views a").all_inner_texts()[1:], "Draw"]:
        page.get_by_role("link", name=name, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#views [aria-current]")).to_have_text(name)
        expect(page.locator("#view h2").first).to_be_focused()
    page.go_back()
    expect(page.locator("#view h2").first).to_be_focused()
    page.locator("#language").focus()
    page.locator("#language").select_option("de")
    expect(page.locator("html[lang=de]")).to_be_attached()
    expect(page.locator("#language")).to_be_focused()


def test_a_tap_that_trembles_is_a_dot(page: Page) -> None:
    x, y = on_screen(page, (0.5, 0.5))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 1, y + 1)
    assert [len(stroke) for stroke in strokes_on(page)] == [1]
    page.mouse.up()
    assert [len(stroke) for stroke in strokes_on(page)] == [1]
    image = page.evaluate("Array.from(lenet.recognize(lenet.strokes()).image)")
    page.keyboard.press("Escape")
    page.mouse.click(x, y)
    assert image == page.evaluate("Array.from(lenet.recognize(lenet.strokes()).image)")
    draw(page, [[(0.6, 0.5), (0.63, 0.5)]])  # short, but longer than a tap
    assert [len(stroke) > 1 for stroke in strokes_on(page)] == [False, True]
