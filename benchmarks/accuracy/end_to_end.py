"""Measures what the README claims: accuracy, speed and size of the whole path.

    python -m benchmarks.accuracy.end_to_end                # needs ../shared; about a minute
    python -m benchmarks.accuracy.end_to_end --only-table   # only puts the last results into README.md

Writes benchmarks/results/end-to-end.json and the table between the markers in README.md.
"""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, machine, measured_on, spread

sys.path.insert(0, str(ROOT / "tests" / "support"))

import seed_weights
from lenet import engine, ink, metrics, models
from lenet._util.paths import shared_folder
from lenet.datasets import Rendering, load
from lenet.inference import recognizer
from lenet.inference.recognizer import Recognizer
from lenet.training.recipes import NO_AUGMENTATION, Recipe

SEED_NET = "holzweber2021"
README = ROOT / "README.md"
SETS = {"omniglot_latin": "mouse, 20 people", "unipen_dev": "development set: pen, 28 writers"}
PENS = (0.08, 0.1, 0.12, 0.14, 0.17, 0.2)
REPETITIONS, STEPS, BATCH = 7, 20, 256


def accuracies(model: Recognizer, seed: np.ndarray) -> dict[str, Any]:
    """Both networks on the same drawings, at several pen widths."""
    published = engine.Network(models.get_spec(SEED_NET).engine_layers)
    readers: dict[str, Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]] = {
        "ours": model.probabilities,
        "seed": lambda images: published.predict(seed, images),
    }
    accuracies: dict[str, Any] = {}
    for name in SETS:
        accuracies[name] = {}
        for pen in PENS:
            data = load(name, rendering=Rendering((pen, pen)))
            row = {}
            for who, read in readers.items():
                score = metrics.classification_metrics(read(data.images), data.labels)
                row[who] = {"n": score.n, "right": score.correct, "interval": score.interval}
            accuracies[name][str(pen)] = row
    return accuracies


def best_pen(accuracy: dict[str, Any], who: str) -> float:
    """The width at which a network reads most of unipen_dev, which may choose."""
    return max(PENS, key=lambda pen: accuracy["unipen_dev"][str(pen)][who]["right"])


def training_times() -> dict[str, Any]:
    """Microseconds an image of whole training steps, interleaved."""
    data = load("sd19_letters")
    network = engine.Network(models.get_spec("holzweber2021").engine_layers)
    order = engine.draw_order(np.ones(len(data)), 0, 0, BATCH * STEPS)
    times: dict[str, list[float]] = {}
    for _ in range(REPETITIONS):
        for threads in (1, 2):
            for name, recipe in (
                ("plain", Recipe(augmentation=NO_AUGMENTATION)),
                ("augmented", Recipe()),
            ):
                parameters = network.initialise(0)
                moments = np.zeros(2 * network.parameters, np.float32)
                with engine.Trainer(network, recipe.to_engine(BATCH, STEPS, 0), threads) as trainer:
                    begin = time.perf_counter()
                    trainer.run(
                        engine.State(parameters, moments), engine.Batch(data.images, data.labels, order), 0
                    )
                    taken = time.perf_counter() - begin
                times.setdefault(f"{name}, {threads} threads", []).append(taken / len(order) * 1e6)
    return {name: spread(values) for name, values in times.items()}


def answer_times(model: Recognizer) -> dict[str, Any]:
    """Microseconds from strokes to answer in Python, one drawing at a time."""
    folder = shared_folder()
    assert folder is not None
    drawings = list(ink.read_drawings(folder / "strokes" / "omniglot_latin.jsonl.gz"))
    times = []
    for drawing in drawings:
        begin = time.perf_counter()
        model.recognize(drawing.strokes)
        times.append((time.perf_counter() - begin) * 1e6)
    p50, p99 = np.percentile(times, [50, 99])
    return {"n": len(times), "p50": float(p50), "p99": float(p99)}


def sizes() -> dict[str, int]:
    """Bytes over the wire, gzipped, until the first answer: what trains comes later."""
    page = ROOT / "src" / "lenet" / "server" / "static"
    packed = {
        path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0))
        for path in page.rglob("*")
        if path.is_file() and not path.name.startswith(("training", "thread"))
    }
    wasm = next(size for name, size in packed.items() if name.endswith(".wasm"))
    return {"wasm": wasm, "model": packed["model.safetensors"], "page": sum(packed.values())}


def measure() -> dict[str, Any]:
    """All figures."""
    folder = shared_folder()
    if folder is None:
        raise SystemExit("end_to_end: needs the folder ../shared, or LENET_SHARED")
    model = recognizer.load()
    seed = seed_weights.seed_parameters(folder / "seed")
    where = machine()
    accuracy = accuracies(model, seed)
    return {
        "machine": where,
        "accuracy": accuracy,
        "pens": {"ours": model.model.pen_width, "seed": best_pen(accuracy, "seed")},
        "training_us": training_times(),
        "answer_us": answer_times(model),
        "gzip_bytes": sizes(),
    }


def table(results: dict[str, Any]) -> str:
    """The README's figures as Markdown."""
    lines = ["| | this project | the published Keras model |", "|---|---|---|"]
    for name, about in SETS.items():
        cells = []
        for who in ("ours", "seed"):
            row = results["accuracy"][name][str(results["pens"][who])]
            right, n = row[who]["right"], row[who]["n"]
            low, high = row[who]["interval"]
            cells.append(f"{100 * right / n:.1f} % ({100 * low:.1f}-{100 * high:.1f})")
        lines.append(
            f"| accuracy on `{name}` ({about}; n = {n:,}; 95 % interval) | {cells[0]} | {cells[1]} |"
        )
    pens = results["pens"]
    lines += [
        "",
        f"Pen widths: {pens['ours']:g} and {pens['seed']:g} of a letter's longer side, at which each "
        "network is most accurate on `unipen_dev`.",
    ]
    lines += ["", "| | |", "|---|---|"]
    for name, time_ in results["training_us"].items():
        lines.append(
            f"| training, {name.replace('1 threads', '1 thread')}, us per image "
            f"(median of {time_['n']}, range) "
            f"| {time_['median']:.1f} ({time_['min']:.1f}-{time_['max']:.1f}) |"
        )
    answer, size = results["answer_us"], results["gzip_bytes"]
    lines.append(
        f"| strokes to prediction in Python, us, p50 / p99 (n = {answer['n']}) "
        f"| {answer['p50']:.0f} / {answer['p99']:.0f} |"
    )
    lines.append(
        "| download until the first prediction, gzip: engine / model / all, kB "
        f"| {size['wasm'] / 1000:.1f} / {size['model'] / 1000:.1f} / {size['page'] / 1000:.1f} |"
    )
    lines += ["", measured_on(results["machine"])]
    return "\n".join(lines) + "\n"


BENCHMARK = Benchmark("accuracy/end_to_end.py", "end-to-end", table, README)


def main() -> int:
    """Command line."""
    options = arguments(__doc__).parse_args()
    return BENCHMARK.run(options, measure)


if __name__ == "__main__":
    sys.exit(main())
