"""Measures the page as a visitor has it: Lighthouse, a slow network, answers, long tasks.

    make lighthouse                            # or: python -m benchmarks.browser.page, about 3 minutes
    python -m benchmarks.browser.page --quick          # a look, recorded nowhere
    python -m benchmarks.browser.page --only-table     # only puts the last results into README.md

Lighthouse looks as it does by itself: a phone, a network of 150 ms and 1.6 Mbit/s and a processor
four times as slow, simulated. The slow network besides is Chromium's own throttling of the same
numbers, each time with nothing cached. Writes benchmarks/results/page.json and the table in
benchmarks/README.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from benchmarks.browser.in_browser import open_page, page_answers
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, cell, machine, measured_on, spread
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lenet._util import markdown

sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tools" / "build")]
from browser import ARGUMENTS, chromium, serving, wait_for
from drawing import L, T, X, all_on_screen

FOLDER = ROOT / "benchmarks" / "browser" / "lighthouse"
STEPS = 12  # pointer events between two corners
CATEGORIES = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "best practices",
    "seo": "SEO",
}
METRICS = {
    "first-contentful-paint": "first contentful paint, ms",
    "largest-contentful-paint": "largest contentful paint, ms",
    "total-blocking-time": "total blocking time, ms",
    "cumulative-layout-shift": "cumulative layout shift",
}

# As Lighthouse has them for its slow 4G.
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}

# When the pad takes its first stroke, and when the page answers.
WATCH = """(() => {
  window.reached = {};
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (name, ...more) {
    if (name === "pointerdown" && this.id === "pad") reached.pad ??= performance.now();
    return listen.call(this, name, ...more);
  };
  new MutationObserver(() => {
    if (document.documentElement.dataset.verdict) reached.answer ??= performance.now();
  }).observe(document, { attributes: true, subtree: true });
  window.frames = [];
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (work) => request((now) => {
    const begin = performance.now();
    work(now);
    frames.push(performance.now() - begin);
  });
  window.tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: "longtask" });
})()"""


def lighthouse(browser_path: str, url: str, tries: int = 3) -> dict[str, Any]:
    """A report of Lighthouse on the page. On a busy machine it loses a trace now and then."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("page: no Node; install it")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(node, FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js", url),
                *("--output=json", f"--output-path={report}", "--quiet"),
                *(f"--only-categories={','.join(CATEGORIES)}", "--no-enable-error-reporting"),
                "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
            ],
            env={**os.environ, "CHROME_PATH": browser_path},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode and tries > 1:
            return lighthouse(browser_path, url, tries - 1)
        if done.returncode:
            raise SystemExit(f"page: Lighthouse failed: {done.stderr.strip().splitlines()[-1]}")
        return dict(json.loads(report.read_text(encoding="utf-8")))


def looks(browser_path: str, repetitions: int) -> dict[str, Any]:
    """Categories, 0 to 100, and metrics, over several looks of Lighthouse."""
    with serving() as url:
        reports = [lighthouse(browser_path, url) for _ in range(repetitions)]
    scores = {
        name: spread([100 * report["categories"][name]["score"] for report in reports]) for name in CATEGORIES
    }
    metrics = {
        name: spread([report["audits"][name]["numericValue"] for report in reports]) for name in METRICS
    }
    return {"version": reports[0]["lighthouseVersion"], "scores": scores, "metrics": metrics}


def slow_network(running: Browser, repetitions: int) -> dict[str, Any]:
    """Milliseconds from navigation until the pad can be drawn on, and until it is answered."""
    reached = []
    with serving() as url:
        for _ in range(repetitions):
            with closing(running.new_context()) as context:
                page = context.new_page()
                page.add_init_script(WATCH)
                session = context.new_cdp_session(page)
                session.send("Network.enable")
                session.send("Network.emulateNetworkConditions", SLOW)
                page.goto(url)
                page.locator("html[data-verdict]").wait_for(state="attached")
                reached.append(page.evaluate("reached"))
    return {event: spread([times[event] for times in reached]) for event in ("pad", "answer")}


class Situation(NamedTuple):
    """A situation of the page during a measurement."""

    name: str
    fragment: str  # of the address
    slower: int = 1  # times, the processor
    training: bool = False  # a network, instead of being drawn on


SITUATIONS = (
    Situation("drawing", "", slower=4),
    Situation("looking inside, every layer and a unit's arithmetic", "#view=inside&unit=conv2.1.1.1"),
    Situation("a whole training, shown while it learns", "#view=train", training=True),
)


