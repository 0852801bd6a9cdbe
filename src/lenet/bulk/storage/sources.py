"""Read inputs: files of this machine, and objects of a store by ranges of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from lenet._util.files import READ_ERRORS, open_file, read_error
from lenet.bulk.storage.addresses import Address, is_remote, local_path, parse
from lenet.bulk.storage.ranges import RangeFile, State
from lenet.bulk.storage.requests import PATIENCE, Patience, ask, connect
from lenet.errors import DataError

_BUFFER = 64 * 2**10  # bytes; small reads between requests are served from it


class Entry(NamedTuple):
    """An object of a store, or a file.

    Attributes:
        uri: its address, which `open_source` takes.
        size: bytes.
        etag: the store's name for this content; "" for a file.
    """

    uri: str
    size: int
    etag: str


def open_source(uri: str, etag: str = "", patience: Patience = PATIENCE) -> BinaryIO:
    """Open an input for reading, with `seek`.

    An object is read by ranges, ahead where it is read on; memory is bounded by `ranges.MAX_WINDOW` and
    the largest single `read`.

    Args:
        uri: a path, or an address such as `s3://bucket/letters.parquet`.
        etag: the content that is expected; "": any.
        patience: limits of each request.

    Raises:
        DataError: it is missing, cannot be read, or has another content than expected. Reading raises it
            too, when the object changes meanwhile.
    """
    if not is_remote(uri):
        path = local_path(uri)
        try:
            return cast(BinaryIO, open_file(path))
        except READ_ERRORS as error:
            raise read_error(path, error) from None
    address = parse(uri)
    state = _state(address, patience)
    if etag and state.etag != etag:
        raise DataError(f"{address}: has changed since it was planned; plan again in a new folder")
    return RangeFile(address, state, patience).buffered(_BUFFER)


def describe(uri: str, patience: Patience = PATIENCE) -> Entry:
    """Return size and ETag of an input. Raise DataError if it is missing or cannot be read."""
    if is_remote(uri):
        address = parse(uri)
        state = _state(address, patience)
        return Entry(str(address), state.size, state.etag)
    path = local_path(uri)
    try:
        return Entry(uri, path.stat().st_size, "")
    except OSError as error:
        raise read_error(path, error) from None


def list_sources(uri: str, patience: Patience = PATIENCE) -> list[Entry]:
    """Return the objects below a prefix such as `s3://bucket/scans`, sorted by address.

    Raises:
        DataError: the store refuses, or fails in each attempt.
    """
    address = parse(uri)
    if address.is_web:
        raise DataError(f"{address}: a web server does not list its files; name each of them")
    return sorted(
        Entry(f"{address.root}/{key}", size, etag)
        for key, size, etag in _listed(address, patience)
        if size or _exists(Address(address.root, key), patience)
    )


def _exists(address: Address, patience: Patience) -> bool:
    """Tell a file from the mark of a folder: an empty object whose name ends with "/", listed without it."""
    try:
        _state(address, patience)
    except DataError:
        return False
    return True


def _listed(address: Address, patience: Patience) -> Iterator[tuple[str, int, str]]:
    """Yield key, size and ETag of each object below a prefix; go on after the last when the store fails."""
    import obstore

    store = connect(address.root, patience)
    stream = obstore.list(store, address.key or None, chunk_size=1000)
    last: str | None = None

    def following() -> list[tuple[str, int, str]] | None:
        nonlocal stream
        try:
            page = next(stream, None)
        except BaseException:  # the stream has ended with its error
            stream = obstore.list(store, address.key or None, chunk_size=1000, offset=last)
            raise
        return None if page is None else [(m["path"], m["size"], m["e_tag"] or "") for m in page]

    while page := ask(address, following, patience):
        yield from page
        last = page[-1][0]


def _state(address: Address, patience: Patience) -> State:
    import obstore

    store = connect(address.root, patience)
    try:
        return State.of(ask(address, lambda: obstore.head(store, address.key), patience))
    except FileNotFoundError:
        raise DataError(f"{address}: no such object; check the name") from None
