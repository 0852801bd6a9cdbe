"""The commands of docs/how-to/serve.md, run by a shell beside a server, print what the page says."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from doc_blocks import Session, blocks, commands, matches, parse, write_examples

from http_process import serving_process
from needs import missing
from repository import ROOT

PAGE = ROOT / "docs" / "how-to" / "serve.md"
PORT = "8000"  # in the page's addresses; the tests take a free one

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the examples read, in the current folder."""
    monkeypatch.chdir(tmp_path)
    write_examples(tmp_path)
    return tmp_path


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def test_the_page_of_serving_says_what_happens(folder: Path) -> None:
    if shutil.which("curl") is None or shutil.which("base64") is None:
        missing("curl and base64")
    port = free_port()
    session = Session()
    every = list(blocks(PAGE))
    with serving_process("--port", port):
        for block, after in zip(every, [*every[1:], None], strict=True):
            code = block.code.replace(PORT, port)
            if block.language == "python":
                expected = after.code if after is not None and after.language == "text" else ""
                assert matches(session.python(code), expected), code
            elif block.language == "console":
                for line, expected in commands(block):
                    check(line.replace(f":{PORT}/", f":{port}/"), expected.replace(PORT, port))


def check(line: str, expected: str) -> None:
    """Run a command of the shell; `lenet serve` is only parsed, because it runs already."""
    if line.startswith("lenet "):
        parse(line)
        return
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert matches(done.stdout, expected), f"{line}\nprints\n{done.stdout}"


def test_the_first_line_is_the_one_that_is_printed(folder: Path) -> None:
    [(line, expected)] = next(list(commands(block)) for block in blocks(PAGE) if block.language == "console")
    port = free_port()
    assert re.fullmatch(rf"lenet serve --no-browser --port {PORT}", line)
    with serving_process("--port", port) as served:
        assert served.line == expected.replace(PORT, port)


def test_the_limits_of_the_page_are_the_servers() -> None:
    from lenet.server.config import Limits, ServerConfig

    limits, text = Limits(), PAGE.read_text(encoding="utf-8")
    assert f"{limits.head_seconds:g} seconds for the headers, {limits.body_seconds:g} for the body" in text
    sizes = (
        f"{limits.body_bytes // 2**20} MiB, {limits.drawings:,} drawings, {limits.strokes:,} strokes, "
        f"{limits.points:,} points, {limits.pictures} pictures, or {limits.pixels // 10**6} megapixels"
    )
    assert f"more than {sizes}" in text
    assert f"headers of {limits.head_bytes // 2**10} KiB or more" in text
    assert ServerConfig.grace_seconds == 3
