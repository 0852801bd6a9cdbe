"""Times answers: the network against ONNX Runtime and PyTorch, and a whole answer in Python.

    python -m benchmarks.engine.inference                 # needs ../shared; some minutes
    python -m benchmarks.engine.inference --quick         # a look, recorded nowhere
    python -m benchmarks.engine.inference --only-table    # only puts the last results into README.md

All take the package's `holzweber2021`, and before they are timed their probabilities have to agree.
Writes benchmarks/results/inference.json and the tables in benchmarks/README.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
from benchmarks.lib import processes
from benchmarks.lib.measuring import (
    Benchmark,
    arguments,
    cell,
    fastest,
    interleaved,
    machine,
    measured_on,
    number,
)
from benchmarks.lib.worker import Worker
from tqdm import tqdm

from lenet import ink
from lenet._util import markdown
from lenet._util.paths import shared_folder
from lenet.inference import recognizer

NET, BATCHES = "holzweber2021", (1, 1024)
OURS = "ours core"
PEERS, THREADS = ("ONNX Runtime", "PyTorch"), (1, 2)
TOLERANCE = 1e-4  # of a probability


def check(answers: dict[str, Any]) -> None:
    """SystemExit unless every configuration has our probabilities."""
    ours = np.array(answers[f"{OURS} 1"])
    for name, probabilities in answers.items():
        if not np.abs(np.array(probabilities) - ours).max() <= TOLERANCE:
            raise SystemExit(f"inference: {name} does not compute what ours does")


def batch_times(
    workers: list[Worker], batch: int, seconds: float, repetitions: int, bar: Any
) -> dict[str, dict[str, float]]:
    """Microseconds an image of each configuration, in turn, by engine, variant and threads."""
    tasks, answers = {}, {}
    for worker in workers:
        for variant in worker.variants["predict"]:
            name = f"{worker.engine} {variant} {worker.threads}"
            bar.set_description(f"batch {batch}: {name}")
            asked = {"task": "predict", "net": NET, "batch": batch, "seconds": seconds}
            answers[name] = worker.ask("prepare", variant=variant, **asked)["check"]
            tasks[name] = partial(_microseconds, worker, variant)
    check(answers)
    bar.set_description(f"batch {batch}: in turn")
    times = interleaved(tasks, repetitions, bar.update)
    for worker in workers:
        worker.ask("release")
    return times


def _microseconds(worker: Worker, variant: str) -> float:
    return float(worker.ask("run", variant=variant)["us"])


def answer_times(repetitions: int) -> dict[str, dict[str, float]]:
    """Microseconds of one drawing at a time: the whole answer, and its two parts alone."""
    folder = shared_folder()
    if folder is None:
        raise SystemExit("inference: needs the folder ../shared, or LENET_SHARED")
    model = recognizer.load(NET)
    drawings = list(ink.read_drawings(folder / "strokes" / "omniglot_latin.jsonl.gz"))
    images = [np.asarray(ink.rasterize(drawing.strokes))[None] for drawing in drawings]
    parts: dict[str, Callable[[int], object]] = {
        "strokes to answer": lambda i: model.recognize(drawings[i].strokes),
        "rasterizing alone": lambda i: ink.rasterize(drawings[i].strokes),
        "network alone": lambda i: model.probabilities(images[i]),
    }
    times: dict[str, list[float]] = {part: [] for part in parts}
    for _ in range(repetitions):
        for part, task in parts.items():
            for i in range(len(drawings)):
                begin = time.perf_counter()
                task(i)
                times[part].append((time.perf_counter() - begin) * 1e6)
    percentiles = {part: np.percentile(values, [50, 99]) for part, values in times.items()}
    return {
        part: {"n": len(times[part]), "p50": float(p50), "p99": float(p99)}
        for part, (p50, p99) in percentiles.items()
    }


def measure(quick: bool) -> dict[str, Any]:
    """All figures."""
    seconds, repetitions = (0.1, 3) if quick else (0.3, 7)
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(engine, threads)) for engine in ("ours", *PEERS) for threads in THREADS
        ]
        where = machine({name: v for worker in workers for name, v in worker.versions.items()})
        total = len(BATCHES) * repetitions * sum(len(w.variants["predict"]) for w in workers)
        bar = stack.enter_context(tqdm(total=total, disable=None, leave=False))
        networks = {str(batch): batch_times(workers, batch, seconds, repetitions, bar) for batch in BATCHES}
    return {
        "machine": where,
        "network_us": networks,
        "answer_us": answer_times(repetitions),
        "process_ms": processes.start_times(5 if quick else 15),
        "training_memory": processes.training_memory(),
    }


# ---- The tables ---------------------------------------------------------------------------------


def network_row(times: dict[str, dict[str, float]], batch: str, threads: int) -> list[str]:
    """Ours, and of each peer the fastest configuration and how many times ours it takes."""
    ours = times[f"{OURS} {threads}"]
    row = [f"{int(batch):,}", str(threads), cell(ours)]
    for peer in PEERS:
        peer_times = {
            name.removesuffix(f" {threads}"): time_
            for name, time_ in times.items()
            if name.startswith(peer) and name.endswith(f" {threads}")
        }
        best = fastest(peer_times)
        ratio = peer_times[best]["median"] / ours["median"]
        row += [f"{cell(peer_times[best])},{best.removeprefix(peer)}", f"{ratio:.2f}"]
    return row


def table(results: dict[str, Any]) -> str:
    """The comparison and the rest as Markdown."""
    head = ["batch", "threads", "this project"]
    head += [text for peer in PEERS for text in (peer, "of ours")]
    where, rows = results["machine"], []
    for part, time_ in results["answer_us"].items():
        about = f"{part.replace('answer', 'prediction')}, us, p50 / p99 (n = {time_['n']:,})"
        rows.append([about, f"{number(time_['p50'])} / {number(time_['p99'])}"])
    for process, time_ in results["process_ms"].items():
        rows.append([f"{process}, ms (median of {time_['n']}, range)", cell(time_)])
    memory = results["training_memory"]
    rows.append(
        [
            f"peak memory of a process that trains on {memory['images']:,} images, augmented, "
            f"{memory['threads']} threads, MB",
            f"{memory['bytes'] / 1e6:.0f}",
        ]
    )
    n = next(iter(results["network_us"].values()))[f"{OURS} 1"]["n"]
    networks = [
        network_row(times, batch, threads)
        for batch, times in results["network_us"].items()
        for threads in THREADS
    ]
    return (
        markdown.table(head, networks)
        + f"\nMicroseconds an image, median and range of {n}.\n\n"
        + markdown.table(["one prediction at a time, in Python", ""], rows)
        + f"\n{measured_on(where, *PEERS)}\n"
    )


BENCHMARK = Benchmark("engine/inference.py", "inference", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "short").parse_args()
    return BENCHMARK.run(options, lambda: measure(options.quick))


if __name__ == "__main__":
    sys.exit(main())
