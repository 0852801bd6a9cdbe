"""A class in the terminal: the address for phones, the join code, and the teacher's token."""

from __future__ import annotations

import pytest

from lenet.errors import MissingDependencyError
from lenet.models import DEFAULT_MODEL
from lenet.server import qr
from lenet.server.collect.class_codes import ClassCodes
from lenet.server.collect.invitation import invitation, phone_address
from lenet.server.config import ServerConfig

CODES = ClassCodes("KMTP34", "XG9R-TNK7-GRPD-9PCQ-RJ6M-PRVH")


def config(host: str, root_path: str = "", self_signed: bool = False) -> ServerConfig:
    return ServerConfig(model=DEFAULT_MODEL, host=host, root_path=root_path, self_signed=self_signed)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (config("192.168.1.20"), "http://192.168.1.20:8000/"),
        (config("0.0.0.0"), "http://192.168.178.3:8000/"),
        (config("::"), "http://192.168.178.3:8000/"),
        (config("192.168.1.20", "/lenet", self_signed=True), "https://192.168.1.20:8000/lenet/"),
        (config("127.0.0.1"), ""),
        (config("localhost"), ""),
    ],
)
def test_phones_get_an_address_of_the_network(
    monkeypatch: pytest.MonkeyPatch, settings: ServerConfig, address: str
) -> None:
    monkeypatch.setattr(qr, "local_address", lambda: "192.168.178.3")
    assert phone_address(settings, 8000) == address


def test_a_computer_without_a_network_has_no_address_for_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "local_address", lambda: None)
    assert phone_address(config("0.0.0.0"), 8000) == ""


def test_the_lines_have_code_and_token_and_the_link_has_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "terminal_code", lambda text, *_: f"QR code of {text}\n")
    lines = invitation(config("192.168.1.20"), 8000, CODES).splitlines()
    assert lines[0] == "Phones open http://192.168.1.20:8000/#join=KMTP34"
    assert lines[1].endswith(" KMTP34")
    assert lines[2].endswith(f" {CODES.teacher}")
    assert lines[3:] == ["QR code of http://192.168.1.20:8000/#join=KMTP34"]


def test_without_segno_there_is_no_qr_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise MissingDependencyError("a QR code needs segno")

    monkeypatch.setattr(qr, "terminal_code", fail)
    assert len(invitation(config("192.168.1.20"), 8000, CODES).splitlines()) == 3


def test_a_server_that_phones_do_not_reach_says_so() -> None:
    lines = invitation(config("127.0.0.1"), 8000, CODES).splitlines()
    assert len(lines) == 3
    assert "--host 0.0.0.0" in lines[0]
