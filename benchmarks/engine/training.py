"""Times training steps - forward, backward, SGD with momentum - against PyTorch and TensorFlow.

    python -m benchmarks.engine.training                 # all, about 12 minutes
    python -m benchmarks.engine.training --quick         # a look, recorded nowhere
    python -m benchmarks.engine.training --only-table    # only puts the last results into README.md

All configurations of one net and batch take turns, and with them the machine's arithmetic peak.
Before that they take two steps from the same weights, and their losses have to agree. Writes
benchmarks/results/training.json and the table in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.engine.peak import peak
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
from benchmarks.lib.nets import NETS, training_flop
from benchmarks.lib.worker import Worker
from tqdm import tqdm

from lenet._util import markdown

BATCHES, THREADS = (64, 256, 1024), (1, 2)
ENGINES = ("ours", "PyTorch", "TensorFlow")
OURS = "ours core"
TOLERANCE, LOWER_TOLERANCE = 1e-3, 2e-2  # nats; of float32, and of bf16

Times = dict[str, dict[str, float]]


def check(losses: dict[str, list[float]], about: str) -> None:
    """SystemExit unless each configuration had our losses before its first and its second step."""
    ours = losses[OURS]
    for name, theirs in losses.items():
        limit = LOWER_TOLERANCE if "bf16" in name else TOLERANCE
        if not all(abs(a - b) <= limit for a, b in zip(ours, theirs, strict=True)):
            raise SystemExit(f"training: {about}: losses of {name} are {theirs}, ours {ours}")


def case(
    workers: list[Worker], net: str, batch: int, seconds: float, repetitions: int, bar: Any
) -> list[dict[str, Any]]:
    """One net and batch, everything in turn; a row for each number of threads."""
    tasks, losses = {}, {}
    for worker in workers:
        for variant in worker.variants["train"]:
            name = f"{worker.engine} {variant}"
            bar.set_description(f"{net} {batch}: {name}, {worker.threads}")
            asked = {"task": "train", "net": net, "batch": batch, "seconds": seconds}
            answer = worker.ask("prepare", variant=variant, **asked)
            losses[name] = answer["check"]
            check(losses, f"{net}, batch {batch}, {worker.threads} threads")
            tasks[f"{name} {worker.threads}"] = partial(_microseconds, worker, variant)
            bar.update()
    peaks = {f"peak {threads}": partial(peak, threads) for threads in THREADS}
    bar.set_description(f"{net} {batch}: in turn")
    times = interleaved({**tasks, **peaks}, repetitions, bar.update)
    for worker in workers:
        worker.ask("release")
    return [
        {
            **{"net": net, "batch": batch, "threads": threads},
            "peak_gflops": times[f"peak {threads}"],
            "us": {
                name.removesuffix(f" {threads}"): time_
                for name, time_ in times.items()
                if name in tasks and name.endswith(f" {threads}")
            },
        }
        for threads in THREADS
    ]


def _microseconds(worker: Worker, variant: str) -> float:
    return float(worker.ask("run", variant=variant)["us"])


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All cases; microseconds an image, GFLOP/s."""
    seconds, repetitions = (0.1, 3) if options.quick else (0.3, 7)
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(engine, threads)) for engine in ENGINES for threads in THREADS]
        where = machine({name: v for worker in workers for name, v in worker.versions.items()})
        count = sum(len(worker.variants["train"]) for worker in workers)
        a_case = count + (count + len(THREADS)) * repetitions
        bar = stack.enter_context(
            tqdm(total=a_case * len(options.nets) * len(options.batches), disable=None, leave=False)
        )
        rows = [
            row
            for net in options.nets
            for batch in options.batches
            for row in case(workers, net, batch, seconds, repetitions, bar)
        ]
    return {"machine": where, "cases": rows}


# ---- The table ----------------------------------------------------------------------------------


def of_engine(times: Times, engine: str) -> Times:
    """The configurations of one engine that compute in float32."""
    return {n: t for n, t in times.items() if n.startswith(engine) and "bf16" not in n}


def row(case_: dict[str, Any], cases: list[dict[str, Any]]) -> list[str]:
    """One line of the table."""
    times: Times = case_["us"]
    ours = times[OURS]["median"]
    reached = training_flop(NETS[case_["net"]].spec) / ours / 1e3  # FLOP/us = 10^-3 GFLOP/s
    alone = next(
        c["us"][OURS]["median"]
        for c in cases
        if (c["net"], c["batch"], c["threads"]) == (case_["net"], case_["batch"], 1)
    )
    peers = []
    for engine in ENGINES[1:]:
        engine_times = of_engine(times, engine)
        best = fastest(engine_times)
        peers.append(
            (engine_times[best]["median"], f"{cell(engine_times[best])},{best.removeprefix(engine)}")
        )
    lower = times[fastest({n: t for n, t in times.items() if "bf16" in n})]
    return [
        *(case_["net"], f"{case_['batch']:,}", str(case_["threads"]), cell(times[OURS])),
        f"{100 * reached / case_['peak_gflops']['max']:.0f} %",
        "" if case_["threads"] == 1 else f"{alone / ours:.2f}",
        *(text for _, text in peers),
        f"{min(median for median, _ in peers) / ours:.2f}",
        f"{number(lower['median'])}",
    ]


def table(results: dict[str, Any]) -> str:
    """The comparison as Markdown."""
    head = ["net", "batch", "threads", "this project", "nominal share of the peak"]
    head += ["against 1 thread", *ENGINES[1:], "faster than both", "PyTorch in bf16"]
    cases = results["cases"]
    peaks = "; ".join(
        f"{threads} thread{'s' if threads > 1 else ''} "
        + "-".join(number(pick(c["peak_gflops"]["max"] for c in of)) for pick in (min, max))
        for threads in THREADS
        if (of := [c for c in cases if c["threads"] == threads])
    )
    return (
        markdown.table(head, [row(c, cases) for c in cases])
        + f"\nMicroseconds an image, median and range of {cases[0]['us'][OURS]['n']}. Peak: the "
        f"most fused multiply-adds seen in each line's turns, GFLOP/s: {peaks}. "
        + measured_on(results["machine"], "PyTorch", "TensorFlow", "Keras")
        + "\n"
    )


BENCHMARK = Benchmark("engine/training.py", "training", table)


def main() -> int:
    """Command line."""
    parser = arguments(__doc__, "short")
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS), metavar="NET")
    parser.add_argument("--batches", nargs="+", type=int, choices=BATCHES, default=list(BATCHES), metavar="N")
    options = parser.parse_args()
    whole = (options.nets, options.batches) == (list(NETS), list(BATCHES))
    return BENCHMARK.run(options, lambda: measure(options), record=whole)


if __name__ == "__main__":
    sys.exit(main())
