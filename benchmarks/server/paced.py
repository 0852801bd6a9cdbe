"""A client that asks at a fixed rate, whether or not the server keeps up; wrk asks as fast as it can.

Times count from the moment at which a request was due, so a slow answer delays no later one unnoticed.
The timers of an event loop are up to a millisecond late, which would count as the server's time. So the
client asks the clock in the last two milliseconds before a request, and needs a processor of its own.
"""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

PATH = "/v1/recognize"
TIMER = 0.002  # seconds; a timer is not late by more


@dataclass(frozen=True)
class Latencies:
    """Times from due requests to their answers, in microseconds."""

    p50: float
    p99: float


def latencies(address: str, body: str, *, rate: float, connections: int, seconds: float) -> Latencies:
    """Ask a server for some seconds.

    Args:
        address: of the server.
        body: of each request, JSON.
        rate: requests a second, of all connections together.
        connections: that take turns.
        seconds: for which it asks.
    """
    place = urlsplit(address)
    head = f"POST {PATH} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    times: list[float] = []

    async def client(number: int, start: float) -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for turn in range(int(rate * seconds / connections)):
            due = start + (number + turn * connections) / rate
            await _until(due)
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = answer.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            await reader.readexactly(int(length))
            times.append(time.perf_counter() - due)
        writer.close()

    async def run() -> None:
        start = time.perf_counter() + 0.1
        await asyncio.gather(*(client(number, start) for number in range(connections)))

    gc.collect()
    gc.freeze()  # collecting the objects of the benchmark would pause the client
    try:
        asyncio.run(run())
    finally:
        gc.unfreeze()
    p50, p99 = np.percentile(times, [50, 99])
    return Latencies(1e6 * float(p50), 1e6 * float(p99))


async def _until(due: float) -> None:
    """Wait for a moment of `time.perf_counter`, while the other connections go on."""
    while (wait := due - time.perf_counter()) > 0:
        await asyncio.sleep(wait - TIMER if wait > TIMER else 0)
