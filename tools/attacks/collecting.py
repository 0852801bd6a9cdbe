"""Kill a server that collects, and its database, while contributions arrive over HTTP."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import postgresql
from attacks.collector import in_postgresql, in_sqlite
from attacks.outcome import Outcome, command

CONSENT = b"Responsible: an attack. Licence: CC0.\n"
CLIENTS = 16
LIFE = 2.0  # seconds: the longest until a kill
ANSWER_WAIT = 30.0  # seconds
STORED = {201, 200}
"""Answers of an acknowledgement; 200 if the server lost its database during a commit that succeeded."""

ALLOWED = {*STORED, 503, 507}


@dataclass
class Load:
    """Clients with a connection each, and the answers that they got."""

    port: int
    acknowledged: set[UUID] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    is_over: threading.Event = field(default_factory=threading.Event)

    def client(self) -> None:
        """Contribute until the server is gone or the load is over."""
        headers = {"Content-Type": "application/json", "Lenet-Contributor": "an attack's key of 128 bits"}
        body = {"strokes": [[[0, 0], [0, 10]], [[0, 10], [6, 10]]], "label": "L"}
        body["consent"] = hashlib.sha256(CONSENT).hexdigest()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_WAIT)
        with suppress(OSError, http.client.HTTPException):
            while not self.is_over.is_set():
                identity = uuid4()
                text = json.dumps({**body, "id": str(identity)})
                connection.request("POST", "/v1/contributions", text, headers)
                answer = connection.getresponse()
                answer.read()
                self.statuses.add(answer.status)
                if answer.status in STORED:
                    self.acknowledged.add(identity)
                else:
                    self.is_over.wait(0.02)
        connection.close()

    def wait(self, is_so: Callable[[], bool]) -> bool:
        """Wait until something is so, for some seconds; return if it is."""
        end = time.monotonic() + ANSWER_WAIT
        while not is_so() and time.monotonic() < end:
            time.sleep(0.01)
        return is_so()

    def during(self, work: Callable[[], object]) -> None:
        """Keep the clients busy while something happens."""
        threads = [threading.Thread(target=self.client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()


@contextmanager
def serving(folder: Path, database: str, workers: int) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Yield port and process of a server that collects, in a session of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "consent.md").write_bytes(CONSENT)
    words = ["--port", port, "--collect", database, "--consent", folder / "consent.md", "--workers", workers]
    line = command("serve", "--no-browser", *words)
    with (folder / "errors").open("wb") as errors:
        running = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )
    assert running.stdout is not None
    try:
        if "http" not in running.stdout.readline():
            raise RuntimeError((folder / "errors").read_text()[-500:])
        yield port, running
    finally:
        _kill(running)
        running.stdout.close()


def _kill(running: subprocess.Popen[str]) -> None:
    """Kill the server and its workers at once."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Kill the server on SQLite and on PostgreSQL, and PostgreSQL under the server, in turn."""
    if postgresql.programs() is None:
        yield Outcome("PostgreSQL", False, "is not installed")
        return
    with postgresql.serving(settings=()) as server:
        before: dict[str, set[UUID]] = {"sqlite": set(), "postgresql": set()}
        path = folder / "letters.db"
        for turn in count():
            workers = 1 + turn % 2
            with serving(folder, str(path), workers) as (port, running):
                load = _kill_under_load(port, running, numbers)
            before["sqlite"] |= load.acknowledged
            yield _judge(f"server on SQLite, workers {workers}", load, before["sqlite"], in_sqlite(path))
            with serving(folder, server.url("postgres"), workers) as (port, running):
                load = _restart_under_load(port, server, numbers)
                before["postgresql"] |= load.acknowledged
                stored = in_postgresql(server, "postgres")
                yield _judge("PostgreSQL under the server", load, before["postgresql"], stored)
                load = _kill_under_load(port, running, numbers)
            before["postgresql"] |= load.acknowledged
            stored = in_postgresql(server, "postgres")
            yield _judge(f"server on PostgreSQL, workers {workers}", load, before["postgresql"], stored)


def _kill_under_load(port: int, running: subprocess.Popen[str], numbers: random.Random) -> Load:
    load = Load(port)

    def work() -> None:
        time.sleep(numbers.uniform(0.2, LIFE))
        _kill(running)

    load.during(work)
    return load


def _restart_under_load(port: int, server: postgresql.Server, numbers: random.Random) -> Load:
    load = Load(port)

    def work() -> None:
        time.sleep(numbers.uniform(0.2, LIFE))
        server.kill()
        time.sleep(numbers.uniform(0, LIFE))
        server.start()
        known = len(load.acknowledged)
        load.wait(lambda: len(load.acknowledged) >= known + CLIENTS)

    load.during(work)
    return load


def _judge(name: str, load: Load, acknowledged: set[UUID], stored: set[UUID]) -> Outcome:
    lost, odd = acknowledged - stored, load.statuses - ALLOWED
    good = not lost and not odd and bool(load.acknowledged)
    return Outcome(
        name, good, f"lost {len(lost)} of {len(acknowledged)}, new {len(load.acknowledged)}, statuses {odd}"
    )


def main() -> None:
    """Command line for a disk that fills: `python -m attacks.collecting FOLDER`; prints what happened."""
    folder = Path(sys.argv[1])
    filling = (folder / "other").open("wb", buffering=0)
    with serving(folder, str(folder / "letters.db"), 1) as (port, running):
        load = Load(port)

        def fill() -> None:
            load.wait(lambda: len(load.acknowledged) > 0)
            with suppress(OSError):
                while True:
                    filling.write(bytes(2**14))
            load.wait(lambda: 507 in load.statuses)
            filling.truncate(0)
            known = len(load.acknowledged)
            print("goes on", load.wait(lambda: len(load.acknowledged) >= known + CLIENTS))

        load.during(fill)
        _kill(running)
    lost = load.acknowledged - in_sqlite(folder / "letters.db")
    print("statuses", *sorted(load.statuses), "lost", len(lost))


if __name__ == "__main__":
    main()
