"""The report: its figures add up, its page needs nothing else and can be read everywhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser

import schemas
from lenet.cli import main as cli
from lenet.cli.evaluate import OLD_KEYS
from lenet.datasets import Dataset, load
from lenet.datasets.readers import npz
from lenet.errors import LenetError
from lenet.evaluation import measure
from lenet.evaluation.corruptions import CORRUPTIONS
from lenet.evaluation.evaluate import Predictions
from lenet.evaluation.report import EvaluationReport
from lenet.inference.recognizer import Recognizer
from lenet.labels import LETTERS
from lenet.metrics import Reliability
from lenet.models import DEFAULT_MODEL, Model, load_model, save_model
from lenet.reports import charts
from lenet.reports.evaluation import page
from lenet.reports.html import environment
from lenet.reports.svg import HEIGHT, WIDTH, Chart
from lenet.training import history

from_here = 0


def with_metrics(model: Model, metrics: dict[str, Any]) -> Model:
    training = replace(model.training, metrics=metrics)
    return replace(model, metadata=replace(model.metadata, training=training))


EVIL = '<script>alert("&")</script>'


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(load_model(DEFAULT_MODEL))


@pytest.fixture(scope="module")
def answered(recognizer: Recognizer) -> list[Predictions]:
    """Two data sets; of the second one a third is labelled wrongly, and it has no Z."""
    data = load("font-letters")
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
def report(recognizer: Recognizer, answered: list[Predictions]) -> EvaluationReport:
    outliers = {"blots": [np.full((28, 28), 200, np.uint8)] * 3}
    epochs = [history.Epoch(k, 0.01, 1 / k, 1 - 0.5 / k, 1.1 / k, 1 - 0.6 / k) for k in (1, 2, 3)]
    return measure.measure_report(
        recognizer, answered, outliers=outliers, baseline=(recognizer, answered), history=epochs
    )


@pytest.fixture(scope="module")
def figures(report: EvaluationReport) -> dict[str, Any]:
    """The content of report.json."""
    content: dict[str, Any] = json.loads(json.dumps(report.to_json(), allow_nan=False))
    return content


@pytest.fixture(scope="module")
def text(report: EvaluationReport, answered: list[Predictions]) -> str:
    examples = {some.name: measure.confusion_examples(some) for some in answered}
    return page.render_page(report, examples).decode()


# ---- Figures -------------------------------------------------------------------------------


def test_the_report_follows_its_schema(figures: dict[str, Any]) -> None:
    schemas.check("report", figures)


def test_every_image_is_counted_everywhere(figures: dict[str, Any], answered: list[Predictions]) -> None:
    assert figures["format"] == "lenet-report/2"
    for one, answers in zip(figures["datasets"], answered, strict=True):
        n = len(answers.data)
        assert one["n"] == n
        assert np.sum(one["confusion"]) == n
        assert sum(x["n"] for x in one["per_class"].values()) == n
        assert sum(x["correct"] for x in one["per_class"].values()) == one["correct"]
        between = one["confusion"][8][11] + one["confusion"][11][8]
        assert one["confusions_i_l"] == between
        assert one["accuracy_i_l_merged"] == pytest.approx(one["accuracy"] + between / n)
        assert sum(x["n"] for x in one["verdicts"].values()) == n
        assert sum(x["correct"] for x in one["verdicts"].values()) == one["correct"]
        assert one["risk_coverage"]["coverage"][-1] == 1
        assert one["risk_coverage"]["risk"][-1] == pytest.approx(1 - one["accuracy"])
        for when in ("before", "after"):
            assert sum(one["calibration"][when]["counts"]) == n
    for row in figures["rejection"]:
        assert sum(row["entropy_counts"]) == row["n"]
    assert figures["blank"]["verdict"] == "empty"


def test_caveats_stand_beside_an_accuracy(recognizer: Recognizer) -> None:
    data = load("font-letters").take(range(0, 5356, 200))
    part = replace(data, names=("emnist-letters-test",))
    answered = [
        Predictions(name, some, recognizer.probabilities(some.images))
        for name, some in (("part", part), ("own", data), ("new", replace(data, names=("new",))))
    ]
    report = measure.measure_report(recognizer, answered)
    stands = [data.comparability for data in report.datasets]
    rows = [(one.official, one.objection is None, one.learned_from) for one in stands]
    assert rows == [(None, False, ()), (None, True, ("font-letters",)), (None, True, ())]
    text = page.render_page(report, {some.name: [] for some in answered}).decode()
    assert text.count('class="remark"') == 2
    assert "Not an accuracy on an official test: 27 rows of 13 classes" in text
    assert "The model was trained on font-letters, on this or another part of it." in text


def test_robustness_starts_with_the_accuracy(figures: dict[str, Any]) -> None:
    accuracy = {one["data"]: one["accuracy"] for one in figures["datasets"]}
    assert len(figures["robustness"]) == 2 * len(CORRUPTIONS)
    for row in figures["robustness"]:
        assert row["accuracy"][0] == pytest.approx(accuracy[row["data"]])
        assert len(row["accuracy"]) == len(row["strengths"]) == 6


def test_a_model_compared_with_itself_differs_nowhere(figures: dict[str, Any]) -> None:
    for row in figures["baseline"]["datasets"]:
        assert (row["only_first"], row["only_second"], row["p"]) == (0, 0, 1.0)
        assert row["accuracy"] == row["baseline_accuracy"]


def test_domains_and_calibration(figures: dict[str, Any]) -> None:
    assert [one["domain"] for one in figures["datasets"]] == ["pen", "font"]
    before, after = (figures["datasets"][0]["calibration"][when]["ece"] for when in ("before", "after"))
    assert before != after


def test_examples_are_misclassified_images(answered: list[Predictions]) -> None:
    answers = answered[1]
    predicted = answers.probabilities.argmax(axis=1)
    for row in measure.confusion_examples(answers):
        a, b = LETTERS.index(row.true), LETTERS.index(row.predicted)
        rows = (answers.data.labels == a) & (predicted == b)
        assert rows.sum() == row.count
        assert len(row.images) == min(row.count, measure.EXAMPLES)
        examples = {image.tobytes() for image in answers.data.images[rows]}
        assert {image.tobytes() for image in row.images} <= examples


def test_progress_is_announced_rightly(recognizer: Recognizer, answered: list[Predictions]) -> None:
    calls: list[int] = []
    measure.measure_report(recognizer, answered[:1], progress=lambda: calls.append(1))
    assert len(calls) == measure.num_steps(1)


def test_other_classes_than_letters(recognizer: Recognizer) -> None:
    """The labels of a model for digits, on its ten best letters' outputs."""
    data = load("font-letters").take(np.arange(0, 2000, 50))
    digits = Dataset(data.images, data.labels % 10, ("digits",), classes=tuple("0123456789"))
    answers = Predictions("digits", digits, np.full((len(digits), 10), 0.1, np.float32))
    one = measure.evaluate_dataset(recognizer, answers).to_json()
    assert (one["classes"], one["n"], one["confusions_i_l"]) == ("0123456789", len(digits), 0)


