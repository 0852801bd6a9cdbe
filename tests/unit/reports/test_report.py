"""The report: its figures add up, its page needs nothing else and can be read everywhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser

from lenet.cli import main as cli
from lenet.datasets import Dataset, load
from lenet.datasets.readers import npz
from lenet.errors import LenetError
from lenet.evaluation.corruptions import CORRUPTIONS
from lenet.evaluation.evaluate import Predictions
from lenet.inference.recognizer import SHIPPED, Recognizer
from lenet.labels import LETTERS
from lenet.models import file as model_file
from lenet.reports.evaluation import charts, findings, page
from lenet.training import history

EVIL = '<script>alert("&")</script>'


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer(model_file.load(SHIPPED))


@pytest.fixture(scope="module")
def answered(recognizer):
    """Two data sets; of the second one a third is labelled wrongly, and it has no Z."""
    data = load("glyphs")
    first = data.take(np.arange(0, len(data), 31))
    second = data.take(np.flatnonzero(data.labels != 25)[::43])
    wrong = second.labels.copy()
    wrong[::3] = (wrong[::3] + 1) % 25
    second = replace(second, labels=wrong)
    return [
        Predictions(name, some, recognizer.probabilities(some.images))
        for name, some in (("unipen_made", first), (EVIL, second))
    ]


@pytest.fixture(scope="module")
def found(recognizer, answered):
    others = {"blots": [np.full((28, 28), 200, np.uint8)] * 3}
    epochs = [history.Epoch(k, 0.01, 1 / k, 1 - 0.5 / k, 1.1 / k, 1 - 0.6 / k) for k in (1, 2, 3)]
    return findings.measure(
        recognizer, answered, others=others, against=(recognizer, answered), history=epochs
    )


@pytest.fixture(scope="module")
def text(found, answered):
    return page.render(found, {one.name: findings.errors(one) for one in answered})


# ---- Figures -------------------------------------------------------------------------------


def test_every_image_is_counted_everywhere(found, answered):
    for one, answers in zip(found["sets"], answered, strict=True):
        n = len(answers.data)
        assert one["n"] == n
        assert np.sum(one["confusion"]) == n
        assert sum(x["n"] for x in one["per_class"].values()) == n
        assert sum(x["right"] for x in one["per_class"].values()) == one["right"]
        forgiven = one["confusion"][8][11] + one["confusion"][11][8]
        assert one["mixed_up_i_l"] == forgiven
        assert one["accuracy_i_l_forgiven"] == pytest.approx(one["accuracy"] + forgiven / n)
        assert sum(x["n"] for x in one["verdicts"].values()) == n
        assert sum(x["right"] for x in one["verdicts"].values()) == one["right"]
        assert one["risk_coverage"]["coverage"][-1] == 1
        assert one["risk_coverage"]["risk"][-1] == pytest.approx(1 - one["accuracy"])
        for when in ("before", "after"):
            assert sum(one["calibration"][when]["counts"]) == n
    for row in found["not_letters"][:-1]:
        assert sum(row["entropy_counts"]) == row["n"]
    assert found["not_letters"][-1]["verdict"] == "empty"


def test_what_speaks_against_an_accuracy_stands_beside_it(recognizer):
    data = load("glyphs").take(range(0, 5356, 200))
    part = replace(data, names=("emnist-letters-test",))
    answered = [
        Predictions(name, some, recognizer.probabilities(some.images))
        for name, some in (("part", part), ("own", data), ("new", replace(data, names=("new",))))
    ]
    found = findings.measure(recognizer, answered)
    rows = [(one["official"], one["objection"] is None, one["learned_from"]) for one in found["sets"]]
    assert rows == [(None, False, ()), (None, True, ("glyphs",)), (None, True, ())]
    text = page.render(found, {one.name: [] for one in answered})
    assert text.count('class="remark"') == 2
    assert "No accuracy on an official test: 27 rows of 13 classes" in text
    assert "The model learned from glyphs, from this or another part of it." in text


def test_robustness_starts_with_the_accuracy(found):
    accuracy = {one["data"]: one["accuracy"] for one in found["sets"]}
    assert len(found["robustness"]) == 2 * len(CORRUPTIONS)
    for row in found["robustness"]:
        assert row["accuracy"][0] == pytest.approx(accuracy[row["data"]])
        assert len(row["accuracy"]) == len(row["strengths"]) == 6


def test_a_model_against_itself_differs_nowhere(found):
    for row in found["against"]["sets"]:
        assert (row["only_first"], row["only_second"], row["p"]) == (0, 0, 1.0)


def test_domains_and_calibration(found):
    assert [one["domain"] for one in found["sets"]] == ["pen", "font"]
    before, after = (found["sets"][0]["calibration"][when]["ece"] for when in ("before", "after"))
    assert before != after


def test_errors_are_pictures_of_errors(answered):
    answers = answered[1]
    given = answers.probabilities.argmax(axis=1)
    for label, said, count, images in findings.errors(answers):
        a, b = LETTERS.index(label), LETTERS.index(said)
        rows = (answers.data.labels == a) & (given == b)
        assert rows.sum() == count
        assert len(images) == min(count, findings.PICTURES)
        shown = {image.tobytes() for image in answers.data.images[rows]}
        assert {image.tobytes() for image in images} <= shown


def test_progress_is_announced_rightly(recognizer, answered):
    calls: list[int] = []
    findings.measure(recognizer, answered[:1], progress=lambda: calls.append(1))
    assert len(calls) == findings.steps(1)


def test_other_classes_than_letters(recognizer):
    """The labels of a model for digits, on its ten best letters' outputs."""
    data = load("glyphs").take(np.arange(0, 2000, 50))
    digits = Dataset(data.images, data.labels % 10, ("digits",), classes=tuple("0123456789"))
    ten = model_file.load(SHIPPED)
    answers = Predictions("digits", digits, np.full((len(digits), 10), 0.1, np.float32))
    one = findings._describe(answers, Recognizer(ten))
    assert (one["classes"], one["n"], one["mixed_up_i_l"]) == ("0123456789", len(digits), 0)


