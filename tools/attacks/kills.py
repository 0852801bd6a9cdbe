"""Kill and interrupt trainings and exports at random moments; nothing may be lost or half-written."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from attacks.outcome import Outcome, command, judge
from commands import bars
from lenet.errors import LenetError
from lenet.models import load_model

EPOCHS = 8


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _train(letters: Path, out: Path, *more: str) -> list[str | bytes]:
    options = ["--arch", "lenet5", "--epochs", EPOCHS, "--batch-size", 8, "--seed", 5, "--threads", 1]
    return command("train", "--data", letters, *options, "--out", out, *more)


def _killed(line: list[str | bytes], seconds: float) -> bool:
    """Start a command and kill it after some time. Return False if it ended before."""
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        running.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
        return True


def train(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Kill a training and resume it, again and again; it ends like one that was never killed."""
    letters, whole = bars(folder), folder / "whole"
    begin = time.monotonic()
    subprocess.run(_train(letters, whole), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    duration = time.monotonic() - begin
    expected = _digest(whole / "model.safetensors")
    names = sorted(path.name for path in whole.iterdir())
    number = 0
    while True:
        number += 1
        out = folder / f"run{number}"
        while _killed(_train(letters, out, *_resume(out)), numbers.uniform(0, duration)):
            yield _intact(out)
        left = sorted(path.name for path in out.iterdir() if path.name != "previous.safetensors")
        same = left == names and _digest(out / "model.safetensors") == expected
        yield Outcome("resumed training", same, f"another model, or files {left}")


def _resume(out: Path) -> list[str]:
    """Return the option for a folder with a checkpoint; a training killed in its first epoch starts again."""
    if (out / "checkpoint.npz").exists():
        return ["--resume"]
    return ["--overwrite"]


def _intact(out: Path) -> Outcome:
    """Check that the model that a killed training left, if any, can be loaded."""
    path = out / "model.safetensors"
    try:
        if path.exists():
            load_model(path)
    except LenetError as error:
        return Outcome("kill of train", False, str(error))
    return Outcome("kill of train", True)


def export(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Kill exports; the next one leaves exactly its files."""
    line = command("export", "--to", "onnx,c,tfjs", folder / "out")
    begin = time.monotonic()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    duration = time.monotonic() - begin
    names = sorted(path.name for path in (folder / "out").iterdir())
    while True:
        for _ in range(3):
            _killed(line, numbers.uniform(0.3, 1.2) * duration)
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        left = sorted(path.name for path in (folder / "out").iterdir())
        ended = judge("export after kills", done.returncode, done.stderr)
        yield ended if left == names else Outcome(ended.name, False, f"files {left}")


def interrupts(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Press Ctrl-C in the first second of a command."""
    lines = [
        command("predict", folder / "none.png"),
        command("architectures"),
        _train(bars(folder), folder / "out"),
    ]
    while True:
        for line in lines:
            seconds = numbers.uniform(0.05, 1)
            running = subprocess.Popen(
                line,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=_hear_interrupts,
            )
            time.sleep(seconds)
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=60)
            if "site" in errors and "Fatal Python error" in errors:
                continue  # Python itself was starting
            status = 130 if running.returncode == -signal.SIGINT else running.returncode
            yield judge(f"Ctrl-C after {seconds:.2f} s", status, errors)


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
