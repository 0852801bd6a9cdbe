"""Feed every reader with damaged copies of the files that fuzzing keeps."""

from __future__ import annotations

import logging
import random
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from attacks.outcome import Outcome
from fuzz_targets import KEPT, TARGETS, answer

SECONDS = 15  # of one file
MAX_BYTES = 2**20


class _TooSlow(BaseException):
    """Not an Exception: readers turn these into their own errors."""


def attack(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    """Mutate kept files; a reader accepts each or raises LenetError."""
    with _quiet():
        yield from _answers(folder, numbers)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence warnings and logs, and hear the alarm; leave the process as it was."""
    level = logging.root.manager.disable
    handler = signal.signal(signal.SIGALRM, _give_up)
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        signal.signal(signal.SIGALRM, handler)


def _answers(folder: Path, numbers: random.Random) -> Iterator[Outcome]:
    files = [path for path in sorted(KEPT.rglob("*")) if path.is_file() and path.parent.name in TARGETS]
    while True:
        path = numbers.choice(files)
        target = TARGETS[path.parent.name]
        data = mutated(path.read_bytes(), numbers)
        copy = folder / target.name
        copy.write_bytes(data)
        begin = time.monotonic()
        signal.alarm(SECONDS)
        try:
            answer(target, copy)
        except (Exception, _TooSlow) as error:  # whatever a reader lets through is what is looked for
            yield Outcome(
                path.parent.name, False, f"{type(error).__name__}: {error} ({_keep(data, target.name)})"
            )
        else:
            yield Outcome(path.parent.name, True, f"{time.monotonic() - begin:.1f} s")
        finally:
            signal.alarm(0)


def mutated(data: bytes, numbers: random.Random) -> bytes:
    """Return damaged bytes: some are changed, cut out, repeated, inserted or swapped."""
    damaged = bytearray(data)
    for _ in range(numbers.choice((1, 1, 2, 4, 16))):
        at, count = numbers.randrange(len(damaged) + 1), numbers.choice((1, 2, 4, 8, 64, 1024))
        part = damaged[at : at + count]
        damaged[at : at + count] = numbers.choice(
            (
                bytes(numbers.randrange(256) for _ in part),
                bytes(byte ^ 1 << numbers.randrange(8) for byte in part),
                b"",
                bytes(part) * 3,
                numbers.choice((b"\xff", b"\0", b"9", b"[", b"\n")) * count,
                bytes(part) + numbers.choice((b"\xff\xff\xff\xff", b"-1", b"1e999", b"NaN", b"\x80")),
            )
        )
    return bytes(damaged[:MAX_BYTES])


def _keep(data: bytes, name: str) -> Path:
    """Write the file that was not survived into the current folder; return its name."""
    path = Path(f"found-{abs(hash(data)):x}-{name}")
    path.write_bytes(data)
    return path


def _give_up(_: int, frame: FrameType | None) -> None:
    raise _TooSlow(f"more than {SECONDS} s, in {frame.f_code.co_qualname if frame else 'Python'}")
