"""The web server: its answers, the hosts it answers, and its refusals. The page is made here."""

from __future__ import annotations

import gzip
import html
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from browser import serving
from lenet.errors import LenetError
from lenet.models import DEFAULT_MODEL
from lenet.server import answers, config
from lenet.server.config import PAGE, ServerConfig
from lenet.server.page import read_resources
from lenet.server.sockets import listen
from repository import ROOT

SCRIPT = b"console.log('a script that gzip makes smaller');\n" * 20
MODEL = bytes(range(256)) * 4


@pytest.fixture
def site(tmp_path: Path) -> tuple[Path, Path]:
    """A model and a page; beside the page something that must not be served."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_bytes(b"<!doctype html><title>page</title>")
    (page / "assets" / "index-4f2a.js").write_bytes(SCRIPT)
    (page / "assets" / "engine-91c0.wasm").write_bytes(b"\0asm\1\0\0\0")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    model = tmp_path / "any name.safetensors"
    model.write_bytes(MODEL)
    return model, page


@pytest.fixture
def address(site: tuple[Path, Path]) -> Iterator[str]:
    with serving(*site) as url:
        yield urlsplit(url).netloc


def ask(
    address: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "content_type", "cache"),
    [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/?from=a-link", "text/html; charset=utf-8", "no-cache"),
        ("/assets/index-4f2a.js", "text/javascript; charset=utf-8", "immutable"),
        ("/assets/engine-91c0.wasm", "application/wasm", "immutable"),
        ("/model.safetensors", "application/octet-stream", "no-cache"),
    ],
)
def test_files_have_their_type_and_caching(address: str, path: str, content_type: str, cache: str) -> None:
    response, body = ask(address, path)
    assert response.status == 200
    assert response.headers["Content-Type"] == content_type
    assert cache in response.headers["Cache-Control"]
    assert int(response.headers["Content-Length"]) == len(body) > 0


def test_the_model_is_the_given_one(address: str) -> None:
    assert ask(address, "/model.safetensors")[1] == MODEL


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_gzip_is_sent_to_those_who_accept_it(address: str, accepted: str, packed: bool) -> None:
    response, body = ask(address, "/assets/index-4f2a.js", Accept_Encoding=accepted)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Encoding"] == ("gzip" if packed else None)
    assert (gzip.decompress(body) if packed else body) == SCRIPT
    assert (len(body) < len(SCRIPT)) == packed


def test_what_the_browser_has_is_not_sent_again(address: str) -> None:
    plain, _ = ask(address, "/")
    packed, _ = ask(address, "/assets/index-4f2a.js", Accept_Encoding="gzip")
    unpacked, _ = ask(address, "/assets/index-4f2a.js")
    assert packed.headers["ETag"] != unpacked.headers["ETag"]
    for tag in (plain.headers["ETag"], f'"other", W/{plain.headers["ETag"]}'):
        response, body = ask(address, "/", If_None_Match=tag)
        assert (response.status, body) == (304, b"")
    assert ask(address, "/", If_None_Match='"other"')[0].status == 200


def test_head_sends_no_body(address: str) -> None:
    response, body = ask(address, "/assets/index-4f2a.js", "HEAD")
    assert (response.status, body) == (200, b"")
    assert response.headers["Content-Length"] == str(len(SCRIPT))


@pytest.mark.parametrize(
    "path",
    ["/secret.txt", "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt",
     "/..%2fsecret.txt", "//etc/passwd", "/assets/", "/assets", "/index.html/"],
)  # fmt: skip
def test_only_files_known_at_the_start_are_served(address: str, path: str) -> None:
    response, body = ask(address, path)
    assert response.status == 404
    assert b"secret" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(address: str, method: str) -> None:
    response, _ = ask(address, "/", method, b"a body")
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_a_damaged_address_is_refused(address: str) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            f"GET http://[x/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode()
        )
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")


def test_headers_and_body_leave_in_one_piece(address: str) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(f"GET /nothing HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            answer = connection.recv(2**16)
            assert answer.startswith(b"HTTP/1.1 404 ")
            assert answer.endswith(b'/docs lists the routes"}}')


def test_only_local_names_are_answered(address: str) -> None:
    port = address.rpartition(":")[2]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert ask(address, "/", Host=host)[0].status == 200
    for host in (f"evil.example:{port}", "localhost", "localhost:1", f"localhost.evil:{port}", ""):
        response, body = ask(address, "/", Host=host)
        assert response.status == 421
        assert b"page" not in body


@pytest.mark.parametrize(("path", "method"), [("/", "GET"), ("/none", "GET"), ("/", "POST"), ("/", "BREW")])
def test_every_answer_carries_the_security_headers(address: str, path: str, method: str) -> None:
    response, _ = ask(address, path, method)
    for name, value in answers.SECURITY.items():
        assert response.headers.get_all(name) == [value]
    assert "Python" not in response.headers["Server"]


def test_the_page_and_the_server_have_the_policy_of_the_file(address: str) -> None:
    """The built page's meta element says all but frame-ancestors, which only a header can."""
    file = Path(answers.__file__).with_name("content_security_policy.json")
    directives = json.loads(file.read_text(encoding="utf-8"))
    stated = "; ".join(f"{name} {sources}" for name, sources in directives.items())
    assert stated.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ")
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    match = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert match is not None
    assert html.unescape(match[1]) == stated
    response, _ = ask(address, "/")
    assert response.headers.get_all("Content-Security-Policy") == [f"{stated}; frame-ancestors 'none'"]