# ---- Charts --------------------------------------------------------------------------------


def drawn(chart: Chart) -> ElementTree.Element:
    """The SVG of a chart on a page."""
    macros: Any = environment().get_template("macros.html.j2").module
    return ElementTree.fromstring(str(macros.svg(chart)).strip())


def test_lines_go_where_the_numbers_are() -> None:
    axis = charts.Axis(0, 10, [0, 5, 10])
    chart = charts.lines("t", axis, charts.percent_axis(), [charts.Series("a", [(0, 0), (5, 1), (10, 0.5)])])
    [line] = drawn(chart).findall("polyline")
    points = line.attrib["points"].split()
    (x0, y0), (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in points)
    assert x0 == charts.LEFT
    assert x2 == WIDTH - charts.RIGHT
    assert x1 == pytest.approx((x0 + x2) / 2)
    assert (y0, y1) == (HEIGHT - charts.BOTTOM, charts.TOP)
    assert y2 == pytest.approx((y0 + y1) / 2)


def test_a_bin_that_is_too_sure_is_marked() -> None:
    nan = np.nan
    bins = Reliability(np.array([50, 3, 0]), np.array([0.2, 0.6, nan]), np.array([0.1, 0.9, nan]))
    svg = drawn(charts.reliability("t", bins))
    kinds = [box.get("class") for box in svg.iter("rect")]
    assert kinds == ["bar", "over", "bar few", "under few"]


