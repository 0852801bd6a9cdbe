"""The view "Teach": answers are corrected, letters are kept, and the network learns the hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser import wait_for
from drawing import L, Strokes, T, draw, letter, strokes_on
from lenet import datasets
from lenet.ink import read_drawings
from stored import PUT
from tasks import no_long_task


def mirrored(strokes: Strokes) -> Strokes:
    return [[(1 - x, y) for x, y in stroke] for stroke in strokes]


def open_view(page: Page) -> Page:
    page.get_by_role("link", name="Teach").click()
    page.locator(".own").wait_for()
    return page


@pytest.fixture
def view(page: Page) -> Page:
    return open_view(page)


def tap(view: Page, name: str) -> None:
    view.get_by_role("button", name=f"True letter: {name}", exact=True).click()


def cards(view: Page) -> dict[str, int]:
    """How many pictures of each letter there are."""
    groups = view.locator("#gallery section")
    return {str(group.get_attribute("aria-label")): group.locator("li").count() for group in groups.all()}


def again(page: Page) -> Page:
    page.reload()
    wait_for(page, "ready")
    page.locator(".own").wait_for()
    return page


def test_a_tap_or_a_key_corrects_and_the_letter_is_kept(view: Page) -> None:
    draw(view, T)
    first = view.locator("#row button").first
    expect(first).to_have_text("T")  # the best candidate
    tap(view, "I")
    expect(view.locator("#taught")).to_have_text("Stored as I. 1 letter.")
    assert strokes_on(view) == []
    view.keyboard.press("Control+z")  # the drawing was not lost
    assert len(strokes_on(view)) == 2
    view.keyboard.press("Alt+j")
    expect(view.locator("#taught")).to_contain_text("Stored as J")
    draw(view, L)
    view.locator("#row button[tabindex='0']").focus()
    view.keyboard.press("ArrowRight")
    view.keyboard.press("l")
    expect(view.locator("#taught")).to_contain_text("3 letters")
    assert cards(view) == {"I": 1, "J": 1, "L": 1}
    tap(view, "A")
    expect(view.locator("#taught")).to_have_text("Draw a letter first.")
    assert cards(again(view)) == {"I": 1, "J": 1, "L": 1}


def test_letters_are_deleted_and_taken_back(view: Page) -> None:
    for name in "AAB":
        draw(view, L)
        tap(view, name)
    expect(view.locator("#gallery li")).to_have_count(3)
    view.get_by_role("button", name="Delete A, number 2").click()
    expect(view.locator("#gallery li")).to_have_count(2)
    back = view.get_by_role("button", name="Undo last change")
    back.click()
    expect(view.locator("#gallery li")).to_have_count(3)
    assert cards(again(view)) == {"A": 2, "B": 1}

    view.get_by_role("button", name="Delete all").click()
    view.get_by_role("button", name="Keep them").click()
    assert cards(view) == {"A": 2, "B": 1}
    view.get_by_role("button", name="Delete all").click()
    view.get_by_role("button", name="Delete everything").click()
    expect(view.locator("#gallery li")).to_have_count(0)
    assert cards(again(view)) == {}


def test_what_was_done_is_taken_back_step_by_step(view: Page) -> None:
    """A letter that came back is the one that was taught."""
    draw(view, L)
    tap(view, "A")
    view.get_by_role("button", name="Delete A, number 1").click()
    expect(view.locator("#gallery li")).to_have_count(0)
    back = view.get_by_role("button", name="Undo last change")
    back.click()
    expect(view.locator("#gallery li")).to_have_count(1)
    back.click()
    expect(view.locator("#gallery li")).to_have_count(0)
    expect(back).to_be_hidden()
    assert cards(again(view)) == {}


def test_keys_that_letters_and_questions_have_a_use_for_leave_the_pad_alone(view: Page) -> None:
    draw(view, L)
    tap(view, "A")
    draw(view, T)
    view.get_by_role("button", name="Delete all").click()
    view.keyboard.press("Escape")
    expect(view.get_by_role("dialog")).to_be_hidden()
    view.get_by_role("button", name="Delete A, number 1").focus()
    view.keyboard.press("Delete")
    expect(view.locator("#gallery li")).to_have_count(0)
    assert len(strokes_on(view)) == 2


def test_tabs_show_the_same_letters(view: Page) -> None:
    other = view.context.new_page()
    other.goto(view.url)
    wait_for(other, "ready")
    other.locator(".own").wait_for()
    draw(view, T)
    tap(view, "T")
    expect(other.locator("#gallery li")).to_have_count(1)
    draw(other, L)
    tap(other, "L")
    expect(view.locator("#gallery li")).to_have_count(2)
    view.get_by_role("button", name="Delete T, number 1").click()
    expect(other.locator("#gallery li")).to_have_count(1)
    assert cards(other) == cards(view) == {"L": 1}
    other.get_by_role("button", name="Delete all").click()
    other.get_by_role("button", name="Delete everything").click()
    expect(view.locator("#gallery li")).to_have_count(0)
    other.close()


def test_python_reads_what_is_exported_and_the_page_too(view: Page, tmp_path: Path) -> None:
    drawn = []
    for name, strokes in (("T", T), ("L", L)):
        draw(view, strokes)
        drawn.append(strokes_on(view))
        tap(view, name)
        expect(view.locator("#taught")).to_contain_text(f"Stored as {name}")
    with view.expect_download() as download:
        view.get_by_role("button", name="Export").click()
    path = tmp_path / "letters.jsonl"
    download.value.save_as(path)
    read = list(read_drawings(path))
    assert [drawing.label for drawing in read] == ["T", "L"]
    for drawing, points in zip(read, drawn, strict=True):
        for points_read, stroke in zip(drawing.strokes, points, strict=True):
            np.testing.assert_allclose(points_read, [point[:2] for point in stroke], atol=1e-5)
    data = datasets.load(str(path))  # as `lenet train --data` does
    assert data.labels.tolist() == [19, 11]

    view.locator("#letters-file").set_input_files(path)
    expect(view.locator("#gallery li")).to_have_count(4)
    view.get_by_role("button", name="Undo last change").click()
    expect(view.locator("#gallery li")).to_have_count(2)
    path.write_text('{"label": "AB"}\n', encoding="utf-8")
    view.locator("#letters-file").set_input_files(path)
    expect(view.get_by_role("alert")).to_contain_text("line 1")

    view.get_by_role("link", name="Train").click()
    view.locator("#set").select_option("own")
    expect(view.locator("#set-about")).to_contain_text("2 letters")


@pytest.mark.slow
def test_the_network_learns_a_hand_keeps_it_and_can_go_back(view: Page) -> None:
    """A person who mirrors a letter: three of it, so that three networks are cross-validated."""
    for count in range(1, 4):
        draw(view, mirrored(L))
        tap(view, "L")
        expect(view.locator("#taught")).to_contain_text(f"Stored as L. {count} letter")
    answer = view.locator("#letter")
    draw(view, mirrored(L))
    assert letter(view) != "L"
    with no_long_task(view):
        view.get_by_role("button", name="Start training").click()
        expect(view.locator("#personalized tbody tr")).to_have_count(2, timeout=180_000)
    view.set_viewport_size({"width": 320, "height": 640})
    assert view.evaluate("document.documentElement.scrollWidth") == 320
    own, glyphs = (
        [int(cell.split()[0]) for cell in row.locator("td").all_inner_texts()]
        for row in view.locator("#personalized tbody tr").all()
    )
    assert own[1] > own[0]
    assert glyphs[1] > 0.9 * glyphs[0]
    expect(view.locator("#personalized")).to_contain_text("may be chance")
    view.get_by_role("button", name="Use this network").click()
    expect(view.locator(".notice")).to_contain_text("in use now")
    expect(view.get_by_role("button", name="Personal network", exact=True)).to_be_focused()
    expect(answer).to_have_text("L")

    again(view)
    expect(view.locator("#about")).to_contain_text("own letters")
    draw(view, mirrored(L))
    expect(answer).to_have_text("L")
    view.get_by_role("button", name="Default network").click()
    expect(view.locator("#about")).not_to_contain_text("own letters")
    expect(answer).not_to_have_text("L")
    view.get_by_role("button", name="Personal network", exact=True).click()
    expect(view.locator("#about")).to_contain_text("own letters")
    view.get_by_role("button", name="Delete the personal network").click()
    expect(view.locator("#answering")).to_be_hidden()
    again(view)
    expect(view.locator("#about")).not_to_contain_text("own letters")


def test_a_lesson_can_be_stopped_or_discarded(view: Page) -> None:
    expect(view.get_by_role("button", name="Start training")).to_be_hidden()
    expect(view.locator(".learning")).to_contain_text("At least 3 letters")
    for _ in range(3):
        draw(view, L)
        view.keyboard.press("Alt+l")
    view.get_by_role("button", name="Start training").click()
    view.get_by_role("button", name="Stop").click()
    start = view.get_by_role("button", name="Start training")
    expect(start).to_be_visible()
    expect(view.locator("#personalized")).to_be_hidden()


NOWHERE = "Object.defineProperty(window, 'indexedDB', { value: undefined });"
FULL = """IDBObjectStore.prototype.put = () => {
  throw new DOMException("no room", "QuotaExceededError");
};"""
REFUSED = """IDBFactory.prototype.open = () => {
  throw new DOMException("no", "SecurityError");
};"""


@pytest.mark.parametrize(
    ("script", "words"),
    [(NOWHERE, "stores nothing"), (REFUSED, "stores nothing"), (FULL, "no storage left")],
    ids=["nowhere", "refused", "full"],
)
def test_without_storage_letters_stay_in_the_tab(
    context: BrowserContext, url: str, script: str, words: str, tmp_path: Path
) -> None:
    context.add_init_script(script)
    page = context.new_page()
    page.goto(url)
    wait_for(page, "ready")
    open_view(page)
    draw(page, T)
    tap(page, "T")
    expect(page.get_by_role("alert").first).to_contain_text(words)
    expect(page.get_by_role("alert").first).to_contain_text("export them")
    assert cards(page) == {"T": 1}
    page.get_by_role("link", name="Draw").click()
    open_view(page)
    assert cards(page) == {"T": 1}
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "t.jsonl")
    assert [drawing.label for drawing in read_drawings(tmp_path / "t.jsonl")] == ["T"]


def test_what_is_not_kept_is_said_until_all_is(context: BrowserContext, url: str) -> None:
    context.add_init_script(f"window.put = IDBObjectStore.prototype.put; {FULL}")
    page = context.new_page()
    page.goto(url)
    wait_for(page, "ready")
    open_view(page)
    problem = page.locator(".own [role=alert]")
    draw(page, T)
    tap(page, "T")
    expect(problem).to_contain_text("no storage left")
    page.evaluate("() => { IDBObjectStore.prototype.put = window.put }")  # somebody made room
    draw(page, L)
    tap(page, "L")
    expect(page.locator("#gallery li")).to_have_count(2)
    expect(problem).to_contain_text("export them")
    page.get_by_role("button", name="Delete T, number 1").click()
    expect(problem).to_be_hidden()
    assert cards(again(page)) == {"L": 1}


def test_damaged_records_are_left_out(page: Page) -> None:
    good = {"label": "Q", "strokes": [[[0, 0], [1, 1]]], "drawer": None, "time": 1}
    bad = [{}, 7, {**good, "label": "QQ"}, {**good, "strokes": [[["x", 1]]]}]
    page.evaluate(PUT, ["letters", [good, *bad], [1, 2, 3, 4, 5]])
    page.evaluate(PUT, ["networks", [{"file": [1, 2, 3], "active": True}], ["own"]])
    page.reload()
    wait_for(page, "ready")
    open_view(page)
    assert cards(page) == {"Q": 1}
    expect(page.get_by_role("alert").first).to_contain_text("4 records")
    expect(page.locator(".learning .problem")).to_contain_text("damaged")
    draw(page, T)
    assert letter(page) == "T"


@pytest.mark.parametrize("time", [1.7e18, -1e300, 9e15, "1.7e18"])
def test_a_time_in_other_units_is_no_time_and_all_letters_are_exported(
    view: Page, tmp_path: Path, time: float | str
) -> None:
    page = view
    known = {"label": "Q", "strokes": [[[0, 0], [1, 1]]], "writer": None, "time": 1.7e12}
    page.evaluate(PUT, ["letters", [known, {**known, "label": "R", "time": time}], [1, 2]])
    again(page)
    path = tmp_path / "letters.jsonl"
    path.write_text(json.dumps({**known, "label": "S", "time": time}), encoding="utf-8")
    page.locator("#letters-file").set_input_files(path)
    expect(page.locator("#gallery li")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert [(line["label"], line.get("time")) for line in lines] == [
        ("Q", "2023-11-14T22:13:20.000Z"),
        ("R", None),
        ("S", None),
    ]


def test_letters_whose_data_were_deleted_are_not_shown_any_more(view: Page) -> None:
    page = view
    for _ in range(2):
        draw(page, T)
        tap(page, "T")
        expect(page.locator("#taught")).to_contain_text("Stored as T")
        page.evaluate("""() => new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase("lenet");
          [request.onsuccess, request.onerror] = [resolve, reject];
        })""")
        assert cards(page) == {"T": 1}
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(page.locator("#gallery li")).to_have_count(0)
    draw(page, L)
    tap(page, "L")
    expect(page.locator("#taught")).to_contain_text("Stored as L")
    assert cards(again(page)) == {"L": 1}


def test_another_tab_may_bring_a_newer_version(view: Page) -> None:
    draw(view, T)
    tap(view, "T")
    expect(view.locator("#taught")).to_contain_text("Stored as T")
    other = view.context.new_page()
    other.goto(view.url)
    other.evaluate(
        """() => new Promise((resolve, reject) => {
          const request = indexedDB.open("lenet", 2);
          request.onsuccess = () => resolve(request.result.close());
          request.onblocked = request.onerror = reject;
        })"""
    )
    view.bring_to_front()
    draw(view, L)
    tap(view, "L")
    expect(view.get_by_role("alert").first).to_contain_text("newer version")
    assert cards(view) == {"L": 1, "T": 1}
