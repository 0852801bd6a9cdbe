"""Write outputs, each name once: into a folder, or below a prefix of a store."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from lenet._util.files import ensure_dir, read_error, remove_abandoned, temporary_name, writing
from lenet.bulk.storage.addresses import Address, is_remote, local_path, parse
from lenet.bulk.storage.requests import PATIENCE, Patience, ask, connect
from lenet.bulk.storage.sources import open_source
from lenet.errors import DataError, LenetError

MAX_READ = 2**30  # bytes that `read` returns
PROBE = ".lenet-conditional-write"  # stays in the store, so that two probes at once do not disturb each other


class Target(Protocol):
    """Where the files of a run go. A target can be pickled; each process has a connection of its own."""

    def prepare(self) -> None:
        """Make the place ready, and check that a name can be taken only once.

        Raises:
            LenetError: it cannot be written, or the store ignores `If-None-Match`.
        """

    def clean(self) -> None:
        """Remove what killed processes left."""

    def put_if_absent(self, name: str, write: Callable[[BinaryIO], None]) -> bool:
        """Write a file, which takes its name when it is complete and on the disk, unless the name is taken.

        Args:
            name: of a file in this place.
            write: writes the content; it is called once, or not at all if the name is taken.

        Returns:
            Whether the name was free; False also if an earlier attempt of this call took it unnoticed.

        Raises:
            LenetError: the file cannot be written.
        """

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading, as `open_source` does."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes. Raise DataError if it is missing, or has more than `MAX_READ`."""

    def exists(self, name: str) -> bool:
        """Tell whether a file of this name is there."""

    def list(self) -> Iterator[str]:
        """Yield the names of the files in this place, not of those in folders within, in any order."""

    def footer(self, name: str, size: int) -> bytes:
        """Return a file's last bytes; all of them if it has fewer. Raise DataError if it is missing."""


def open_target(uri: str, patience: Patience = PATIENCE) -> Target:
    """Return the target of a folder's path, or of a prefix such as `s3://bucket/predictions`.

    Raises:
        LenetError: the address cannot be written to.
    """
    if not is_remote(uri):
        return LocalTarget(local_path(uri))
    address = parse(uri)
    if address.is_web:
        raise LenetError(
            f"{address}: a web server is not written to; name a folder, or s3://, gs:// or az://"
        )
    return StoreTarget(address, patience)


@dataclass(frozen=True)
class LocalTarget:
    """A folder of this machine, or of a network file system."""

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    def prepare(self) -> None:
        """Create the folder; remove what killed processes left."""
        ensure_dir(self.folder)
        self.clean()
        aside = temporary_name(self.folder / "probe")
        with writing(self.folder):
            aside.write_bytes(b"")
            aside.unlink()

    def clean(self) -> None:
        """Remove what killed processes left."""
        remove_abandoned(self.folder)

    def put_if_absent(self, name: str, write: Callable[[BinaryIO], None]) -> bool:
        """Write aside, flush to the disk, then link to the name; see `Target`."""
        place = self.folder / name
        if place.exists():
            return False
        # Containers may share a folder, a host name and numbers of processes.
        aside = temporary_name(self.folder / f"{name}.{secrets.token_hex(8)}")
        try:
            with writing(place):
                with aside.open("wb") as stream:
                    write(stream)
                    stream.flush()
                    os.fsync(stream.fileno())
                return _take_name(aside, place)
        finally:
            aside.unlink(missing_ok=True)

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading."""
        return open_source(str(self.folder / name))

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        with self.open(name) as stream:
            return _all_of(stream, str(self.folder / name))

    def exists(self, name: str) -> bool:
        """Tell whether a file is there."""
        return (self.folder / name).is_file()

    def list(self) -> Iterator[str]:
        """Yield the names of the files; nothing if the folder is missing."""
        try:
            with os.scandir(self.folder) as entries:
                yield from (entry.name for entry in entries if entry.is_file())
        except FileNotFoundError:
            return
        except OSError as error:
            raise read_error(self.folder, error) from None

    def footer(self, name: str, size: int) -> bytes:
        """Return a file's last bytes."""
        with self.open(name) as stream:
            stream.seek(max(stream.seek(0, os.SEEK_END) - size, 0))
            return stream.read(size)


