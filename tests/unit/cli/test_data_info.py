"""`lenet data info`: what it says, and the page that it writes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from lenet._util import html as pages
from lenet.cli.main import main
from lenet.datasets import Dataset
from lenet.datasets.readers import npz
from lenet.reports import dataset as data_report
from made import F, L, letters


class Tags(HTMLParser):
    """All that a page could load or run, and its pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_page_loads_and_runs_nothing() -> None:
    evil = '<script>alert(1)</script>" onload="x'
    text = pages.page(
        evil,
        [
            pages.heading(evil),
            pages.paragraph(evil),
            pages.table([evil], [[evil, evil]]),
            pages.picture(F, evil, evil, 2),
            pages.bars([evil], [3], evil),
        ],
    ).decode()
    tags = Tags(text).found
    allowed = {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "main",
            "h1",
            "h2",
            "p",
            "table",
            "div",
        ),
        *("thead", "tbody", "tr", "th", "td", "figure", "img", "figcaption", "svg", "rect", "text"),
    }
    assert {tag for tag, _ in tags} <= allowed
    before = dict(zip([tag for tag, _ in tags[1:]], tags, strict=False))
    assert before["table"] == ("div", {"class": "scroll", "tabindex": "0"})
    names = {name for _, attributes in tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in ("style", "href")}
    sources = [attributes["src"] for _, attributes in tags if "src" in attributes]
    assert [str(source).partition(",")[0] for source in sources] == ["data:image/png;base64"]
    policy = next(a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_copies_are_counted_within_and_between() -> None:
    images = np.stack([F, F, L, L, F.T, F, L, L.T])
    labels = np.array([5, 5, 1, 2, 0, 5, 1, 3], np.uint8)
    whole = Dataset(images, labels, sources=np.array([0] * 4 + [1] * 2 + [2] * 2))
    found = data_report.equal(whole, 3)
    assert found.within == [2, 0, 0]
    assert found.across == {(0, 1): 1, (0, 2): 1, (1, 2): 0}
    assert found.differ.tolist() == [[2, 3]]
    pairs = np.array([[0, 1], [0, 5], [1, 5], [2, 3], [4, 7]])
    similar = data_report.nearly(whole, pairs, 3)
    assert (similar.within, similar.across) == ([2, 0, 0], {(0, 1): 1, (0, 2): 0, (1, 2): 1})


def test_sets_of_other_classes_are_compared() -> None:
    images = np.stack([F, L, L.T])
    digits = Dataset(images, np.array([0, 1, 1], np.uint8), classes=("0", "a"))
    whole = data_report.together([digits, Dataset(images, np.array([14, 0, 25], np.uint8))])
    assert [whole.classes[label] for label in whole.labels] == ["0", "A", "A", "O", "A", "Z"]
    found = data_report.equal(whole, 2)
    assert (found.across, found.differ.tolist()) == ({(0, 1): 3}, [[0, 3], [2, 5]])
    assert data_report.together([digits, digits]).classes == ("0", "a")


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    one, two = letters(400), letters(90).take(range(60))
    npz.write_letters(tmp_path / "one.npz", Dataset(one.images, one.labels, credits=("by A, OFL",)))
    npz.write_letters(tmp_path / "two_dev.npz", two)
    return tmp_path / "one.npz", tmp_path / "two_dev.npz"


def test_info_says_what_is_there(sets: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "info", *map(str, sets)]) == 0
    said = capsys.readouterr().out
    assert f"{sets[0]}  400 images, 26 classes" in said
    assert "A 16  B 16" in said
    assert "licence: by A, OFL" in said
    assert f"{sets[1]}: 60 images are in {sets[0]}, byte for byte" in said
    assert main(["data", "info", "unipen_train.npz"]) == 1
    assert main(["data", "info", str(sets[0]), "--report", str(sets[1])]) == 1
    assert "cannot be made (File exists); choose another folder" in capsys.readouterr().err


@pytest.mark.slow
def test_the_report_shows_it(
    sets: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "info", *map(str, sets), "--report", str(tmp_path / "report")]) == 0
    assert "wrote" in capsys.readouterr().out
    text = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "trained on two thirds of the data without it" in text
    assert "the default model of the package" in text  # what is only measured on is never trained on
    assert text.count("some images of each class") == 2
    assert '<th scope="row">A</th><td>16</td>' in text
    found = json.loads((tmp_path / "report" / "info.json").read_text())
    assert [row["images"] for row in found["sets"]] == [400, 60]
    assert found["sets"][0]["counts"]["A"] == 16
    assert found["between"][0]["equal"] == 60


def test_a_contact_sheet_has_a_line_for_each_class() -> None:
    data = Dataset(np.stack([F, L, L]), np.array([2, 0, 0], np.uint8), classes=("x", "y", "z"))
    sheet = data_report.contact_sheet(data)
    assert sheet.shape == (84, 28 * data_report.COLUMNS)
    np.testing.assert_array_equal(sheet[:28, :56], np.concatenate([L, L], axis=1))
    assert not sheet[28:56].any()
    np.testing.assert_array_equal(sheet[56:, :28], F)


def test_copies_with_different_labels_come_first() -> None:
    images = np.stack([F, L, L, F.T, L.T])
    data = Dataset(images, np.array([0, 1, 2, 3, 4], np.uint8))
    pairs, distances = np.array([[0, 0], [3, 4]]), np.array([0.01, 0.02])
    found = data_report.equal(data, 1)
    text = data_report.page(
        ["x"], [data], data, found, (pairs, distances), [data_report.Suspicion()]
    ).decode()
    shown = re.findall(r"<figcaption>([A-Z] [A-Z])  ", text)
    assert shown == ["B C", "D E", "A A"]
