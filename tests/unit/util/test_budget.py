"""Reading ends when no letter is found for too long."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lenet._util import budget
from lenet._util.budget import Budget, BudgetedStream
from lenet.datasets.readers import kaggle
from lenet.errors import DataError
from lenet.ink import jsonl, unipen


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.05)


def test_a_letter_restarts_the_budget() -> None:
    work = Budget("file")
    begin = time.thread_time()
    while time.thread_time() - begin < 0.06:
        pass
    with pytest.raises(DataError, match=r"file: no letter in 0\.05 seconds of reading"):
        work.check()
    work.restart()
    work.check()


def test_a_stream_gives_what_is_there_at_once() -> None:
    """A program may write one line and wait for the answer."""

    class Slow(io.BufferedReader):
        def readinto(self, _: object) -> int:
            raise AssertionError("waits until the buffer is full")

    with Slow(io.FileIO(__file__)) as stream:
        assert BudgetedStream(stream, "file").read1(10) == Path(__file__).read_bytes()[:10]


def read_strokes(path: Path) -> None:
    list(jsonl.read(path))


def read_table(path: Path) -> None:
    kaggle.read(path)


def read_unipen(path: Path) -> None:
    list(unipen.read(path))


@pytest.mark.parametrize(
    ("read", "head"),
    [
        (read_strokes, b""),
        (read_strokes, b'{"strokes": [[[1, 2]]]}\n'),
        (read_table, b"0" + b",0" * 784 + b"\n"),
    ],
)
def test_gigabytes_of_blank_lines_end_in_one_line(
    tmp_path: Path, read: Callable[[Path], None], head: bytes
) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(head + b"\n" * 2**26, 1))
    with pytest.raises(DataError, match="no letter in"):
        read(path)


def test_statements_without_a_letter_end_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(b".A\n" * 2**20)
    with pytest.raises(DataError, match="no letter in"):
        read_unipen(tmp_path / "a.dat")


def components(number: int) -> bytes:
    return b".COORD X Y\n" + b".PEN_DOWN\n1 2\n3 4\n" * number


def test_included_files_do_not_multiply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unipen, "MAX_COMPONENTS", 1000)
    monkeypatch.setattr(budget, "SECONDS", 10)
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "a.dat").write_bytes(components(100))
    segment = b'.SEGMENT CHARACTER 0 GOOD "a"\n'
    (tmp_path / "b.dat").write_bytes(b".INCLUDE a.dat\n" * 5 + segment)
    assert len(list(unipen.read(tmp_path))) == 1
    (tmp_path / "b.dat").write_bytes(b".INCLUDE a.dat\n" * 11 + segment)
    with pytest.raises(DataError, match="includes more than 1,000 strokes"):
        read_unipen(tmp_path)


def test_a_file_that_includes_itself_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 10)
    (tmp_path / "a.dat").write_bytes(b".INCLUDE a.dat\n" * 10**5)
    with pytest.raises(DataError, match="no letter in it"):
        read_unipen(tmp_path / "a.dat")


@pytest.mark.parametrize("ranges", [b"0-" + b"9" * 5000, b"0:" + b"9" * 5000, b",".join([b"0"] * 2000)])
def test_hostile_ranges_are_no_letter(tmp_path: Path, ranges: bytes) -> None:
    text = components(1) + b'.SEGMENT CHARACTER %s GOOD "a"\n.SEGMENT CHARACTER 0 GOOD "b"\n' % ranges
    (tmp_path / "a.dat").write_bytes(text)
    assert [drawing.label for drawing in unipen.read(tmp_path / "a.dat")] == ["b"]


def archives(folder: Path, text: bytes) -> Iterator[Path]:
    """Yield a zip and a tar with a UNIPEN file."""
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("data/a.dat", text)
    yield folder / "a.zip"
    with tarfile.open(folder / "a.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo("data/a.dat")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    yield folder / "a.tar"


def test_archives_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 10)
    for path in archives(tmp_path, components(1) + b'.SEGMENT CHARACTER 0 GOOD "b"\n'):
        [drawing] = unipen.read(path)
        assert drawing.label == "b"
        assert drawing.writer == "data"
        assert np.array_equal(drawing.strokes[0], [[1, -2], [3, -4]])
