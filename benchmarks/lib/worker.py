"""One engine with one number of threads, in a process of its own, asked over JSON lines.

Frameworks fix their threads when they start, and their thread pools must not disturb one another's
timings: the driver asks one worker at a time. An engine is a module beside this one with

    versions() -> dict[str, str]
    set_threads(threads)                       before anything else
    VARIANTS: {"train": (...), "predict": (...)}
    train(job) -> (steps -> loss)              takes steps from the job's batches, from the first on
    predict(job) -> (times -> probabilities)   of the job's first batch
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src")]  # the peers' Python has no lenet installed

import numpy as np
from benchmarks.lib import nets

from lenet.inference import recognizer
from lenet.models import Spec

IMAGES = 8192  # in memory; more than any cache, a multiple of every batch
RATE, MOMENTUM = 0.01, 0.9  # plain SGD with momentum, for everybody
ENGINES = {
    "ours": "benchmarks.engine.engine_ours",
    "PyTorch": "benchmarks.engine.engine_torch",
    "TensorFlow": "benchmarks.engine.engine_tensorflow",
    "ONNX Runtime": "benchmarks.engine.engine_onnxruntime",
}

INSTALL = "python -m venv build/peers && build/peers/bin/pip install -r benchmarks/requirements.txt"
# Keeps glibc from handing large activations back to the system after every step: up to 1.5 times as
# fast for PyTorch at batch 1024. The last one is about messages.
KIND_TO_PEERS = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


@dataclass(frozen=True)
class Job:
    """The computation to measure: `letters` are IMAGES of them, or for prediction one batch.

    Training starts from He-initialized weights; prediction takes the shipped model's.
    """

    net: str
    batch: int
    variant: str
    parameters: nets.FloatArray
    letters: nets.Letters
    temperature: float = 1.0

    @property
    def spec(self) -> Spec:
        """The network's specification."""
        return nets.NETS[self.net].spec

    def floats(self) -> nets.FloatArray:
        """The images scaled to 0..1, float32 (n, 28, 28)."""
        return self.letters.images.astype(np.float32) / np.float32(255)


def job(task: str, net: str, batch: int, variant: str) -> Job:
    """The same job in every process."""
    if task == "train":
        parameters = nets.core_network(net).initialise(0)
        return Job(net, batch, variant, parameters, nets.written_letters(IMAGES))
    model = recognizer.load(net).model
    letters = nets.written_letters(batch)
    return Job(net, batch, variant, model.parameters, letters, model.temperature)


# ---- The worker's side --------------------------------------------------------------------------


def _seconds(run: Callable[[int], object], times: int) -> float:
    begin = time.perf_counter()
    run(times)
    return time.perf_counter() - begin


def _calibrate(run: Callable[[int], object], seconds: float) -> int:
    """How many times take about so long; runs it warm on the way."""
    times = 1
    while (taken := _seconds(run, times)) < seconds / 4 and times < 1 << 24:
        times *= 2
    return max(1, round(times * seconds / taken))


class Serving:
    """Answers the driver's requests: one method each."""

    def __init__(self, engine: str, threads: int) -> None:
        self._engine: Any = importlib.import_module(ENGINES[engine])
        self._engine.set_threads(threads)
        self._runs: dict[str, tuple[Callable[[int], Any], int, int]] = {}

    def hello(self) -> dict[str, Any]:
        """Versions and variants."""
        return {"versions": self._engine.versions(), "variants": self._engine.VARIANTS}

    def prepare(self, task: str, net: str, batch: int, variant: str, seconds: float) -> dict[str, Any]:
        """Builds, compiles and warms up; answers with what proves that the same is computed.

        That is the losses of two steps on the same batch, before each, or the probabilities.
        """
        run = getattr(self._engine, task)(job(task, net, batch, variant))
        check = [run(1), run(1)] if task == "train" else np.asarray(run(1)).tolist()
        times = _calibrate(run, seconds)
        self._runs[variant] = (run, times, batch)
        return {"check": check, "times": times}

    def run(self, variant: str) -> dict[str, Any]:
        """Microseconds an image."""
        run, times, batch = self._runs[variant]
        return {"us": _seconds(run, times) / (times * batch) * 1e6}

    def release(self) -> dict[str, Any]:
        """Forget what was prepared."""
        self._runs.clear()
        getattr(self._engine, "release", lambda: None)()
        return {}


def serve(engine: str, threads: int) -> None:
    """Answers requests until the driver hangs up. Whatever a library prints goes elsewhere."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    serving = None
    for line in sys.stdin:
        try:
            serving = serving or Serving(engine, threads)
            asked = json.loads(line)
            answer = getattr(serving, asked.pop("do"))(**asked)
        except ModuleNotFoundError as error:
            answer = {"missing": error.name}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers)


# ---- The driver's side --------------------------------------------------------------------------


def peers_python() -> Path:
    """The Python that has the peers: the one in build/peers, or else this one."""
    pythons = [ROOT / "build" / "peers" / place for place in ("bin/python", "Scripts/python.exe")]
    return next((path for path in pythons if path.exists()), Path(sys.executable))


class WorkerError(RuntimeError):
    """The engine could not do what was asked; the message says why, in one line."""


class Worker:
    """A worker process, as the driver sees it; a context manager."""

    def __init__(self, engine: str, threads: int) -> None:
        """Start it; SystemExit with the remedy if the peer is not installed."""
        self.engine, self.threads = engine, threads
        python = sys.executable if engine == "ours" else str(peers_python())
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.lib.worker", engine, str(threads)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
            env={**os.environ, **KIND_TO_PEERS, "OMP_NUM_THREADS": str(threads)},
        )
        try:
            hello = self.ask("hello")
        except BaseException:
            self.close()
            raise
        self.versions: dict[str, str] = hello["versions"]
        self.variants: dict[str, list[str]] = hello["variants"]

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One request, one answer; WorkerError if it cannot be done."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            last = self._log.read().decode(errors="replace").strip().splitlines()[-1:]
            raise SystemExit(f"benchmarks: the worker of {self.engine} ended: {''.join(last)}")
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise SystemExit(
                f"benchmarks: {self.engine} needs the module {answer['missing']}; remedy: {INSTALL}"
            )
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def close(self) -> None:
        """Close the connection and wait for the end."""
        self._process.communicate()
        self._log.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
