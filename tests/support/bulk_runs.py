"""Batch predictions in shards smaller than the command line allows, in this process and in others."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lenet.bulk.manifest import OutputFormat, OutputOptions
from lenet.bulk.run import Inputs, Run, prepare
from lenet.bulk.storage import LocalTarget
from lenet.executors.local import LocalExecutor
from lenet.models import PRETRAINED_DIR

MODEL = PRETRAINED_DIR / "holzweber2021.safetensors"


def letters(count: int, seed: int = 3) -> np.ndarray:
    """Return images of bars and noise; some are blank."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, column in zip(images, random.integers(4, 20, count), strict=True):
        image[4:24, column : column + 3] = random.integers(100, 255)
        image[column, 3:25] = random.integers(0, 255)
    images[::17] = 0
    images[5::23] = random.integers(0, 255, images[5::23].shape)
    return images


def npz(path: Path, images: np.ndarray, *, packed: bool = False) -> Path:
    """Write images as NPZ."""
    (np.savez_compressed if packed else np.savez)(path, images=images)
    return path


@dataclass(frozen=True)
class Setting:
    """A run: its input, its output, and how."""

    source: Path
    out: Path
    format: OutputFormat = OutputFormat.JSONL
    workers: int = 1
    size: int = 500
    model: Path = MODEL
    logits: bool = False
    more: list[str] = field(default_factory=list)

    def prepare(self) -> Run:
        options = OutputOptions(self.format, self.size, self.logits)
        return prepare(Inputs([str(self.source), *self.more]), self.model, options, LocalTarget(self.out))

    def run(self) -> Run:
        """Make the run in this process; return it."""
        planned = self.prepare()
        executor = LocalExecutor(self.workers, in_process=True)
        list(planned.predict(executor))
        return planned

    def start(self) -> subprocess.Popen[str]:
        """Start the run in a process of its own."""
        words = [self.source, self.out, self.format, self.workers, self.size]
        return subprocess.Popen(
            [sys.executable, __file__, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def finish(running: subprocess.Popen[str], status: int = 0) -> None:
    """Wait for a process, which must end with a status."""
    printed, _ = running.communicate(timeout=120)
    assert running.returncode == status, printed


def files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files in a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def main() -> None:
    """Make the run that `Setting.start` names."""
    source, out, output_format, workers, size = sys.argv[1:]
    Setting(Path(source), Path(out), OutputFormat(output_format), int(workers), int(size)).run()


if __name__ == "__main__":
    main()
