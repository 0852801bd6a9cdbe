"""Exploring mistakes on the page: what a drawing bears, and which letters of a set are confused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from browser import wait_for
from drawing import L, draw, settled, strokes_on
from lenet.datasets import LETTERS, load
from lenet.datasets.npz import write_letters
from lenet.recognizer import SHIPPED
from lenet.recognizer import load as load_model


@pytest.fixture
def view(page: Page) -> Page:
    page.get_by_role("link", name="Mistakes").click()
    page.locator("#set-file").wait_for(state="attached")
    return page


def slide(page: Page, name: str, value: float) -> None:
    page.get_by_label(name, exact=True).fill(str(value))


def share(page: Page) -> int:
    """The letter's probability that is shown, per cent."""
    settled(page)
    said = page.locator("#bears").inner_text()
    assert said.startswith("L: ")
    return int(said.removeprefix("L: ").split("%")[0].strip("<>"))


def test_sliders_change_what_the_network_sees(view: Page) -> None:
    expect(view.get_by_text("Draw a letter on the pad first.")).to_be_visible()
    draw(view, L)
    assert share(view) > 90
    slide(view, "Turn", 60)
    assert share(view) < 60
    assert "turn=60" in view.evaluate("location.hash")
    expect(view.locator(".chart")).to_have_attribute("aria-label", "Probability of L")
    view.get_by_text("The numbers as a table").click()
    rows = view.locator(".curve tbody tr")
    expect(rows).to_have_count(49)
    expect(rows.last).to_contain_text("60")
    view.get_by_role("button", name="As it is").click()
    assert share(view) > 90
    assert view.evaluate("location.hash") == "#view=mistakes"


def test_the_curve_is_what_the_slider_shows(view: Page) -> None:
    draw(view, L)
    slide(view, "Size", 40)
    view.get_by_text("The numbers as a table").click()
    low = float(view.locator(".curve tbody tr td").first.inner_text())
    assert round(100 * low) == pytest.approx(share(view), abs=1)


def test_the_matrix_is_that_of_python(view: Page, tmp_path: Path) -> None:
    data = load("glyphs")
    some = data.take(np.arange(0, len(data), 3))
    write_letters(tmp_path / "mine.npz", some)
    read = load_model(SHIPPED).probabilities(some.images).argmax(axis=1)
    counts = np.zeros((26, 26), int)
    np.add.at(counts, (some.labels, read), 1)
    view.locator("#set-file").set_input_files(tmp_path / "mine.npz")
    right = int(np.trace(counts))
    expect(view.locator("#set-read")).to_contain_text(f"{right:,} of {len(some):,} right")
    shown = view.evaluate(
        "[...document.querySelectorAll('.matrix button')].map(b => [b.dataset.cell, b.innerText])"
    )
    assert {(a, b): int(n) for (a, b), n in shown} == {
        (LETTERS[i], LETTERS[j]): int(counts[i, j]) for i, j in np.argwhere(counts)
    }
    i, j = np.argwhere(counts * (1 - np.eye(26, dtype=int)))[0]
    view.get_by_role("button", name=f"{LETTERS[i]} read as {LETTERS[j]}:").click()
    expect(view.locator(".gallery li")).to_have_count(int(counts[i, j]))
    assert f"cell={LETTERS[i]}{LETTERS[j]}" in view.evaluate("location.hash")


def test_the_letters_of_the_package_are_read(view: Page) -> None:
    view.get_by_role("button", name="Letters of handwriting fonts").click()
    expect(view.locator("#set-read")).to_contain_text("of 5,356 right", timeout=60_000)
    expect(view.get_by_text("has seen these fonts")).to_be_visible()


def test_a_file_that_is_none_is_refused_and_the_drawing_stays(view: Page) -> None:
    draw(view, L)
    view.locator("#set-file").set_input_files(
        {"name": "a.npz", "mimeType": "application/zip", "buffer": b"PK\x03\x04 no"}
    )
    expect(view.locator("#set-read")).to_contain_text("cannot be used: it is no zip archive")
    assert len(strokes_on(view)) == 1


def test_an_address_sets_the_sliders(page: Page, url: str) -> None:
    page.goto(f"{url}#view=mistakes&noise=7.5&turn=999")
    page.reload()
    wait_for(page, "ready")
    draw(page, L)
    expect(page.get_by_label("Noise", exact=True)).to_have_value("7.5")
    expect(page.get_by_label("Turn", exact=True)).to_have_value("0")
