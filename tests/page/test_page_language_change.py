"""A change of the language keeps running work, results and typed text, in every view."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_page_class import give, join, mapped, people, site, teach
from test_page_contribute import contribute, open_view, visit
from test_page_picture import glyphs, photo, png

from collecting import OWNER, Site, collecting
from drawing import L, T, draw

__all__ = ["glyphs", "mapped", "site"]  # fixtures


def speak(page: Page, language: str) -> None:
    page.locator("#language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.slow
def test_the_training_of_a_class_goes_on(mapped: Browser, site: Site) -> None:
    with people(mapped) as group:
        teacher, phone = teach(group, site), join(group, site)
        for strokes in (T, L, T, L, T):
            give(phone, strokes)
        expect(teacher.locator(".tiles li")).to_have_count(5)
        teacher.get_by_role("button", name="Train on our letters").click()
        expect(teacher.get_by_role("button", name="Stop")).to_be_visible()
        speak(teacher, "de")
        expect(teacher.get_by_role("button", name="Stoppen")).to_be_visible()
        expect(teacher.locator(".phase")).to_contain_text("…")
        expect(teacher.locator(".sent")).to_have_text(
            "Alle Handys benutzen jetzt das Netz der Klasse.", timeout=120_000
        )
        assert site.classroom is not None
        assert site.classroom._model is not None
        speak(teacher, "en")
        expect(teacher.locator(".sent")).to_have_text("Every phone now uses the network of the class.")
        expect(teacher.locator(".outcome")).to_contain_text("had not seen in training")
        pressed = teacher.get_by_role("button", name="Network of the class")
        expect(pressed).to_have_attribute("aria-pressed", "true")
        teacher.get_by_role("button", name="End the lesson").click()
        teacher.get_by_role("button", name="Delete everything").click()
        expect(teacher.get_by_role("heading", name="The lesson has ended.")).to_be_visible()
        speak(teacher, "de")
        expect(teacher.get_by_text("Gelöscht: 5 Buchstaben")).to_be_visible()


@pytest.mark.slow
def test_a_personal_network_is_trained_on(page: Page) -> None:
    page.get_by_role("link", name="Teach").click()
    page.locator(".own").wait_for()
    for _ in range(3):
        draw(page, L)
        page.keyboard.press("Alt+l")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    speak(page, "de")
    expect(page.locator(".learning progress")).to_be_visible()
    expect(page.locator("#personalized tbody tr")).to_have_count(2, timeout=180_000)
    speak(page, "en")
    expect(page.locator("#personalized tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Discard").click()
    speak(page, "de")
    expect(page.locator("#personalized")).to_be_hidden()


def test_an_evaluation_goes_on(page: Page) -> None:
    page.get_by_role("link", name="Mistakes").click()
    page.get_by_role("button", name="Letters of handwriting fonts").click()
    speak(page, "de")
    expect(page.locator("#set-read")).to_contain_text(" von 5.356)", timeout=60_000)
    speak(page, "en")
    expect(page.locator("#set-read")).to_contain_text(" of 5,356)")
    expect(page.locator(".matrix tbody tr")).to_have_count(26)


def test_a_word_stays_as_it_was_mended(page: Page) -> None:
    from test_page_word import write

    page.get_by_role("link", name="Word").click()
    write(page, "LT")
    page.get_by_text("Word list").click()
    page.locator("#words").fill("at\nit")
    other = page.locator("#letters > li").first.locator(".others button").nth(1)
    name = other.inner_text()
    other.click()
    expect(page.locator("#word")).to_have_text(f"{name}T")
    speak(page, "de")
    expect(page.locator("#words")).to_have_value("at\nit")
    expect(page.locator("#words")).to_be_visible()
    expect(page.locator("#word")).to_have_text(f"{name}T")


def test_a_picture_stays(page: Page, glyphs: dict[str, object]) -> None:
    page.get_by_role("link", name="Picture").click()
    page.locator("#picture-file").set_input_files(png(photo(glyphs, ["LET"])))  # type: ignore[arg-type]
    expect(page.locator("#picture-text")).to_have_text("LET")
    speak(page, "de")
    expect(page.locator("#picture-text")).to_have_text("LET")
    page.locator("#views a").nth(0).click()
    page.locator("#views a").nth(2).click()
    expect(page.locator(".drop")).to_be_visible()
    expect(page.locator("#picture-text")).to_be_hidden()  # pictures are forgotten once the view is left


def test_the_settings_of_a_training_stay(page: Page) -> None:
    page.get_by_role("link", name="Train").click()
    page.locator("#settings summary").click()
    page.locator("#train-epochs").fill("7")
    page.locator("#set").select_option("file")
    content = {"name": "a.jsonl", "mimeType": "application/octet-stream", "buffer": b"{}"}
    page.locator("#train-epochs").fill("7")
    page.locator("#set-file").set_input_files(content)  # type: ignore[arg-type]
    speak(page, "de")
    expect(page.locator("#train-epochs")).to_be_visible()
    expect(page.locator("#train-epochs")).to_have_value("7")
    assert page.locator("#set-file").evaluate("(field) => field.files[0].name") == "a.jsonl"
    page.locator("#set").select_option("own")
    expect(page.locator("#train-epochs")).not_to_have_value("7")  # other choices have other numbers


def test_codes_that_are_typed_stay(context: BrowserContext, tmp_path: Path) -> None:
    with collecting(tmp_path) as museum:
        page = visit(context, museum, "#view=moderate")
        page.locator("#token").fill("half a tok")
        speak(page, "de")
        expect(page.locator("#token")).to_have_value("half a tok")
        page.locator("#token").fill(OWNER)
        page.keyboard.press("Enter")
        page.get_by_label("Anzeigen").select_option("rejected")
        speak(page, "en")
        expect(page.get_by_label("Show")).to_have_value("rejected")


def test_a_receipt_and_a_code_stay(context: BrowserContext, tmp_path: Path) -> None:
    with collecting(tmp_path) as museum:
        page = visit(context, museum)
        draw(page, T)
        contribute(page)
        open_view(page)
        expect(page.locator(".drawings li")).to_have_count(1)
        page.get_by_text("I have another code").click()
        page.get_by_label("Code", exact=True).fill("0123 4567")
        letter = page.locator(".ask .letter").inner_text()
        page.get_by_role("button", name="Delete all of mine").click()
        page.get_by_role("button", name="Delete all", exact=True).click()
        expect(page.locator(".receipt strong")).to_contain_text("Deleted: 1 letter,")
        speak(page, "de")
        expect(page.locator(".receipt strong")).to_contain_text("Gelöscht: 1 Buchstabe,")
        expect(page.get_by_label("Code", exact=True)).to_have_value("0123 4567")
        expect(page.locator(".ask .letter")).to_have_text(letter)


def test_a_letter_on_its_way_arrives(context: BrowserContext, tmp_path: Path) -> None:
    with collecting(tmp_path) as museum:
        page = visit(context, museum)
        draw(page, T)
        contribute(page)
        open_view(page)
        first = page.locator(".ask .letter").inner_text()
        held = []
        page.route("**/v1/contributions", lambda route: held.append(route))
        draw(page, L)
        page.get_by_role("button", name="Give this letter").click()
        page.wait_for_timeout(200)
        speak(page, "de")
        page.locator(".wanted").wait_for()
        [route] = held
        route.continue_()
        expect(page.locator(".ask .letter")).not_to_have_text(first)
        expect(page.locator(".act .status")).to_contain_text("contributed")
        assert page.evaluate("lenet.strokes().length") == 0
