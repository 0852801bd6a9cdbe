"""The page on which a person labels a sample: opened from a file, with the keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from lenet import engine
from lenet.bulk.labels import page_letters, read_labels, render_label_page
from lenet.bulk.sample import SampleCollector, SampledLetter, read_sample
from lenet.bulk.types import Shard
from lenet.labels import LETTERS

RUN = "ab" * 32


@pytest.fixture(scope="module")
def letters() -> list[SampledLetter]:
    """Forty letters, of which two have no ink; letter k has k + 1 bright pixels."""
    images = np.zeros((40, 28, 28), np.uint8)
    for k, image in enumerate(images.reshape(40, -1)):
        image[: k + 1] = 255
    recognized = np.zeros(40, engine.RECOGNITION)
    recognized["verdict"][5:7] = engine.abi.Verdict.EMPTY
    recognized["classes"][:, 0] = 25
    collector = SampleCollector(Shard(0, (), 40, "cd" * 32), 1)
    collector.add(images)
    data = collector.to_bytes([f"secret-{k}" for k in range(40)], recognized, LETTERS)
    return page_letters(read_sample([0], lambda _: data).rows)


@pytest.fixture
def page(letters: list[SampledLetter], context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    path = tmp_path / "label.html"
    path.write_bytes(render_label_page(letters, RUN, LETTERS))
    opened = context.new_page()
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(path.as_uri())
    expect(opened.get_by_role("status")).to_contain_text("of 38")
    yield opened
    assert errors == []


def ink(page: Page, canvas: str) -> int:
    """Return the number of black pixels of a canvas, in those of an image."""
    return int(
        page.evaluate(
            """(id) => {
              const canvas = document.getElementById(id);
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              const scale = id === "letter" ? 100 : 9;
              return Math.round(data.filter((value, k) => k % 4 === 0 && value < 128).length / scale);
            }""",
            canvas,
        )
    )


def labels_of(page: Page, tmp_path: Path) -> dict[tuple[int, int], str]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save labels.json").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "labels.json"
    return read_labels(path, RUN, LETTERS)


def test_the_keyboard_labels_and_the_file_has_the_labels(
    page: Page, letters: list[SampledLetter], tmp_path: Path
) -> None:
    expect(page.get_by_role("button", name="Save labels.json")).to_be_disabled()
    for key in ("a", "B", "?", "c", "Backspace", "-", "3", "Control+d"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_have_text("Labelled not-a-letter. Letter 5 of 38.")
    expect(page.get_by_text("4 of 38 letters are labelled.")).to_be_visible()
    places = [(row.shard, row.answer.row) for row in letters[:4]]
    expected = dict(zip(places, ["A", "B", "unreadable", "not-a-letter"], strict=True))
    assert labels_of(page, tmp_path) == expected


def test_the_page_shows_the_letter_and_its_neighbours(page: Page, letters: list[SampledLetter]) -> None:
    for row in letters[:5]:
        k = row.answer.row
        around = [sum(n + 1 for n in part if 0 <= n < 40) for part in ((k - 2, k - 1), (k + 1, k + 2))]
        assert [ink(page, name) for name in ("before", "letter", "after")] == [around[0], k + 1, around[1]]
        page.keyboard.press("x")


def test_the_page_is_blind_and_loads_nothing(letters: list[SampledLetter]) -> None:
    html = render_label_page(letters, RUN, LETTERS).decode()
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    assert set(data) == {"run", "classes", "letters", "slots", "columns"}
    assert all(len(letter) == 2 for letter in data["letters"])
    assert "secret" not in html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]  # type: ignore[index]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'(?:src|href)="(?!data:)', html)


def test_a_draft_survives_a_reload(page: Page, tmp_path: Path) -> None:
    for key in "abc":
        page.keyboard.press(key)
    expect(page.get_by_text("keeps a draft")).to_be_visible()
    page.reload()
    expect(page.get_by_role("status")).to_have_text("Your draft is here again. Letter 4 of 38.")
    assert sorted(labels_of(page, tmp_path).values()) == ["A", "B", "C"]


def test_buttons_label_too_and_the_last_letter_ends_it(page: Page) -> None:
    page.get_by_role("button", name="not a letter").click()
    page.get_by_role("button", name="Q", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="take the last label back").click()
    expect(page.get_by_role("status")).to_have_text("Took back Q. Letter 2 of 38.")
    page.get_by_label("Letter, ? or -").focus()
    for _ in range(50):
        page.keyboard.press("z")
    expect(page.get_by_role("status")).to_have_text("Labelled Z. All letters are labelled; save labels.json.")
    expect(page.get_by_text("38 of 38 letters are labelled.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(page: Page, node_modules: Path, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    # The policy allows no other script; evaluation by the debugger is exempt.
    page.evaluate((node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    rules = (
        "{ runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] } }"
    )
    violations = page.evaluate(f"axe.run(document, {rules}).then((result) => result.violations)")
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
