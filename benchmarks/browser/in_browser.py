"""Times training and answers in Chromium against TensorFlow.js and ONNX Runtime Web.

    python -m benchmarks.browser.in_browser                 # all, about 10 minutes
    python -m benchmarks.browser.in_browser --quick         # a look, recorded nowhere
    python -m benchmarks.browser.in_browser --only-table    # only puts the last results into README.md

Everything is served from the loopback address, cross-origin isolated, so that all may use threads.
All configurations of a case take turns, each in a page of its own; before that their losses or
probabilities have to agree. Writes benchmarks/results/browser.json and the table in
benchmarks/README.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from benchmarks.browser import browser_site
from benchmarks.browser.browser_site import BUNDLE, NET, Site
from benchmarks.lib import nets
from benchmarks.lib.measuring import (
    RESULTS,
    ROOT,
    Benchmark,
    arguments,
    cell,
    interleaved,
    machine,
    measured_on,
    number,
)
from benchmarks.lib.worker import IMAGES
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from tqdm import tqdm

from lenet import ink
from lenet._util import markdown
from lenet._util.paths import shared_folder
from lenet.inference import recognizer

sys.path.insert(0, str(ROOT / "tests" / "support"))
from browser import ARGUMENTS, chromium, wait_for
from browser import serving as serving_page

LOSS_TOLERANCE, TOLERANCE = 1e-3, 1e-4  # nats; probabilities
FIRST = ("ours", "tfjs", "onnxruntime")
LABEL = {"ours": "this project", "tfjs": "TensorFlow.js", "onnxruntime": "ONNX Runtime Web"}

# WebGL and WebGPU run on the processor if the machine has no GPU.
FLAGS = [
    *(argument for argument in ARGUMENTS if argument != "--disable-gpu"),
    *("--ignore-gpu-blocklist", "--enable-unsafe-swiftshader", "--enable-unsafe-webgpu"),
    *("--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"),
]

# Microseconds of each answer; the first round warms the engine up.
ANSWERS = """drawings => {
  const times = [];
  for (let round = 0; round < 6; round++)
    for (const strokes of drawings) {
      const begin = performance.now();
      lenet.recognize(strokes);
      if (round) times.push((performance.now() - begin) * 1000);
    }
  return times;
}"""


class Configuration(NamedTuple):
    """An engine's page with one backend and number of threads."""

    engine: str
    backend: str
    threads: int

    @property
    def name(self) -> str:
        """For people: "tfjs wasm 2"."""
        return f"{self.engine} {self.backend} {self.threads}"


OURS = [Configuration("ours", "wasm", threads) for threads in (1, 2)]
TFJS = [
    *(Configuration("tfjs", backend, 1) for backend in ("cpu", "webgl", "webgpu")),
    *(Configuration("tfjs", "wasm", threads) for threads in (1, 2)),
]
ONNX = [Configuration("onnxruntime", "wasm", threads) for threads in (1, 2)]
CASES = {
    ("train", 64): [*OURS, *TFJS],
    ("train", 256): [*OURS, *TFJS],
    ("predict", 1): [OURS[0], *TFJS, *ONNX],
    ("predict", 1024): [OURS[0], *TFJS, *ONNX],
}
QUICK = [("train", 64), ("predict", 1)]


@contextmanager
def open_page(running: Browser, url: str) -> Iterator[Page]:
    """A page with nothing cached."""
    with closing(running.new_context()) as context:
        page = context.new_page()
        page.goto(url)
        yield page


def agree(task: str, computed: list[float], expected: list[float]) -> bool:
    """Check that an engine computes the same numbers."""
    limit = LOSS_TOLERANCE if task == "train" else TOLERANCE
    return len(computed) == len(expected) and bool(np.allclose(computed, expected, rtol=0, atol=limit))


