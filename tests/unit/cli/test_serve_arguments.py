"""Arguments of `lenet serve` that are refused, and that are taken."""

from __future__ import annotations

import pytest

from lenet.cli.main import main, parser


@pytest.mark.parametrize(
    "arguments",
    [
        ("--root-path", "/a/../b"),
        ("--root-path", "/a/./b"),
        ("--root-path", "lenet"),
        ("--root-path", "/a//b"),
        ("--root-path", "/a?b"),
        ("--root-path", "/.."),
        ("--allowed-host", "a/b"),
        ("--allowed-host", ""),
        ("--allowed-host", "*"),
        ("--allowed-host", "."),
        ("--allowed-host", "http://example.org"),
        ("--allowed-host", "example.org:8080"),
        ("--allowed-host", "a..b"),
        ("--allowed-host", "-a.org"),
        ("--allowed-host", "a b"),
        ("--allowed-host", "a" * 64),
        ("--allowed-host", ".".join(["a" * 60] * 5)),
        ("--allowed-host", "[::1"),
        ("--host", ""),
        ("--host", "a/b"),
        ("--host", "127.0.0.1:8000"),
        ("--trusted-proxy", "10.0.0.1/8"),
        ("--collect", "", "--consent", "consent.md"),
        ("--tls-key", "key.pem"),
        ("--tls-cert", "a.pem", "--tls-key", "b.pem", "--tls-self-signed"),
        ("--rate-limit", "5"),
        ("--rate-limit", "0", "--class", "5b"),
        ("--owner-token-file", "token"),
        ("--grace", "nan"),
        ("--workers", "0"),
    ],
)
def test_arguments_that_cannot_be_are_refused_in_one_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(*_: object, **__: object) -> None:
        raise AssertionError("the server would start")

    monkeypatch.setattr("lenet.server.run.serve", serve)
    try:
        status = main(["serve", "--no-browser", "--port", "0", *arguments])
    except SystemExit as end:
        status = int(str(end.code))
    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert error.startswith("lenet")
    assert arguments[0] in error


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        ("--root-path", "/lenet/", "/lenet"),
        ("--root-path", "/", ""),
        ("--root-path", "/a.b/c~d/..e", "/a.b/c~d/..e"),
        ("--host", "::1", "::1"),
        ("--host", "localhost", "localhost"),
        ("--host", "0.0.0.0", "0.0.0.0"),
    ],
)
def test_arguments_are_taken(option: str, text: str, expected: str) -> None:
    args = parser().parse_args(["serve", option, text])
    assert getattr(args, option[2:].replace("-", "_")) == expected


def test_allowed_hosts_are_names_endings_and_addresses() -> None:
    names = ["letters.example.org", ".example.org", "*.example.org", "192.168.1.20", "my_pc", "[fe80::1]"]
    words = [word for name in [*names, "fe80::1"] for word in ("--allowed-host", name)]
    assert parser().parse_args(["serve", *words]).allowed_host == [*names, "[fe80::1]"]
