"""The QR code of the address: which address, and which modules."""

from __future__ import annotations

import io
import re
import signal
import socket
import sys
from dataclasses import replace

import pytest

from http_process import serving_process
from lenet.errors import LenetError, MissingDependencyError
from lenet.models import DEFAULT_MODEL
from lenet.server import qr
from lenet.server.config import ServerConfig

URL = "http://192.168.178.20:8000/"


def config(host: str) -> ServerConfig:
    return ServerConfig(DEFAULT_MODEL, host=host)


def modules(code: str) -> list[list[bool]]:
    """Return whether each module of a drawn code is dark, read from its characters."""
    halves = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    rows = []
    for line in code.splitlines():
        rows.append([halves[char][0] for char in line])
        rows.append([halves[char][1] for char in line])
    return rows


def test_the_characters_draw_the_code() -> None:
    segno = pytest.importorskip("segno")
    expected = [[bool(module) for module in row] for row in segno.make_qr(URL).matrix_iter(border=2)]
    assert modules(qr.terminal_code(URL))[: len(expected)] == expected
    plain = qr.terminal_code(URL, encoding="ascii").splitlines()
    assert [[line[k : k + 2] == "  " for k in range(0, len(line), 2)] for line in plain] == expected
    assert qr.terminal_code(URL, encoding="ascii").isascii()
    assert qr.terminal_code(URL, encoding="no-such-encoding").isascii()


def test_a_code_has_three_finder_patterns() -> None:
    """An oracle without the library: squares of 7 modules in three corners, within a light border."""
    pytest.importorskip("segno")
    rows = modules(qr.terminal_code(URL))
    size = len(rows[0])
    finder = [[max(abs(x - 3), abs(y - 3)) != 2 for x in range(7)] for y in range(7)]
    for top, left in ((2, 2), (2, size - 9), (size - 9, 2)):
        assert [row[left : left + 7] for row in rows[top : top + 7]] == finder
    assert not any(any(row[:2]) or any(row[-2:]) for row in rows[:size])


def test_colours_are_set_where_the_terminal_has_them() -> None:
    pytest.importorskip("segno")
    coloured = qr.terminal_code(URL, is_coloured=True)
    lines = coloured.splitlines()
    assert all(re.fullmatch("\x1b\\[97;40m[█▀▄ ]+\x1b\\[0m", line) for line in lines)


def test_without_segno_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(MissingDependencyError, match=r'segno; run `pip install "lenet\[collect\]"`$'):
        qr.terminal_code(URL)


def test_finding_the_address_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = []

    class Silent(socket.socket):
        def __init__(self, family: int, kind: int) -> None:
            kinds.append(kind)
            super().__init__(family, kind)

        def send(self, *_: object) -> int:
            raise AssertionError("sent")

        sendto = sendall = sendmsg = send  # type: ignore[assignment]

    monkeypatch.setattr(socket, "socket", Silent)
    monkeypatch.delattr(socket, "getaddrinfo")  # a name would be looked up on the network
    address = qr.local_address()
    assert {*kinds} <= {socket.SOCK_DGRAM}
    assert kinds
    assert address is None or not address.startswith("127.")


def test_the_first_route_gives_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    class Routed:
        def __init__(self, family: int, kind: int) -> None:
            self.address = ""

        def __enter__(self) -> Routed:
            return self

        def __exit__(self, *_: object) -> None: ...

        def connect(self, address: tuple[str, int]) -> None:
            if not address[0].startswith(("172.", "192.168.")):
                raise OSError("no route")
            self.address = "127.0.0.1" if address[0].startswith("172.") else "192.168.178.20"

        def getsockname(self) -> tuple[str, int]:
            return self.address, 40000

    monkeypatch.setattr(socket, "socket", Routed)
    assert qr.local_address() == "192.168.178.20"
    for host in ("0.0.0.0", "::", "[::]"):
        assert qr.network_url(config(host), 8000) == URL
    monkeypatch.setattr(Routed, "connect", lambda *_: (_ for _ in ()).throw(OSError("no route")))
    assert qr.local_address() is None
    with pytest.raises(LenetError, match="no address on a network"):
        qr.network_url(config("0.0.0.0"), 8000)


@pytest.mark.parametrize(
    ("host", "self_signed", "root_path", "url"),
    [
        ("192.168.178.20", False, "", URL),
        ("192.168.178.20", True, "/lenet/", "https://192.168.178.20:8000/lenet/"),
        ("fd00::2", False, "", "http://[fd00::2]:8000/"),
        ("school.example", False, "", "http://school.example:8000/"),
    ],
)
def test_a_named_address_is_the_codes(host: str, self_signed: bool, root_path: str, url: str) -> None:
    settings = replace(config(host), self_signed=self_signed, root_path=root_path)
    assert qr.network_url(settings, 8000) == url


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]", "127.9.9.9"])
def test_a_loopback_address_has_no_code(host: str) -> None:
    with pytest.raises(LenetError, match=r"^--qr: only this machine reaches .*--host 0\.0\.0\.0$"):
        qr.network_url(config(host), 8000)


def test_the_code_follows_the_address() -> None:
    pytest.importorskip("segno")
    if (address := qr.local_address()) is None:
        pytest.skip("this machine is on no network")
    with serving_process("--host", "0.0.0.0", "--qr") as served:
        url = f"http://{address}:{served.port}/"
        assert isinstance(served.process.stdout, io.TextIOWrapper)
        code = qr.terminal_code(url, served.process.stdout.encoding)
        expected = [f"{url}\n", *code.splitlines(keepends=True)]
        assert [served.process.stdout.readline() for _ in expected] == expected
        assert served.end(signal.SIGINT) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "hidden", "text"),
    [
        (["--qr"], "", "--host 0.0.0.0"),
        (["--qr", "--host", "0.0.0.0"], "segno", 'pip install "lenet[collect]"'),
    ],
)
def test_a_code_that_cannot_be_is_an_error_of_one_line(arguments: list[str], hidden: str, text: str) -> None:
    if hidden and qr.local_address() is None:
        pytest.skip("this machine is on no network")
    with pytest.raises(AssertionError) as raised, serving_process(*arguments, without=hidden):
        pass
    (line,) = str(raised.value).splitlines()
    assert text in line
