"""Limit the work that a file can cause: ten seconds of one core without a letter are enough."""

from __future__ import annotations

import io
import time
from typing import Any

from lenet.errors import DataError

SECONDS = 10.0  # of processor time


class Budget:
    """Processor time that a reader may spend until it finds the next letter.

    Args:
        place: the file's name, for messages.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self.restart()

    def restart(self) -> None:
        """Count from now on: a letter was found."""
        self._begin = time.thread_time()

    def check(self) -> None:
        """Raise DataError if the time is spent."""
        if time.thread_time() - self._begin > SECONDS:
            raise DataError(
                f"{self._place}: no letter in {SECONDS:g} seconds of reading; give a smaller file"
            )


class BudgetedStream(io.BufferedReader):
    """A stream of which reading checks a budget.

    Args:
        stream: the bytes; it is not closed with this stream.
        place: the file's name, for messages.
    """

    def __init__(self, stream: io.BufferedIOBase, place: str) -> None:
        self.budget = Budget(place)
        super().__init__(_Checked(stream, self.budget), 2**16)


class _Checked(io.RawIOBase):
    def __init__(self, stream: io.BufferedIOBase, budget: Budget) -> None:
        self._stream, self._budget = stream, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._budget.check()
        return self._stream.readinto1(buffer)
