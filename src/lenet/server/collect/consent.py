"""The consent text: the owner's Markdown file, and the digest by which contributions name it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lenet._util.files import open_file, read_error
from lenet.errors import DataError
from lenet.server.collect.types import MAX_CONSENT

RECHECK = 1.0  # seconds for which the file is not looked at again


@dataclass(frozen=True)
class Consent:
    """A version of the consent text.

    Attributes:
        text: Markdown.
        digest: SHA-256 of the file's bytes, in hex.
    """

    text: str
    digest: str


def read_consent(path: str | Path) -> Consent:
    """Read a consent text.

    Raises:
        DataError: the file is missing, empty, larger than 64 KiB, or is not UTF-8.
    """
    try:
        with open_file(path) as stream:
            data = stream.read(MAX_CONSENT + 1)
    except OSError as error:
        raise read_error(path, error) from None
    if len(data) > MAX_CONSENT:
        raise DataError(f"{path}: larger than {MAX_CONSENT // 2**10} KiB; write a shorter consent text")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8; save the consent text as UTF-8") from None
    if not text.strip():
        raise DataError(f"{path}: empty; write who is responsible, why, and under which licence")
    return Consent(text, hashlib.sha256(data).hexdigest())


class ConsentFile:
    """The consent text in its file; a changed file is read again within a second."""

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file. Raises DataError like `read_consent`."""
        self._path = Path(path)
        self._clock = clock
        self._stamp = self._stamp_now()
        self._consent: Consent | None = read_consent(self._path)
        self._checked = clock()

    def current(self) -> Consent | None:
        """Return the text as the file has it now; None if the file cannot be used any more."""
        now = self._clock()
        if now - self._checked < RECHECK:
            return self._consent
        self._checked = now
        stamp = self._stamp_now()
        if stamp != self._stamp or self._consent is None:
            self._stamp = stamp
            try:
                self._consent = read_consent(self._path)
            except DataError:
                self._consent = None
        return self._consent

    def _stamp_now(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
