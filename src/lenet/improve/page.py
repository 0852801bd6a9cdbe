"""The page of an improvement, report.html."""

from __future__ import annotations

from lenet.improve.gate import ALPHA, GateResult, Outcome
from lenet.improve.report import ImproveReport
from lenet.reports import charts
from lenet.reports.html import Figure, Table, render

COLOURS = {Outcome.GAIN: 3, Outcome.NOT_WORSE: 1, Outcome.UNCLEAR: 5, Outcome.LOSS: 2}


def render_page(report: ImproveReport) -> bytes:
    """Render the page.

    Returns:
        HTML in UTF-8, complete in itself.
    """
    return render(
        "improve.html.j2",
        report=report,
        gate=report.gate,
        alpha=ALPHA,
        chart=_figure(report.gate),
        sets=_sets(report.gate),
        letters=_letters(report),
        audit=_audit(report),
        training=_training(report),
        inputs=Table(
            ["input", "name", "SHA-256"], [[one.role, one.name, one.sha256] for one in report.inputs]
        ),
    )


def _figure(gate: GateResult) -> Figure:
    low = min(-gate.margin, *(result.difference.low for result in gate.sets)) - 0.005
    high = max(gate.margin, *(result.difference.high for result in gate.sets)) + 0.005
    step = charts.tick_step(low, high, 6)
    axis = charts.percent_axis(low, high, "accuracy of the new model minus that of the old one", step)
    rows = [
        charts.Interval(
            f"{result.name}: {result.outcome}",
            result.difference.value,
            result.difference.low,
            result.difference.high,
            COLOURS[result.outcome],
        )
        for result in gate.sets
    ]
    return Figure(
        "Difference of accuracies",
        charts.intervals("Difference of accuracies on each set, with its 95 % interval", axis, rows),
        "Intervals are Tango's score intervals for paired proportions.",
        css="large",
    )


def _sets(gate: GateResult) -> Table:
    head = ["set", "outcome", "letters", "old", "new", "points", "95 % interval", "gained", "lost"]
    head += ["p", "p adjusted"]
    rows: list[list[object]] = []
    for result in gate.sets:
        test, difference = result.test, result.difference
        row: list[object] = [result.name, result.outcome, f"{test.n:,}"]
        row += [f"{result.baseline_accuracy:.2%}", f"{result.accuracy:.2%}", f"{100 * difference.value:+.2f}"]
        row += [f"{100 * difference.low:+.2f} to {100 * difference.high:+.2f}"]
        row += [test.only_first, test.only_second, _p(test.p), _p(result.adjusted_p)]
        rows.append(row)
    return Table(head, rows)


def _p(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"


def _letters(report: ImproveReport) -> Table:
    letters = report.letters
    return Table(
        ["letters", "number"],
        [
            ["base data", f"{letters.base:,}"],
            [f"new, of {letters.train_contributors:,} contributors", f"{letters.train:,}"],
            [f"held out, of {report.gate.contributors.number:,} contributors", f"{letters.held_out:,}"],
            ["of classes that the model lacks (left out)", f"{letters.other_classes:,}"],
            [
                f"withdrawn, of {letters.withdrawn_contributors:,} contributors (left out)",
                f"{letters.withdrawn_letters:,}",
            ],
        ],
    )


def _audit(report: ImproveReport) -> Table:
    audit = report.audit
    return Table(
        ["finding", "letters", "left out"],
        [
            ["new letters whose labels are probably wrong", audit.label_issues, audit.removed_issues],
            ["held-out letters whose labels the old model doubts", audit.held_out_issues, 0],
            ["new letters that equal an earlier one", audit.duplicates, audit.duplicates],
            ["held-out letters that nearly equal a training letter", audit.leaks, audit.leaks],
        ],
    )


def _training(report: ImproveReport) -> Table:
    facts = report.training
    augmentation = facts.recipe.get("augmentation", {})
    recipe = {key: value for key, value in facts.recipe.items() if key != "augmentation" and value}
    rows: list[list[object]] = [
        ["network", facts.architecture],
        ["start", facts.start],
        ["epochs", facts.epochs],
        ["seed", facts.seed],
        ["recipe", ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in recipe.items())],
        [
            "augmentation",
            ", ".join(f"{key} {value}" for key, value in augmentation.items() if value) or "none",
        ],
        ["data of the old model that are not here", ", ".join(facts.not_here) or "none"],
        ["program", f"lenet {report.code.version}, commit {report.code.commit or 'unknown'}"],
        ["SHA-256 of the program", report.code.sha256],
        ["SHA-256 of model.safetensors", report.model_sha256 or "none: the new model was refused"],
    ]
    return Table(["fact", "value"], rows, css="text")
