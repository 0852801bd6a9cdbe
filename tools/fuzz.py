"""Feeds a reader of files from outside with made bytes: it must read them or raise LenetError.

    pip install atheris
    python tools/fuzz.py keras_hdf5 -max_total_time=600

What follows the name is libFuzzer's. It begins with the files of tests/fuzz/NAME; what it finds it
writes as crash-... into the current folder. Every finding is kept there, where the tests read it.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Command line."""
    import atheris

    sys.path.insert(0, str(ROOT / "tests"))
    with atheris.instrument_imports(include=["lenet", "zipfile"]):
        from fuzz_targets import KEPT, TARGETS, answer

    names = ", ".join(TARGETS)
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python tools/fuzz.py NAME [-max_total_time=600]; NAME: {names}")
    target = TARGETS[sys.argv[1]]
    warnings.simplefilter("error")  # NumPy warns where it might go wrong
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / target.name

        def once(data: bytes) -> None:
            path.write_bytes(data)
            answer(target, path)

        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        options = ["-timeout=20", "-rss_limit_mb=4096", *sys.argv[2:]]
        atheris.Setup([sys.argv[0], *options, str(corpus), str(KEPT / sys.argv[1])], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
