"""The folder of an improvement: a run that is killed continues, and a finished one stays as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lenet._util.files import atomic_write, ensure_dir, locked, open_file, read_error, writing
from lenet.errors import LenetError

REPORT, MODEL = "report.json", "model.safetensors"
WORK, KEY = ".work", "key"


@dataclass(frozen=True)
class WorkFolder:
    """The files of a run that has not ended.

    Attributes:
        out: the folder of the results.
    """

    out: Path

    @property
    def checkpoint(self) -> Path:
        """Path of the training's checkpoint."""
        return self.out / WORK / "checkpoint.npz"

    @property
    def model(self) -> Path:
        """Path of the new model before the gate's decision."""
        return self.out / WORK / "candidate"

    def publish(self, files: Mapping[str, bytes], *, keep_model: bool) -> None:
        """Write the results; the run has ended when its key is deleted.

        Args:
            files: contents by name.
            keep_model: rename the new model to model.safetensors, last of all files; otherwise it is deleted.
        """
        for name, content in files.items():
            with atomic_write(self.out / name) as stream:
                stream.write(content)
        with writing(self.out):
            if keep_model:
                self.model.replace(self.out / MODEL)
            (self.out / WORK / KEY).unlink()
            shutil.rmtree(self.out / WORK)


@contextmanager
def opened(out: Path, key: str) -> Iterator[WorkFolder]:
    """Open a folder for a run, locked against other processes.

    Args:
        out: the folder; it is made if it does not exist.
        key: digest of everything that the result depends on.

    Raises:
        LenetError: the folder holds a result, or a run with other inputs; or it cannot be written.
    """
    with locked(ensure_dir(out)):
        work = out / WORK
        with writing(out):
            _begin(out, key)
        try:
            yield WorkFolder(out)
        finally:
            _discard_unstarted(work)


def _begin(out: Path, key: str) -> None:
    """Make the work folder, or check that the one of a killed run is this run's."""
    work, mark = out / WORK, out / WORK / KEY
    if mark.exists():
        if _text(mark) != key:
            raise LenetError(
                f"{out}: holds an interrupted run of other inputs, options or code; choose another --out"
            )
        return
    if work.exists():  # of a run that was killed while it began or ended
        shutil.rmtree(work)
    if (out / REPORT).exists() or (out / MODEL).exists():
        raise LenetError(f"{out}: holds the result of an earlier run; choose another --out")
    work.mkdir()
    with atomic_write(mark) as stream:
        stream.write(key.encode())


def _text(path: Path) -> str:
    try:
        with open_file(path, kind=LenetError) as stream:
            return stream.read(100).decode(errors="replace")
    except OSError as error:
        raise read_error(path, error, kind=LenetError) from None


def _discard_unstarted(work: Path) -> None:
    """Delete the work of a run that ended before its first epoch, such as one with unusable data."""
    if work.exists() and not (work / "checkpoint.npz").exists():
        shutil.rmtree(work, ignore_errors=True)
