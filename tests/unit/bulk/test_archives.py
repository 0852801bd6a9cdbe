"""Pictures in tar and zip archives: all forms, damaged ones, and many members."""

from __future__ import annotations

import gzip
import io
import resource
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bulk_reading import png, read_all, read_shards
from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.types import ReadOptions
from lenet.errors import DataError

IMAGES = np.random.default_rng(3).integers(0, 256, (60, 28, 28)).astype(np.uint8)
STORED = ReadOptions(preprocess=False)


FILES = {f"{'ä' if n % 7 == 0 else 'a'}/{n:03d}.png": png(image) for n, image in enumerate(IMAGES)}
OTHERS = {"a/001.cls": b"7", "README": b"read me", "__MACOSX/a/._001.png": b"no", ".x/1.png": b"no"}


def write_tar(path: Path, files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> str:
    """Write a tar archive, gzipped if the name says so."""
    packed = path.suffix == ".gz"
    with tarfile.open(path, "w:gz" if packed else "w:", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return str(path)


def write_zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> str:
    """Write a zip file."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return str(path)


WRITERS: dict[str, Callable[[Path, dict[str, bytes]], str]] = {
    "pax.tar": write_tar,
    "gnu.tar": lambda path, files: write_tar(path, files, tarfile.GNU_FORMAT),
    "pax.tar.gz": write_tar,
    "deflated.zip": write_zip,
    "stored.zip": lambda path, files: write_zip(path, files, zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("size", [7, 1000])
def test_pictures_are_read_in_their_order_with_their_names(tmp_path: Path, name: str, size: int) -> None:
    long = {"n" * 120 + f"/{'m' * 150}.png": FILES["a/001.png"]}
    path = WRITERS[name](tmp_path / name, {**FILES, **OTHERS, **long})
    everything = read_all([path], size, STORED)
    assert everything.names == [f"{path}:{name}" for name in (*FILES, *long)]
    np.testing.assert_array_equal(everything.images, [*IMAGES, IMAGES[1]])
    assert not everything.rejects


def test_names_of_ustar_have_a_prefix(tmp_path: Path) -> None:
    name = "n" * 90 + "/" + "m" * 90 + ".png"
    path = write_tar(tmp_path / "a.tar", {name: FILES["a/001.png"]}, tarfile.USTAR_FORMAT)
    assert read_all([path]).names == [f"{path}:{name}"]


@pytest.mark.parametrize("name", WRITERS)
def test_shards_are_read_in_any_order(tmp_path: Path, name: str) -> None:
    sources = find_sources([WRITERS[name](tmp_path / name, FILES)])
    first, second, third, *_ = plan_shards(sources, 7, "")
    images = read_shards(sources, [third, first, second], STORED).images
    np.testing.assert_array_equal(images, IMAGES[[*range(14, 21), *range(14)]])


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_pictures_are_rejected_and_stop_nothing(tmp_path: Path, name: str) -> None:
    bad = {"a/001.png": FILES["a/001.png"][:50], "a/005.png": b"", "a/006.png": b"<html>"}
    path = WRITERS[name](tmp_path / name, {**FILES, **bad})
    everything = read_all([path], 10, STORED)
    assert [reject.source for reject in everything.rejects] == [f"{path}:{name}" for name in bad]
    np.testing.assert_array_equal(everything.images, np.delete(IMAGES, [1, 5, 6], axis=0))


def test_the_offset_of_a_rejected_member_is_its_header(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", {**FILES, "a/009.png": b"bad"})
    [reject] = read_all([path]).rejects
    with tarfile.open(path) as archive:
        assert archive.getmember("a/009.png").offset == reject.offset


@pytest.mark.parametrize("size", [7, 1000])
def test_after_a_damaged_header_the_next_one_is_read(tmp_path: Path, size: int) -> None:
    path = Path(write_tar(tmp_path / "a.tar", FILES))
    with tarfile.open(path) as archive:
        offset = archive.getmember("a/020.png").offset
    data = bytearray(path.read_bytes())
    data[offset + 3] ^= 1
    path.write_bytes(data)
    everything = read_all([str(path)], size, STORED)
    [reject] = everything.rejects
    assert reject[:2] == (str(path), offset)
    assert reject.reason == "the header of a member is damaged; copy the archive again"
    np.testing.assert_array_equal(everything.images, np.delete(IMAGES, 20, axis=0))


@pytest.mark.parametrize("name", ["pax.tar", "pax.tar.gz"])
def test_an_archive_that_is_cut_short_is_read_up_to_there(tmp_path: Path, name: str) -> None:
    path = Path(write_tar(tmp_path / name, FILES))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    everything = read_all([str(path)], 7, STORED)
    count = len(everything.names)
    assert 20 < count < 40
    np.testing.assert_array_equal(everything.images, IMAGES[:count])
    assert 1 <= len(everything.rejects) <= 2
    assert "cut short" in everything.rejects[0].reason


def test_archives_one_after_another_are_one(tmp_path: Path) -> None:
    path = Path(write_tar(tmp_path / "a.tar", FILES))
    more = Path(write_tar(tmp_path / "b.tar", {"z.png": FILES["a/001.png"]}))
    path.write_bytes(path.read_bytes() + more.read_bytes())
    assert len(read_all([str(path)], 7).names) == 61


def test_a_zip_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = Path(write_zip(tmp_path / "a.zip", FILES))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="no end; copy it again"):
        find_sources([str(path)])


def test_members_of_a_zip_that_cannot_be_read_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ok.png", FILES["a/001.png"])
        archive.writestr("bz2.png", FILES["a/001.png"], zipfile.ZIP_BZIP2)
        archive.writestr("encrypted.png", FILES["a/001.png"])
        archive.writestr("checksum.png", FILES["a/001.png"])
        archive.writestr("header.png", FILES["a/001.png"])
        offset = archive.getinfo("header.png").header_offset
        archive.getinfo("encrypted.png").flag_bits |= 1
        archive.getinfo("checksum.png").CRC ^= 1
    data = bytearray(path.read_bytes())
    data[offset] = 0
    path.write_bytes(data)
    everything = read_all([str(path)], 2, STORED)
    assert everything.names == [f"{path}:ok.png"]
    assert [(reject.source.rpartition(":")[2], reject.reason) for reject in everything.rejects] == [
        ("bz2.png", "compressed in an unusual way; make the zip with deflate"),
        ("encrypted.png", "encrypted; unpack it first"),
        ("checksum.png", "the checksum is wrong; copy the archive again"),
        ("header.png", "the header of the member is damaged; copy the archive again"),
    ]


def test_an_offset_beyond_all_files_is_a_damage(tmp_path: Path) -> None:
    header = bytearray(tarfile.TarInfo("0.png").tobuf(tarfile.USTAR_FORMAT))
    header[124:136] = b"\x80" + (2**80).to_bytes(11, "big")  # the size, in GNU's binary form
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:]) + 8 * ord(" "))
    tar = tmp_path / "a.tar"
    tar.write_bytes(bytes(header) + Path(write_tar(tmp_path / "b.tar", FILES)).read_bytes())
    everything = read_all([str(tar)], 100, STORED)
    assert len(everything.names) == 60
    assert [reject.reason.partition(";")[0] for reject in everything.rejects] == [
        "the header of a member is damaged"
    ]


def test_a_size_beyond_all_files_in_a_pax_header_is_a_damage(tmp_path: Path) -> None:
    info = tarfile.TarInfo("0.png")
    info.pax_headers = {"size": "9" * 19}
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf(tarfile.PAX_FORMAT) + Path(write_tar(tmp_path / "b.tar", FILES)).read_bytes())
    everything = read_all([str(path)], 100, STORED)
    assert len(everything.names) == 60
    assert len(everything.rejects) == 1


def test_a_header_of_a_zip_beyond_all_files_is_a_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0.png", FILES["a/001.png"])
        archive.writestr("1.png", FILES["a/001.png"])
        archive.getinfo("0.png").header_offset = 2**63
    everything = read_all([str(path)], 2, STORED)
    assert everything.names == [f"{path}:1.png"]
    assert [reject.reason for reject in everything.rejects] == [
        "the header of the member is damaged; copy the archive again"
    ]


def test_a_zip_behind_a_program_is_read(tmp_path: Path) -> None:
    path = Path(write_zip(tmp_path / "a.zip", FILES))
    path.write_bytes(b"PK\3\4" + bytes(1000) + path.read_bytes())
    assert len(read_all([str(path)], 7, STORED).names) == 60


def test_a_zip_whose_members_overlap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0.png", FILES["a/001.png"])
        info = archive.getinfo("0.png")
        archive.filelist += [info] * 100
    with pytest.raises(DataError, match="overlap"):
        read_all([str(path)])


def test_zip64_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    path = write_zip(tmp_path / "a.zip", FILES, zipfile.ZIP_STORED)
    assert b"PK\6\6" in Path(path).read_bytes()
    np.testing.assert_array_equal(read_all([path], 7, STORED).images, IMAGES)


@pytest.mark.slow
def test_a_zip_with_a_million_members_needs_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_many(path, 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sources = find_sources([str(path)])
    shards = list(plan_shards(sources, 8192, ""))
    assert sum(shard.letters or 0 for shard in shards) == 1_000_000
    everything = read_shards(sources, shards[100:101], STORED)
    assert len(everything.names) == 8192
    assert everything.names[0] == f"{path}:{8192 * 100:07d}.png"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def write_many(path: Path, count: int) -> None:
    """Write a zip64 file of equal pictures, which zipfile does in hours and gigabytes."""
    data = png(np.zeros((28, 28), np.uint8))
    sizes = (zlib.crc32(data), len(data), len(data))
    with path.open("wb") as stream:
        offsets = []
        for number in range(count):
            offsets.append(stream.tell())
            local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, *sizes, 11, 0)
            stream.write(local + b"%07d.png" % number + data)
        start = stream.tell()
        for number, offset in enumerate(offsets):
            entry = struct.pack(
                "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, *sizes, 11, 0, 0, 0, 0, 0, offset
            )
            stream.write(entry + b"%07d.png" % number)
        end = stream.tell()
        stream.write(struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, end - start, start))
        stream.write(struct.pack("<4sIQI", b"PK\6\7", 0, end, 1))
        stream.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def test_a_gzipped_archive_of_several_parts_is_read(tmp_path: Path) -> None:
    data = Path(write_tar(tmp_path / "a.tar", FILES)).read_bytes()
    half = len(data) // 2
    (tmp_path / "a.tgz").write_bytes(gzip.compress(data[:half]) + gzip.compress(data[half:]))
    assert len(read_all([str(tmp_path / "a.tgz")], 7).names) == 60
