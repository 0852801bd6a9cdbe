"""Fetch NIST's files of EMNIST from a zip on a server or on the disk (`lenet data fetch emnist`).

Only the members that are needed are downloaded. A member has a temporary name until it is complete
and its checksums are right. An interrupted download continues the next time.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from lenet._util.archives import check_member, open_zip
from lenet._util.files import atomic_write, ensure_dir, read_error
from lenet._util.progress import Progress
from lenet._util.sniff import refuse_stand_in
from lenet.datasets.emnist.files import MAX_MEMBER, find_member
from lenet.datasets.emnist.remote import RangesIgnoredError, Remote, fetch_whole
from lenet.datasets.emnist.splits import get_split
from lenet.errors import DataError

EMNIST = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
MAX_ZIP = 2**31  # bytes; NIST's has 561 million

SHA256 = {
    "emnist-letters-train-images-idx3-ubyte.gz": (
        "6288f418a917e007bf5fddb823a2dc7a5c6a35031401b93292a539cb12bd881f"
    ),
    "emnist-letters-train-labels-idx1-ubyte.gz": (
        "9759af91ea6bccdf07a6040fd085861f2ec88e37f7c3f5760f6feb57106fbe5c"
    ),
    "emnist-letters-test-images-idx3-ubyte.gz": (
        "50f0e93d75b99b463e9760b8345866f22587fa2c2fba472730a5ba09c693412d"
    ),
    "emnist-letters-test-labels-idx1-ubyte.gz": (
        "924955c31fe7fd809b7303b5c0141282955f4b8390c74cdfd5d80435e0f4b4cb"
    ),
}
"""Published digests of NIST's members."""


class _WrongError(DataError):
    """A downloaded member is damaged or unexpected, and is discarded."""


class Bar(Protocol):
    """The part of tqdm's progress bars that `fetch` uses."""

    def reset(self, total: float | None = None) -> object:
        """Restart with a new total of bytes."""

    def update(self, n: float) -> object:
        """Add `n` bytes."""


def members(splits: Iterable[str]) -> list[str]:
    """Return the names of the files of these splits."""
    return [
        f"emnist-{split}-{rest}"
        for split in splits
        for rest in (
            "mapping.txt",
            *(f"{part}-labels-idx1-ubyte.gz" for part in ("train", "test")),
            *(f"{part}-images-idx3-ubyte.gz" for part in ("train", "test")),
        )
    ]


def fetch(splits: Sequence[str], origin: str, folder: Path, bar: Bar, *, verify: bool = True) -> list[Path]:
    """Store the files of these splits in a folder; existing files are kept.

    Args:
        splits: names of splits.
        origin: URL or path of a zip that contains the files, in any folder.
        folder: destination; created if it does not exist.
        bar: progress bar of compressed bytes.
        verify: False accepts files whose SHA-256 differs from the published one.

    Returns:
        The paths of the files.

    Raises:
        LenetError: the server refuses or fails too often, or the zip is damaged, lacks a file, or
            is not NIST's.
    """
    for split in splits:
        get_split(split)
    ensure_dir(folder)
    wanted = [folder / name for name in members(splits)]
    lacking = [path for path in wanted if not _is_there(path, verify)]
    if lacking:
        with _opened(origin, folder, bar) as source:
            infos = [source.info(path.name) for path in lacking]
            bar.reset(sum(info.compress_size for info in infos))
            for path, info in zip(lacking, infos, strict=True):
                source.put(info, path, verify, bar.update)
    return wanted


def _is_there(path: Path, verify: bool) -> bool:
    if not path.is_file():
        return False
    expected = SHA256.get(path.name)
    if not verify or expected is None:
        return True
    with path.open("rb") as file:
        return hashlib.sha256(file.read()).hexdigest() == expected


