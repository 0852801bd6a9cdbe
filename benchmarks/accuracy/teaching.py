"""Measure how much the page's network gains and forgets when it learns a writer (the view "Teach").

    python -m benchmarks.accuracy.teaching                 # measures, about 8 minutes
    python -m benchmarks.accuracy.teaching --quick         # a look, recorded nowhere
    python -m benchmarks.accuracy.teaching --only-table    # measures nothing

Each writer of unipen_dev has a page of its own, whose network learns some of the writer's letters by
the view's button. The accuracy on the writer's other letters, and on the letters of all other
writers, is measured before and after. Mirrored writers imitate handwriting that the network never
saw: all of their letters are mirrored, in training and in evaluation. The trained networks are
discarded.
"""

from __future__ import annotations

import random
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.browser.in_browser import open_page
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, machine, measured_on
from playwright.sync_api import Browser, Page, sync_playwright
from tqdm import tqdm

from lenet import ink
from lenet._util import markdown
from lenet.datasets.registry import find

sys.path.insert(0, str(ROOT / "tests" / "support"))
from browser import ARGUMENTS, chromium, serving, wait_for

SPEC = "unipen_dev"
WRITERS, QUICK_WRITERS = 10, 2  # those with the most letters
TAUGHT = (10, 30)  # letters
HANDS = ("as they write", "mirrored")

READ = """drawings => drawings.map(strokes => lenet.recognize(strokes).candidates[0]?.[0])"""


class Lesson(NamedTuple):
    """The letters of one writer, and the accuracy before and after learning them."""

    taught: list[ink.Drawing]
    rest: list[ink.Drawing]
    others: list[ink.Drawing]


def mirrored(drawing: ink.Drawing) -> ink.Drawing:
    """Right is left."""
    return replace(drawing, strokes=tuple(stroke * (-1, 1) for stroke in drawing.strokes))


def writers() -> dict[str, list[ink.Drawing]]:
    """Each writer's drawings, those first who have the most."""
    drawings: dict[str, list[ink.Drawing]] = {}
    for drawing in ink.read_drawings(find(SPEC)):
        drawings.setdefault(str(drawing.writer), []).append(drawing)
    return dict(sorted(drawings.items(), key=lambda item: -len(item[1])))


def lesson(all_: dict[str, list[ink.Drawing]], writer: str, hand: str, taught: int) -> Lesson:
    """The same letters are taught in either hand."""
    own = random.Random(writer).sample(all_[writer], len(all_[writer]))
    if hand == "mirrored":
        own = [mirrored(drawing) for drawing in own]
    others = [drawing for name, drawings in all_.items() if name != writer for drawing in drawings]
    return Lesson(own[:taught], own[taught:], others)


def right(page: Page, drawings: list[ink.Drawing]) -> int:
    """How many the page reads rightly."""
    answers = page.evaluate(READ, [[s.tolist() for s in drawing.strokes] for drawing in drawings])
    return sum(
        str(drawing.label).upper() == letter for drawing, letter in zip(drawings, answers, strict=True)
    )


def learn(page: Page, taught: list[ink.Drawing]) -> None:
    """As a person does it who has the letters in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letters.jsonl"
        ink.write_drawings(path, taught)
        page.locator("#letters-file").set_input_files(path)
        page.locator("#album li").nth(len(taught) - 1).wait_for()
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name="Use this network").click(timeout=120_000)
    page.locator("#answering").wait_for()


def given_lesson(running: Browser, url: str, task: Lesson) -> dict[str, Any]:
    """Letters read rightly of how many, before and after."""
    with open_page(running, f"{url}#view=teach") as page:
        wait_for(page, "ready")
        page.locator(".own").wait_for()
        before = {"rest": right(page, task.rest), "others": right(page, task.others)}
        learn(page, task.taught)
        after = {"rest": right(page, task.rest), "others": right(page, task.others)}
    n = {"rest": len(task.rest), "others": len(task.others)}
    return {part: {"n": n[part], "before": before[part], "after": after[part]} for part in n}


def measure(quick: bool) -> dict[str, Any]:
    """A row for each hand and number of letters, summed over the writers."""
    path = chromium()
    if path is None:
        raise SystemExit("teaching: no Chromium (install it, or name one with LENET_CHROMIUM)")
    all_ = writers()
    some = list(all_)[: QUICK_WRITERS if quick else WRITERS]
    where = machine(timed=False)
    rows = []
    cases = [(hand, taught) for hand in HANDS for taught in TAUGHT]
    with (
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=path, args=ARGUMENTS)) as running,
        serving() as url,
        tqdm(total=len(cases) * len(some), unit="lesson", disable=None) as bar,
    ):
        for hand, count in cases:
            outcomes = []
            for writer in some:
                outcomes.append(given_lesson(running, url, lesson(all_, writer, hand, count)))
                bar.update()
            rows.append({"hand": hand, "taught": count, "writers": len(some), **summed(outcomes)})
        where["Chromium"] = running.version
    return {"machine": where, "rows": rows}


def summed(outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    """Over the writers; and how many writers' letters were read better or worse."""
    total = {
        part: {key: sum(outcome[part][key] for outcome in outcomes) for key in ("n", "before", "after")}
        for part in ("rest", "others")
    }
    changes = [outcome["rest"]["after"] - outcome["rest"]["before"] for outcome in outcomes]
    better, worse = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
    return {**total, "better": better, "worse": worse}


def table(results: dict[str, Any]) -> str:
    """Per cent before and after."""
    head = ["hand", "letters taught", "writers", "their other letters, before -> after, %"]
    head += ["writers read better / worse", "all other writers' letters, before -> after, %"]

    def change(counts: dict[str, int]) -> str:
        before, after = (100 * counts[key] / counts["n"] for key in ("before", "after"))
        return f"{before:.1f} -> {after:.1f} (n = {counts['n']:,})"

    rows = [
        [
            *(row["hand"], str(row["taught"]), str(row["writers"]), change(row["rest"])),
            *(f"{row['better']} / {row['worse']}", change(row["others"])),
        ]
        for row in results["rows"]
    ]
    return f"{markdown.table(head, rows)}\n{measured_on(results['machine'], 'Chromium')}\n"


BENCHMARK = Benchmark("accuracy/teaching.py", "teaching", table, timed=False)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "two writers").parse_args()
    return BENCHMARK.run(options, lambda: measure(options.quick))


if __name__ == "__main__":
    sys.exit(main())
