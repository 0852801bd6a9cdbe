"""`lenet serve` as processes: readiness, signals, draining, and workers that die."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from http_process import LETTER, Served, request, serving_process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals and fork"),
]
PLAIN = "uvloop httptools cryptography sqlalchemy alembic pg8000 segno"  # what extras add
CLIENTS = 16


@pytest.mark.parametrize("without", ["", PLAIN])
def test_one_line_tells_the_address_and_ctrl_c_ends_it_at_once(without: str) -> None:
    with serving_process("--grace", "3600", without=without) as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", served.url)
        assert served.ask("/").status == served.ask("/v1/models").status == 200
        assert served.end(signal.SIGINT) == (0, "", "")


class Client(threading.Thread):
    """Asks again and again, on one connection while the server keeps it, until it is refused."""

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self.served = served
        self.answered = self.closed = 0
        self.lost: Exception | None = None

    def run(self) -> None:
        connection = None
        while True:
            try:
                connection = connection or self.served.connect()
            except OSError:
                return  # not heard, and it knows
            try:
                connection.send(request(self.served.port))
                reply = connection.reply()
                assert reply.status == 200
                self.answered += 1
            except Exception as error:
                self.lost = error
                return
            if reply.closes:
                self.closed += 1
                connection.close()
                connection = None


@pytest.mark.parametrize(("workers", "without"), [("1", ""), ("1", PLAIN), ("2", "")])
def test_no_request_is_lost_when_the_server_drains(workers: str, without: str) -> None:
    with serving_process("--workers", workers, "--grace", "0.5", without=without) as served:
        clients = [Client(served) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while min(client.answered for client in clients) < 3:
            time.sleep(0.01)
        assert served.end() == (0, "", "")
        for client in clients:
            client.join()
    assert [client.lost for client in clients] == [None] * CLIENTS
    assert min(client.closed for client in clients) >= 1


def test_a_server_that_drains_closes_each_connection() -> None:
    with serving_process("--grace", "3600") as served:
        with served.connect() as before, served.connect() as unused:
            before.send(request(served.port))
            assert not before.reply().closes
            served.process.send_signal(signal.SIGTERM)
            while not served.ask("/v1/models").closes:
                time.sleep(0.01)
            for connection in (before, unused):
                connection.send(request(served.port))
                reply = connection.reply()
                assert (reply.status, reply.closes) == (200, True)
                assert connection.is_ended()
        assert served.end() == (0, "", ""), "a second signal ends the grace period"


def test_a_body_that_is_still_coming_is_answered_at_the_end() -> None:
    with serving_process("--grace", "0") as served, served.connect() as connection:
        whole = request(served.port)
        connection.send(whole[:-10])
        served.ask("/v1/models")  # is answered after the first part was read
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        connection.send(whole[-10:])
        assert connection.reply().status == 200
        assert served.process.wait(30) == 0


def test_a_head_that_is_still_coming_is_answered_at_the_end() -> None:
    with serving_process("--grace", "0") as served, served.connect() as connection:
        whole = request(served.port)
        connection.send(whole[:30])
        served.ask("/v1/models")
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.send(whole[30:])
        assert connection.reply().status == 200
        assert served.process.wait(30) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_in_a_terminal_reaches_all_processes(workers: str) -> None:
    with serving_process("--workers", workers, "--grace", "3600") as served:
        served.ask("/v1/models")
        os.killpg(served.process.pid, signal.SIGINT)
        assert served.process.communicate(timeout=30) == ("", "")
        assert served.process.returncode == 0


def test_workers_that_cannot_start_end_the_server() -> None:
    program = """
from lenet.server.processes import Processes
def fail(worker):
    raise RuntimeError("no")
Processes(2, fail, lambda *_: None).run(lambda: print("ready"), lambda: None)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "the workers end as soon as they start" in done.stderr.splitlines()[-1]


def workers_of(served: Served) -> set[int]:
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(served.process.pid)], capture_output=True, text=True, check=False
    )
    return set(map(int, done.stdout.split()))


def test_a_worker_that_dies_is_started_again() -> None:
    with serving_process("--workers", "2", "--grace", "0") as served:
        before = workers_of(served)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        while len(workers_of(served) - before) < 1 or len(workers_of(served)) < 2:
            time.sleep(0.02)
        assert served.ask("/v1/models").status == 200
        status, out, errors = served.end()
        assert (status, out) == (0, "")
        assert "started again" in errors


def test_workers_end_when_their_parent_is_killed() -> None:
    with serving_process("--workers", "2") as served:
        pids = workers_of(served)
        served.process.kill()
        served.process.wait()
        while any(is_running(pid) for pid in pids):
            time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_workers_share_the_connections() -> None:
    with serving_process("--workers", "2") as served, ExitStack() as stack:
        while not all(map(sockets_of, workers_of(served))):
            connection = stack.enter_context(served.connect())
            connection.send(request(served.port))
            assert connection.reply().status == 200


def sockets_of(pid: int) -> int:
    """How many accepted connections a process holds."""
    inodes = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    established = "01"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(f"socket:[{row[9]}]" in inodes for row in rows if row[3] == established)


def test_a_certificate_of_its_own() -> None:
    with serving_process("--tls-self-signed") as served:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asked = urllib.request.Request(
            f"{served.url}v1/recognize", LETTER, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, context=context) as answer:
            assert b'"letter":"L"' in answer.read()
        assert served.url.startswith("https://127.0.0.1:")
        certificate = ssl.get_server_certificate(("127.0.0.1", served.port))
        assert served.end(signal.SIGINT)[0] == 0
    assert "BEGIN CERTIFICATE" in certificate