class _Zip:
    """A zip file on the disk."""

    def __init__(self, name: str, archive: zipfile.ZipFile) -> None:
        self.name, self.archive = name, archive

    def info(self, name: str) -> zipfile.ZipInfo:
        """Return the member of that name. Raise LenetError if it is missing or cannot be read."""
        info = find_member(self.archive, name)
        if info is None:
            raise DataError(f"{self.name}: no {name} in it; give NIST's gzip.zip")
        check_member(info, MAX_MEMBER, self.name)
        return info

    def put(self, info: zipfile.ZipInfo, path: Path, verify: bool, progress: Progress) -> None:
        """Write a member to a file."""
        with self.archive.open(info) as member:
            _write(path, iter(lambda: member.read(2**20), b""), verify)
        progress(info.compress_size)


class _RemoteZip(_Zip):
    """A zip file on a server that supports range requests."""

    def __init__(self, remote: Remote, archive: zipfile.ZipFile) -> None:
        super().__init__(remote.url, archive)
        self.remote = remote

    def put(self, info: zipfile.ZipInfo, path: Path, verify: bool, progress: Progress) -> None:
        """Download a member, continuing an interrupted download, and write it to a file."""
        # The checksum in the name prevents continuing with the member of another zip.
        aside = path.with_name(f"{path.name}.{info.CRC:08x}-{info.compress_size}.part")
        start = self._start(info)
        self.remote.complete(aside, start, start + info.compress_size, progress)
        try:
            _write(path, _unpacked(aside, info, self.name), verify)
        except _WrongError:
            aside.unlink()
            raise
        aside.unlink()

    def _start(self, info: zipfile.ZipInfo) -> int:
        """Return the offset of a member's data, after its local header (APPNOTE.TXT, section 4.3.7)."""
        header = b"".join(self.remote.pieces(info.header_offset, info.header_offset + 30))
        if header[:4] != b"PK\x03\x04":
            raise DataError(f"{self.name}: damaged; try again, or give another address")
        return info.header_offset + 30 + sum(int.from_bytes(header[k : k + 2], "little") for k in (26, 28))


def _unpacked(path: Path, info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """Yield a member's unpacked bytes; raise _WrongError if size or checksum differ from the zip's."""
    unpack = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
    size = crc = 0
    try:
        with path.open("rb") as file:
            while size <= info.file_size and (data := file.read(2**20)):
                data = unpack.decompress(data, info.file_size - size + 1) if unpack else data
                size, crc = size + len(data), zlib.crc32(data, crc)
                yield data
    except zlib.error:
        size = -1
    if (size, crc) != (info.file_size, info.CRC):
        raise _WrongError(f"{name}: {path.name} came damaged and was discarded; try again")


def _write(path: Path, pieces: Iterable[bytes], verify: bool) -> None:
    """Write a file; it gets its name when it is complete and its checksum is right."""
    digest = hashlib.sha256()
    with atomic_write(path) as stream:
        for data in pieces:
            stream.write(data)
            digest.update(data)
        expected = SHA256.get(path.name)
        if verify and expected and digest.hexdigest() != expected:
            raise _WrongError(
                f"{path.name}: SHA-256 {digest.hexdigest()[:8]}... instead of {expected[:8]}...: "
                "not NIST's file; name another file with --source, or accept this one with --no-verify"
            )


@contextmanager
def _opened(origin: str, folder: Path, bar: Bar) -> Iterator[_Zip]:
    """Open the zip at a URL or a path."""
    try:
        if not origin.startswith(("http://", "https://")):
            refuse_stand_in(path := Path(origin).expanduser(), "a zip")
            with open_zip(path, origin) as archive:
                yield _Zip(origin, archive)
            return
        remote, size = None, None
        try:
            remote = Remote(origin)
        except RangesIgnoredError as error:
            size = error.size
        if remote:
            with open_zip(remote.opened(), origin) as archive:
                yield _RemoteZip(remote, archive)
            return
        whole = folder / "whole.zip.part"
        try:
            bar.reset(size)
            fetch_whole(origin, whole, MAX_ZIP, bar.update)
            with open_zip(whole, origin) as archive:
                yield _Zip(origin, archive)
        finally:
            whole.unlink(missing_ok=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise DataError(f"{origin}: not a zip, or damaged; try again, or give another") from None
    except OSError as error:
        raise read_error(origin, error) from None
