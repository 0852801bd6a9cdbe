"""A run that is killed leaves nothing that looks like a result, and continues to the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_trainings
from commands import lenet
from contributed import OTHER_HAND, Setting, write_export
from lenet._util.files import atomic_write
from lenet.errors import LenetError
from lenet.improve.fit import fit
from lenet.improve.run import improve
from lenet.improve.types import silent
from lenet.training import Trainer, checkpoint
from made import refusal

pytestmark = pytest.mark.slow


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.slow
def test_kills_at_any_moment_end_in_the_same_bytes(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", each=2, glyphs={"V": OTHER_HAND["V"]})
    arguments = [str(export), "--model", str(setting.model), "--data", str(setting.base), "--epochs", "30"]
    arguments += ["--reference", str(setting.reference), "--threads", "1", "--margin", "5"]
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    start = time.monotonic()
    command = [sys.executable, "-m", "lenet", "improve", *arguments, "--out"]
    subprocess.run([*command, str(undisturbed)], check=True, timeout=300, capture_output=True)
    seconds = time.monotonic() - start
    for fraction in (0.2, 0.5, 0.8, 0.9, 0.95):
        process = subprocess.Popen([*command, str(killed)], stdout=subprocess.DEVNULL)
        try:
            process.wait(fraction * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        if process.returncode == 0:
            break
        assert not (killed / "model.safetensors").exists() or (killed / "report.json").exists()
    else:
        assert lenet("improve", *arguments, "--out", killed).returncode == 0
    assert contents(killed) == contents(undisturbed)
    assert not (killed / ".work").exists()


def test_a_damaged_checkpoint_is_trained_again(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(b"PK\3\4 half a checkpoint")
    again, new = (fit(small_trainings.made(1), path, silent) for path in (damaged, tmp_path / "new.npz"))
    np.testing.assert_array_equal(again.parameters, new.parameters)


class StoppedError(Exception):
    """The moment at which a process dies."""


@pytest.mark.parametrize("moment", ["after 2 epochs", "report.html", "report.json", "model", "key"])
def test_each_step_can_be_the_last(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", each=2)
    options = setting.options(export, margin=0.05)
    improve(options, tmp_path / "undisturbed")
    with monkeypatch.context() as patch:
        if moment == "after 2 epochs":
            _stop_training(patch, 2)
        elif moment == "key":
            patch.setattr("lenet.improve.folder.shutil.rmtree", _stop)
        elif moment == "model":
            patch.setattr(Path, "replace", _stop_at("candidate", Path.replace))
        else:
            patch.setattr("lenet.improve.folder.atomic_write", _stop_at(moment, atomic_write))
        with pytest.raises(StoppedError):
            improve(options, tmp_path / "out")
    if moment == "key":  # it had ended
        assert "holds the result of an earlier run" in refusal(improve, options, tmp_path / "out")
    else:
        assert not (tmp_path / "out" / "model.safetensors").exists()
        improve(options, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    assert not (tmp_path / "out" / ".work").exists()


def _stop(*arguments: object, **options: object) -> None:
    raise StoppedError


def _stop_at(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that stops before it touches a file of that name."""

    def call(path: Path, *more: object) -> Any:
        if path.name == name:
            raise StoppedError
        return function(path, *more)

    return call


def _stop_training(patch: pytest.MonkeyPatch, epochs: int) -> None:
    """Stop when the checkpoint after some epochs is to be saved."""
    save = checkpoint.save

    def saved(path: Path, trainer: Trainer) -> None:
        if len(trainer.history) > epochs:
            raise StoppedError
        save(path, trainer)

    patch.setattr(checkpoint, "save", saved)


def test_a_run_with_other_options_does_not_continue_it(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", each=2)
    with monkeypatch.context() as patch:
        _stop_training(patch, 1)
        with pytest.raises(StoppedError):
            improve(setting.options(export), tmp_path / "out")
    other = setting.options(export, seed=1)
    assert "holds an interrupted run of other inputs" in refusal(improve, other, tmp_path / "out")


def test_a_full_disk_is_one_line_and_leaves_no_model(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", each=2)

    def full(path: Path, trainer: Trainer) -> None:
        raise LenetError(f"{path}: cannot be written (No space left on device); choose another place")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", full)
        assert "No space left" in refusal(improve, setting.options(export), tmp_path / "out")
    assert contents(tmp_path / "out") == {}
    assert not (tmp_path / "out" / ".work").exists()
