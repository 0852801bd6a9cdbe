"""Exploring mistakes on the page: what a drawing bears, and which letters of a set are confused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from browser import serving, wait_for
from class_networks import save_network
from drawing import L, draw, settled, strokes_on
from lenet import ink
from lenet.datasets import Dataset, load
from lenet.datasets.readers.npz import write_letters
from lenet.inference.recognizer import load as load_recognizer
from lenet.labels import LETTERS
from lenet.models import DEFAULT_MODEL
from lenet.models.file import Model, save_model
from made import idx_images, idx_labels, write_idx


@pytest.fixture
def view(page: Page) -> Page:
    page.get_by_role("link", name="Mistakes").click()
    page.locator("#set-file").wait_for(state="attached")
    return page


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def slide(page: Page, name: str, value: float) -> None:
    page.get_by_label(name, exact=True).fill(str(value))


def share(page: Page) -> int:
    """The letter's probability that is shown, per cent."""
    settled(page)
    text = page.locator("#robustness").inner_text()
    assert text.startswith("L: ")
    return int(text.removeprefix("L: ").split("%")[0].strip("<>"))


def test_sliders_change_what_the_network_sees(view: Page) -> None:
    expect(view.get_by_text("Draw a letter on the pad first.")).to_be_visible()
    draw(view, L)
    assert share(view) > 90
    slide(view, "Rotation", 60)
    assert share(view) < 60
    assert "turn=60" in view.evaluate("location.hash")
    expect(view.locator(".chart")).to_have_attribute("aria-label", "Probability of L")
    view.get_by_text("Values as a table").click()
    rows = view.locator(".curve tbody tr")
    expect(rows).to_have_count(49)
    expect(rows.last).to_contain_text("60")
    view.get_by_role("button", name="Reset").click()
    assert share(view) > 90
    assert view.evaluate("location.hash") == "#view=mistakes"


def test_the_curve_is_what_the_slider_shows(view: Page) -> None:
    draw(view, L)
    slide(view, "Size", 40)
    view.get_by_text("Values as a table").click()
    low = float(view.locator(".curve tbody tr td").first.inner_text())
    assert round(100 * low) == pytest.approx(share(view), abs=1)


def letters() -> Dataset:
    """A third of the letters of fonts."""
    data = load("font-letters")
    return data.take(np.arange(0, len(data), 3))


