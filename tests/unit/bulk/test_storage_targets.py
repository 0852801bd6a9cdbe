"""Outputs take their names once, when they are complete."""

from __future__ import annotations

import errno
import os
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from lenet.bulk.storage import Target, open_target
from lenet.bulk.storage.requests import Patience
from lenet.errors import DataError, LenetError
from object_store import Bucket, Fault

QUICK = Patience(attempts=4, pause=0.01, timeout=5.0, total=10.0)


def writer(data: bytes) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write(data)

    return write


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture(params=["folder", "store", "bucket"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    if request.param == "folder":
        return open_target(str(tmp_path / "new" / "out"))
    bucket: Bucket = request.getfixturevalue("bucket")
    return open_target(bucket.uri if request.param == "bucket" else f"{bucket.uri}/a b/out", QUICK)


def test_a_name_is_taken_once(target: Target) -> None:
    target.prepare()
    assert not target.exists("part")
    assert target.put_if_absent("part", writer(b"first"))
    assert not target.put_if_absent("part", writer(b"second"))
    assert target.exists("part")
    assert target.read("part") == b"first"
    with target.open("part") as stream:
        assert stream.read() == b"first"


def test_names_are_listed_without_those_of_folders_within(target: Target) -> None:
    assert list(target.list()) == []
    target.prepare()
    for number in range(3):
        target.put_if_absent(f"part-{number}", writer(b""))
    assert sorted(name for name in target.list() if not name.startswith(".")) == [
        "part-0",
        "part-1",
        "part-2",
    ]


def test_the_footer_is_the_last_bytes(target: Target) -> None:
    target.prepare()
    target.put_if_absent("part", writer(b"0123456789"))
    target.put_if_absent("empty", writer(b""))
    assert target.footer("part", 4) == b"6789"
    assert target.footer("part", 40) == b"0123456789"
    assert target.footer("empty", 4) == b""
    for function in (target.read, target.open, lambda name: target.footer(name, 4)):
        with pytest.raises(DataError, match="absent: no such"):
            function("absent")


def test_a_target_can_be_sent_to_other_processes(target: Target) -> None:
    target.prepare()
    other: Target = pickle.loads(pickle.dumps(target))
    assert other.put_if_absent("part", writer(b"first"))
    assert target.read("part") == b"first"


def test_preparing_twice_changes_nothing(target: Target) -> None:
    target.prepare()
    target.put_if_absent("part", writer(b"first"))
    target.prepare()
    assert target.read("part") == b"first"


def test_of_many_writers_at_once_one_takes_the_name(tmp_path: Path) -> None:
    target = open_target(str(tmp_path))
    taken = []
    children = []
    for number in range(8):
        child = os.fork()
        if not child:
            os._exit(0 if target.put_if_absent("part", writer(b"%d" % number * 100_000)) else 1)
        children.append(child)
    taken = [number for number, child in enumerate(children) if os.waitpid(child, 0)[1] == 0]
    assert len(taken) == 1
    assert target.read("part") == b"%d" % taken[0] * 100_000
    assert names(tmp_path) == ["part"]


def test_writers_of_equal_hosts_and_process_numbers_do_not_share_a_file(tmp_path: Path) -> None:
    target = open_target(str(tmp_path))

    def slow(stream: BinaryIO) -> None:
        stream.write(b"first ")
        stream.flush()
        assert target.put_if_absent("a", writer(b"second"))
        stream.write(b"half")

    assert not target.put_if_absent("a", slow)
    assert target.read("a") == b"second"
    assert names(tmp_path) == ["a"]


def test_a_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    target = open_target(str(tmp_path))

    def fill(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(LenetError, match=r"part: cannot be written \(No space left on device\)"):
        target.put_if_absent("part", fill)
    assert names(tmp_path) == []


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    child = os.fork()
    target = open_target(str(tmp_path))
    if not child:
        target.put_if_absent("part", lambda stream: os._exit(stream.write(b"half")))
    os.waitpid(child, 0)
    assert len(names(tmp_path)) == 1
    target.prepare()
    assert names(tmp_path) == []


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    target = open_target(str(tmp_path))
    assert target.put_if_absent("part", writer(b"first"))
    assert not target.put_if_absent("part", writer(b"second"))
    assert target.read("part") == b"first"
    assert names(tmp_path) == ["part"]


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LenetError, match="file: cannot be created"):
        open_target(str(tmp_path / "file")).prepare()
    with pytest.raises(LenetError, match="a web server is not written to; name a folder"):
        open_target("https://host/out")


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.BUSY, Fault.LIE, Fault.DROP])
def test_a_put_that_fails_or_says_so_is_tried_again(bucket: Bucket, fault: Fault) -> None:
    target = open_target(f"{bucket.uri}/out", QUICK)
    bucket.proxy.inject(fault, "PUT", "/out/part", times=2)
    is_free = target.put_if_absent("part", writer(b"letters"))
    assert is_free is (fault in (Fault.ERROR, Fault.BUSY))  # else the first attempt took the name
    assert bucket.get("out/part") == b"letters"


def test_a_put_that_always_fails_is_an_error_of_one_line(bucket: Bucket) -> None:
    bucket.proxy.inject(Fault.ERROR, "PUT", times=100)
    with pytest.raises(
        LenetError, match=r"out/part: the store failed 4 times \(500.*\); try again later"
    ) as info:
        open_target(f"{bucket.uri}/out", QUICK).put_if_absent("part", writer(b"letters"))
    assert not isinstance(info.value, DataError)
    assert bucket.get("out/part") is None


def test_a_store_that_ignores_the_condition_is_detected(bucket: Bucket) -> None:
    bucket.proxy.inject(Fault.UNCONDITIONAL, "PUT", times=100)
    with pytest.raises(LenetError, match=r"out: the store ignores If-None-Match.*; use a store with"):
        open_target(f"{bucket.uri}/out", QUICK).prepare()


def test_probes_at_once_do_not_disturb_each_other(bucket: Bucket) -> None:
    errors = []

    def prepare() -> None:
        try:
            open_target(f"{bucket.uri}/out", QUICK).prepare()
        except LenetError as error:
            errors.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []


def test_a_missing_bucket_is_named(bucket: Bucket) -> None:
    del bucket  # its environment
    target = open_target("s3://absent-bucket/out", QUICK)
    with pytest.raises(LenetError, match=r"out.*: the bucket does not exist; check the name, or create it"):
        target.prepare()
    with pytest.raises(DataError, match="the bucket does not exist"):
        list(target.list())
