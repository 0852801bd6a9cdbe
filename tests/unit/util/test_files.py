"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from lenet._util.files import atomic_write, defer_interrupt
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


def test_what_killed_processes_left_is_removed_in_time(tmp_path: Path) -> None:
    names = (".file.1.part", ".file.2.part", ".files.1.part")
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    for name in names[::2]:
        os.utime(tmp_path / name, (0, 0))
    with atomic_write(tmp_path / "file") as stream:
        stream.write(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names[1:], "file"]