class Contest:
    """The configurations of one case, each prepared in its own page."""

    def __init__(self, running: Browser, site: Site, task: str, batch: int, seconds: float) -> None:
        self._open, self._site = running, site
        self.task, self.batch, self.seconds = task, batch, seconds
        self.pages: dict[str, Page] = {}
        self.failed: dict[str, str] = {}

    def prepare(self, configuration: Configuration, expected: list[float]) -> list[float]:
        """Start a configuration and check its results; record a failure."""
        context = self._open.new_context()
        page = context.new_page()
        page.goto(f"{self._site.url}{configuration.engine}.html")
        wait_for(page, "ready")
        task = {**configuration._asdict(), "task": self.task, "batch": self.batch}
        try:
            asked = "([task, seconds]) => prepare(task, seconds)"
            check: list[float] = page.evaluate(asked, [task, self.seconds])["check"]
        except PlaywrightError as error:
            self.failed[configuration.name] = reason(error)
            context.close()
            return []
        if expected and not agree(self.task, check, expected):
            raise SystemExit(
                f"browser: {configuration.name} computes something else: {check[:3]}..., not "
                f"{expected[:3]}..."
            )
        self.pages[configuration.name] = page
        return check

    def turn(self, name: str) -> float:
        """Microseconds an image."""
        return float(self.pages[name].evaluate("run()"))

    def close(self) -> None:
        """Close the pages."""
        for page in self.pages.values():
            page.context.close()


def reason(error: PlaywrightError) -> str:
    """The first line of what the page said."""
    message = str(error).removeprefix("Page.evaluate: ").splitlines()[0]
    return message.removeprefix("Error: ")[:160]


def native_best(batch: int) -> dict[str, float] | None:
    """Native PyTorch's best in training.json, if it is there: microseconds an image, threads."""
    path = RESULTS / "training.json"
    if not path.exists():
        return None
    times = [
        (time_["median"], row["threads"])
        for row in json.loads(path.read_text())["cases"]
        if (row["net"], row["batch"]) == (NET, batch)
        for name, time_ in row["us"].items()
        if name.startswith("PyTorch") and "bf16" not in name
    ]
    return dict(zip(("us", "threads"), min(times), strict=True)) if times else None


def case(running: Browser, site: Site, task: str, batch: int, quick: bool) -> dict[str, Any]:
    """All configurations of one task and batch, in turn."""
    seconds, repetitions = (0.1, 3) if quick else (0.5, 5)
    with closing(Contest(running, site, task, batch, seconds)) as contest:
        expected: list[float] = []
        if task == "predict":
            letters = nets.written_letters(IMAGES).images[:batch]
            expected = recognizer.load(NET).probabilities(letters).ravel().tolist()
        for configuration in tqdm(CASES[task, batch], f"{task} {batch}", disable=None):
            expected = contest.prepare(configuration, expected) or expected
        turns = {name: partial(contest.turn, name) for name in contest.pages}
        times = interleaved(turns, repetitions)
        native = native_best(batch) if task == "train" else None
        failed = contest.failed
        return {"task": task, "batch": batch, "us": times, "failed": failed, "native": native}


def first_answers(running: Browser, site: Site, repetitions: int) -> dict[str, Any]:
    """Milliseconds from navigation to the first answer, and packed bytes, of each least page."""
    bytes_: dict[str, Any] = {}
    answers: dict[str, str] = {}

    def visit(engine: str) -> float:
        site.sent.clear()
        with open_page(running, f"{site.url}first-{engine}.html") as page:
            root = page.locator("html[data-answer]")
            root.wait_for(state="attached")
            answers[engine] = str(root.get_attribute("data-answer"))
            bytes_[engine] = dict(site.sent)
            return float(root.get_attribute("data-milliseconds") or "nan")

    times = interleaved({engine: partial(visit, engine) for engine in FIRST}, repetitions)
    if len(set(answers.values())) != 1:
        raise SystemExit(f"browser: the first answers differ: {answers}")
    return {"ms": times, "gzip_bytes": {engine: parts(sent) for engine, sent in bytes_.items()}}


def parts(sent: dict[str, int]) -> dict[str, int]:
    """Packed bytes by what they are for."""
    model = sum(size for path, size in sent.items() if path.startswith(("/model.", "/shipped/")))
    wasm = sum(size for path, size in sent.items() if path.endswith(".wasm"))
    return {"wasm": wasm, "model": model, "script": sum(sent.values()) - wasm - model}


