"""Feeds a reader of files from outside with made bytes: it must read them or raise LenetError.

    pip install atheris
    TMPDIR=/dev/shm python tools/fuzz.py keras_hdf5 -max_total_time=600

What follows the name is libFuzzer's. It begins with the files of tests/data/fuzz/NAME; what it finds it
writes as crash-... into the current folder. Every finding is kept there, where the tests read it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


FOLDER = "LENET_FUZZ_FOLDER"  # of the environment: where the inner process writes its inputs


def main() -> int:
    """Command line. The fuzzer ends its process at once, so that another one tidies up."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, FOLDER: folder}
        return subprocess.call([sys.executable, __file__, *sys.argv[1:]], env=environment)


def fuzz(folder: Path) -> None:
    """Feed the reader that the command line names until libFuzzer has enough."""
    import atheris

    sys.path.insert(0, str(ROOT / "tests" / "support"))
    with atheris.instrument_imports(include=["lenet", "zipfile"]):
        from fuzz_targets import KEPT, TARGETS, answer

    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        names = ", ".join(TARGETS)
        sys.exit(f"usage: python tools/fuzz.py NAME [-max_total_time=600]; NAME: {names}")
    name, *more = sys.argv[1:]
    target = TARGETS[name]
    path, corpus = folder / target.name, folder / "corpus"
    corpus.mkdir()
    warnings.simplefilter("error")  # NumPy warns where it might go wrong
    logging.disable()

    def once(data: bytes) -> None:
        path.write_bytes(data)
        answer(target, path)

    options = ["-timeout=20", "-rss_limit_mb=4096", *more]
    atheris.Setup([__file__, *options, str(corpus), str(KEPT / name)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    if FOLDER in os.environ:
        fuzz(Path(os.environ[FOLDER]))
    else:
        sys.exit(main())
