"""A file whose bytes are requested from a store, range by range, ahead of a reader that reads on."""

from __future__ import annotations

import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from lenet.bulk.storage.addresses import Address
from lenet.bulk.storage.requests import Patience, TruncatedError, ask, connect
from lenet.errors import DataError

if TYPE_CHECKING:
    from obstore import ObjectMeta

MIN_WINDOW = 256 * 2**10  # bytes of the first request
MAX_WINDOW = 4 * 2**20  # bytes of a request ahead
MAX_REQUEST = 64 * 2**20  # bytes of any request


class State(NamedTuple):
    """Size and name of one content of an object.

    Attributes:
        size: bytes.
        etag: the store's name for the content; where it has none, when the object was last modified.
    """

    size: int
    etag: str

    @classmethod
    def of(cls, meta: ObjectMeta) -> State:
        """Return the state that an answer of the store tells."""
        return cls(meta["size"], meta["e_tag"] or meta["last_modified"].isoformat())


class _Block(NamedTuple):
    start: int
    data: memoryview

    @property
    def stop(self) -> int:
        return self.start + len(self.data)


_EMPTY = _Block(0, memoryview(b""))


class RangeFile(io.RawIOBase):
    """An object of a store as a file that can be read and sought.

    A request has the bytes that the caller asks for, at least `MIN_WINDOW`. While the caller reads on, this
    window doubles, up to `MAX_WINDOW`, and the next one is requested in a thread meanwhile.

    Attributes:
        size: bytes.
        etag: the content's name.
    """

    def __init__(self, address: Address, state: State, patience: Patience) -> None:
        """Take the object's state when it was opened; reading raises DataError once it has another."""
        self._address, self._state, self._patience = address, state, patience
        self.size, self.etag = state
        self._position = 0
        self._window = MIN_WINDOW
        self._block = _EMPTY
        self._next: tuple[int, Future[_Block]] | None = None
        self._thread: ThreadPoolExecutor | None = None

    def buffered(self, size: int) -> BinaryIO:
        """Return this file behind a buffer for small reads."""
        return cast(BinaryIO, io.BufferedReader(self, size))

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Change the position; nothing is requested."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Read bytes into a buffer; return their number, 0 at the end.

        Raises:
            DataError: as `open_source` says.
        """
        out = memoryview(buffer).cast("B")
        if self._position >= self.size or not out:
            return 0
        if not self._block.start <= self._position < self._block.stop:
            self._block = self._request(self._position, len(out))
        begin = self._position - self._block.start
        part = self._block.data[begin : begin + len(out)]
        out[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        """End the thread; an open request is not waited for."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None
        self._block, self._next = _EMPTY, None
        super().close()

    def _request(self, start: int, wanted: int) -> _Block:
        """Return a block that begins at `start`, and request the next one if the caller reads on."""
        ahead, self._next = self._next, None
        if start != self._block.stop or start == 0:
            self._window = MIN_WINDOW
            return self._fetch(start, max(wanted, self._window))
        self._window = min(2 * self._window, MAX_WINDOW)
        if ahead is not None and ahead[0] == start:
            block = ahead[1].result()
        else:
            block = self._fetch(start, max(wanted, self._window))
        if block.stop < self.size:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
            self._next = block.stop, self._thread.submit(self._fetch, block.stop, self._window)
        return block

    def _fetch(self, start: int, length: int) -> _Block:
        """Return bytes of the object. Raise DataError if it has changed."""
        import obstore

        stop = min(start + min(length, MAX_REQUEST), self.size)
        store = connect(self._address.root, self._patience)

        def get() -> bytes:
            result = obstore.get(store, self._address.key, options={"range": (start, stop)})
            if State.of(result.meta) != self._state:
                raise DataError(f"{self._address}: has changed while it was read; run again")
            data = memoryview(result.bytes())
            if len(data) != stop - start:
                raise TruncatedError(f"{len(data)} of {stop - start} bytes")
            return data  # type: ignore[return-value]

        try:
            return _Block(start, memoryview(ask(self._address, get, self._patience)))
        except FileNotFoundError:
            raise DataError(f"{self._address}: was removed while it was read; run again") from None
