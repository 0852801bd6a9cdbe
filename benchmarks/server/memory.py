"""Measure the memory of the server over a million requests: of all kinds, right and wrong ones.

python -m benchmarks.server.memory                 # measures, writes results and table
python -m benchmarks.server.memory --only-table    # measures nothing
python -m benchmarks.server.memory --quick         # a quick look

wrk asks over eight connections, which it opens anew in every turn. A fifth as many requests warm up: Python
collects garbage only after many of them. Memory does not depend on how busy the machine is.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
from benchmarks.lib.measuring import Benchmark, arguments, machine, measured_on
from benchmarks.server.serving import BODY, LENET, PATH, STROKES, running, servers
from PIL import Image

from lenet._util import markdown

REQUESTS, SECONDS = 1_000_000, 10
QUICK_REQUESTS, QUICK_SECONDS = 20_000, 2
WARM_UP = 0.2  # of the requests, before them
ROWS = 10  # of the table
CONNECTIONS = 8


class Request(NamedTuple):
    """A request of the load; the status of its answer is checked once."""

    status: int
    body: bytes
    type: str = "application/json"
    path: str = PATH
    method: str = "POST"


def _picture() -> bytes:
    image = Image.fromarray(np.full((60, 40), 255, np.uint8))
    image.paste(0, (10, 8, 16, 52))
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return json.dumps({"image": base64.b64encode(packed.getvalue()).decode()}).encode()


def _requests() -> list[Request]:
    images = np.zeros((4, 784), np.uint8)
    images[:, 300:340] = 255
    return [
        *[Request(200, BODY.encode())] * 8,
        Request(200, json.dumps({"drawings": [{"strokes": STROKES}, {"strokes": []}]}).encode()),
        Request(200, _picture()),
        Request(200, images.tobytes(), "application/octet-stream"),
        Request(200, b"", path="/v1/models", method="GET"),
        Request(200, b"", path="/metrics", method="GET"),
        Request(400, b'{"strokes": [[[1,'),
        Request(404, b"", path="/nothing", method="GET"),
        Request(415, b"x", "text/plain"),
    ]


def _lua(text: bytes) -> str:
    """Return a string of Lua with these bytes."""
    return '"' + "".join(f"\\{byte:03d}" for byte in text) + '"'


def _script(requests: list[Request]) -> str:
    """Return wrk's script, which sends the requests in turn."""
    rows = [
        f"  wrk.format({_lua(r.method.encode())}, {_lua(r.path.encode())}, "
        f'{{["Content-Type"] = {_lua(r.type.encode())}}}, {_lua(r.body)}),'
        for r in requests
    ]
    lines = ["local requests, turn = nil, 0", "init = function() requests = {", *rows, "} end"]
    return "\n".join([*lines, "request = function()", "  turn = turn % #requests + 1"]) + (
        "\n  return requests[turn]\nend\n"
    )


def _check(address: str, requests: list[Request]) -> None:
    """Check the status of each answer."""
    for request in requests:
        connection = http.client.HTTPConnection(urlsplit(address).netloc)
        connection.request(request.method, request.path, request.body, {"Content-Type": request.type})
        status = connection.getresponse().status
        connection.close()
        assert status == request.status, f"{request.method} {request.path}: {status}, not {request.status}"


def _resident(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert match is not None
    return 1024 * int(match[1])


def measure(requests: int = REQUESTS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the resident memory after each turn."""
    if shutil.which("wrk") is None:
        raise SystemExit("memory: wrk is missing; remedy: apt-get install wrk")
    where = machine(timed=False)
    kinds = _requests()
    command, processors = servers()[LENET]
    turns: list[dict[str, int]] = []
    with running(command, processors) as server, tempfile.TemporaryDirectory() as folder:
        _check(server.address, kinds)
        script = Path(folder) / "mixed.lua"
        script.write_text(_script(kinds), encoding="ascii")
        sent = -int(WARM_UP * requests)
        while sent < requests:
            if sent >= 0 and not turns:
                sent = 0
            if sent >= 0:
                turns.append({"requests": sent, "resident": _resident(server.pid)})
            sent += _turn(script, server.address, seconds)
        turns.append({"requests": sent, "resident": _resident(server.pid)})
    return {"machine": where, "kinds": len(kinds), "turns": turns}


def _turn(script: Path, address: str, seconds: float) -> int:
    """Ask for some seconds; return the number of answers."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}", "-s", str(script), address]
    processor = sorted(os.sched_getaffinity(0))[-1]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}),
    )
    match = re.search(r"(\d+) requests in", done.stdout)
    if match is None or int(match[1]) == 0:
        raise SystemExit(f"memory: {address} does not answer")
    return int(match[1])


def table(results: dict[str, Any]) -> str:
    """Return the memory at the start and after each tenth of the requests, and its growth."""
    turns = results["turns"]
    first, last = turns[0], turns[-1]
    tenths = [next(t for t in turns if t["requests"] * ROWS >= last["requests"] * k) for k in range(ROWS + 1)]
    chosen = {turn["requests"]: turn["resident"] for turn in tenths}
    rows = [[f"{requests:,}", f"{resident / 1e6:.1f}"] for requests, resident in chosen.items()]
    growth = last["resident"] - first["resident"]
    about = (
        f"The memory changes by {growth / 1e6:+.1f} MB, {growth / last['requests']:+.2f} bytes a request. "
        f"{results['kinds']} requests in turn, of which three are refused. "
    )
    memory = markdown.table(["requests", "resident memory, MB"], rows)
    return f"{memory}\n{about}{measured_on(results['machine'])}\n"


BENCHMARK = Benchmark("server/memory.py", "server-memory", table, timed=False)


def main() -> int:
    """Command line."""
    options = arguments(__doc__, "measure briefly").parse_args()
    quick = partial(measure, QUICK_REQUESTS, QUICK_SECONDS)
    return BENCHMARK.run(options, quick if options.quick else measure)


if __name__ == "__main__":
    sys.exit(main())
