"""The attacks work: they try something, and tell what does not survive."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

import attack
from attacks import mutations
from attacks.outcome import Outcome, judge


def test_damaged_files_are_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcomes = list(islice(mutations.attack(tmp_path, random.Random(1)), 30))
    assert [outcome for outcome in outcomes if not outcome.survived] == []


@pytest.mark.parametrize(
    ("status", "errors", "survived"),
    [
        (0, "", True),
        (1, "lenet: x.npz: damaged; save it again\n", True),
        (1, "", False),
        (1, "Traceback (most recent call last):\nValueError: x\n", False),
        (-11, "", False),
    ],
)
def test_an_end_is_judged(status: int, errors: str, survived: bool) -> None:
    assert judge("name", status, errors).survived == survived


def test_an_attack_ends_after_its_seconds() -> None:
    def endless(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
        while True:
            yield Outcome("name", True)

    assert len(list(attack.within(endless, 0, 1))) == 1
