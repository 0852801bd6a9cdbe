"""`lenet serve` with --collect and --class, as a user starts it."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from collecting_site import FAR, KEY, OWNER, STROKES

from commands import lenet, lenet_process
from lenet.datasets import load
from lenet.server.page import read_resources

posix = pytest.mark.skipif(sys.platform == "win32", reason="no processes that share a socket")


@dataclass
class Running:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    address: str

    def ask(self, method: str, path: str, value: Any = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            body = None if value is None else json.dumps(value)
            connection.request(method, path, body, {"Content-Type": "application/json", **named})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def contribute(self, id_: str, consent: str, **headers: str) -> int:
        body = {"id": id_, "strokes": STROKES, "label": "L", "consent": consent}
        return self.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY, **headers)[0]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Running]:
    """Start a server; end it by SIGTERM, unless it has ended."""
    environment = {**os.environ, "TMPDIR": str(folder), "LENET_OWNER_TOKEN": OWNER}
    command = [sys.executable, "-m", "lenet", "serve", "--no-browser", "--port", "0", "--grace", "0"]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, text=True, env=environment, cwd=folder
    ) as process:
        try:
            running = Running(process, "")
            match = re.fullmatch(r"The page is at (\S+) \(Ctrl-C ends it\)\n", running.line())
            assert match is not None
            running.address = urlsplit(match[1]).netloc
            yield running
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(30)
            assert process.stdout is not None
            process.stdout.read()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, for a socket."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="lenet-test-") as name:
        (Path(name) / "consent.md").write_text("The museum collects.", encoding="utf-8")
        yield Path(name)


CONSENT = hashlib.sha256(b"The museum collects.").hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=posix)])
def test_letters_are_collected_and_survive_the_server(folder: Path, database_name: str, workers: str) -> None:
    arguments = ("--collect", database_name, "--consent", "consent.md", "--workers", workers)
    ids = [str(uuid4()) for _ in range(8)]
    with serving(folder, *arguments) as running:
        assert b'<meta name="lenet-server" content="recognize collect"' in running.ask("GET", "/")[1]
        assert [running.contribute(id_, CONSENT) for id_ in ids] == [201] * 8
        assert [running.contribute(id_, CONSENT) for id_ in ids] == [200] * 8
    with serving(folder, *arguments) as running:
        assert running.contribute(ids[0], CONSENT) == 200
        answer = running.ask("GET", "/v1/contributions/mine", Lenet_Contributor=KEY)[1]
        assert [each["id"] for each in json.loads(answer)["contributions"]] == ids
        status, answer = running.ask("GET", "/v1/moderation", Authorization=f"Bearer {OWNER}")
        assert (status, len(json.loads(answer)["contributions"])) == (200, 8)
    stats = lenet("collect", "stats", database_name)
    assert (stats.returncode, stats.stdout.split()[4:8]) == (0, ["L", "8", "0", "0"])


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=posix)])
def test_a_lesson_leaves_an_export_or_nothing(folder: Path, workers: str) -> None:
    arguments = ("--class", "5b", "--consent", "consent.md", "--workers", workers)
    with serving(folder, *arguments) as running:
        assert running.line().startswith("Only this machine reaches 127.0.0.1; for phones ")
        code = running.line().removeprefix("Join code: ").strip()
        teacher = {"Authorization": f"Bearer {running.line().rpartition(' ')[2].strip()}"}
        assert b'content="recognize class"' in running.ask("GET", "/")[1]
        assert running.ask("GET", "/v1/moderation", Authorization=f"Bearer {OWNER}")[0] == 404
        joined = json.loads(running.ask("POST", "/v1/class/join", {"code": code})[1])
        member = {"Lenet_Class": joined["session"]}
        assert [running.contribute(str(uuid4()), CONSENT, **member) for _ in range(6)] == [201] * 6
        states = [json.loads(running.ask("GET", "/v1/class/state", **teacher)[1]) for _ in range(4)]
        assert {(state["count"], state["code"], state["address"]) for state in states} == {(6, code, "")}
        assert len(list(folder.glob("lenet-class-*/letters.db"))) == 1
        status, export = running.ask("POST", "/v1/class/end", {"export": True}, **teacher)
        assert status == 200
    assert [path.name for path in folder.iterdir()] == ["consent.md"]
    with zipfile.ZipFile(io.BytesIO(export)) as archive:
        assert sorted(archive.namelist()) == ["letters.jsonl.gz", "letters.manifest.json"]
        archive.extractall(folder)
    letters = load(str(folder / "letters.jsonl.gz"))
    assert len(letters.images) == 6


@pytest.mark.slow
@posix
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)])
def test_a_lesson_that_ends_by_a_signal_leaves_nothing(folder: Path, workers: str, number: int) -> None:
    """Ctrl-C, a system that shuts down, and a terminal that is closed."""
    with serving(folder, "--class", "5b", "--consent", "consent.md", "--workers", workers) as running:
        assert len(list(folder.glob("lenet-class-*"))) == 1
        running.process.send_signal(number)
        assert running.process.wait(30) in (0, 130)
    assert [path.name for path in folder.iterdir()] == ["consent.md"]


@pytest.mark.slow
@posix
def test_a_lesson_that_is_killed_is_cleaned_by_the_next(folder: Path) -> None:
    arguments = ("--class", "5b", "--consent", "consent.md")
    with serving(folder, *arguments) as running:
        running.process.kill()
    (stale,) = folder.glob("lenet-class-*")
    with serving(folder, *arguments):
        (fresh,) = folder.glob("lenet-class-*")
        assert fresh != stale
    assert list(folder.glob("lenet-class-*")) == []


@pytest.mark.slow
@posix
def test_workers_share_the_rate_limits(folder: Path) -> None:
    arguments = ("--collect", "letters.db", "--consent", "consent.md", "--workers", "2", "--rate-limit", "3")
    with serving(folder, *arguments) as running, ThreadPoolExecutor(8) as pool:

        def contribute(_: int) -> int:
            return running.contribute(str(uuid4()), CONSENT, X_Forwarded_For=FAR)

        statuses = list(pool.map(contribute, range(16)))
    assert sorted(statuses) == [201] * 3 + [429] * 13


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--collect letters.db", "--collect: contributors must read a text first; add --consent FILE"),
        ("--class 5b", "--class: contributors must read a text first; add --consent FILE"),
        ("--rate-limit 5", "--rate-limit: nothing is collected; add --collect URL or --class NAME"),
        ("--consent consent.md", "--consent: nothing is collected; add --collect URL or --class NAME"),
        (
            "--collect letters.db --class 5b --consent consent.md",
            "--class: has a database of its own; give either --collect or --class",
        ),
        (
            "--class 5b --consent consent.md --owner-token-file consent.md",
            "--owner-token-file: the letters of a class are not moderated; leave it out",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, message: str
) -> None:
    monkeypatch.chdir(folder)
    done = lenet("serve", "--no-browser", "--port", "0", *arguments.split())
    assert done.returncode == 2
    assert done.stderr.startswith(f"lenet: {message}")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["consent.md"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--collect letters.db --consent none.md", "none.md: no such file; check the name"),
        (
            "--collect letters.db --consent consent.md --owner-token-file consent.md",
            "consent.md: the owner's token must have 16 printable characters or more; "
            "make one with `openssl rand -hex 16`",
        ),
        ("--collect mysql://h/d --consent consent.md", "mysql://h/d: not a database for contributions; "),
    ],
)
def test_files_and_databases_that_cannot_be_used_are_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, message: str
) -> None:
    monkeypatch.chdir(folder)
    done = lenet("serve", "--no-browser", "--port", "0", *arguments.split())
    assert done.returncode == 1
    assert done.stderr.startswith(f"lenet: {message}")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["consent.md"]


def test_names_of_classes_can_be_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("", " ", "a\nb", "n" * 61):
        done = lenet("serve", "--no-browser", "--class", name, "--consent", "consent.md")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "is not a name" in done.stderr


@posix
def test_a_database_that_cannot_be_used_is_refused_with_workers_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    where = ("--collect", "none/letters.db", "--consent", "consent.md")
    done = lenet_process("serve", "--no-browser", "--port", "0", "--workers", "2", *where)
    assert done.returncode == 1
    assert done.stderr.startswith("lenet: none/letters.db: cannot be created")
    assert done.stderr.count("\n") == 1


def test_a_browser_notices_that_the_server_collects_now(tmp_path: Path) -> None:
    """Its service worker has kept index.html without the meta element."""
    (tmp_path / "index.html").write_bytes(b"<!doctype html><title>page</title>")
    (tmp_path / "service-worker.js").write_bytes(b"addEventListener('fetch', () => {})")
    (tmp_path / "model").write_bytes(b"model")
    bodies = {
        read_resources(tmp_path / "model", tmp_path, words)["/service-worker.js"].body
        for words in ((), ("recognize",), ("recognize", "collect"), ("recognize", "class"))
    }
    assert len(bodies) == 4
    assert all(body.startswith(b"addEventListener('fetch', () => {})") for body in bodies)
    assert all(body.endswith(b"\n") for body in bodies - {b"addEventListener('fetch', () => {})"})


def test_without_collecting_nothing_of_it_is_loaded_and_no_route_answers() -> None:
    code = """
import sys
import lenet.server.run
from lenet.models import DEFAULT_MODEL
from lenet.server.app import make_services, operations, routes
from lenet.server.config import ServerConfig
config = ServerConfig(model=DEFAULT_MODEL)
paths = [route.path for route in routes(make_services(config))]
paths += [operation.path for operation in operations(config)]
print([path for path in paths if "contrib" in path or "class" in path or "consent" in path])
print({"lenet.server.collect", "sqlalchemy", "alembic", "segno", "pg8000"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nset()\n"
