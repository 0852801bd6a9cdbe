"""Labels that a person saved: what is refused, and with which line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lenet.bulk.labels import read_labels
from lenet.errors import LenetError
from lenet.labels import LETTERS

RUN = "ab" * 32


def content(**changes: Any) -> dict[str, Any]:
    labels = [[0, 3, "A"], [2, 3, "unreadable"], [2, 4, "not-a-letter"]]
    return {"format": "lenet-labels/1", "run": RUN, "labels": labels, **changes}


def test_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(content()), encoding="utf-8")
    assert read_labels(path, RUN, LETTERS) == {(0, 3): "A", (2, 3): "unreadable", (2, 4): "not-a-letter"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "lenet-labels/2"}, "its format is not lenet-labels/1"),
        ({"run": "cd" * 32}, "its labels are of another run"),
        ({"labels": [[0, 3, "a"]]}, "'a' is not a class of the model"),
        ({"labels": [[0, 3, "A"], [0, 3, "B"]]}, "a letter has two labels"),
        ({"labels": []}, "has no labels"),
        ({"labels": [[0, 3]]}, "is not a file of labels"),
        ({"labels": [[0.5, 3, "A"]]}, "is not a file of labels"),
        ({"letters": 3}, "is not a file of labels"),
    ],
)
def test_other_labels_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(content(**changes)), encoding="utf-8")
    with pytest.raises(LenetError, match=message) as error:
        read_labels(path, RUN, LETTERS)
    assert ";" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b" " * (2**20 + 1)])
def test_files_that_are_not_json_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(data)
    with pytest.raises(LenetError, match=r"labels\.json: "):
        read_labels(path, RUN, LETTERS)
    with pytest.raises(LenetError, match="no such file"):
        read_labels(tmp_path / "absent.json", RUN, LETTERS)
