"""Download a file from an HTTP server, in parts or whole, over unreliable connections.

It uses only the standard library. Of the packages for this, pooch downloads only whole files,
remotezip fails when a connection breaks, and both depend on `requests`.
"""

from __future__ import annotations

import http.client
import io
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lenet._util.files import writing
from lenet._util.progress import Progress
from lenet.errors import DataError

ATTEMPTS = 5  # without a byte received in between
WAIT = 1.0  # seconds before the second attempt, twice as long before each further one
TIMEOUT = 30.0  # seconds without a byte
SLOWEST = 2**10  # bytes a second, over TIMEOUT
BLOCK = 2**16  # bytes

_AGAIN = (408, 429, 500, 502, 503, 504)  # statuses after which another attempt may succeed


class RangesIgnoredError(Exception):
    """The server ignores range requests and sends the whole file.

    Attributes:
        size: bytes; None if the server does not send it.
    """

    def __init__(self, size: int | None) -> None:
        super().__init__()
        self.size = size


class Remote:
    """A file on a server that supports range requests.

    Attributes:
        url: address, http or https.
        size: bytes.

    Raises:
        RangesIgnoredError: the server sends only the whole file.
        LenetError: the server cannot be reached, refuses, or sends a web page.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        with _connect(url, 0, 1) as answer:
            if answer.status != 206:
                raise RangesIgnoredError(answer.length)
            total = re.fullmatch(r"bytes 0-0/(\d{1,15})", answer.headers.get("Content-Range", ""))
            if total is None:
                raise DataError(f"{url}: the server does not tell the file's size; try another")
            self.size = int(total[1])
            self._version = _version(answer)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes start..end-1 in blocks, and reconnect when a connection breaks."""
        patience = _Patience(self.url)
        while start < end:
            try:
                with _connect(self.url, start, end) as answer:
                    self._check(answer, start)
                    for data in _body(answer, end - start):
                        start += len(data)
                        patience.receive(len(data))
                        yield data
            except (OSError, http.client.HTTPException) as error:
                patience.lose(error)

    def _check(self, answer: Any, start: int) -> None:
        began = re.match(r"bytes (\d{1,15})-", answer.headers.get("Content-Range", ""))
        if answer.status != 206 or began is None or int(began[1]) != start:
            raise DataError(f"{self.url}: the server sent another part than asked for; try again")
        if _version(answer) != self._version:
            raise DataError(f"{self.url}: changed while it was being fetched; try again")

    def complete(self, path: Path, start: int, end: int, progress: Progress) -> None:
        """Download the bytes start..end-1 into a file, after the bytes that it already has.

        After an error the received bytes stay in the file, so that another call can continue.

        Args:
            path: the file; created if it does not exist.
            start: first byte.
            end: byte after the last one.
            progress: called with the number of further bytes; negative if they are discarded.

        Raises:
            LenetError: as for `Remote`, or the file cannot be written.
        """
        with writing(path), path.open("ab") as file:
            if file.tell() > end - start:
                file.truncate(0)
            progress(file.tell())
            for data in self.pieces(start + file.tell(), end):
                file.write(data)
                progress(len(data))

    def opened(self) -> io.RawIOBase:
        """Open the file for reading and seeking."""
        return _Seekable(self)


class _Seekable(io.RawIOBase):
    """A remote file with the interface of Python's files."""

    def __init__(self, remote: Remote) -> None:
        self._remote, self._at = remote, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, self._remote.size) + offset
        if self._at < 0:
            raise OSError("before the beginning")
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._remote.size)
        data = b"".join(self._remote.pieces(self._at, end))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def fetch_whole(url: str, path: Path, limit: int, progress: Progress) -> None:
    """Download a whole file; start again after each broken connection.

    Args:
        url: address, http or https.
        path: destination.
        limit: greatest size in bytes.
        progress: called with the number of further bytes; negative if they are discarded.

    Raises:
        LenetError: as for `Remote`, or the file is too large or cannot be written.
    """
    with writing(path), path.open("wb") as file:
        for data in _from_the_beginning(url, limit):
            if data is None:
                progress(-file.tell())
                file.seek(0)
                file.truncate()
            else:
                file.write(data)
                progress(len(data))


