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

import schemas
from lenet.cli.main import main
from lenet.datasets import Dataset
from lenet.datasets.readers import npz
from lenet.evaluation.duplicates import exact_duplicates, merge, near_duplicates
from lenet.evaluation.label_errors import LabelIssues
from lenet.reports.dataset import COLUMNS, DataReport, contact_sheet, render_page
from made import F, L, letters


class Tags(HTMLParser):
    """Collects the links, scripts and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


EVIL = '<script>alert(1)</script>" onload="x'


def report(data: Dataset, pairs: list[list[int]], issues: LabelIssues, name: str = "x") -> DataReport:
    """A report on one data set whose pairs are 0.01, 0.02, ... apart."""
    distances = 0.01 * np.arange(1, len(pairs) + 1, dtype=np.float64)
    exact, rows = exact_duplicates(data, 1), np.array(pairs, np.int64).reshape(-1, 2)
    return DataReport([name], [data], data, exact, rows, distances, [issues])


def test_the_page_loads_and_runs_nothing() -> None:
    data = Dataset(np.stack([F, L]), np.array([0, 1], np.uint8), (EVIL,), attributions=(EVIL,))
    issues = LabelIssues(np.array([1]), np.array([0]), EVIL)
    text = render_page(report(data, [[0, 1]], issues, EVIL)).decode()
    tags = Tags(text).found
    before = dict(zip([tag for tag, _ in tags[1:]], tags, strict=False))
    assert before["table"] == ("div", {"class": "scroll", "tabindex": "0"})
    assert not {tag for tag, _ in tags} & {"script", "link", "iframe", "object", "base", "form"}
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href"):
            assert re.match(r"#\w|data:image/png;base64,", attributes.get(name) or "#x"), tag
    assert EVIL not in text
    policy = next(a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_duplicates_are_counted_within_and_between() -> None:
    images = np.stack([F, F, L, L, F.T, F, L, L.T])
    labels = np.array([5, 5, 1, 2, 0, 5, 1, 3], np.uint8)
    whole = Dataset(images, labels, sources=np.array([0] * 4 + [1] * 2 + [2] * 2))
    duplicates = exact_duplicates(whole, 3)
    assert duplicates.within == [2, 0, 0]
    assert duplicates.between == {(0, 1): 1, (0, 2): 1, (1, 2): 0}
    assert duplicates.conflicts.tolist() == [[2, 3]]
    pairs = np.array([[0, 1], [0, 5], [1, 5], [2, 3], [4, 7]])
    similar = near_duplicates(whole, pairs, 3)
    assert (similar.within, similar.between) == ([2, 0, 0], {(0, 1): 1, (0, 2): 0, (1, 2): 1})


def test_sets_of_other_classes_are_compared() -> None:
    images = np.stack([F, L, L.T])
    digits = Dataset(images, np.array([0, 1, 1], np.uint8), classes=("0", "a"))
    whole = merge([digits, Dataset(images, np.array([14, 0, 25], np.uint8))])
    assert [whole.classes[label] for label in whole.labels] == ["0", "A", "A", "O", "A", "Z"]
    duplicates = exact_duplicates(whole, 2)
    assert (duplicates.between, duplicates.conflicts.tolist()) == ({(0, 1): 3}, [[0, 3], [2, 5]])
    assert merge([digits, digits]).classes == ("0", "a")


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    one, two = letters(400), letters(90).take(range(60))
    npz.write_letters(tmp_path / "one.npz", Dataset(one.images, one.labels, attributions=("by A, OFL",)))
    npz.write_letters(tmp_path / "two_dev.npz", two)
    return tmp_path / "one.npz", tmp_path / "two_dev.npz"


def test_info_says_what_is_there(sets: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "info", *map(str, sets)]) == 0
    output = capsys.readouterr().out
    assert f"{sets[0]}  400 images, 26 classes" in output
    assert "A 16  B 16" in output
    assert "licence: by A, OFL" in output
    assert f"{sets[1]}: 60 images are in {sets[0]}, byte for byte" in output
    assert main(["data", "info", "unipen_train.npz"]) == 1
    assert main(["data", "info", str(sets[0]), "--report", str(sets[1])]) == 1
    assert "cannot be created (File exists); choose another folder" in capsys.readouterr().err


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
    record = json.loads((tmp_path / "report" / "info.json").read_text())
    schemas.check("data-info", record)
    assert [row["n"] for row in record["datasets"]] == [400, 60]
    assert record["datasets"][0]["counts"]["A"] == 16
    assert record["between"][0]["duplicates"] == 60


def test_a_contact_sheet_has_a_line_for_each_class() -> None:
    data = Dataset(np.stack([F, L, L]), np.array([2, 0, 0], np.uint8), classes=("x", "y", "z"))
    sheet = contact_sheet(data)
    assert sheet.shape == (84, 28 * COLUMNS)
    np.testing.assert_array_equal(sheet[:28, :56], np.concatenate([L, L], axis=1))
    assert not sheet[28:56].any()
    np.testing.assert_array_equal(sheet[56:, :28], F)


def test_duplicates_with_different_labels_come_first() -> None:
    images = np.stack([F, L, L, F.T, L.T])
    data = Dataset(images, np.array([0, 1, 2, 3, 4], np.uint8))
    text = render_page(report(data, [[0, 0], [3, 4]], LabelIssues())).decode()
    match = re.findall(r"<figcaption>([A-Z] [A-Z])  ", text)
    assert match == ["B C", "D E", "A A"]
