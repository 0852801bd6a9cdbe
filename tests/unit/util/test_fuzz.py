"""The files that fuzzing begins with and what it found: each is read, or refused in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fuzz_targets import KEPT, TARGETS, answer

FILES = sorted(path for path in KEPT.rglob("*") if path.is_file())


def test_every_reader_has_files_to_begin_with() -> None:
    assert {path.parent.name for path in FILES} == set(TARGETS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_kept_file_is_read_or_refused(tmp_path: Path, path: Path) -> None:
    target = TARGETS[path.parent.name]
    shutil.copyfile(path, tmp_path / target.name)
    message = answer(target, tmp_path / target.name)
    assert message == "" or path.name.startswith(("found-", "bad-")), message
