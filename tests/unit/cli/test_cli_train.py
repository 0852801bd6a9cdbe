"""The command line: `train`, also when it is stopped, and `evaluate`."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import bars, lenet
from lenet.cli.main import main
from lenet.datasets import Dataset
from lenet.datasets.readers import npz
from lenet.models import load_model


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return bars(tmp_path)


def train(letters: Path, out: Path, *more: object) -> subprocess.CompletedProcess[str]:
    command = ["train", "--data", letters, "--arch", "holzweber2021", "--epochs", 2, "--batch-size", 16]
    return lenet(*command, "--seed", 5, "--out", out, *more)


@pytest.mark.slow
def test_train_writes_a_model_a_history_and_a_plot(tmp_path: Path, letters: Path) -> None:
    done = train(letters, tmp_path / "run", "--threads", 2)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [
        *("checkpoint.npz", "history.json", "history.png", "model.safetensors")
    ]
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[-1]["validation_accuracy"] > 0.9
    with Image.open(tmp_path / "run" / "history.png") as plot:
        assert plot.width > 500
    record = load_model(tmp_path / "run" / "model.safetensors").training
    assert record.data == ("letters",)
    assert (record.seed, record.epochs, record.num_train_images) == (5, 2, 270)
    process = lenet(
        "evaluate", "--model", tmp_path / "run" / "model.safetensors", "--data", letters, "--json"
    )
    row = json.loads(process.stdout)
    assert (row["n"], row["right"]) == (300, round(300 * row["accuracy"]))
    assert row["accuracy"] > 0.9
    assert row["interval"][0] < row["accuracy"] <= row["interval"][1]


@pytest.mark.slow
def test_a_second_training_keeps_the_first_ones_model(tmp_path: Path, letters: Path) -> None:
    train(letters, tmp_path / "run")
    first = (tmp_path / "run" / "model.safetensors").read_bytes()
    again = train(letters, tmp_path / "run", "--seed", 6)
    assert again.returncode == 1
    assert "--resume to continue it, --overwrite to replace it" in again.stderr
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == first
    done = train(letters, tmp_path / "run", "--seed", 6, "--overwrite")
    assert "the data have no image of C, D, E" in done.stdout
    assert "previous.safetensors" in done.stdout
    assert (tmp_path / "run" / "previous.safetensors").read_bytes() == first
    assert (tmp_path / "run" / "model.safetensors").read_bytes() != first


@pytest.mark.parametrize("left", [None, "model.safetensors"])
def test_resume_needs_a_checkpoint(
    tmp_path: Path, letters: Path, capsys: pytest.CaptureFixture[str], left: str | None
) -> None:
    out = tmp_path / "run"
    if left:
        out.mkdir()
        (out / left).write_bytes(b"a model")
    before = sorted(tmp_path.rglob("*"))
    assert main(["train", "--data", str(letters), "--resume", "--out", str(out)]) == 1
    refused = f"lenet: {out}: holds no checkpoint to resume; check --out, or leave out --resume\n"
    assert capsys.readouterr() == ("", refused)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_the_same_seed_gives_the_same_file_for_any_number_of_threads(tmp_path: Path, letters: Path) -> None:
    files = []
    for name, more in (("a", (1,)), ("b", (2,)), ("c", (3, "--seed", 6))):
        done = train(letters, tmp_path / name, "--threads", *more)
        assert done.returncode == 0, done.stderr
        files.append((tmp_path / name / "model.safetensors").read_bytes())
    assert files[0] == files[1] != files[2]


@pytest.mark.slow
def test_ctrl_c_keeps_the_last_checkpoint(tmp_path: Path, letters: Path) -> None:
    out = tmp_path / "run"
    command = ["train", "--data", letters, "--epochs", 100000, "--batch-size", 16, "--out", out]
    training = subprocess.Popen(
        [sys.executable, "-m", "lenet", *map(str, command)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (out / "history.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    pressed = 0
    try:
        while training.poll() is None and pressed < 5:
            # Python drops one that comes within a callback of its weak references.
            pressed += 1
            training.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                training.wait(timeout=12)
    finally:
        training.kill()  # where it did not end
        _, errors = training.communicate()
    assert training.returncode == 130
    assert "stopped; " in errors
    assert pressed > 1 or "Traceback" not in errors  # Python tells of one that it drops
    kept = load_model(out / "model.safetensors").training
    history = json.loads((out / "history.json").read_text())
    assert history
    assert len(history) == kept.epochs
    assert history[-1] == kept.metrics
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_a_killed_training_leaves_a_whole_model(tmp_path: Path, letters: Path) -> None:
    out = tmp_path / "run"
    command = ["train", "--data", letters, "--epochs", 100000, "--batch-size", 16, "--out", out]
    training = subprocess.Popen(
        [sys.executable, "-m", "lenet", *map(str, command)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (out / "history.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    training.kill()
    training.wait(timeout=60)
    assert load_model(out / "model.safetensors").training.epochs
    json.loads((out / "history.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "{folder}/none.npz"], "none.npz"),
        (["--data", "{folder}/empty.npz"], "empty.npz"),
        (["--data", "{letters}", "--out", "{folder}/file/run"], "file"),
        (["--data", "{letters}", "{letters}"], "twice"),
    ],
)
def test_training_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, letters: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "file").write_text("")
    npz.write_letters(tmp_path / "empty.npz", Dataset(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)))
    filled = [a.format(folder=tmp_path, letters=letters) for a in arguments]
    done = lenet("train", "--out", tmp_path / "run", *filled)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_weights_that_explode_end_the_training(tmp_path: Path, letters: Path) -> None:
    done = train(letters, tmp_path / "run", "--lr", 1e6, "--epochs", 20)
    if done.returncode:
        assert "lower --lr" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    else:  # relu units that all died are finite
        assert "Traceback" not in done.stderr