def _from_the_beginning(url: str, limit: int) -> Iterator[bytes | None]:
    """Yield the blocks of a whole file; None when a connection broke and the file starts again."""
    patience = _Patience(url)
    while True:
        try:
            with _connect(url) as answer:
                length = limit if answer.length is None else answer.length
                if length > limit:
                    raise DataError(f"{url}: {length:,} bytes; no such file is that large")
                yield from _body(answer, length, exact=answer.length is not None)
                return
        except (OSError, http.client.HTTPException) as error:
            patience.lose(error)
            yield None


class _Patience:
    """Counter of failed attempts, with growing waits."""

    def __init__(self, url: str) -> None:
        self._url, self._failed, self._received = url, 0, 0

    def receive(self, count: int) -> None:
        """Forget the failed attempts once bytes arrive fast enough."""
        self._received += count
        if self._received >= SLOWEST * TIMEOUT:
            self._failed = self._received = 0

    def lose(self, error: Exception) -> None:
        """Wait before the next attempt; raise LenetError after ATTEMPTS failures."""
        self._failed, self._received = self._failed + 1, 0
        if self._failed == ATTEMPTS:
            reason = getattr(error, "reason", None) or error
            raise DataError(
                f"{self._url}: no answer after {ATTEMPTS} attempts ({reason}); try again later"
            ) from None
        time.sleep(WAIT * 2 ** (self._failed - 1))


def _connect(url: str, start: int | None = None, end: int | None = None) -> Any:
    """Request the whole file or the bytes start..end-1; return the server's response.

    Busy and unreachable servers are tried again.

    Raises:
        LenetError: the server refuses, or stays busy or unreachable.
    """
    from lenet import __version__

    headers = {"User-Agent": f"lenet/{__version__}", "Accept-Encoding": "identity"}
    if start is not None and end is not None:
        headers["Range"] = f"bytes={start}-{end - 1}"
    patience = _Patience(url)
    while True:
        try:
            request = urllib.request.Request(url, headers=headers)
            answer = urllib.request.urlopen(request, timeout=TIMEOUT)
            break
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _AGAIN:
                    raise DataError(
                        f"{url}: the server refuses ({error.code} {error.reason}); "
                        "check the address, or fetch the file by hand and give its path"
                    ) from None
            patience.lose(error)
        except (OSError, http.client.HTTPException) as error:
            patience.lose(error)
        except ValueError as error:
            raise DataError(f"{url}: not the address of a file ({error}); correct it") from None
    if answer.headers.get_content_type() == "text/html":
        answer.close()
        raise DataError(
            f"{url}: the server answers with a web page instead of the file; "
            "it may have moved: give another address or a path"
        )
    return answer


def _version(answer: Any) -> tuple[str | None, ...]:
    """Return the headers that change with the file."""
    return tuple(answer.headers.get(name) for name in ("ETag", "Last-Modified"))


def _body(answer: Any, length: int, exact: bool = True) -> Iterator[bytes]:
    """Yield a response's body, at most `length` bytes.

    Raise LenetError if it comes too slowly; OSError if `exact` and it is shorter.
    """
    got, before, begin = 0, 0, time.monotonic()
    while got < length and (data := answer.read1(min(BLOCK, length - got))):
        got += len(data)
        yield data
        if (now := time.monotonic()) - begin > TIMEOUT:
            if got - before < SLOWEST * TIMEOUT:
                raise DataError(
                    f"{answer.url}: the server sends less than {SLOWEST:,.0f} bytes a second; try again later"
                )
            before, begin = got, now
    if exact and got < length:
        raise OSError("the connection broke")
