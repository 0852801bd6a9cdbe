"""Functions that the tests run in other processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(number: int) -> int:
    return number * number


def square_slowly(number: int) -> int:
    time.sleep(0.1)
    return number * number


def process(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def killed_once(marker: Path) -> str:
    """Kill the own process, unless that has happened before."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return marker.name


def killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def length(data: bytes) -> int:
    return len(data)


def wait_after_the_first(number: int) -> int:
    time.sleep(60.0 * number)
    return number


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def main() -> None:
    """Run long tasks until an interrupt."""
    from lenet.executors.local import LocalExecutor

    print("ready", flush=True)
    for _ in LocalExecutor(2).run(sleep, [60.0] * 4):
        pass


if __name__ == "__main__":
    main()
