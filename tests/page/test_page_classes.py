"""The page with a network of other classes than A to Z: it speaks of that network's classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser import new_page, serving, wait_for
from class_networks import DIGITS, save_network
from drawing import L, draw, letter
from lenet.datasets import load
from lenet.inference.recognizer import load as load_recognizer
from lenet.ink import read_drawings
from lenet.labels import LETTERS
from lenet.models import DEFAULT_MODEL
from stored import PUT
from views import show


@pytest.fixture(scope="module")
def digits_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with a network of ten digits, as `lenet serve --model` has it."""
    with serving(save_network(tmp_path_factory.mktemp("digits") / "digits.safetensors")) as address:
        yield address


@pytest.fixture
def digits(context: BrowserContext, digits_url: str) -> Page:
    page = context.new_page()
    page.goto(digits_url)
    wait_for(page, "ready")
    expect(page).to_have_title("LeNet: draw a character")
    return page


def test_texts_name_the_classes(digits: Page) -> None:
    expect(digits.locator("#about")).to_contain_text("The network reads 0 to 9 and tells you")
    expect(digits.locator("#motto")).to_have_text("reads the character that you draw")
    expect(digits.locator("#status")).to_have_text("Draw a character")
    draw(digits, L)
    assert letter(digits) in DIGITS
    expect(digits.locator("#small")).to_have_text("")  # a digit has no small form
    digits.locator("#language").select_option("de")
    expect(digits.locator("#about")).to_contain_text("Das Netz liest 0 bis 9 und sagt")


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (DIGITS + LETTERS, "0\u20139, A\u2013Z"),
        (DIGITS + LETTERS + "abdefghnqrt", "47 characters"),
        (DIGITS + LETTERS + LETTERS.lower(), "0\u20139, A\u2013Z, a\u2013z"),
    ],
)
def test_a_network_that_is_opened_changes_the_texts(
    page: Page, tmp_path: Path, labels: str, named: str
) -> None:
    about = page.locator("#about")
    expect(about).to_contain_text("reads A to Z, capital or small")
    show(page, "inside")
    page.locator("#open-model").set_input_files(save_network(tmp_path / "more.safetensors", labels))
    expect(about).to_contain_text(f"reads {named} and")
    page.get_by_role("button", name="Back to the default network").click()
    expect(about).to_contain_text("reads A to Z, capital or small")
    expect(page).to_have_title("Look inside - LeNet")


def test_what_is_not_one_of_the_characters_is_not_called_a_letter(browser: Browser, tmp_path: Path) -> None:
    with serving(save_network(tmp_path / "strict.safetensors", max_entropy=0)) as url:
        page = new_page(browser)
        page.goto(url)
        wait_for(page, "ready")
        draw(page, L)
        expect(page.locator("#status")).to_have_text("Not one of its characters")
        expect(page.locator("#announcement")).to_contain_text("Not one of its characters. Closest:")
        page.close()


def test_a_list_of_numbers_restricts_a_number(digits: Page) -> None:
    show(digits, "word")
    draw(digits, [[(0.1, 0.2), (0.1, 0.8)], [(0.5, 0.2), (0.5, 0.8)]])
    digits.locator("details summary").click()
    digits.get_by_label("Word list").fill("42, abc")
    expect(digits.locator("summary .quiet")).to_have_text("1 word")
    expect(digits.locator("#word")).to_have_text("42")


def test_the_two_digits_of_an_attribution_are_in_the_address(digits: Page) -> None:
    show(digits, "inside")
    digits.get_by_role("button", name="Draw an example: 0").click()
    digits.locator("#why select").first.select_option("7")
    digits.locator("#why select").last.select_option("3")
    expect(digits.locator("#why h2")).to_have_text("Why 7 and not 3")
    digits.reload()
    wait_for(digits, "ready")
    expect(digits.locator("#why h2")).to_have_text("Why 7 and not 3")


def teach(page: Page, *names: str) -> None:
    """Store a drawing as each of these characters."""
    for name in names:
        draw(page, L)
        page.get_by_role("button", name=f"True character: {name}", exact=True).click()
        expect(page.locator("#taught")).to_contain_text(f"Stored as {name}.")


def groups(page: Page) -> list[str]:
    """The labels under which the gallery shows drawings."""
    return page.locator("#gallery h4").all_inner_texts()


def test_a_digit_is_taught_as_a_digit(digits: Page, tmp_path: Path) -> None:
    show(digits, "teach")
    row = digits.locator("#row button")
    expect(row).to_have_count(10)
    assert sorted(row.all_inner_texts()) == [*DIGITS]
    teach(digits, "7")
    draw(digits, L)
    digits.keyboard.press("Alt+3")
    expect(digits.locator("#taught")).to_have_text("Stored as 3. 2 characters.")
    digits.keyboard.press("Alt+c")
    draw(digits, L)
    row.first.focus()
    digits.keyboard.press("7")
    expect(digits.locator("#gallery li")).to_have_count(3)
    assert groups(digits) == ["3", "7"]
    digits.reload()
    wait_for(digits, "ready")
    expect(digits.locator("#gallery li")).to_have_count(3)
    assert groups(digits) == ["3", "7"]
    with digits.expect_download() as download:
        digits.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "digits.jsonl")
    assert [drawing.label for drawing in read_drawings(tmp_path / "digits.jsonl")] == ["7", "3", "7"]
    digits.locator("#letters-file").set_input_files(tmp_path / "digits.jsonl")
    expect(digits.locator("#gallery li")).to_have_count(6)
    expect(digits.locator(".learning")).to_contain_text(
        "This network reads 0 to 9: it cannot be fine-tuned here"
    )
    expect(digits.get_by_role("button", name="Start training")).to_be_hidden()


