"""Sweeps: results that survive kills and full disks, and trainings that can be made again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands import lenet
from lenet.errors import DataError, LenetError
from lenet.executors.local import LocalExecutor
from lenet.sweep.plan import Plan
from lenet.sweep.results import RESULTS, Results
from lenet.sweep.row import Row
from lenet.sweep.runner import run_sweep
from lenet.sweep.train import weights_digest
from lenet.sweep.trial import Trial, code_digest
from made_sweep import GRID, plan, write_config

ONE = LocalExecutor(1)
TIMES = {"seconds", "cpu_seconds", "energy_joules", "machine"}


def table(folder: Path) -> list[dict[str, Any]]:
    """Return the rows by their digests, without what differs from run to run."""
    rows = [json.loads(line) for line in (folder / RESULTS).read_bytes().splitlines()]
    rows.sort(key=lambda row: str(row["digest"]))
    return [{name: value for name, value in row.items() if name not in TIMES} for row in rows]


def test_a_row_is_the_training_to_the_bit(tmp_path: Path) -> None:
    made = plan(tmp_path)
    summary = run_sweep(made, tmp_path / "out", ONE)
    assert (summary.trained, summary.skipped, summary.failed, summary.epochs) == (4, 0, 0, 4)
    for row in summary.rows:
        trainer = row.trial.trainer(made.data[row.trial.data], threads=2)
        trainer.fit()
        assert weights_digest(trainer) == row.weights
        assert row.accuracy == trainer.history[-1].validation_accuracy
        assert row.interval[0] < row.accuracy <= row.interval[1]
        hits = row.recognized()
        assert hits is not None
        assert (len(hits), hits.sum()) == (row.letters, row.correct)
        assert row.machine.peak_gflops > 0
        assert Row.from_line(row.to_line()) == row
    again = run_sweep(made, tmp_path / "out", ONE)
    assert (again.trained, again.skipped, again.rows) == (0, 4, summary.rows)


def test_the_digest_depends_on_all_that_changes_the_weights(tmp_path: Path) -> None:
    first, *others = plan(tmp_path).trials
    changed = [
        replace(first, arch="lenet5"),
        replace(first, seed=9),
        replace(first, data_digest="0" * 64),
        replace(first, code="0" * 16),
        replace(first, validation="unipen_dev"),
        replace(first, stop_after=1),
        replace(first, recipe=replace(first.recipe, epochs=2)),
    ]
    assert len({trial.digest for trial in (first, *others, *changed)}) == 4 + len(changed)
    assert Trial.from_json(json.loads(first.configuration)) == first
    assert first.code == code_digest()
    (tmp_path / "other").mkdir()
    assert plan(tmp_path / "other").trials[0].data_digest == first.data_digest


@pytest.mark.slow
def test_several_processes_give_the_same_table(tmp_path: Path) -> None:
    made = plan(tmp_path)
    run_sweep(made, tmp_path / "one", ONE)
    run_sweep(made, tmp_path / "two", LocalExecutor(2))
    assert table(tmp_path / "one") == table(tmp_path / "two")


@pytest.mark.slow
def test_a_killed_sweep_resumes_with_the_same_table(tmp_path: Path) -> None:
    text = GRID.replace("[0.003, 0.01]", "[0.001, 0.002, 0.003, 0.004, 0.005, 0.006]")
    config, out = write_config(tmp_path, text), tmp_path / "killed"
    command = [sys.executable, "-m", "lenet", "sweep", "run", str(config), "--out", str(out), "--workers"]
    for kill in range(3):
        running = subprocess.Popen([*command, str(1 + kill % 2)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        try:
            while _lines(out) < 3 * (kill + 1) and time.monotonic() < deadline and running.poll() is None:
                time.sleep(0.005)
        finally:
            running.kill()
            running.wait(timeout=30)
    with (out / RESULTS).open("ab") as stream:
        stream.write(b'{"digest":"torn')
    done = subprocess.run([*command, "1"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    run_sweep(plan(tmp_path, text), tmp_path / "whole", ONE)
    assert len(table(out)) == 12
    assert table(out) == table(tmp_path / "whole")


def _lines(folder: Path) -> int:
    path = folder / RESULTS
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.slow
def test_ctrl_c_keeps_the_results(tmp_path: Path) -> None:
    config = write_config(tmp_path, GRID.replace("epochs = 1", "epochs = 100000"))
    command = [sys.executable, "-m", "lenet", "sweep", "run", config, "--out", tmp_path / "out"]
    running = subprocess.Popen(
        [*map(str, command), "--workers", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "out" / "data").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        running.wait(timeout=30)
    finally:
        running.kill()
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert "Traceback" not in output + errors


def test_a_diverging_training_is_a_row_with_its_reason(tmp_path: Path) -> None:
    network = 'arch = "holzweber2021"\noptimizer = "sgd"'
    text = GRID.replace("0.01]", "1e6]").replace('arch = "lenet1"', network)
    summary = run_sweep(plan(tmp_path, text), tmp_path / "out", ONE)
    assert (summary.trained, summary.failed) == (4, 2)
    failed = [row for row in summary.rows if row.error is not None]
    assert {row.trial.recipe.learning_rate for row in failed} == {1e6}
    assert all("no longer finite" in str(row.error) for row in failed)
    assert all((row.accuracy, row.weights, row.loss) == (0, None, None) for row in failed)
    assert run_sweep(plan(tmp_path, text), tmp_path / "out", ONE).trained == 0


def test_a_full_disk_keeps_the_results_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, out = plan(tmp_path), tmp_path / "out"
    fsync, full = os.fsync, OSError(28, "No space left on device")

    def fill(number: int) -> None:
        if (out / RESULTS).exists() and _lines(out) == 3:
            raise full
        fsync(number)

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(LenetError, match=r"written \(No space left on device\); 2 results are kept"):
        run_sweep(made, out, ONE)
    monkeypatch.setattr(os, "fsync", fsync)
    assert _lines(out) == 2
    assert run_sweep(made, out, ONE).skipped == 2


def test_damaged_results_are_named(tmp_path: Path) -> None:
    run_sweep(plan(tmp_path), tmp_path / "out", ONE)
    path = tmp_path / "out" / RESULTS
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for line, message in [
        (b"{}\n", "`correct` is missing"),
        (b"not\n", "Expecting value"),
        (lines[1].replace(b'"seed":1', b'"seed":2'), "the digest is not that of the configuration"),
        (lines[1].replace(b'"correct":', b'"correct":9'), "is greater than"),
        (lines[1].replace(b'"letters":', b'"letters":9'), "`hits` is of another number"),
        (lines[1].replace(b'"letters":', b'"letters":' + b"9" * 400), "`letters` is not a count"),
        (lines[1].replace(b'"hits":"', b'"hits":"='), "padding"),
        (lines[1].replace(b'"lanes":', b'"lanes":-0.5e'), "Expected `int`"),
        (lines[1].replace(b'"epochs":1,"new', b'"epochs":null,"new'), "`epochs` is not a count"),
    ]:
        path.write_bytes(lines[0] + line + lines[2])
        with pytest.raises(DataError, match=f":2: not a row of results .*{message}"):
            Results(path)
    path.write_bytes(whole[:-9])  # torn
    assert len(Results(path).rows) == 3


def test_a_node_with_other_code_is_refused(tmp_path: Path) -> None:
    made = plan(tmp_path)
    other = replace(made, trials=tuple(replace(trial, code="0" * 16) for trial in made.trials))
    with pytest.raises(LenetError, match=r"other code, .*; install the same lenet on all nodes"):
        run_sweep(other, tmp_path / "out", ONE)


def test_two_sweeps_do_not_share_a_folder(tmp_path: Path) -> None:
    from lenet._util.files import ensure_dir, locked

    with locked(ensure_dir(tmp_path / "out")), pytest.raises(LenetError, match="another process writes here"):
        run_sweep(plan(tmp_path), tmp_path / "out", ONE)


def test_no_trials(tmp_path: Path) -> None:
    summary = run_sweep(Plan((), {}), tmp_path / "out", ONE)
    assert (summary.trained, summary.rows) == (0, ())


def test_the_command_plans_trains_and_prints(tmp_path: Path) -> None:
    config, out = write_config(tmp_path), tmp_path / "out"
    done = lenet("sweep", "run", config, "--out", out, "--plan")
    assert done.stdout.startswith("4 trainings, 0 with a result\n4 epochs, 4 in the full grid\nabout ")
    assert not out.exists()
    assert lenet("sweep", "--out", out, config, "--plan").stdout.startswith("4 trainings, 0 with a result\n")
    done = lenet("sweep", config, "--out", out, "--workers", 1, "--json")
    *rows, last = map(json.loads, done.stdout.splitlines())
    assert [row["accuracy"] for row in rows] == [r["correct"] / r["letters"] for r in rows]
    assert last == {"trained": 4, "skipped": 0, "failed": 0, "epochs": 4, "epochs_of_full_grid": 4}
    done = lenet("sweep", "run", config, "--out", out, "--workers", 1)
    assert done.stdout.startswith("0 trainings, 4 had a result, 0 failed\n")


def test_without_pyarrow_the_table_is_results_jsonl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyarrow" else find(name))
    done = lenet("sweep", "run", write_config(tmp_path), "--out", tmp_path / "out", "--workers", 1)
    assert done.returncode == 0
    assert 'sweep.parquet needs pyarrow; pip install "lenet[bulk]"' in done.stdout
    assert not (tmp_path / "out" / "sweep.parquet").exists()
