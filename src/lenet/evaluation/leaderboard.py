"""What others published on the EMNIST Letters test, and where a model of one's own stands there."""

from __future__ import annotations

from dataclasses import dataclass

from lenet.metrics.classification import Evaluation

ROWS = 20_800  # of the official test


@dataclass(frozen=True)
class Result:
    """A published accuracy.

    percent  as its source gives it
    method   what was trained
    source   who says so, and where
    note     what must be known to compare with it
    rows     how many rows of the test it was measured on
    """

    percent: float
    method: str
    source: str
    note: str = ""
    rows: int = ROWS


RESULTS = (
    Result(55.78, "linear classifier", "Cohen et al. 2017, EMNIST, arXiv:1702.05373"),
    Result(85.15, "OPIUM", "Cohen et al. 2017", "random hidden units, outputs by pseudo-inverse"),
    Result(94.49, "CNN, 84,474 parameters", "as reported, no publication found"),
    Result(
        95.88,
        "VGG-5 with a spinal layer",
        "Kabir et al. 2020, SpinalNet, arXiv:2007.03347",
        "its published code keeps the epoch of 200 that is best on the test",
    ),
    Result(95.96, "WaveMixLite-112/16", "Jeevan et al. 2022, WaveMix, arXiv:2205.14375"),
    Result(
        91.55,
        "the notebook that this project started from, 39,318 parameters",
        "its own output, 2021",
        "not comparable: the first rows of a sorted file, no T to Z among them",
        rows=14_799,
    ),
)
"""In the order of their accuracy; those on another test last."""


def comparison(name: str, found: Evaluation) -> str:
    """Lines of text: the published results, and among those on the same test the model's own.

    name   what to call the model
    found  what it reached on the whole official test
    """
    low, high = found.interval
    about = f"{name} (95 % interval {100 * low:.2f}-{100 * high:.2f})"
    own = Result(100 * found.accuracy, about, "this training")
    same = sorted([*(one for one in RESULTS if one.rows == ROWS), own], key=lambda x: x.percent)
    listed = [*same, *(one for one in RESULTS if one.rows != ROWS)]
    return "\n".join(
        f"{'>' if one is own else ' '} {one.percent:6.2f}  {one.method}; {one.source}"
        + (f"; {one.rows:,} rows, {one.note}" if one.rows != ROWS else "")
        for one in listed
    )


def markdown() -> str:
    """The table of docs/reference/evaluation.md."""
    head = ["% right", "rows", "what", "source", "note"]
    rows = [[f"{one.percent:.2f}", f"{one.rows:,}", one.method, one.source, one.note] for one in RESULTS]
    lines = [head, ["---:", "---:", "---", "---", "---"], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
