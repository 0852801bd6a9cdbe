"""The page in German: everything that it says, also of what goes wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from browser import new_page, wait_for
from lenet.datasets import load
from lenet.datasets.readers.npz import write_letters
from views import every_view, show

# Texts that people read or hear, except texts marked as English.
SAID = """() => {
  const named = ["aria-label", "aria-valuetext", "title", "alt", "placeholder"];
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = [document.title];
  while (words.nextNode()) {
    const { data, parentElement: at } = words.currentNode;
    if (!at.closest("script, noscript, code, #language, body [lang=en]")) said.push(data);
  }
  for (const one of document.body.querySelectorAll("*")) {
    said.push(...named.flatMap((name) => one.getAttribute(name) ?? []));
  }
  return said.map((text) => text.trim());
}"""

NAMES = {"LeNet", "ReLU", "PNG", "SVG", "JSON Lines", "model.safetensors", "Esc", "0 px"}
"""The same in both languages."""
ALIKE = NAMES | {"Softmax", "Format", "safetensors"}


def said(browser: Browser, url: str, language: str) -> set[str]:
    """Return the texts of the views, with and without a drawing."""
    page = new_page(browser, viewport={"width": 1280, "height": 800})
    texts = {text for _ in every_view(page, url, language) for text in page.evaluate(SAID)}
    page.close()
    return texts


@pytest.mark.slow
def test_nothing_stands_there_in_english_too(browser: Browser, url: str) -> None:
    english, german = (said(browser, url, language) for language in ("en", "de"))
    assert {text for text in english & german if re.search("[A-Za-z]{2}", text)} == ALIKE
    numbers = [text for text in german if re.search(r"\d\.(?!\d{3}\b)\d|\d%", text)]
    assert numbers == []


@pytest.fixture
def german(page: Page) -> Page:
    page.goto(f"{page.url.split('#')[0]}#language=de")
    expect(page.locator("html[lang=de]")).to_be_attached()
    return page


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_networks_are_introduced_in_german_but_for_titles(german: Page) -> None:
    show(german, "train")
    origin = german.locator("#net-origin")
    names = german.locator("#net option").evaluate_all("all => all.map((one) => one.value)")
    assert {"lecun1989", "lenet1", "lenet5", "modern-s"} < set(names)
    for name in names:
        german.locator("#net").select_option(name)
        expect(german).to_have_url(re.compile(f"net={name}(&|$)"))
        title = name in {"lecun1989", "lenet1", "lenet5"}
        expect(origin).to_have_attribute("lang", "en" if title else "de")


def test_damaged_letters_to_train_on(german: Page, tmp_path: Path) -> None:
    write_letters(tmp_path / "whole.npz", load("font-letters").take(range(9)))
    damaged = (tmp_path / "whole.npz").read_bytes()[:-9]  # without the end of its directory
    show(german, "train")
    german.locator("#set").select_option("file")
    german.locator("#set-file").set_input_files(file("letters.npz", damaged))
    german.get_by_role("button", name="Starten").click()
    phase = german.locator("#train-phase.problem")
    expect(phase).to_have_text("Das Training ist fehlgeschlagen: Die Datei ist kein Zip-Archiv.")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notes.txt", "Wähle eine .safetensors-Datei, oder eine model.json zusammen mit"),
        (
            "model.safetensors",
            "Die Modelldatei lässt sich nicht verwenden: Sie ist keine safetensors-Datei. Kopiere",
        ),
        (
            "model.json",
            "Das TensorFlow.js-Modell lässt sich nicht verwenden: Seine model.json ist kein JSON.",
        ),
    ],
)
def test_a_file_that_is_no_model(german: Page, name: str, words: str) -> None:
    show(german, "inside")
    german.locator("#open-model").set_input_files(file(name, b"Dear diary,"))
    expect(german.locator(".open .problem")).to_contain_text(words)


def test_letters_that_were_not_taught_here(german: Page) -> None:
    show(german, "teach")
    german.locator("#letters-file").wait_for(state="attached")
    lines = b'{"label": "L", "strokes": [[[0, 0], [0, 9], [5, 9]]]}\n{"label": "LT"}\n'
    german.locator("#letters-file").set_input_files(file("mine.jsonl", lines))
    expect(german.locator(".own .problem")).to_have_text(
        "Diese Datei lässt sich nicht verwenden: Zeile 2: Das Label ist kein einzelnes Zeichen."
    )


MODEL, WORDS = "**/model.safetensors", "**/de-*.js"
MISSING = "Das Modell konnte nicht geladen werden (Status 404). Lade die Seite neu."


def missing(route: Route) -> None:
    route.fulfill(status=404)


def holding(page: Page, address: str) -> list[Route]:
    """Hold the requests to that address."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))
    return held


def test_before_the_model_is_there_and_where_it_does_not_come(bare: Page, url: str) -> None:
    held = holding(bare, MODEL)
    bare.goto(f"{url}#language=de")
    expect(bare.locator("#status")).to_have_text("Das Netz wird geladen …")
    missing(held.pop())
    expect(bare.locator("#status")).to_have_text(MISSING)


def test_a_model_that_fails_before_the_words_have_come(bare: Page, url: str) -> None:
    bare.route(MODEL, missing)
    held = holding(bare, WORDS)
    bare.goto(f"{url}#language=de")
    expect(bare.locator("#status")).to_contain_text("The model did not load (status 404)")
    held.pop().continue_()
    expect(bare.locator("#status")).to_have_text(MISSING)


def test_words_that_do_not_come(bare: Page, url: str) -> None:
    bare.route(WORDS, missing)
    bare.goto(url)
    wait_for(bare, "ready")
    bare.locator("#language").select_option("de")
    expect(bare.locator("#announcement")).to_have_text(
        "Die Texte der Seite konnten nicht geladen werden. Lade die Seite neu."
    )
