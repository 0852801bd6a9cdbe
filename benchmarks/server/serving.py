"""Measure the HTTP interface: against FastAPI with pydantic, with and without micro-batching, and its parts.

python -m benchmarks.server.serving                 # measures, writes results and table
python -m benchmarks.server.serving --only-table    # measures nothing
python -m benchmarks.server.serving --quick         # a quick look

wrk (https://github.com/wg/wrk; Debian has it) asks for one drawing of 40 points on one processor, the server
answers on another. All servers run from the start, and one is asked at a time, in turns. FastAPI runs with
the Python of build/peers, on uvicorn with uvloop and httptools as this server does, and calls the same
function of this package.
"""

from __future__ import annotations

import http.client
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
from benchmarks.lib.measuring import (
    ROOT,
    Benchmark,
    arguments,
    cell,
    interleaved,
    machine,
    measured_on,
    number,
)
from benchmarks.lib.worker import peers_python
from benchmarks.server.paced import latencies

import lenet
from lenet import datasets
from lenet._util import markdown

STROKES = [[[round(50 + 40 * math.cos(k / 6), 1), round(50 + 50 * math.sin(k / 6), 1)] for k in range(40)]]
BODY = json.dumps({"strokes": STROKES})
PATH = "/v1/recognize"
BATCH = 8000  # images of the binary batch
SECONDS, TURNS = 3.0, 7
QUICK_SECONDS, QUICK_TURNS = 1.0, 2

SERVE = """
import sys
from lenet.models import DEFAULT_MODEL
from lenet.server.config import ServerConfig
from lenet.server.run import serve
workers, batch_size = map(int, sys.argv[1:])
config = ServerConfig(model=DEFAULT_MODEL, workers=workers, batch_size=batch_size, grace_seconds=0)
serve(config, open_browser=False)
"""

# Runs with the peers' Python; it does what its documentation recommends, and what this server does besides.
FASTAPI = """
import gc
import socket
import sys
sys.path.insert(0, sys.argv[1])
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, FiniteFloat
import lenet

class Drawing(BaseModel):
    strokes: list[list[tuple[FiniteFloat, FiniteFloat]]]

class Answer(BaseModel):
    letter: str | None
    verdict: str
    candidates: list[tuple[str, float]]

app, recognizer = FastAPI(), lenet.load()

@app.post("/v1/recognize")
async def recognize(drawing: Drawing) -> Answer:
    answer = recognizer.recognize(drawing.strokes)
    return Answer(letter=answer.letter, verdict=answer.verdict.value, candidates=list(answer.candidates))

sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(f"at http://127.0.0.1:{sock.getsockname()[1]}/", flush=True)
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)
config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="critical", access_log=False)
uvicorn.Server(config).run([sock])
"""

LENET, ALONE, TWO, PEER = "this server", "without batching", "two workers", "FastAPI and pydantic"


class Running(NamedTuple):
    """A server that runs in a process of its own."""

    address: str
    pid: int


@contextmanager
def running(command: list[str], processors: set[int]) -> Iterator[Running]:
    """Run a server on some processors."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "://" not in line:
            raise SystemExit(
                "serving: a server did not start; remedy: python -m venv build/peers && "
                "build/peers/bin/pip install -r benchmarks/requirements.txt"
            )
        yield Running(next(word for word in line.split() if "://" in word), process.pid)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def servers() -> dict[str, tuple[list[str], set[int]]]:
    """Return the command of each server, and its processors."""
    processors = sorted(os.sched_getaffinity(0))
    one, two = {processors[0]}, set(processors[:2])
    ours = [sys.executable, "-c", SERVE]
    return {
        LENET: ([*ours, "1", "16"], one),
        ALONE: ([*ours, "1", "1"], one),
        TWO: ([*ours, "2", "16"], two),
        PEER: ([str(peers_python()), "-c", FASTAPI, str(ROOT / "src")], one),
    }


def _check(address: str) -> None:
    """Check that a server answers as the package does."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.request("POST", PATH, BODY, {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    expected = lenet.load().recognize(STROKES)
    assert answer["letter"] == expected.letter
    for (letter, p), (wanted, q) in zip(answer["candidates"], expected.candidates, strict=True):
        assert letter == wanted
        assert abs(p - q) < 1e-4


def _wrk(script: Path, address: str, connections: int, seconds: float) -> float:
    """Return requests a second."""
    processor = sorted(os.sched_getaffinity(0))[1]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}", "-s", str(script), address + PATH[1:]]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}),
    )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"serving: {address} answered errors")
    match = re.search(r"Requests/sec: +([\d.]+)", done.stdout)
    assert match is not None
    return float(match[1])


