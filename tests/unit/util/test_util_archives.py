"""Archives that are made to exhaust memory or time are refused before they are unpacked."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from lenet._util.archives import MAX_DIRECTORY, check_member, open_tar, open_zip, read_member
from lenet.errors import DataError


def made_zip(path: Path, method: int = zipfile.ZIP_DEFLATED, data: bytes = b"data") -> Path:
    """Write a zip with one member `a`."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a", data)
    return path


def test_a_zip_is_read(tmp_path: Path) -> None:
    path = made_zip(tmp_path / "a.zip")
    for file in (path, str(path), io.BytesIO(path.read_bytes())):
        with open_zip(file, "a.zip") as archive:
            assert read_member(archive, archive.getinfo("a"), 4, "a.zip") == b"data"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_may_be_larger_than_the_directory(tmp_path: Path, method: int) -> None:
    size = MAX_DIRECTORY + 2
    path = made_zip(tmp_path / "a.zip", method, bytes(size))
    with open_zip(path, "a.zip") as archive:
        assert read_member(archive, archive.getinfo("a"), size, "a.zip") == bytes(size)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(tmp_path: Path, method: int) -> None:
    path = made_zip(tmp_path / "a.zip", method)
    with open_zip(path, "a.zip") as archive, pytest.raises(DataError, match="compressed in an unusual way"):
        read_member(archive, archive.getinfo("a"), 2**20, "a.zip")


def test_limits_and_encryption_are_checked_before_unpacking(tmp_path: Path) -> None:
    path = made_zip(tmp_path / "a.zip", data=bytes(2**20))
    with open_zip(path, "a.zip") as archive:
        info = archive.getinfo("a")
        with pytest.raises(DataError, match="a is too large; at most 1,000 bytes"):
            read_member(archive, info, 1000, "a.zip")
        info.flag_bits |= 1
        with pytest.raises(DataError, match="a is encrypted"):
            check_member(info, 2**30, "a.zip")


def test_a_member_larger_than_it_announces_is_not_unpacked(tmp_path: Path) -> None:
    path = made_zip(tmp_path / "a.zip", data=bytes(2**27))
    data = path.read_bytes().replace(struct.pack("<L", 2**27), struct.pack("<L", 100))
    tracemalloc.start()
    with open_zip(io.BytesIO(data), "a.zip") as archive, pytest.raises(zipfile.BadZipFile):
        read_member(archive, archive.getinfo("a"), 2**20, "a.zip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**25


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    path = made_zip(tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as archive:
        for k in range(3):
            copy = zipfile.ZipInfo(f"b{k}")
            first = archive.getinfo("a")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(copy, name, getattr(first, name))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
        archive._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(DataError, match="members of the zip overlap"), open_zip(path, "a.zip"):
        pass


def test_a_directory_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with path.open("wb") as stream:
        stream.truncate(2**31)  # sparse
        stream.seek(2**31)
        stream.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60_000, 60_000, 2**31 - 100, 100, 0))
    with pytest.raises(DataError, match="is larger than"), open_zip(path, "a.zip"):
        pass


def made_tar(path: Path) -> Path:
    """Write a tar with one member `a`."""
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("a")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"data"))
    return path


def test_a_tar_is_read_gzipped_or_not(tmp_path: Path) -> None:
    path = made_tar(tmp_path / "a.tar")
    packed = tmp_path / "a.tgz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, packed):
        with open_tar(file) as archive:
            member = archive.extractfile("a")
            assert member is not None
            assert member.read() == b"data"


def test_a_tar_header_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax_header")
    info.type, info.size = tarfile.XHDTYPE, 2**32
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT))
    os.truncate(path, 2**32 + 2048)  # sparse
    with pytest.raises(DataError, match="is larger than"), open_tar(path) as archive:
        archive.getmembers()


def test_a_tar_that_unpacks_to_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lenet._util.archives.MAX_UNPACKED", 2**20)
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        for name in "abc":
            info = tarfile.TarInfo(name)
            info.size = 2**20
            archive.addfile(info, io.BytesIO(bytes(2**20)))
    with pytest.raises(DataError, match="unpacks to more than"), open_tar(tmp_path / "a.tgz") as archive:
        archive.getmembers()


def test_other_compressions_of_tar_are_not_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.txz", "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    with pytest.raises(tarfile.TarError), open_tar(tmp_path / "a.txz"):
        pass
