"""The benchmark of whole trainings without its peer: what it records of one, and how it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from benchmarks.accuracy import time_to_accuracy

from lenet import ink
from lenet.datasets import Dataset
from lenet.datasets.readers.npz import write_letters
from repository import ROOT

COUNTS = {"training": 1000, "unipen_dev": 100, "omniglot_latin": 50}


@pytest.fixture
def timing() -> ModuleType:
    return time_to_accuracy


def looks(*rights: tuple[int, int]) -> list[tuple[float, dict[str, Any]]]:
    """One a second after the start at 2 s, and one an epoch."""
    return [
        (3.0 + n, {"epochs": n + 1, "right": {"unipen_dev": dev, "omniglot_latin": latin}})
        for n, (dev, latin) in enumerate(rights)
    ]


def test_the_first_look_that_is_good_enough_counts(timing: ModuleType) -> None:
    run = timing.summary(7, 2.0, looks((89, 46), (90, 46), (95, 47), (93, 45)), COUNTS)
    assert run == {
        "seed": 7,
        "started_s": 2.0,
        "first": {
            "unipen_dev": {"s": 4.0, "epochs": 2},
            "omniglot_latin": {"s": 5.0, "epochs": 3},
        },
        "ended_s": 6.0,
        "epochs": 4,
        "right_last": {"unipen_dev": 93, "omniglot_latin": 45},
        "right_best": {"unipen_dev": 95, "omniglot_latin": 47},
    }


def test_what_was_never_reached_is_said_to_be_so(timing: ModuleType) -> None:
    good = timing.summary(1, 2.0, looks((95, 47)), COUNTS)
    slow = timing.summary(1, 2.0, looks(*[(80, 40)] * 27, (95, 40)), COUNTS)
    never = timing.summary(1, 2.0, looks(*[(80, 40)] * 28), COUNTS)
    reached = timing.reached
    assert reached([good], "omniglot_latin") == "3.00 (3.00-3.00), 1 of 1"
    assert reached([slow], "unipen_dev", 3.0) == "30.0 (30.0-30.0), 1 of 1: 10.0x"
    assert reached([never], "unipen_dev", 3.0) == "never within 28 epochs (30.0 s): over 10.0x"
    assert reached([slow, never, never], "unipen_dev", 3.0) == "inf (30.0-inf), 1 of 3: over 10.0x"


def test_lines_are_timed_and_a_failure_is_one_line(timing: ModuleType) -> None:
    code = "import json, time; print(json.dumps({'a': 1}), flush=True); time.sleep(0.1); print('{}')"
    (first, one), (second, none) = timing.watched([sys.executable, "-c", code])
    assert (one, none) == ({"a": 1}, {})
    assert 0 < first < second
    with pytest.raises(SystemExit, match=r"^time_to_accuracy: .* ended: ValueError: no$"):
        list(timing.watched([sys.executable, "-c", "raise ValueError('no')"]))
    with pytest.raises(SystemExit, match=r"No module named 'nowhere'; remedy: .*pip install"):
        list(timing.watched([sys.executable, "-c", "import nowhere"]))


def test_our_training_prints_a_line_after_every_look(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(26, dtype=np.uint8).repeat(20)
    images = rng.integers(0, 256, (len(labels), 28, 28), np.uint8)
    letters, drawn = tmp_path / "letters.npz", tmp_path / "drawn.jsonl"
    write_letters(letters, Dataset(images, labels))
    ink.write_drawings(drawn, [ink.Drawing((np.array([[0.0, 0.0], [3.0, 9.0]]),), "l")])
    job = {
        **{"net": "holzweber2021", "data": [str(letters)], "pens": [0.1, 0.2], "seed": 1},
        **{"goals": {str(drawn): 0.9}, "epochs": 3, "threads": 2},
    }
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.accuracy.accuracy_ours", json.dumps(job)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    hello, *actual = map(json.loads, run.stdout.splitlines())
    assert hello == {"versions": {}}
    assert [look["epochs"] for look in actual] == [3.0]  # far fewer steps than between two looks
    assert set(actual[0]["right"]) == {str(drawn)}
