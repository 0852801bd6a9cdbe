"""A file on an HTTP server, fetched in parts or whole, over connections that may break.

By the standard library alone: of the packages for this, pooch fetches whole files, remotezip gives
up when a connection breaks, and both bring `requests`.
"""

from __future__ import annotations

import http.client
import io
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lenet._util.files import writing
from lenet.errors import DataError

ATTEMPTS = 5  # without a byte between them
WAIT = 1.0  # seconds before the second attempt, twice as long before each further one
TIMEOUT = 30.0  # seconds without a byte
BLOCK = 2**16  # bytes

_AGAIN = (408, 429, 500, 502, 503, 504)  # answers that may be others the next time

Progress = Callable[[int], object]
"""Called with the number of bytes that came, negative for those that are discarded."""


class RangesIgnoredError(Exception):
    """The server sends the whole file, whatever part it is asked for.

    size  bytes; None where the server does not tell
    """

    def __init__(self, size: int | None) -> None:
        super().__init__()
        self.size = size


class Remote:
    """A file that can be had in parts.

    url   http or https
    size  bytes

    Raises RangesIgnoredError, and LenetError for a server that cannot be reached or refuses, and
    for one that answers with a web page.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        with _connect(url, 0, 1) as answer:
            if answer.status != 206:
                raise RangesIgnoredError(answer.length)
            total = re.fullmatch(r"bytes 0-0/(\d+)", answer.headers.get("Content-Range", ""))
            if total is None:
                raise DataError(f"{url}: the server does not tell the file's size; try another")
            self.size = int(total[1])
            self._version = _version(answer)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes start..end-1, bit by bit, going on where a connection broke."""
        patience = _Patience(self.url)
        while start < end:
            try:
                with _connect(self.url, start, end) as answer:
                    self._check(answer, start)
                    for data in _body(answer, end - start):
                        start += len(data)
                        patience.reset()
                        yield data
            except (OSError, http.client.HTTPException) as error:
                patience.lose(error)

    def _check(self, answer: Any, start: int) -> None:
        began = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        if answer.status != 206 or began is None or int(began[1]) != start:
            raise DataError(f"{self.url}: the server sent another part than asked for; try again")
        if _version(answer) != self._version:
            raise DataError(f"{self.url}: changed while it was being fetched; try again")

    def complete(self, path: Path, start: int, end: int, progress: Progress) -> None:
        """Brings a file that holds the first of the bytes start..end-1, or none, to all of them.

        What came stays in the file whatever goes wrong, so that another call goes on. Raises
        LenetError as `Remote`, and where the file cannot be written.
        """
        with writing(path), path.open("ab") as file:
            if file.tell() > end - start:
                file.truncate(0)
            progress(file.tell())
            for data in self.pieces(start + file.tell(), end):
                file.write(data)
                progress(len(data))

    def opened(self) -> io.BufferedReader:
        """The file for reading and seeking, as `zipfile` needs it to find what is inside."""
        return io.BufferedReader(_Seekable(self), BLOCK)


class _Seekable(io.RawIOBase):
    """A remote file as Python's files are."""

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
    """Fetches a file from its beginning to its end, anew after each broken connection.

    Raises LenetError as `Remote`, for more than `limit` bytes, and where it cannot be written.
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
    """A whole file bit by bit; None where the connection broke and it begins anew."""
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
    """How often a server may fail."""

    def __init__(self, url: str) -> None:
        self._url, self._failed = url, 0

    def reset(self) -> None:
        self._failed = 0

    def lose(self, error: Exception) -> None:
        """Waits; LenetError when it was too often."""
        self._failed += 1
        if self._failed == ATTEMPTS:
            reason = getattr(error, "reason", None) or error
            raise DataError(
                f"{self._url}: no answer after {ATTEMPTS} attempts ({reason}); try again later"
            ) from None
        time.sleep(WAIT * 2 ** (self._failed - 1))


def _connect(url: str, start: int | None = None, end: int | None = None) -> Any:
    """The server's answer to a request for the whole file, or for the bytes start..end-1.

    Tries again while the server is busy or out of reach. LenetError where it refuses.
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
            raise DataError(f"{url}: no address of a file ({error}); correct it") from None
    if answer.headers.get_content_type() == "text/html":
        answer.close()
        raise DataError(
            f"{url}: the server answers with a web page instead of the file; "
            "it may have moved: give another address or a path"
        )
    return answer


def _version(answer: Any) -> tuple[str | None, ...]:
    """What changes when the file does."""
    return tuple(answer.headers.get(name) for name in ("ETag", "Last-Modified"))


def _body(answer: Any, length: int, exact: bool = True) -> Iterator[bytes]:
    """What an answer holds, at most `length` bytes; OSError where `exact` and it is less."""
    got = 0
    while got < length and (data := answer.read(min(BLOCK, length - got))):
        got += len(data)
        yield data
    if exact and got < length:
        raise OSError("the connection broke")
