"""Getting EMNIST from a real server, in all the ways in which that goes wrong."""

from __future__ import annotations

import hashlib
import resource
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import numpy as np
import pytest

from emnist_made import StandIn, pack
from lenet.cli.main import main
from lenet.datasets import load
from lenet.datasets.emnist import fetch as fetching
from lenet.datasets.emnist import remote
from lenet.datasets.emnist.fetch import SHA256, fetch
from made import refusal
from served import Served, serve

LETTERS = ["letters"]
NAMES = sorted(fetching.members(LETTERS))


class Bar:
    def __init__(self) -> None:
        self.totals: list[float | None] = []
        self.n = 0.0

    def reset(self, total: float | None = None) -> None:
        self.totals.append(total)
        self.n = 0

    def update(self, n: float) -> None:
        self.n += n


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, stand_in: StandIn) -> None:
    """No waiting, no proxy, and the stand-in's checksums in the place of NIST's."""
    monkeypatch.setattr(remote, "WAIT", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in SHA256:
        digest = hashlib.sha256((stand_in.folder / name).read_bytes()).hexdigest()
        monkeypatch.setitem(SHA256, name, digest)


@pytest.fixture
def served(stand_in: StandIn) -> Iterator[Served]:
    with serve(stand_in.archive) as server:
        yield server


def same(folder: Path, stand_in: StandIn) -> bool:
    """Return True if the folder has exactly the files of the stand-in."""
    return sorted(path.name for path in folder.iterdir()) == NAMES and all(
        (folder / name).read_bytes() == (stand_in.folder / name).read_bytes() for name in NAMES
    )


def packed_size(archive: Path) -> int:
    with zipfile.ZipFile(archive) as zip_file:
        return sum(zip_file.getinfo(f"gzip/{name}").compress_size for name in NAMES)


@pytest.mark.slow
def test_only_the_members_that_are_needed_are_fetched(
    tmp_path: Path, stand_in: StandIn, served: Served
) -> None:
    bar = Bar()
    fetch(LETTERS, served.url, tmp_path, bar)
    assert same(tmp_path, stand_in)
    assert [bar.n] == bar.totals
    assert bar.n == packed_size(stand_in.archive)
    assert served.sent < bar.n + 3 * remote.BLOCK
    assert all(served.asked)
    served.asked.clear()
    assert [p.name for p in fetch(LETTERS, served.url, tmp_path, Bar())] == fetching.members(LETTERS)
    assert not served.asked  # nothing is lacking
    (tmp_path / NAMES[2]).write_bytes(b"half")
    fetch(LETTERS, served.url, tmp_path, Bar())
    assert same(tmp_path, stand_in)


def test_a_server_that_ignores_ranges_sends_the_whole(
    tmp_path: Path, stand_in: StandIn, served: Served
) -> None:
    served.ranges = False
    served.breaks = [1_000_000, 5]
    bar = Bar()
    fetch(LETTERS, served.url, tmp_path, bar)
    assert same(tmp_path, stand_in)
    assert bar.totals == [len(served.data), packed_size(stand_in.archive)]
    served.breaks = [100] * (remote.ATTEMPTS + 1)  # one for the first look
    (tmp_path / NAMES[0]).unlink()
    assert "no answer after 5 attempts" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    assert sorted(p.name for p in tmp_path.iterdir()) == NAMES[1:]  # the half zip is gone


def test_a_broken_connection_is_taken_up_again(tmp_path: Path, stand_in: StandIn, served: Served) -> None:
    served.breaks = [0, 10, 40_000, *[300_000] * 8]
    served.errors = [503, 429]
    bar = Bar()
    fetch(LETTERS, served.url, tmp_path, bar)
    assert same(tmp_path, stand_in)
    assert [bar.n] == bar.totals
    assert served.sent < bar.n + 4 * remote.BLOCK  # nothing is fetched twice


def test_what_a_killed_fetch_left_is_gone_on_with(tmp_path: Path, stand_in: StandIn, served: Served) -> None:
    with pytest.raises(KeyboardInterrupt):
        fetch(LETTERS, served.url, tmp_path, Stopping(2_000_000))
    (left,) = tmp_path.glob("*.part")
    assert not (tmp_path / left.name.split(".gz")[0]).exists()
    had, before = left.stat().st_size, served.sent
    bar = Bar()
    fetch(LETTERS, served.url, tmp_path, bar)
    assert same(tmp_path, stand_in)
    assert had > 100_000
    assert served.sent - before < packed_size(stand_in.archive) - had + 3 * remote.BLOCK


class Stopping(Bar):
    """Raises KeyboardInterrupt after some bytes, like Ctrl-C."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def update(self, n: float) -> None:
        super().update(n)
        if self.n > self.most:
            raise KeyboardInterrupt


def test_a_part_that_is_wrong_is_discarded(tmp_path: Path, stand_in: StandIn, served: Served) -> None:
    with pytest.raises(KeyboardInterrupt):
        fetch(LETTERS, served.url, tmp_path, Stopping(2_000_000))
    (left,) = tmp_path.glob("*.part")
    data = bytearray(left.read_bytes())
    data[1_000] ^= 1
    left.write_bytes(data)
    assert "damaged and was discarded" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    assert not list(tmp_path.glob("*.part"))
    fetch(LETTERS, served.url, tmp_path, Bar())
    assert same(tmp_path, stand_in)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_full_disk_is_named_and_nothing_is_fetched_again(
    tmp_path: Path, stand_in: StandIn, served: Served, ranges: bool
) -> None:
    served.ranges = ranges
    with largest_file(1_000_000):
        message = refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    assert message.startswith(f"{tmp_path}/")
    assert "cannot be written (File too large)" in message
    assert len(set(served.asked)) == len(served.asked)
    fetch(LETTERS, served.url, tmp_path, Bar())
    assert same(tmp_path, stand_in)


def test_what_came_stays_where_there_is_no_room_to_unpack_it(
    tmp_path: Path, stand_in: StandIn, served: Served
) -> None:
    fetch(LETTERS, str(stand_in.archive), tmp_path, Bar())
    largest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_size)
    with zipfile.ZipFile(stand_in.archive) as archive:
        packed = archive.getinfo(f"gzip/{largest.name}").compress_size
    assert packed < largest.stat().st_size  # so that one of them has room and the other has not
    largest.unlink()
    with largest_file(packed):
        assert "cannot be written" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    before = served.sent
    fetch(LETTERS, served.url, tmp_path, Bar())
    assert same(tmp_path, stand_in)
    assert served.sent - before < 3 * remote.BLOCK


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Limit the size of files, so that writing fails as on a full disk."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def test_files_that_are_not_nists_are_refused(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHA256, "emnist-letters-test-labels-idx1-ubyte.gz", "0" * 64)
    message = refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    assert "instead of 00000000...: not NIST's file" in message
    assert "emnist-letters-test-labels-idx1-ubyte.gz" in message
    assert not (tmp_path / "emnist-letters-test-labels-idx1-ubyte.gz").exists()
    assert not list(tmp_path.glob("*.part"))
    fetch(LETTERS, served.url, tmp_path, Bar(), verify=False)
    assert (tmp_path / "emnist-letters-test-labels-idx1-ubyte.gz").exists()


def test_refusals_say_what_the_server_said(tmp_path: Path, served: Served) -> None:
    with pytest.raises(HTTPError, match="403"):  # what everybody else meets
        urllib.request.urlopen(served.url)
    served.errors = [403]
    assert "refuses (403 Forbidden)" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    assert "refuses (404" in refusal(fetch, LETTERS, served.url + "x", tmp_path, Bar())
    served.errors = [500] * remote.ATTEMPTS
    assert "no answer after 5" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    served.page = True
    assert "web page" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    served.page, served.data = False, b"no zip" * 9_999
    assert "not a zip" in refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    for url in ("http://127.0.0.1:1/gzip.zip", "http://[/gzip.zip"):
        refusal(fetch, LETTERS, url, tmp_path, Bar())


def test_a_server_that_sends_a_byte_at_a_time_is_given_up(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", 0.3)
    monkeypatch.setattr(remote, "SLOWEST", 1e5)
    served.drip = 0.01
    message = refusal(fetch, LETTERS, served.url, tmp_path, Bar())
    assert message == f"{served.url}: the server sends less than 100,000 bytes a second; try again later"


@pytest.mark.parametrize("total", ["9" * 5000, "-1", "none", str(10**15 - 1)])
def test_a_server_that_lies_about_the_size_is_refused(tmp_path: Path, served: Served, total: str) -> None:
    served.total = total
    assert served.url in refusal(fetch, LETTERS, served.url, tmp_path, Bar())


def test_a_file_that_changes_meanwhile_is_not_mixed(tmp_path: Path, served: Served) -> None:
    class Changing(Bar):
        def update(self, n: float) -> None:
            served.tag = '"2"'

    assert "changed while" in refusal(fetch, LETTERS, served.url, tmp_path, Changing())


def test_a_zip_on_the_disk_serves_as_well(tmp_path: Path, stand_in: StandIn) -> None:
    fetch(LETTERS, str(stand_in.archive), tmp_path / "a", Bar())
    assert same(tmp_path / "a", stand_in)
    absent = tmp_path / "absent.zip"
    assert "no such file" in refusal(fetch, LETTERS, str(absent), tmp_path / "b", Bar())
    absent.write_bytes(stand_in.archive.read_bytes()[:-100])
    assert "not a zip, or damaged" in refusal(fetch, LETTERS, str(absent), tmp_path / "b", Bar())
    absent.write_text("<!DOCTYPE html>")
    assert "a web page (HTML), not a zip" in refusal(fetch, LETTERS, str(absent), tmp_path / "b", Bar())
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / NAMES[0]).write_bytes(b"1 65 97\n")
    few = str(pack(tmp_path / "few"))
    assert "give NIST's gzip.zip" in refusal(fetch, LETTERS, few, tmp_path / "b", Bar())
    assert "there are byclass" in refusal(fetch, ["capitals"], few, tmp_path / "b", Bar())
    assert "cannot be created" in refusal(fetch, LETTERS, few, absent / "b", Bar())


@pytest.mark.slow
def test_the_command_fetches_checks_and_says_what_is_there(
    tmp_path: Path, stand_in: StandIn, served: Served, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LENET_DATA", str(tmp_path / "other"))
    assert main(["data", "fetch", "emnist", "--source", served.url, "--data-dir", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "emnist:letters  124,800 train, 20,800 test, 26 classes" in output
    assert f"LENET_DATA={tmp_path}" in output
    monkeypatch.setenv("LENET_DATA", str(tmp_path))
    np.testing.assert_array_equal(load("emnist:letters:test").images, stand_in.images["test"])
    assert main(["data", "fetch", "emnist", "--source", "none.zip", "--split", "digits"]) == 1
    assert capsys.readouterr().err.startswith("lenet: none.zip: no such file; check the name")
