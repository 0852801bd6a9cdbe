"""Writing a word on the page: letters side by side are cut, and cuts are mended by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser import wait_for
from drawing import draw, shape

PLACES = {"L": 0.06, "E": 0.24, "N": 0.42, "T": 0.62}


@pytest.fixture
def pad(page: Page) -> Page:
    """The page at its wide pad."""
    page.get_by_role("link", name="Word").click()
    page.locator("#letters").wait_for(state="attached")
    return page


def write(page: Page, word: str) -> None:
    for name in word:
        draw(page, shape(name, PLACES[name]))


def test_a_word_is_cut_and_read(pad: Page) -> None:
    expect(pad.locator("#cut-note")).to_contain_text("Write a word")
    write(pad, "LENT")
    expect(pad.locator("#word")).to_have_text("LENT")
    expect(pad.locator("#letters > li")).to_have_count(4)
    expect(pad.locator("#cuts line")).to_have_count(4)
    expect(pad.locator("#announcement")).to_contain_text("LENT")


def test_each_page_of_the_pad_keeps_its_drawing(pad: Page) -> None:
    write(pad, "LT")
    pad.get_by_role("link", name="Draw").click()
    expect(pad.locator("#status")).to_have_text("Draw a letter")
    expect(pad.locator("#cuts")).to_have_count(0)
    pad.go_back()
    expect(pad.locator("#word")).to_have_text("LT")


def test_a_letter_is_chosen_among_its_candidates(pad: Page) -> None:
    write(pad, "LT")
    others = pad.locator("#letters > li").first.locator(".others button")
    name = others.nth(1).inner_text()
    others.nth(1).click()
    expect(pad.locator("#word")).to_have_text(f"{name}T")
    expect(others.nth(1)).to_be_focused()
    draw(pad, shape("E", PLACES["E"]))
    expect(pad.locator("#word")).to_have_text(f"{name}ET")


def test_cuts_are_mended_by_hand(pad: Page) -> None:
    write(pad, "LT")
    pad.get_by_role("button", name="Merge L and T").click()
    expect(pad.locator("#letters > li")).to_have_count(1)
    pad.get_by_role("button", name="Split").click()
    expect(pad.locator("#letters > li")).to_have_count(2)
    expect(pad.locator("#word")).to_have_text("LT")
    pad.get_by_role("button", name="Merge L and T").click()
    pad.get_by_role("button", name="Segment again").click()
    expect(pad.locator("#word")).to_have_text("LT")
    expect(pad.get_by_role("button", name="Segment again")).to_be_hidden()


def test_a_choice_is_for_these_strokes_and_no_others(pad: Page) -> None:
    write(pad, "LT")
    others = pad.locator("#letters > li").nth(0).locator(".others button")
    name = others.nth(1).inner_text()
    others.nth(1).click()
    expect(pad.locator("#word")).to_have_text(f"{name}T")
    for _ in range(3):  # the strokes of L and T
        pad.keyboard.press("Control+z")
    write(pad, "T")
    expect(pad.locator("#word")).to_have_text("T")
    pad.keyboard.press("Control+z")
    pad.keyboard.press("Control+z")
    draw(pad, shape("N", PLACES["L"]))
    expect(pad.locator("#word")).to_have_text("N")


def test_a_clear_taken_back_keeps_what_was_mended(pad: Page) -> None:
    write(pad, "LT")
    pad.get_by_role("button", name="Merge L and T").click()
    pad.get_by_role("button", name="Clear").click()
    expect(pad.locator("#letters > li")).to_have_count(0)
    pad.get_by_role("button", name="Undo").click()
    expect(pad.locator("#letters > li")).to_have_count(1)
    pad.get_by_role("button", name="Replay").click()
    pad.wait_for_timeout(100)
    expect(pad.locator("#letters > li")).to_have_count(1)
    expect(pad.get_by_role("button", name="Segment again")).to_be_visible()


@pytest.mark.parametrize(("word", "place", "tool"), [("LEE", 1, "Split"), ("LNT", 1, "Merge")])
def test_mending_leaves_the_letters_beside_alone(pad: Page, word: str, place: int, tool: str) -> None:
    """Letters so close that parts of one go well with the next."""
    for k, name in enumerate(word):
        draw(pad, shape(name, 0.1 + 0.105 * k))
    expect(pad.locator("#word")).to_have_text(word)
    cards = pad.locator("#letters > li")
    cards.nth(place).get_by_role("button", name=tool).click()
    expect(cards).to_have_count(4 if tool == "Split" else 2)
    expect(cards.first.locator(".name")).to_have_text(word[0])


def test_the_pad_stays_under_the_pen(pad: Page) -> None:
    """Though cards come below it with the first stroke, and the page is as far down as it goes."""
    write(pad, "LT")
    pad.locator("#letters > li").first.locator(".others button").first.click()
    for _ in range(3):
        pad.keyboard.press("Control+z")
    expect(pad.locator("#letters > li")).to_have_count(0)
    pad.locator("#pad").scroll_into_view_if_needed()
    before = pad.locator("#pad").bounding_box()
    draw(pad, shape("L", PLACES["L"]))
    assert pad.locator("#letters > li").count() == 1
    assert pad.locator("#pad").bounding_box() == before


def test_copying_is_seen(pad: Page) -> None:
    pad.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write(pad, "LT")
    copy = pad.locator(".read button").first
    copy.click()
    expect(copy).to_have_text("Copied")
    assert pad.evaluate("navigator.clipboard.readText()") == "LT"
    write(pad, "N")
    expect(copy).to_have_text("Copy")


def test_a_list_decides(pad: Page) -> None:
    write(pad, "LENT")
    expect(pad.get_by_text("Word list")).to_have_count(1)
    pad.get_by_text("Word list").click()
    expect(pad.get_by_text("Open a text file")).to_have_class("button")
    pad.locator("#words").fill("lint\nLEFT\ntent")
    assert pad.locator("#word").inner_text() in ("LEFT", "TENT", "LINT")
    pad.locator("#words").fill("lint\nlent")
    expect(pad.locator("#word")).to_have_text("LENT")
    pad.locator("#words-file").set_input_files({"name": "w.txt", "mimeType": "text/plain", "buffer": b"left"})
    expect(pad.locator("#word")).to_have_text("LEFT")
    pad.locator("#words").fill("")
    expect(pad.locator("#word")).to_have_text("LENT")


def test_joined_writing_is_called_unsure(pad: Page) -> None:
    wave = [(0.05 + 0.9 * k / 40, 0.5 + 0.12 * (-1) ** k) for k in range(41)]
    draw(pad, [wave], steps=2)
    expect(pad.locator("#cut-note")).to_contain_text("Joined handwriting")


def test_an_address_leads_to_the_wide_pad(page: Page, url: str) -> None:
    page.goto(f"{url}#view=word")
    page.reload()
    wait_for(page, "ready")
    box = page.locator("#pad").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(3, abs=0.05)