def test_a_heat_map_has_a_cell_for_each_count() -> None:
    svg = drawn(charts.heat_map("t", "AB", [[3, 1], [0, 2]]))
    cells = [box for box in svg.iter("rect") if box.get("class") in ("hit", "miss")]
    assert [box.findtext("title") for box in cells] == [
        "A predicted as A: 3 of 4", "A predicted as B: 1 of 4", "B predicted as B: 2 of 2",
    ]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.93, 1), (0, 80), (0, 3e-4), (0, 7)])
def test_marks_are_few_and_round(low: float, high: float) -> None:
    step = charts.tick_step(low, high)
    assert 2 <= (high - low) / step <= 6
    assert f"{step:.0e}"[0] in "125"


# ---- The page ------------------------------------------------------------------------------


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_whole_and_harmless(text: str) -> None:
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
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    for svg in re.findall(r"<svg.*?</svg>", text, re.S):
        ElementTree.fromstring(svg)
    targets = {a["id"] for _, a in reader.tags if "id" in a}
    assert {str(a["href"])[1:] for tag, a in reader.tags if tag == "a"} == targets
    assert all(a.get("alt") for tag, a in reader.tags if tag == "img")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_runs_from_a_file(
    browser: Browser, tmp_path: Path, text: str, scheme: Literal["light", "dark"]
) -> None:
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
    data = load("font-letters")
    npz.write_letters(tmp_path / "some.npz", data.take(np.arange(0, len(data), 40)))
    return tmp_path


@pytest.mark.slow
def test_the_command_writes_both_files(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LENET_SHARED", str(folder))
    model, data = folder / "model.safetensors", str(folder / "some.npz")
    epoch = history.Epoch(1, 0.1, 1.0, 0.5, 1.0, 0.5)
    shipped = load_model(DEFAULT_MODEL)
    save_model(model, with_metrics(shipped, vars(epoch)))
    history.write_history(folder / "history.json", [epoch])
    out = folder / "new" / "report"
    arguments = ["evaluate", "--model", str(model), "--data", data, "--report", str(out)]
    assert cli.main([*arguments, "--baseline", str(DEFAULT_MODEL)]) == 0
    output = capsys.readouterr().out
    assert "compared with the baseline: 0 correct only here, 0 only there (McNemar's test, p = 1)" in output
    assert f"wrote {out / 'index.html'}" in output
    record = json.loads((out / "report.json").read_text())
    assert record["history"] == [vars(epoch)]
    assert record["baseline"]["datasets"][0]["p"] == 1.0
    assert "Learning curves" in (out / "index.html").read_text(encoding="utf-8")
    # The curves of another training are not shown.
    history.write_history(folder / "history.json", [replace(epoch, loss=2.0)])
    assert cli.main([*arguments, "--baseline", str(DEFAULT_MODEL), "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    schemas.check("evaluation", line)
    assert line["n"] == record["datasets"][0]["n"]
    assert {line[old] == line[new] for old, new in OLD_KEYS.items()} == {True}
    again = json.loads((out / "report.json").read_text())
    assert again["history"] == []
    assert again["datasets"] == record["datasets"]
    assert cli.main([*arguments[:-1], data]) == 1  # said before anything is answered
    streams = capsys.readouterr()
    assert (streams.out, "choose another folder" in streams.err) == ("", True)


def test_a_data_set_given_twice_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(folder / "some.npz")
    assert cli.main(["evaluate", "--data", data, data]) == 1
    assert "given twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "{}x", "[1]", '[{"epoch": 1}]', "[" * 100_000,
                '[{"epoch": 1, "learning_rate": NaN, "loss": 1, "accuracy": 1, "validation_loss": 1, '
                '"validation_accuracy": 1}]'],
)  # fmt: skip
def test_what_is_no_history_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(content)
    with pytest.raises(LenetError, match=r"history\.json: not a history") as refused:
        history.read_history(path)
    assert "\n" not in str(refused.value)