def _take_name(aside: Path, place: Path) -> bool:
    """Give a written file its name, unless the name is taken; flush the folder to the disk."""
    try:
        os.link(aside, place)
    except FileExistsError:
        return False
    except OSError:  # a file system without links; there another process could take the name in between
        if place.exists():
            return False
        aside.rename(place)
    if os.name == "posix":
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


@dataclass(frozen=True)
class StoreTarget:
    """A prefix of an object store. A file is one conditional request, so it is never seen in part."""

    address: Address
    patience: Patience = PATIENCE

    def __str__(self) -> str:
        return str(self.address)

    def prepare(self) -> None:
        """Write one small object twice: the second request must be refused."""
        self._put(PROBE, b"")
        if self._put(PROBE, b""):
            raise LenetError(
                f"{self}: the store ignores If-None-Match, so two runs could write one file; "
                "use a store with conditional writes, or a folder"
            )

    def clean(self) -> None:
        """Do nothing: the store keeps no half an object."""

    def put_if_absent(self, name: str, write: Callable[[BinaryIO], None]) -> bool:
        """Write to memory, then to the store with `If-None-Match: *`; see `Target`."""
        stream = io.BytesIO()
        write(stream)
        return self._put(name, stream.getbuffer())

    def open(self, name: str) -> BinaryIO:
        """Open an object for reading."""
        return open_source(str(self._at(name)), patience=self.patience)

    def read(self, name: str) -> bytes:
        """Return an object's bytes."""
        with self.open(name) as stream:
            return _all_of(stream, str(self._at(name)))

    def exists(self, name: str) -> bool:
        """Tell whether an object is there."""
        import obstore

        place = self._at(name)
        store = connect(place.root, self.patience)
        with suppress(FileNotFoundError):
            ask(place, lambda: obstore.head(store, place.key), self.patience)
            return True
        return False

    def list(self) -> Iterator[str]:
        """Yield the names of the objects."""
        import obstore

        store = connect(self.address.root, self.patience)
        prefix = f"{self.address.key}/" if self.address.key else None
        result = ask(self.address, lambda: obstore.list_with_delimiter(store, prefix), self.patience)
        yield from (meta["path"].rpartition("/")[2] for meta in result["objects"])

    def footer(self, name: str, size: int) -> bytes:
        """Return an object's last bytes."""
        import obstore

        place = self._at(name)
        store = connect(place.root, self.patience)

        def last() -> bytes:
            length = obstore.head(store, place.key)["size"]
            start = max(length - size, 0)
            return bytes(obstore.get_range(store, place.key, start=start, end=length)) if length else b""

        try:
            return ask(place, last, self.patience)
        except FileNotFoundError:
            raise DataError(f"{place}: no such object; check the name") from None

    def _at(self, name: str) -> Address:
        return Address(self.address.root, f"{self.address.key}/{name}".lstrip("/"))

    def _put(self, name: str, data: bytes | memoryview) -> bool:
        """Store an object unless its name is taken; return whether it was free."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        place = self._at(name)
        store = connect(place.root, self.patience)
        try:
            ask(place, lambda: obstore.put(store, place.key, data, mode="create"), self.patience)
        except AlreadyExistsError:
            return False
        except FileNotFoundError:
            raise LenetError(f"{place}: the bucket does not exist; check the name, or create it") from None
        except DataError as error:
            raise LenetError(str(error)) from None
        return True


def _all_of(stream: BinaryIO, place: str) -> bytes:
    data = stream.read(MAX_READ + 1)
    if len(data) > MAX_READ:
        raise DataError(f"{place}: has more than {MAX_READ // 2**30} GiB; is this a file of lenet?")
    return data