def _rates(addresses: dict[str, str], seconds: float, turns: int) -> dict[str, dict[str, Any]]:
    """Return requests a second of each server with 1 and 8 connections."""
    quoted = json.dumps(BODY)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(
            f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = {quoted}\n'
        )
        tasks: dict[str, Callable[[], float]] = {
            f"{name}|{connections}": partial(_wrk, script, address, connections, seconds)
            for connections in (1, 8)
            for name, address in addresses.items()
        }
        figures = interleaved(tasks, turns)
    rates: dict[str, dict[str, Any]] = {name: {} for name in addresses}
    for key, figure in figures.items():
        name, _, connections = key.partition("|")
        rates[name][connections] = figure
    return rates


def _in_process() -> float:
    """Return the median time of a recognition in this process, in microseconds."""
    recognizer, times = lenet.load(), []
    for _ in range(2000):
        begin = time.perf_counter()
        recognizer.recognize(STROKES)
        times.append(time.perf_counter() - begin)
    return 1e6 * float(np.median(times))


def _batches(address: str, turns: int) -> dict[str, Any]:
    """Return images a second of the binary batch, over HTTP and by the engine in this process."""
    letters = datasets.load("font-letters").images
    images = np.ascontiguousarray(np.resize(letters, (BATCH, 28, 28)))
    body, recognizer = images.tobytes(), lenet.load()
    connection = http.client.HTTPConnection(urlsplit(address).netloc)

    def over_http() -> Any:
        connection.request("POST", PATH, body, {"Content-Type": "application/octet-stream"})
        return np.load(io.BytesIO(connection.getresponse().read()))

    def rate(work: Callable[[], Any]) -> float:
        begin = time.perf_counter()
        work()
        return BATCH / (time.perf_counter() - begin)

    assert (over_http() == recognizer.recognize_array(images)).all()
    tasks = {
        "engine": partial(rate, lambda: recognizer.recognize_array(images)),
        "http": partial(rate, over_http),
    }
    return interleaved(tasks, turns)


def measure(seconds: float = SECONDS, turns: int = TURNS) -> dict[str, Any]:
    """Return all figures."""
    if shutil.which("wrk") is None:
        raise SystemExit("serving: wrk is missing; remedy: apt-get install wrk")
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("serving: two processors are needed, one for wrk; measure on another machine")
    where = machine()
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(running(command, processors)).address
            for name, (command, processors) in servers().items()
        }
        for address in addresses.values():
            _check(address)
        rates = _rates(addresses, seconds, turns)
        half = rates[LENET]["8"]["median"] / 2
        processors = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {sorted(processors)[1]})
        waited = latencies(addresses[LENET], BODY, rate=half, connections=8, seconds=seconds * turns)
        os.sched_setaffinity(0, processors)
    # The batch is recognized by threads of all processors, as in this process.
    everywhere = set(os.sched_getaffinity(0))
    with running(servers()[LENET][0], everywhere) as server:
        batches = _batches(server.address, turns)
    return {
        "machine": where,
        "rates": rates,
        "half": {"rate": half, "p50": waited.p50, "p99": waited.p99},
        "in_process": _in_process(),
        "batches": batches,
    }


def table(results: dict[str, Any]) -> str:
    """Return the rates of each server, and the ratios that count."""
    rates = results["rates"]
    rows = [[name, cell(figures["1"]), cell(figures["8"])] for name, figures in rates.items()]
    head = ["server", "requests/s, 1 connection", "8 connections"]

    def ratio(name: str, other: str, connections: str = "8") -> str:
        return number(rates[name][connections]["median"] / rates[other][connections]["median"])

    half, batches = results["half"], results["batches"]
    batch = batches["http"]["median"] / batches["engine"]["median"]
    ratios = [
        [f"{LENET} / {PEER}, 8 connections", ratio(LENET, PEER)],
        [f"{LENET} / {ALONE}, 8 connections", ratio(LENET, ALONE)],
        [f"{LENET} / {ALONE}, 1 connection", ratio(LENET, ALONE, "1")],
        [f"{TWO} / {LENET}, 8 connections (wrk shares both processors)", ratio(TWO, LENET)],
        [f"binary batch of {BATCH:,} images, HTTP / engine in process", number(batch)],
        ["p99 at half the rate, 8 connections / p50 in process", number(half["p99"] / results["in_process"])],
    ]
    turns = rates[LENET]["8"]["n"]
    about = (
        f"Median and range of {turns} turns. At {number(half['rate'])} requests/s the 99th percentile is "
        f"{number(half['p99'])} us; a recognition in process takes {number(results['in_process'])} us. "
    )
    first, second = markdown.table(head, rows), markdown.table(["ratio", ""], ratios)
    return f"{first}\n{second}\n{about}{measured_on(results['machine'])}\n"


BENCHMARK = Benchmark("server/serving.py", "serving", table)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "measure briefly").parse_args()
    quick = partial(measure, QUICK_SECONDS, QUICK_TURNS)
    return BENCHMARK.run(options, quick if options.quick else measure)


if __name__ == "__main__":
    sys.exit(main())