def becomes_that_of_python(view: Page, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Assert that the page counts what Python's answers give, int (26, 26); these counts."""
    read = load_recognizer(DEFAULT_MODEL).probabilities(images).argmax(axis=1)
    counts = np.zeros((26, 26), int)
    np.add.at(counts, (labels, read), 1)
    right = int(np.trace(counts))
    expect(view.locator("#set-read")).to_contain_text(f"({right:,} of {len(labels):,})")
    cells = view.evaluate(
        "[...document.querySelectorAll('.matrix button')].map(b => [b.dataset.cell, b.innerText])"
    )
    assert {(a, b): int(n) for (a, b), n in cells} == {
        (LETTERS[i], LETTERS[j]): int(counts[i, j]) for i, j in np.argwhere(counts)
    }
    return counts


def test_the_matrix_is_that_of_python(view: Page, tmp_path: Path) -> None:
    some = letters()
    write_letters(tmp_path / "mine.npz", some)
    view.locator("#set-file").set_input_files(tmp_path / "mine.npz")
    counts = becomes_that_of_python(view, some.images, some.labels)
    i, j = np.argwhere(counts * (1 - np.eye(26, dtype=int)))[0]
    view.get_by_role("button", name=f"True {LETTERS[i]}, predicted {LETTERS[j]}:").click()
    expect(view.locator(".gallery li")).to_have_count(int(counts[i, j]))
    assert f"cell={LETTERS[i]}{LETTERS[j]}" in view.evaluate("location.hash")


@pytest.mark.parametrize("packed", [False, True], ids=["as they are", "gzipped"])
def test_the_files_of_emnists_test_are_read_here(view: Page, tmp_path: Path, packed: bool) -> None:
    some = letters()
    write_idx(tmp_path, idx_images(some.images), idx_labels(some.labels + 1), packed)
    paths = [path.rename(path.with_name(path.name.replace("train", "test"))) for path in tmp_path.iterdir()]
    view.locator("#set-file").set_input_files(paths)
    becomes_that_of_python(view, some.images, some.labels)


def test_drawings_are_drawn_with_the_pen_of_the_network(view: Page, tmp_path: Path) -> None:
    lines = [{"label": "TL"[k % 2], "strokes": leaning(k)} for k in range(40)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    view.locator("#set-file").set_input_files(tmp_path / "mine.jsonl")
    pen = load_recognizer(DEFAULT_MODEL).model.pen_width
    drawn = [ink.rasterize([np.array(s, float) for s in leaning(k)], pen) for k in range(40)]
    images = [image for image in drawn if image is not None]
    labels = np.array([LETTERS.index("TL"[k % 2]) for k in range(40)])
    becomes_that_of_python(view, np.stack(images), labels)


def leaning(k: int) -> list[list[list[float]]]:
    """A T or an L, each a little different."""
    return [[[0, 0], [k, 30]], [[-9, 0], [9, k / 4]] if k % 2 == 0 else [[k, 30], [k + 15, 30]]]


def test_the_matrix_is_one_tab_stop_and_arrow_keys_reach_each_cell(view: Page) -> None:
    view.get_by_role("button", name="Letters of handwriting fonts").click()
    cells = view.locator(".matrix button")
    cells.first.wait_for()
    numbers = cells.count()
    assert numbers > 40
    assert (
        view.locator(".matrix, .matrix *").evaluate_all("all => all.filter((x) => x.tabIndex === 0).length")
        == 1
    )
    focused = "[...document.querySelectorAll('.matrix button')].indexOf(document.activeElement)"
    view.locator(".matrix button[tabindex='0']").focus()
    reached = [view.evaluate(focused)]
    for _ in range(numbers - 1):
        view.keyboard.press("ArrowRight")
        reached.append(view.evaluate(focused))
    assert reached == list(range(numbers))
    row = "document.activeElement.closest('tr').rowIndex"
    for k in range(25):
        assert view.evaluate(row) == 26 - k
        view.keyboard.press("ArrowUp")
    view.keyboard.press("End")
    view.keyboard.press("Enter")
    view.locator(".gallery li").first.wait_for()
    assert view.evaluate(focused) == numbers - 1
    view.keyboard.press("Tab")
    assert view.evaluate(focused) == -1


def test_letters_that_were_taught_are_a_set(view: Page) -> None:
    mine = view.get_by_role("button", name="Your letters")
    mine.click()
    expect(view.locator("#set-read")).to_contain_text("You have no letters yet")
    view.get_by_role("link", name="Teach").click()
    for letter in "IL":  # an L that is called an I is a mistake
        draw(view, L)
        view.get_by_role("button", name=f"True letter: {letter}", exact=True).click()
    view.get_by_role("link", name="Mistakes").click()
    mine.click()
    expect(view.locator("#set-read")).to_contain_text("Accuracy: 50.0% (1 of 2)")
    view.get_by_role("button", name="True I, predicted L:").click()
    expect(view.locator(".gallery li")).to_have_count(1)
    expect(view.get_by_text("was trained on")).to_be_hidden()


def test_a_network_that_learned_the_taught_letters_says_so(page: Page, tmp_path: Path) -> None:
    model = load_recognizer(DEFAULT_MODEL).model
    record = replace(model.training, data=("own letters",), extra={"own_letters": 3})
    metadata = replace(model.metadata, training=record)
    save_model(tmp_path / "own.safetensors", Model(model.spec, model.parameters, metadata))
    line = json.dumps({"label": "L", "strokes": leaning(1), "drawer": None, "time": 1})
    page.get_by_role("link", name="Teach").click()
    page.locator("input[type=file]").set_input_files(file("mine.jsonl", line.encode()))
    expect(page.locator("#gallery li")).to_have_count(1)
    page.get_by_role("link", name="Look inside").click()
    page.locator("#open-model").set_input_files(tmp_path / "own.safetensors")
    expect(page.locator(".open strong")).to_be_visible()
    page.get_by_role("link", name="Mistakes").click()
    page.get_by_role("button", name="Your letters").click()
    expect(page.get_by_text("was trained on these letters")).to_be_visible()


def test_only_a_network_that_was_trained_on_the_fonts_says_so(page: Page, tmp_path: Path) -> None:
    model = load_recognizer(DEFAULT_MODEL).model
    metadata = replace(model.metadata, training=replace(model.training, data=("unipen_train",)))
    save_model(tmp_path / "other.safetensors", Model(model.spec, model.parameters, metadata))
    page.get_by_role("link", name="Look inside").click()
    page.locator("#open-model").set_input_files(tmp_path / "other.safetensors")
    expect(page.locator(".open strong")).to_be_visible()
    page.get_by_role("link", name="Mistakes").click()
    page.get_by_role("button", name="Letters of handwriting fonts").click()
    expect(page.locator("#set-read")).to_contain_text("Accuracy", timeout=60_000)
    expect(page.get_by_text("was trained on these letters")).to_be_hidden()


def test_the_set_that_was_chosen_last_is_shown(view: Page, tmp_path: Path) -> None:
    some = letters()
    write_letters(tmp_path / "mine.npz", some)
    view.get_by_role("button", name="Letters of handwriting fonts").click()
    view.locator("#set-file").set_input_files(tmp_path / "mine.npz")
    becomes_that_of_python(view, some.images, some.labels)
    expect(view.get_by_text("was trained on these letters")).to_be_hidden()


def test_a_network_of_other_characters_says_so(context: BrowserContext, tmp_path: Path) -> None:
    with serving(save_network(tmp_path / "digits.safetensors")) as url:
        page = context.new_page()
        page.goto(f"{url}#view=mistakes")
        wait_for(page, "ready")
        page.get_by_role("button", name="Letters of handwriting fonts").click()
        expect(page.locator("#set-read")).to_contain_text("This network reads 0 to 9")


def test_the_letters_of_the_package_are_read(view: Page) -> None:
    view.get_by_role("button", name="Letters of handwriting fonts").click()
    expect(view.locator("#set-read")).to_contain_text(" of 5,356)", timeout=60_000)
    expect(view.get_by_text("was trained on these letters")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.npz", b"PK\x03\x04 no", "it is not a zip archive"),
        ("a.jsonl", b'{"label": 1}', "line 1: its label is not one character"),
        ("emnist-letters-test-images-idx3-ubyte", b"\0\0\x08\x03" + bytes(12), "two files"),
        ("a.bin", b"\xff\xfe\xfd", "neither NPZ nor IDX"),
    ],
)
def test_a_file_that_is_none_is_refused_and_the_drawing_stays(
    view: Page, name: str, content: bytes, reason: str
) -> None:
    draw(view, L)
    view.locator("#set-file").set_input_files(file(name, content))
    expect(view.locator("#set-read")).to_contain_text("This file cannot be used: ")
    expect(view.locator("#set-read")).to_contain_text(reason)
    assert len(strokes_on(view)) == 1


def test_an_address_sets_the_sliders(page: Page, url: str) -> None:
    page.goto(f"{url}#view=mistakes&noise=7.5&turn=999")
    page.reload()
    wait_for(page, "ready")
    draw(page, L)
    expect(page.get_by_label("Noise", exact=True)).to_have_value("7.5")
    expect(page.get_by_label("Rotation", exact=True)).to_have_value("0")