def test_cases_that_are_two_classes_stay_two(page: Page, tmp_path: Path) -> None:
    show(page, "inside")
    labels = DIGITS + LETTERS + LETTERS.lower()
    page.locator("#open-model").set_input_files(save_network(tmp_path / "by_class.safetensors", labels))
    show(page, "teach")
    expect(page.locator("#row button")).to_have_count(62)
    teach(page, "a", "A")
    assert groups(page) == ["A", "a"]


def test_drawings_of_other_classes_are_kept_and_not_used(page: Page, tmp_path: Path) -> None:
    show(page, "teach")
    page.locator(".own").wait_for()
    for name in "abc":
        draw(page, L)
        page.keyboard.press(f"Alt+{name}")
    expect(page.locator("#gallery li")).to_have_count(3)
    expect(page.locator("#unused")).to_be_hidden()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    show(page, "inside")
    page.locator("#open-model").set_input_files(save_network(tmp_path / "digits.safetensors"))
    expect(page.locator("#about")).to_contain_text("0 to 9")
    show(page, "mistakes")
    page.get_by_role("button", name="Your characters").click()
    expect(page.locator("#set-read")).to_contain_text("You have no characters of this network (0 to 9) yet.")
    show(page, "teach")
    expect(page.locator("#unused")).to_contain_text(
        "3 of them have classes that the network in use does not have"
    )
    assert groups(page) == ["A", "B", "C"]
    teach(page, "7")
    expect(page.get_by_role("button", name="Start training")).to_be_hidden()
    show(page, "mistakes")
    page.get_by_role("button", name="Your characters").click()
    expect(page.locator("#set-read")).to_contain_text(" of 1)")
    cell = page.locator(".matrix button").first
    cell.click()
    expect(page.locator(".mistakes h4, #view .gallery h4")).to_contain_text("True 7, predicted")
    show(page, "train")
    page.locator("#set").select_option("own")
    expect(page.locator("#set-about")).to_contain_text("3 letters of yours")
    expect(page.locator("#view")).to_contain_text("trained here read A to Z; the network in use reads 0 to 9")


def test_files_of_digits_are_measured_with_a_network_of_digits(digits: Page, tmp_path: Path) -> None:
    show(digits, "mistakes")
    line = '{"label": "7", "strokes": [[[0, 0], [9, 0], [4, 9]]]}\n'
    (tmp_path / "sevens.jsonl").write_text(5 * line, encoding="utf-8")
    digits.locator("#set-file").set_input_files(tmp_path / "sevens.jsonl")
    expect(digits.locator("#set-read")).to_contain_text(" of 5)")
    (tmp_path / "letters.jsonl").write_text(line + line.replace("7", "A"), encoding="utf-8")
    digits.locator("#set-file").set_input_files(tmp_path / "letters.jsonl")
    expect(digits.locator("#set-read")).to_contain_text("line 2: its label is not a class of the network")


def test_letters_of_fonts_measure_a_network_of_digits_and_letters(page: Page, tmp_path: Path) -> None:
    show(page, "inside")
    path = save_network(tmp_path / "both.safetensors", DIGITS + LETTERS)
    page.locator("#open-model").set_input_files(path)
    show(page, "mistakes")
    page.get_by_role("button", name="Letters of handwriting fonts").click()
    fonts = load("font-letters")
    recognizer = load_recognizer(path)
    answers = (
        recognizer.probabilities(fonts.images).argmax(1) - 10
    )  # among digits and letters, A is the tenth
    correct = int((answers == fonts.labels).sum())
    expect(page.locator("#set-read")).to_contain_text(f"({correct} of 5,356)", timeout=60_000)


def test_a_personal_network_of_letters_does_not_replace_a_network_of_digits(
    context: BrowserContext, digits_url: str
) -> None:
    page = context.new_page()
    page.goto(digits_url)
    wait_for(page, "ready")
    own = {"file": [*DEFAULT_MODEL.read_bytes()], "active": True}
    page.evaluate(PUT, ["networks", [own], ["own"]])
    page.goto(f"{digits_url}#view=teach")
    page.reload()
    wait_for(page, "ready")
    expect(page.locator(".learning")).to_contain_text("This network reads 0 to 9")
    expect(page.locator("#about")).to_contain_text("reads 0 to 9")
    expect(page.locator("#answering")).to_be_empty()
