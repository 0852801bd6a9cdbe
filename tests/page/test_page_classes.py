"""The page with a network of other classes than A to Z: it speaks of that network's classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser import new_page, serving, wait_for
from class_networks import DIGITS, save_network
from drawing import L, draw, letter
from lenet.labels import LETTERS
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