def page_answers(running: Browser) -> dict[str, float]:
    """Strokes to answer in the built page, microseconds, over the drawings of omniglot_latin."""
    folder = shared_folder()
    if folder is None:
        raise SystemExit("browser: needs the folder ../shared, or LENET_SHARED")
    path = folder / "strokes" / "omniglot_latin.jsonl.gz"
    drawings = [[s.tolist() for s in drawing.strokes] for drawing in ink.read_drawings(path)]
    with serving_page() as url, open_page(running, url) as page:
        wait_for(page, "ready")
        times = np.array(page.evaluate(ANSWERS, drawings))
    return {
        "n": len(times),
        "p50": float(np.percentile(times, 50)),
        "p99": float(np.percentile(times, 99)),
    }


def versions(running: Browser) -> dict[str, str]:
    """Of the browser and of the packages that the lock file pins."""
    packages = json.loads((BUNDLE / "package-lock.json").read_text())["packages"]
    return {
        "Chromium": running.version,
        "TensorFlow.js": packages["node_modules/@tensorflow/tfjs-core"]["version"],
        "ONNX Runtime Web": packages["node_modules/onnxruntime-web"]["version"],
    }


def measure(quick: bool) -> dict[str, Any]:
    """All cases: microseconds an image, milliseconds, bytes."""
    path = chromium()
    if path is None:
        raise SystemExit("browser: no Chromium (install it, or name one with LENET_CHROMIUM)")
    browser_site.make()
    with sync_playwright() as playwright, browser_site.serving() as site:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with closing(running):
            cases = QUICK if quick else list(CASES)
            return {
                "machine": machine(versions(running)),
                "answer_us": page_answers(running),
                "first": first_answers(running, site, 3 if quick else 7),
                "cases": [case(running, site, *which, quick) for which in cases],
            }


# ---- The table ----------------------------------------------------------------------------------


def rows_of(case_: dict[str, Any]) -> Iterator[list[str]]:
    """The lines of one case: ours first, the peers with their ratio to ours on one thread."""
    task = {"train": "training", "predict": "inference"}[case_["task"]]
    times = case_["us"]
    ours = times[OURS[0].name]["median"]
    for configuration in CASES[case_["task"], case_["batch"]]:
        name = configuration.name
        engine = LABEL[configuration.engine]
        about = [task, f"{case_['batch']:,}", f"{engine}, {configuration.backend}"]
        about.append(str(configuration.threads))
        if name in times:
            yield [*about, cell(times[name]), number(times[name]["median"] / ours)]
        else:
            yield [*about, f"does not run: {case_['failed'][name]}", ""]
    if native := case_["native"]:
        about = [task, f"{case_['batch']:,}", "native PyTorch's best, from results/training.json"]
        best = native["us"]
        yield [*about, str(native["threads"]), number(best), number(best / ours)]


def table(results: dict[str, Any]) -> str:
    """Everything as Markdown."""
    head = ["", "batch", "engine, backend", "threads", "us an image", "of ours, 1 thread"]
    lines = markdown.table(head, (row for case_ in results["cases"] for row in rows_of(case_)))
    first, answer = results["first"], results["answer_us"]
    rows = []
    for engine in FIRST:
        size = first["gzip_bytes"][engine]
        kilobytes = [number(size[part] / 1000) for part in ("wasm", "script", "model")]
        total = number(sum(size.values()) / 1000)
        rows.append([LABEL[engine], *kilobytes, total, cell(first["ms"][engine])])
    head = ["smallest page, gzip", "wasm, kB", "script, kB", "model, kB", "in all, kB"]
    n = results["cases"][0]["us"][OURS[0].name]["n"]
    return (
        f"{lines}\nMedian and range of {n}. WebGL and WebGPU ran on the processor: no GPU.\n\n"
        + markdown.table([*head, "navigation to first prediction, ms"], rows)
        + f"\nStrokes to prediction in the page: p50 {number(answer['p50'])} us, p99 "
        f"{number(answer['p99'])} us (n = {answer['n']:,}).\n\n"
        + f"{measured_on(results['machine'], 'Chromium', 'TensorFlow.js', 'ONNX Runtime Web')}\n"
    )


BENCHMARK = Benchmark("browser/in_browser.py", "browser", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "short").parse_args()
    return BENCHMARK.run(options, lambda: measure(options.quick))


if __name__ == "__main__":
    sys.exit(main())