def test_no_source_states_the_policy_again() -> None:
    for folder, patterns in {"src/lenet": ("*.py",), "web": ("*.ts", "src/**/*.ts", "*.html")}.items():
        for path in (path for pattern in patterns for path in (ROOT / folder).rglob(pattern)):
            if not {"node_modules", "static"} & set(path.parts):
                assert "wasm-unsafe-eval" not in path.read_text(encoding="utf-8"), path


def test_it_listens_on_this_machine_alone(site: tuple[Path, Path]) -> None:
    with listen(ServerConfig(model=site[0], page=site[1])) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_said_with_its_remedy(site: tuple[Path, Path]) -> None:
    model, page = site
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LenetError, match=f"^port {port} is in use; choose another with --port"):
            listen(ServerConfig(model=model, page=page, port=port))
    with pytest.raises(LenetError, match="port 70000 does not exist"):
        listen(ServerConfig(model=model, page=page, port=70000))


def test_without_a_port_the_next_free_one_is_taken(
    site: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, page = site
    with listen(ServerConfig(model=model, page=page)) as first:
        port = first.getsockname()[1]
        monkeypatch.setattr(config, "FIRST_PORT", port)
        with listen(ServerConfig(model=model, page=page, port=None)) as second:
            assert second.getsockname()[1] > port


def test_what_is_missing_is_named_with_its_remedy(site: tuple[Path, Path], tmp_path: Path) -> None:
    model, page = site
    with pytest.raises(LenetError, match=r"none: the page is not built; run .*tools/build/build\.py"):
        read_resources(model, tmp_path / "none")
    with pytest.raises(LenetError, match=r"none\.safetensors: cannot be read .*--model"):
        read_resources(tmp_path / "none.safetensors", page)


def test_ctrl_c_ends_it_cleanly(site: tuple[Path, Path]) -> None:
    _, page = site
    program = (
        "import sys; from pathlib import Path\n"
        "from lenet.server.config import ServerConfig; from lenet.server.run import serve\n"
        "serve(ServerConfig(model=Path(sys.argv[1]), page=Path(sys.argv[2])), open_browser=False)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program, str(DEFAULT_MODEL), str(page)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert ask(urlsplit(line.split()[4]).netloc, "/")[0].status == 200
            running.send_signal(signal.SIGINT)
            out, errors = running.communicate(timeout=20)
        finally:
            running.kill()  # leaving the block waits for its end
    assert (running.returncode, out.strip(), errors) == (0, "", "")