def working(running: Browser, situation: Situation, letters: int) -> dict[str, Any]:
    """Measure the time of a frame while drawing or training, and tasks over 50 ms."""
    with serving() as url, open_page(running, url + situation.fragment) as page:
        wait_for(page, "ready")
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": situation.slower})
        if situation.training:
            page.evaluate(WATCH)
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#train-phase")).to_have_text("Trained", timeout=120_000)
        else:
            draw(page, letters)
        frames, tasks = page.evaluate("[frames, tasks]")
    return {
        "name": situation.name,
        "slower": situation.slower,
        "frames": len(frames),
        "frame_ms": [float(np.percentile(frames, k)) for k in (50, 99)] if frames else [],
        "tasks": len(tasks),
        "longest_ms": max(tasks, default=0),
    }


def draw(page: Page, letters: int) -> None:
    """Nothing but the mouse and a key: what asks the page anything is a task of its own."""
    drawings = [[all_on_screen(page, stroke) for stroke in strokes] for strokes in (L, T, X)]
    page.evaluate(WATCH)
    for k in range(letters):
        for first, *rest in drawings[k % 3]:
            page.mouse.move(*first)
            page.mouse.down()
            for point in rest:
                page.mouse.move(*point, steps=STEPS)
            page.mouse.up()
        page.keyboard.press("Escape")


def measure(quick: bool) -> dict[str, Any]:
    """All figures."""
    import build
    from platforms import BuildError

    path = chromium()
    if path is None:
        raise SystemExit("page: no Chromium (install it, or name one with LENET_CHROMIUM)")
    where = machine()
    try:
        build.install_packages(FOLDER)
    except BuildError as error:
        raise SystemExit(f"page: {error}") from None
    repetitions = 1 if quick else 5
    figures = looks(path, repetitions)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        with closing(running):
            return {
                "machine": {
                    **where,
                    "Chromium": running.version,
                    "Lighthouse": figures.pop("version"),
                },
                "lighthouse": figures,
                "slow_network_ms": slow_network(running, repetitions),
                "answer_us": page_answers(running),
                "working": [working(running, situation, 6 if quick else 30) for situation in SITUATIONS],
            }


def table(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    figures, slow = results["lighthouse"], results["slow_network_ms"]
    times, drawn = results["answer_us"], results["working"]
    looked = slow["pad"]["n"]
    rows = [
        *([f"Lighthouse: {CATEGORIES[k]}, of 100", _whole(v)] for k, v in figures["scores"].items()),
        *([f"Lighthouse: {METRICS[k]}", _metric(v)] for k, v in figures["metrics"].items()),
        ["slow network: until the pad can be drawn on, ms", _whole(slow["pad"])],
        ["slow network: until the first prediction, ms", _whole(slow["answer"])],
        [
            f"strokes to prediction, us, p50 / p99 (n = {times['n']:,})",
            f"{times['p50']:.0f} / {times['p99']:.0f}",
        ],
        *(row for situation in drawn for row in _drawn(situation)),
    ]
    head = ["", f"median of {looked} (range)"]
    conditions = measured_on(results["machine"], "Chromium", "Lighthouse")
    return f"{markdown.table(head, rows)}\n{conditions}\n"


def _drawn(figures: dict[str, Any]) -> list[list[str]]:
    where = figures["name"]
    if figures["slower"] > 1:
        where += f", processor {figures['slower']} times as slow"
    tasks = [f"{where}: tasks over 50 ms (longest, ms)"]
    tasks.append(f"{figures['tasks']} ({figures['longest_ms']:.0f})")
    if not figures["frames"]:
        return [tasks]
    median, most = figures["frame_ms"]
    about = f"{where}: a frame of {figures['frames']:,}, ms, p50 / p99"
    return [[about, f"{median:.1f} / {most:.1f}"], tasks]


def _whole(values: dict[str, float]) -> str:
    return f"{values['median']:,.0f} ({values['min']:,.0f}-{values['max']:,.0f})"


def _metric(values: dict[str, float]) -> str:
    return _whole(values) if values["max"] >= 10 else cell(values)


BENCHMARK = Benchmark("browser/page.py", "page", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "one look each").parse_args()
    return BENCHMARK.run(options, lambda: measure(options.quick))


if __name__ == "__main__":
    sys.exit(main())