# ---- Charts --------------------------------------------------------------------------------


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_lines_go_where_the_numbers_are():
    axis = charts.Axis(0, 10, [0, 5, 10])
    svg = charts.lines("t", axis, charts.percent(), [charts.Series("a", [(0, 0), (5, 1), (10, 0.5)])])
    points = parsed(svg).find("polyline").get("points").split()
    (x0, y0), (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in points)
    assert x0 == charts.LEFT
    assert x2 == charts.WIDTH - charts.RIGHT
    assert x1 == pytest.approx((x0 + x2) / 2)
    assert (y0, y1) == (charts.HEIGHT - charts.BOTTOM, charts.TOP)
    assert y2 == pytest.approx((y0 + y1) / 2)


def test_a_bin_that_is_too_sure_is_marked():
    svg = parsed(charts.reliability("t", [50, 3, 0], [0.2, 0.6, None], [0.1, 0.9, None]))
    kinds = [box.get("class") for box in svg.iter("rect")]
    assert kinds == ["bar", "over", "bar few", "under few"]


def test_a_heat_map_has_a_cell_for_each_count():
    svg = parsed(charts.heat_map("t", "AB", [[3, 1], [0, 2]]))
    cells = [box for box in svg.iter("rect") if box.get("class") in ("hit", "miss")]
    assert [box.find("title").text for box in cells] == [
        "A read as A: 3 of 4", "A read as B: 1 of 4", "B read as B: 2 of 2",
    ]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.93, 1), (0, 80), (0, 3e-4), (0, 7)])
def test_marks_are_few_and_round(low, high):
    step = charts.step_between(low, high)
    assert 2 <= (high - low) / step <= 6
    assert f"{step:.0e}"[0] in "125"


