"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lenet._util.files import atomic_write, defer_interrupt, locked, read_error, temporary_path
from lenet.errors import LenetError


def test_ctrl_c_waits_until_files_that_belong_together_are_written() -> None:
    written = []

    def write() -> None:
        with defer_interrupt():
            written.append("first")
            signal.raise_signal(signal.SIGINT)
            written.append("second")

    with pytest.raises(KeyboardInterrupt):
        write()
    assert written == ["first", "second"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_replacing_leaves_nothing_behind(tmp_path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), atomic_write(tmp_path / "file") as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LenetError, match="absent/file: cannot be written"):
        atomic_write(tmp_path / "absent" / "file").__enter__()


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import pathlib, sys; from lenet._util.files import temporary_path\n"
         "print(temporary_path(pathlib.Path(sys.argv[1])))", tmp_path / "file"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    running = Path(ended.replace(ended.split("-")[-1], f"{os.getppid()}.part"))
    elsewhere = [tmp_path / f".{name}.00000000-1.part" for name in ("file", "file", "files")]
    elsewhere[1] = tmp_path / ".file.00000000-2.part"
    for path in (Path(ended), running, *elsewhere):
        path.write_bytes(b"half")
    for path in elsewhere[::2]:
        os.utime(path, (0, 0))
    with atomic_write(tmp_path / "file") as stream:
        stream.write(b"whole")
    assert set(tmp_path.iterdir()) == {running, *elsewhere[1:], tmp_path / "file"}


def test_a_temporary_folder_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".export.00000000-1.part"
    (folder / "within").mkdir(parents=True)
    os.utime(folder, (0, 0))
    temporary_path(tmp_path / "export")
    assert list(tmp_path.iterdir()) == []


def special_files(folder: Path) -> Iterator[Path]:
    """Yield a pipe, a socket and a device node (if this user may make one) in a folder."""
    os.mkfifo(folder / "pipe")
    yield folder / "pipe"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        yield folder / "socket"
    with contextlib.suppress(PermissionError):
        os.mknod(folder / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        yield folder / "device"


def test_special_files_are_not_replaced(tmp_path: Path) -> None:
    for path in (*special_files(tmp_path), tmp_path):
        before = path.lstat()
        with pytest.raises(LenetError, match="is not a regular file; choose another place"):
            atomic_write(path).__enter__()
        assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)


def test_a_link_is_followed_and_permissions_are_kept(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "target", tmp_path / "link"
    target.write_bytes(b"before")
    target.chmod(0o600)
    link.symlink_to(Path("elsewhere") / "target")
    with atomic_write(link) as stream:
        stream.write(b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with atomic_write(tmp_path / "link") as stream:
        stream.write(b"whole")
    assert (tmp_path / "target").read_bytes() == b"whole"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(LenetError, match="loop: "):
        atomic_write(tmp_path / "loop").__enter__()


def test_a_folder_is_locked_for_one_process(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from lenet._util.files import locked\n"
    program += "with locked(Path(sys.argv[1])): pass"
    other = [sys.executable, "-c", program, str(tmp_path)]
    with locked(tmp_path):
        run = subprocess.run(other, capture_output=True, text=True, check=False)
    assert "another process writes here" in run.stderr
    assert subprocess.run(other, check=False).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOENT, "x.png: no such file; check the name"),
        (errno.ENOTDIR, "x.png: no such file; check the name"),
        (errno.EACCES, "x.png: cannot be read (Permission denied); check the permissions"),
        (errno.EISDIR, "x.png: cannot be read (Is a directory); name another file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(number: int, message: str) -> None:
    assert str(read_error("x.png", OSError(number, os.strerror(number)))) == message
