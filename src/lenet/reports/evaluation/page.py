"""The report as a page: what `findings` says, as charts, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util.html import table
from lenet.evaluation.comparability import Comparability
from lenet.evaluation.corruptions import CORRUPTIONS
from lenet.reports.evaluation import charts, confidence
from lenet.reports.evaluation.common import Found, colour, interval, sets_legend, shares, title
from lenet.reports.evaluation.html import document, figure, legend, paragraph, picture, section

Pairs = Sequence[tuple[str, str, int, npt.NDArray[np.uint8]]]


def render(found: Found, pictures: Mapping[str, Pairs]) -> str:
    """The page of a report.

    found     what `findings.measure` returned
    pictures  of each data set what `findings.errors` returned
    """
    sets = found["sets"]
    parts = {
        "accuracy": ("How often it is right", _accuracy(sets)),
        "errors": ("What it confuses", _errors(sets, pictures)),
        "classes": ("Letter by letter", _classes(sets)),
        "calibration": ("What its confidence means", confidence.calibration(found)),
        "verdicts": ("What is no letter", confidence.verdicts(found)),
        "robustness": ("What it bears", _robustness(found)),
    }
    if found["against"]:
        parts["against"] = ("Against another model", _against(found))
    if found["history"]:
        parts["learning"] = ("How it learned", _learning(found["history"]))
    parts["model"] = ("The model", [_model(found["model"])])
    links = "".join(f'<a href="#{name}">{escape(words)}</a>' for name, (words, _) in parts.items())
    name = str(found["model"].get("name", "a model"))
    total = sum(one["n"] for one in sets)
    head = (
        f"<header><h1>How well {escape(name)} reads letters</h1>"
        + paragraph(
            f"{found['model']['parameters']:,} weights, {total:,} images of "
            f"{len(sets)} data set{'s' if len(sets) > 1 else ''}; every image is rng.",
            "quiet",
        )
        + f'<nav aria-label="Contents">{links}</nav></header>'
    )
    body = [section(name, words, *content) for name, (words, content) in parts.items()]
    foot = "<footer>Made by <code>lenet evaluate --report</code>. Numbers: report.json.</footer>"
    return document(f"{name}: evaluation", f"{head}<main>{''.join(body)}</main>{foot}")


# ---- Accuracy ------------------------------------------------------------------------------


def _accuracy(sets: Sequence[Found]) -> list[str]:
    cards = [
        f'<div class="card"><span>{escape(one["official"] or title(one))}</span>'
        f"<b>{one['accuracy']:.2%}</b>"
        f'<span class="quiet">{interval(one)}; {one["n"] - one["right"]:,} errors '
        f"in {one['n']:,}</span>{_remarks(one)}</div>"
        for one in sets
    ]
    low = min(one["interval"][0] for one in sets)
    step = charts.step_between(low, 1.0, 5)
    low = low // step * step
    rows = [(title(one), one["accuracy"], *one["interval"], colour(k)) for k, one in enumerate(sets)]
    axis = charts.percent(low, 1.0, "right, with 95 % interval", step)
    head = ["data", "n", "right", "accuracy", "95 % interval", "first five", "I as L, L as I"]
    head += ["these forgiven", "loss, nats"]
    numbers = table(
        head,
        [
            [title(one), f"{one['n']:,}", f"{one['right']:,}", f"{one['accuracy']:.2%}",
             interval(one), f"{one['top_five']:.2%}", one["mixed_up_i_l"],
             f"{one['accuracy_i_l_forgiven']:.2%}", f"{one['loss']:.3f}"]
            for one in sets
        ],
    )  # fmt: skip
    gap = figure(
        "Side by side",
        charts.intervals("Accuracy of each data set with its interval", axis, rows),
        "Scanned images, pen strokes and mouse strokes differ: how far the model falls from one "
        "to the other is the domain gap. Intervals are Wilson's.",
        kind="large",
    )
    return [
        f'<div class="cards">{"".join(cards)}</div>',
        gap,
        numbers,
        paragraph("A bare bar is an I or an l: part of the errors cannot be avoided.", "quiet"),
    ]


def _remarks(one: Found) -> str:
    """What must be known beside the accuracy."""
    stands = Comparability(one["official"], one["objection"], tuple(one["learned_from"]))
    return "".join(
        f'<span class="remark">{escape(remark[0].upper() + remark[1:])}.</span>'
        for remark in stands.remarks()
    )


# ---- Errors --------------------------------------------------------------------------------


def _errors(sets: Sequence[Found], pictures: Mapping[str, Pairs]) -> list[str]:
    figures = []
    for one in sets:
        rows = [
            f'<div class="pair"><span><b>{escape(label)}</b> read as <b>{escape(said)}</b> '
            f'<span class="quiet">{count}x</span></span><span class="pictures">'
            + "".join(picture(image, f"{label} read as {said}") for image in images)
            + "</span></div>"
            for label, said, count, images in pictures[one["data"]]
        ]
        figures.append(figure(title(one), "".join(rows) or paragraph("No error.")))
    return [
        paragraph("The pairs most often confused, with those errors it was surest of."),
        f'<div class="charts">{"".join(figures)}</div>',
    ]


def _classes(sets: Sequence[Found]) -> list[str]:
    return [
        paragraph(
            "Labels down, answers across; blue was right, red was wrong. Shades of errors grow "
            "with the root of their share, so that rare ones show."
        ),
        f'<div class="charts">{"".join(map(_heat_map, sets))}</div>',
        f'<div class="charts">{"".join(map(_each_class, sets))}</div>',
    ]


def _heat_map(one: Found) -> str:
    names = list(one["classes"])
    rows = [[name, *row] for name, row in zip(names, one["confusion"], strict=True)]
    words = f"Confusion of {one['data']}: labels down, answers across"
    drawing = charts.heat_map(words, names, one["confusion"])
    return figure(title(one), drawing, behind=table(["label", *names], rows, "dense"))


def _each_class(one: Found) -> str:
    per = sorted(one["per_class"].items(), key=lambda item: item[1]["right"] / item[1]["n"])
    rows = [[name, x["n"], x["right"], f"{x['right'] / x['n']:.1%}", interval(x)] for name, x in per]
    drawing = charts.bars(
        f"Accuracy of each letter of {one['data']}",
        [name for name, _ in per],
        [x["right"] / x["n"] for _, x in per],
        [f"{name}: {x['right']} of {x['n']}" for name, x in per],
    )
    behind = table(["letter", "n", "right", "accuracy", "95 % interval"], rows)
    return figure(f"{title(one)}, the hardest first", drawing, behind=behind)


# ---- Robustness, comparison, training -------------------------------------------------------


def _robustness(found: Found) -> list[str]:
    figures = []
    for name in CORRUPTIONS:
        rows = [row for row in found["robustness"] if row["change"] == name]
        strengths, unit = rows[0]["strengths"], rows[0]["unit"]
        x = charts.Axis(0, strengths[-1], strengths, unit)
        series = [
            charts.Series(
                row["data"],
                list(zip(strengths, row["accuracy"], strict=True)),
                colour(k),
                dots=True,
            )
            for k, row in enumerate(rows)
        ]
        behind = table(
            [unit, *(f"{strength:g}" for strength in strengths)],
            [[row["data"], *shares(row["accuracy"])] for row in rows],
        )
        drawing = charts.lines(f"Accuracy against {name}", x, charts.percent(0, 1), series)
        figures.append(figure(name.capitalize(), drawing, behind=behind))
    return [
        paragraph(
            "Accuracy while the 28x28 images are changed more and more. On the page place and size "
            "do not matter: drawings are cropped and centred first."
        ),
        sets_legend(found["sets"]),
        f'<div class="charts">{"".join(figures)}</div>',
    ]


def _against(found: Found) -> list[str]:
    other = found["against"]
    name = str(other["model"].get("name", "the other"))
    rows = []
    for row in other["sets"]:
        p = "< 0.0001" if row["p"] < 1e-4 else f"{row['p']:.4f}"
        rows.append(
            [row["data"], f"{row['n']:,}", f"{row['accuracy']:.2%}",
             f"{row['accuracy_against']:.2%}", row["only_first"], row["only_second"], p]
        )  # fmt: skip
    head = ["data", "n", "this model", name, "only this one right", "only the other right", "p"]
    return [
        paragraph(
            f"The same images, read by {name} ({other['model']['parameters']:,} weights) too. "
            "McNemar's exact test looks at the images that one of them alone has right: p is the "
            "chance of so uneven a split, were both as good."
        ),
        table(head, rows),
    ]


def _learning(history: Sequence[Found]) -> list[str]:
    figures = []
    epochs = [row["epoch"] for row in history]
    first, last = min(1, epochs[0]), max(2, epochs[-1])
    step = max(1, charts.step_between(0, last, 6))
    marks = [first, *(k * step for k in range(1, int(last / step) + 1) if k * step > first)]
    x = charts.Axis(first, last, marks, "epoch")
    for name, label in (("loss", "cross-entropy, nats"), ("accuracy", "share right")):
        series = [
            charts.Series(words, [(row["epoch"], row[key]) for row in history], k)
            for k, (words, key) in enumerate([("training", name), ("validation", f"validation_{name}")], 1)
        ]
        values = [value for one in series for _, value in one.points]
        low, high = (0.0, max(values) or 1.0) if name == "loss" else (min(*values, 0.9), 1.0)
        mark = charts.step_between(low, high, 5)
        low = low // mark * mark
        marks = [low + k * mark for k in range(int((high - low) / mark + 1e-9) + 1)]
        y = charts.Axis(low, high, marks, label, "{:g}" if name == "loss" else "{:.0%}")
        figures.append(figure(name.capitalize(), charts.lines(f"{name} by epoch", x, y, series)))
    return [
        legend([("training, augmented", "c1"), ("validation", "c2")]),
        f'<div class="charts">{"".join(figures)}</div>',
    ]


def _model(model: Found) -> str:
    rows = "".join(
        f"<dt>{escape(key.replace('_', ' '))}</dt><dd>{escape(_plain(value))}</dd>"
        for key, value in model.items()
        if value is not None
    )
    return f"<dl>{rows}</dl>"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
