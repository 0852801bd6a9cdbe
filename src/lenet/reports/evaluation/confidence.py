"""The parts of the page about confidence: what it means, and what is no letter."""

from __future__ import annotations

import numpy as np

from lenet._util.html import table
from lenet.reports.evaluation import charts
from lenet.reports.evaluation.common import Found, colour, sets_legend, shares, title
from lenet.reports.evaluation.html import figure, legend, paragraph


def calibration(found: Found) -> list[str]:
    """Reliability before and after temperature scaling, and the risk-coverage curves."""
    sets, model = found["sets"], found["model"]
    rows = [[_diagram(one, when) for one in sets] for when in ("before", "after")]
    top = max(max(one["risk_coverage"]["risk"]) for one in sets) or 0.01
    y = charts.percent(0, top, "errors among the answered", charts.step_between(0, top, 5))
    lines = [
        charts.Series(
            one["data"],
            list(zip(one["risk_coverage"]["coverage"], one["risk_coverage"]["risk"], strict=True)),
            colour(k),
        )
        for k, one in enumerate(sets)
    ]
    risk = figure(
        "Errors against how much is answered",
        charts.lines(
            "Risk-coverage curves", charts.percent(0, 1, "share answered, the surest first"), y,
            lines,
        ),
        "Leaving out the answers it is least sure of leaves out most errors.",
        table(
            ["data", "AURC"],
            [[title(one), f"{one['risk_coverage']['area']:.4f}"] for one in sets],
        ),
        "large",
    )  # fmt: skip
    return [
        paragraph(
            "Of the answers given with 80 % about 80 % should be right: bars should reach the "
            f"diagonal. The model divides its logits by {model['temperature']:g} (temperature "
            "scaling); before means undivided. ECE is the mean distance over 15 bins. Red: surer "
            f"than right. Pale: bins of fewer than {charts.FEW} images."
        ),
        *(f'<div class="charts">{"".join(row)}</div>' for row in rows),
        risk,
        sets_legend(sets),
    ]


def _diagram(one: Found, when: str) -> str:
    """The reliability diagram of a data set before or after temperature scaling."""
    some = one["calibration"][when]
    bins = (some["counts"], some["confidence"], some["accuracy"])
    rows = [[f"{k}", n, *shares(pair)] for k, (n, *pair) in enumerate(zip(*bins, strict=True), 1)]
    return figure(
        f"{title(one)}, {when}: ECE {some['ece']:.2%}",
        charts.reliability(f"Reliability of {one['data']} {when} temperature scaling", *bins),
        behind=table(["bin", "n", "how sure", "how often right"], rows),
    )


# ---- Verdicts ------------------------------------------------------------------------------


def verdicts(found: Found) -> list[str]:
    """What letters and other drawings are called, and how well entropy tells them apart."""
    sets, model = found["sets"], found["model"]
    kinds = ("letter", "unsure", "not-a-letter")
    rows = [(title(one), [one["verdicts"][kind]["n"] / one["n"] for kind in kinds]) for one in sets]
    numbers = table(
        ["data", *(f"{kind}{more}" for kind in kinds for more in ("", ", right"))],
        [
            [title(one)]
            + [
                cell
                for kind in kinds
                for cell in (one["verdicts"][kind]["n"], one["verdicts"][kind]["right"])
            ]
            for one in sets
        ],
    )
    said = figure(
        "The verdict on letters",
        charts.stack("Shares of the verdicts on letters", rows)
        + legend([(kind, f"s{k}") for k, kind in enumerate(kinds, 1)]),
        _limits(model),
        numbers,
    )
    blank = next(row for row in found["not_letters"] if row["drawings"] == "blank")
    return [
        paragraph(
            "The entropy of an answer tells letters from other drawings. AUROC is the chance that "
            "a letter has less of it than a drawing that is none."
        ),
        f'<div class="charts">{said}{_histograms(found)}</div>',
        _rejected(found),
        paragraph(f"A blank image is called {blank['verdict']}.", "quiet"),
    ]


def _limits(model: Found) -> str:
    if model["max_entropy"] is None:
        return "This model carries no thresholds: whatever has ink is a letter."
    return (
        f"More than {model['max_entropy']:.2f} nats: not a letter. "
        f"Less than {model['min_probability']:.0%} sure: unsure."
    )


def _histograms(found: Found) -> str:
    limit = found["model"]["max_entropy"]
    rows = [row for row in found["not_letters"] if row["drawings"] != "blank"]
    letters = np.sum([row["entropy_counts"] for row in rows if row["letters"]], axis=0).tolist()
    made = [row for row in rows if row["drawings"].startswith("made: ")]
    groups = {"synthetic outliers": np.sum([row["entropy_counts"] for row in made], axis=0).tolist()}
    for row in rows:
        if not row["letters"] and row not in made:
            groups[row["drawings"]] = row["entropy_counts"]
    highest = float(np.log(len(found["model"]["labels"])))
    axis = charts.Axis(0, highest, [k / 2 for k in range(int(2 * highest) + 1)], "entropy, nats")
    return "".join(
        figure(
            f"Letters and {name}",
            charts.histogram(f"Entropies of letters and of {name}", axis, [(letters, 1), (counts, 2)], limit)
            + legend([("letters", "half f1"), (name, "half f2")]),
            "Dashed: beyond it a drawing is not a letter." if limit is not None else "",
        )
        for name, counts in groups.items()
    )


def _rejected(found: Found) -> str:
    names = [one["data"] for one in found["sets"]]
    rows = []
    for row in found["not_letters"]:
        if row["drawings"] == "blank":
            continue
        share = "-" if row["rejected"] is None else f"{row['rejected'] / row['n']:.1%}"
        chances = [f"{row['auroc'][name]:.4f}" if row["auroc"] else "" for name in names]
        rows.append([row["drawings"], f"{row['n']:,}", share, *chances])
    head = ["drawings", "n", "called not-a-letter", *(f"AUROC, {name}" for name in names)]
    return table(head, rows)
