"""How many words the page cuts and reads rightly: letters of one writer, set side by side.

    python -m benchmarks.accuracy.words                 # measures, writes results and table
    python -m benchmarks.accuracy.words --only-table    # measures nothing

A word is letters that one writer of a set drew, at random, each as high as its case and
shape ask for, with gaps at random. unipen_train chose the page's numbers (web/src/segmentation/lattice.ts);
unipen_dev is measured.
"""

from __future__ import annotations

import random
import sys
from typing import Any

from benchmarks.lib.measuring import ROOT, Benchmark, arguments, machine

from lenet import ink
from lenet._util import markdown
from lenet.datasets.registry import find

sys.path.insert(0, str(ROOT / "tests" / "support"))

WORDS, LETTERS = 400, (3, 8)
GAPS = ((0.02, 0.1), (0.1, 0.25), (0.25, 0.5))  # of a line's height
LOW = "acemnorsuvwxz"  # lower-case letters without ascender, drawn two thirds as high
Strokes = list[list[tuple[float, float]]]


def placed(strokes: Any, left: float, height: float) -> tuple[Strokes, float]:
    """A letter on the base line, and where it ends."""
    points = [point for stroke in strokes for point in stroke]
    x, y = (min(point[axis] for point in points) for axis in (0, 1))
    wide, tall = (max(p[a] for p in points) - low for a, low in ((0, x), (1, y)))
    scale = height / max(tall, wide / 1.5, 1e-9)
    moved = [
        [(left + scale * (p[0] - x), 1 + scale * (p[1] - y - tall)) for p in stroke] for stroke in strokes
    ]
    return moved, left + scale * wide


def made(spec: str, gaps: tuple[float, float], seed: int) -> list[tuple[str, Strokes]]:
    """Words: what they say, and their strokes in the order of their letters."""
    chance = random.Random(seed)
    writers: dict[str, list[Any]] = {}
    for drawing in ink.read_drawings(find(spec)):
        if drawing.label and any(map(len, drawing.strokes)):
            writers.setdefault(str(drawing.writer), []).append(drawing)
    hands = [own for own in writers.values() if len(own) >= 20]
    words = []
    for _ in range(WORDS):
        own = chance.choice(hands)
        strokes: Strokes = []
        word, left = "", 0.0
        for _ in range(chance.randint(*LETTERS)):
            drawing = chance.choice(own)
            letter, left = placed(drawing.strokes, left, 0.67 if str(drawing.label) in LOW else 1.0)
            strokes += letter
            left += chance.uniform(*gaps)
            word += str(drawing.label).upper()
        words.append((word, strokes))
    return words


def measure(spec: str) -> dict[str, Any]:
    """Shares of words cut and read, in Chromium."""
    from playwright.sync_api import sync_playwright

    from browser import ARGUMENTS, chromium, serving, wait_for

    rows = []
    with sync_playwright() as playwright, serving() as url:
        page = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS).new_page()
        page.goto(url)
        wait_for(page, "ready")
        for gaps in GAPS:
            words = made(spec, gaps, seed=1)
            answers = page.evaluate(
                """async ([words, list]) => {
                  const out = [];
                  for (const strokes of words) {
                    const free = await lenet.readWord(strokes);
                    const listed = await lenet.readWord(strokes, list);
                    out.push([free.letters.map(l => l.strokes.length), free.text, free.unsure,
                              listed.text]);
                  }
                  return out;
                }""",
                [[strokes for _, strokes in words], "\n".join(word for word, _ in words)],
            )
            rows.append({"gaps": gaps, "n": len(words), **shares(words, answers)})
    return {"machine": machine(timed=False), "spec": spec, "rows": rows}


def shares(words: list[tuple[str, Strokes]], answers: list[Any]) -> dict[str, int]:
    """How many have the right number of letters, all letters right, and what was called unsure."""
    cut = [len(text) == len(word) for (word, _), (_, text, _, _) in zip(words, answers, strict=True)]
    unsure = [answer[2] for answer in answers]
    return {
        "cut": sum(cut),
        "read": sum(word == answer[1] for (word, _), answer in zip(words, answers, strict=True)),
        "listed": sum(word == answer[3] for (word, _), answer in zip(words, answers, strict=True)),
        "unsure": sum(unsure),
        "unsure_of_wrong": sum(u for u, right in zip(unsure, cut, strict=True) if not right),
    }


def table(results: dict[str, Any]) -> str:
    """A line for each width of gaps."""
    head = ["gaps, of a line's height", "words", "segmented correctly, %", "every letter correct, %"]
    head += ["with a list of the words, %", "marked unsure, %", "of the wrongly segmented, %"]
    rows = []
    for row in results["rows"]:
        n, wrong = row["n"], row["n"] - row["cut"]
        cells = [f"{100 * row[key] / n:.1f}" for key in ("cut", "read", "listed", "unsure")]
        missed = f"{100 * row['unsure_of_wrong'] / wrong:.0f}" if wrong else "-"
        low, high = row["gaps"]
        rows.append([f"{low} to {high}", str(n), *cells, missed])
    about = f"Words of letters of `{results['spec']}`, {results['machine']['date']}."
    return f"{markdown.table(head, rows)}\n{about}\n"


SPEC = "unipen_dev"
BENCHMARK = Benchmark("accuracy/words.py", "words", table, timed=False)


def main() -> int:
    """Command line."""
    parser = arguments(__doc__)
    parser.add_argument("--spec", default=SPEC, metavar="SPEC", help="print, write nothing")
    options = parser.parse_args()
    return BENCHMARK.run(options, lambda: measure(options.spec), record=options.spec == SPEC)


if __name__ == "__main__":
    sys.exit(main())
