"""Published results on the EMNIST Letters test, and a model's place among them."""

from __future__ import annotations

from dataclasses import dataclass

from lenet._util import markdown
from lenet.metrics import Evaluation

TEST_IMAGES = 20_800  # of the official test


@dataclass(frozen=True)
class PublishedResult:
    """A published accuracy.

    Attributes:
        percent: the accuracy as its source gives it, in per cent.
        method: what was trained.
        source: who published it, and where.
        note: what must be known to compare with it.
        n: number of test images it was measured on.
    """

    percent: float
    method: str
    source: str
    note: str = ""
    n: int = TEST_IMAGES


RESULTS = (
    PublishedResult(55.78, "linear classifier", "Cohen et al. 2017, EMNIST, arXiv:1702.05373"),
    PublishedResult(85.15, "OPIUM", "Cohen et al. 2017", "random hidden units, outputs by pseudo-inverse"),
    PublishedResult(94.49, "CNN, 84,474 parameters", "as reported, no publication found"),
    PublishedResult(
        95.88,
        "VGG-5 with a spinal layer",
        "Kabir et al. 2020, SpinalNet, arXiv:2007.03347",
        "its published code keeps the epoch of 200 that is best on the test",
    ),
    PublishedResult(95.96, "WaveMixLite-112/16", "Jeevan et al. 2022, WaveMix, arXiv:2205.14375"),
    PublishedResult(
        91.55,
        "the notebook that this project started from, 39,318 parameters",
        "its own output, 2021",
        "not comparable: the first rows of a sorted file, no T to Z among them",
        n=14_799,
    ),
)
"""In the order of their accuracy; results on another test come last."""


def comparison(name: str, metrics: Evaluation) -> str:
    """List the published results, with the model's own among those on the same test.

    Args:
        name: what to call the model.
        metrics: its metrics on the whole official test.

    Returns:
        Lines of text; ">" marks the model.
    """
    low, high = metrics.interval
    method = f"{name} (95 % interval {100 * low:.2f}-{100 * high:.2f})"
    own = PublishedResult(100 * metrics.accuracy, method, "this training")
    same_test = [result for result in RESULTS if result.n == TEST_IMAGES]
    ranked = sorted([*same_test, own], key=lambda result: result.percent)
    return "\n".join(
        f"{'>' if result is own else ' '} {result.percent:6.2f}  {result.method}; {result.source}"
        + (f"; {result.n:,} images, {result.note}" if result.n != TEST_IMAGES else "")
        for result in [*ranked, *(result for result in RESULTS if result.n != TEST_IMAGES)]
    )


def table() -> str:
    """Write the Markdown table of docs/reference/evaluation.md."""
    head = ["accuracy, %", "test images", "method", "source", "note"]
    rows = [[f"{row.percent:.2f}", f"{row.n:,}", row.method, row.source, row.note] for row in RESULTS]
    return markdown.table(head, rows, ["---:", "---:", "---", "---", "---"])