# ---- The page ------------------------------------------------------------------------------


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_whole_and_harmless(text):
    reader = Reader()
    reader.feed(text)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "iframe", "object", "base", "form"}
    for tag, attributes in reader.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("src", "href"):
            assert re.match(r"#\w|data:image/png;base64,", attributes.get(name) or "#x"), tag
    assert EVIL not in text
    policy = next(a["content"] for _, a in reader.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    for svg in re.findall(r"<svg.*?</svg>", text, re.S):
        parsed(svg)
    targets = {a["id"] for _, a in reader.tags if "id" in a}
    assert {a["href"][1:] for tag, a in reader.tags if tag == "a"} == targets
    assert all(a.get("alt") for tag, a in reader.tags if tag == "img")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_runs_from_a_file(browser: Browser, tmp_path, text, scheme):
    path = tmp_path / "index.html"
    path.write_text(text, encoding="utf-8")
    context = browser.new_context(
        viewport={"width": 320, "height": 700}, color_scheme=scheme, java_script_enabled=True
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("requestfailed", lambda request: complaints.append(request.url[:80]))
    opened.goto(path.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") <= 320
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(244, 241, 232)" if scheme == "light" else "rgb(16, 22, 31)")
    assert opened.evaluate("[...document.images].every(i => i.complete && i.naturalWidth === 28)")
    assert complaints == []
    context.close()


# ---- The command ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = load("glyphs")
    npz.write_letters(tmp_path / "some.npz", data.take(np.arange(0, len(data), 40)))
    return tmp_path


@pytest.mark.slow
def test_the_command_writes_both_files(folder, capsys, monkeypatch):
    monkeypatch.setenv("LENET_SHARED", str(folder))
    model, data = folder / "model.safetensors", str(folder / "some.npz")
    epoch = history.Epoch(1, 0.1, 1.0, 0.5, 1.0, 0.5)
    shipped = model_file.load(SHIPPED)
    model_file.save(model, replace(shipped, metadata={**shipped.metadata, "metrics": vars(epoch)}))
    history.write_history(folder / "history.json", [epoch])
    out = folder / "new" / "report"
    arguments = ["evaluate", "--model", str(model), "--data", data, "--report", str(out)]
    assert cli.main([*arguments, "--against", str(SHIPPED)]) == 0
    said = capsys.readouterr().out
    assert "0 right that the other model has wrong, 0 the other way round" in said
    assert f"wrote {out / 'index.html'}" in said
    found = json.loads((out / "report.json").read_text())
    assert found["history"] == [vars(epoch)]
    assert found["against"]["sets"][0]["p"] == 1.0
    assert "How it learned" in (out / "index.html").read_text(encoding="utf-8")
    # The curves of another training are not shown.
    history.write_history(folder / "history.json", [replace(epoch, loss=2.0)])
    assert cli.main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == found["sets"][0]["n"]
    again = json.loads((out / "report.json").read_text())
    assert again["history"] == []
    assert again["sets"] == found["sets"]
    assert cli.main([*arguments[:-1], data]) == 1  # said before anything is answered
    told = capsys.readouterr()
    assert (told.out, "choose another folder" in told.err) == ("", True)


def test_a_data_set_given_twice_is_refused(folder, capsys):
    data = str(folder / "some.npz")
    assert cli.main(["evaluate", "--data", data, data]) == 1
    assert "given twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "{}x", "[1]", '[{"epoch": 1}]', "[" * 100_000,
                '[{"epoch": 1, "rate": NaN, "loss": 1, "accuracy": 1, "validation_loss": 1, '
                '"validation_accuracy": 1}]'],
)  # fmt: skip
def test_what_is_no_history_is_refused(tmp_path, content):
    path = tmp_path / "history.json"
    path.write_text(content)
    with pytest.raises(LenetError, match=r"history\.json: no history") as refused:
        history.read_history(path)
    assert "\n" not in str(refused.value)
