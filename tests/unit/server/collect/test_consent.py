"""The consent text: its digest, its limits, and changes of its file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from lenet.server.collect.consent import ConsentFile, read_consent
from lenet.server.collect.types import MAX_CONSENT
from made import refusal


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "consent.md"
    path.write_bytes("\ufeff# Grüße\r\n".encode())
    consent = read_consent(path)
    assert consent.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert consent.text.encode() == path.read_bytes()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xff", "not UTF-8"),
        (b"x" * (MAX_CONSENT + 1), "larger than 64 KiB"),
    ],
)
def test_what_nobody_could_read_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "consent.md"
    path.write_bytes(data)
    assert refusal(read_consent, path).startswith(f"{path}: {problem}")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(ConsentFile, tmp_path / "none")
    assert refusal(ConsentFile, tmp_path).startswith(f"{tmp_path}: ")


def test_changes_of_the_file_are_seen_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "consent.md"
    path.write_text("first", encoding="utf-8")
    now = 0.0
    file = ConsentFile(path, clock=lambda: now)
    path.write_text("second", encoding="utf-8")
    assert file.current() == read_consent_of("first")
    now = 1.0
    assert file.current() == read_consent_of("second")
    path.unlink()
    now = 2.0
    assert file.current() is None
    path.write_bytes(b"\xff")
    now = 3.0
    assert file.current() is None
    path.write_text("third!", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    now = 4.0
    assert file.current() == read_consent_of("third!")


def read_consent_of(text: str) -> object:
    from lenet.server.collect.consent import Consent

    return Consent(text, hashlib.sha256(text.encode()).hexdigest())
