"""State of a class in memory: what the projector and the phones show."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lenet.server.collect.class_types import ClassDrawing, ClassSnapshot, Confusion, Role
from lenet.server.collect.types import Contribution, Strokes

GALLERY = 48  # newest drawings that are kept for the projector
GALLERY_POINTS = 400  # of one of them
REMOVALS = 1000  # newest withdrawals that are kept
COALESCE = 0.2  # seconds in which changes are told together


@dataclass(frozen=True, slots=True)
class _Letter:
    key_digest: bytes
    label: str
    letter: str | None


class ClassState:
    """Counts, confusion matrix and newest drawings of a class, with a version that grows.

    It belongs to one event loop.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = 1
        self.is_open = True
        self.pupils = 0
        self.model = 0
        self._letters: dict[UUID, _Letter] = {}
        self._confusion: Counter[tuple[str, str | None]] = Counter()
        self._gallery: deque[ClassDrawing] = deque(maxlen=GALLERY)
        self._removals: deque[tuple[int, UUID]] = deque()
        self._forgotten = 0  # the newest version of which a removal is not kept any more
        self._change = asyncio.Event()

    @property
    def count(self) -> int:
        """Return the number of drawings."""
        return len(self._letters)

    def touch(self) -> None:
        """Begin a new version, and wake whoever waits for one."""
        self.version += 1
        self._change.set()
        self._change = asyncio.Event()

    def add(self, item: Contribution) -> None:
        """Add a drawing."""
        self.touch()
        self._letters[item.id] = _Letter(item.key_digest, item.label.upper(), item.server_letter)
        self._confusion[item.label.upper(), item.server_letter] += 1
        strokes = thin(item.strokes, GALLERY_POINTS)
        self._gallery.append(
            ClassDrawing(self.version, item.id, item.label, item.server_letter, item.server_verdict, strokes)
        )

    def remove(self, key_digest: bytes) -> None:
        """Remove the drawings of a contributor."""
        ids = {id_ for id_, letter in self._letters.items() if letter.key_digest == key_digest}
        self.touch()
        for id_ in ids:
            letter = self._letters.pop(id_)
            self._confusion[letter.label, letter.letter] -= 1
            self._removals.append((self.version, id_))
        kept = [drawing for drawing in self._gallery if drawing.id not in ids]
        self._gallery = deque(kept, maxlen=GALLERY)
        while len(self._removals) > REMOVALS:
            self._forgotten = self._removals.popleft()[0]

    def close(self) -> None:
        """Accept no more drawings."""
        self.is_open = False
        self.touch()

    def clear(self) -> None:
        """Forget all drawings."""
        self._letters.clear()
        self._confusion.clear()
        self._gallery.clear()
        self._removals.clear()
        self.touch()
        self._forgotten = self.version

    async def wait(self, since: int, seconds: float) -> None:
        """Return when the version differs from `since`, or after some seconds."""
        change = self._change
        if since != self.version or seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await change.wait()
                await asyncio.sleep(COALESCE)
        except TimeoutError:
            pass

    def snapshot(self, since: int, role: Role) -> ClassSnapshot:
        """Return the state; for the teacher with the drawings that are newer than `since`."""
        is_teacher = role is Role.TEACHER
        reset = not max(self._forgotten, 1) <= since <= self.version
        since = 0 if reset else since
        return ClassSnapshot(
            name=self.name,
            version=self.version,
            open=self.is_open,
            pupils=self.pupils,
            count=self.count,
            model=self.model,
            confusion=[
                Confusion(label, letter, number)
                for (label, letter), number in sorted(self._confusion.items(), key=_cell)
                if number > 0
            ],
            reset=reset,
            newest=[each for each in self._gallery if is_teacher and each.version > since],
            removed=[id_ for version, id_ in self._removals if is_teacher and not reset and version > since],
        )


def _cell(item: tuple[tuple[str, str | None], int]) -> tuple[str, str]:
    (label, letter), _ = item
    return label, letter or ""


def thin(strokes: Strokes, most: int) -> list[list[tuple[float, float]]]:
    """Return strokes with at most about `most` points in all; the ends of each stroke are kept.

    Args:
        strokes: points (x, y).
        most: number of points; strokes beyond this number are left out.
    """
    strokes = [stroke for stroke in strokes if stroke][:most]
    step = max(1, -(-sum(map(len, strokes)) // most))
    return [_every(stroke, step) for stroke in strokes]


def _every(stroke: Sequence[tuple[float, float]], step: int) -> list[tuple[float, float]]:
    return [(x, y) for x, y in [*stroke[:-1:step], stroke[-1]]]
