"""Prompts: the letters that a contributor is asked for.

A letter is worth more if there are few of it, and if the network tells it apart badly: its accepted
drawings have a small margin between the two most probable classes (margin sampling; Settles, "Active
Learning Literature Survey", 2009).
"""

from __future__ import annotations

import asyncio
import random
import string
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from statistics import median
from uuid import UUID

from lenet.errors import LenetError
from lenet.inference.recognizer import Recognition, Recognizer
from lenet.server.collect.paging import parts
from lenet.server.collect.types import CollectorClient, State, StoredContribution

LABELS = string.ascii_uppercase + string.ascii_lowercase
"""The letters that are collected, capital and small."""

MAX_PROMPTS = len(LABELS)
REFRESH = 30.0  # seconds for which counts and margins are kept
CHUNK = 200  # accepted drawings that one refresh recognizes
UNKNOWN_MARGIN = 0.5  # of a letter without an accepted drawing
HARD = 2.0  # weight of a letter with the margin 0; one with the margin 1 has the weight 1


class Reason(StrEnum):
    """Reason why a letter is asked for."""

    FEW = "few"
    """There are fewer drawings of it than of most letters."""
    HARD = "hard"
    """The network often hesitates between it and another letter."""
    ANY = "any"
    """Every letter helps."""


@dataclass(frozen=True)
class Prompt:
    """A letter to draw, and the reason."""

    letter: str
    reason: Reason


@dataclass(frozen=True)
class Demand:
    """Counts and margins of the letters collected so far.

    Attributes:
        counts: drawings of each letter that are new or accepted.
        margins: mean margin of each letter's accepted drawings, 0..1.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    margins: Mapping[str, float] = field(default_factory=dict)

    def weight(self, letter: str) -> float:
        """Return how much a drawing of a letter is worth, relative to others."""
        margin = self.margins.get(letter, UNKNOWN_MARGIN)
        return (1 + (HARD - 1) * (1 - margin)) / (1 + self.counts.get(letter, 0))

    def reason(self, letter: str) -> Reason:
        """Return the reason to ask for a letter."""
        if self.counts.get(letter, 0) < median(self.counts.get(each, 0) for each in LABELS):
            return Reason.FEW
        margins = self.margins.values()
        hesitates = letter in self.margins and self.margins[letter] < median(margins)
        return Reason.HARD if hesitates else Reason.ANY


def choose(demand: Demand, count: int, rng: random.Random) -> list[Prompt]:
    """Draw letters without replacement, each with a probability that grows with its weight.

    Args:
        demand: counts and margins.
        count: number of letters, 1..52.
        rng: source of random numbers.
    """
    # The largest of u^(1/weight) are a weighted sample (Efraimidis and Spirakis, 2006).
    keys = {letter: rng.random() ** (1 / demand.weight(letter)) for letter in LABELS}
    letters = sorted(LABELS, key=keys.__getitem__, reverse=True)[:count]
    return [Prompt(letter, demand.reason(letter)) for letter in letters]


def margin(recognition: Recognition) -> float:
    """Return the difference of the two highest probabilities, 0..1; 1 for an empty drawing."""
    if not recognition.candidates:
        return 1.0
    best, *others = (probability for _, probability in recognition.candidates[:2])
    return best - others[0] if others else 1.0


class Survey:
    """The demand for letters, brought up to date in small steps and cached for 30 seconds."""

    def __init__(
        self,
        collector: CollectorClient,
        recognizer: Recognizer,
        state: State = State.ACCEPTED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without knowledge.

        Args:
            collector: has the drawings.
            recognizer: recognizes them.
            state: of the drawings whose margins count; a class accepts none.
            clock: seconds.
        """
        self._collector = collector
        self._recognizer = recognizer
        self._state = state
        self._clock = clock
        self._demand = Demand()
        self._refreshed: float | None = None
        self._lock = asyncio.Lock()
        self._after: UUID | None = None
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._numbers: Counter[str] = Counter()
        self._means: dict[str, float] = {}
        self._passes = 0

    async def demand(self) -> Demand:
        """Return counts and margins. Raises CollectError if the collector cannot be asked."""
        async with self._lock:  # the first of many requests refreshes, the others wait for it
            now = self._clock()
            if self._refreshed is None or now - self._refreshed >= REFRESH:
                counts = (await self._collector.counts()).letters
                margins = await self._next_margins()
                waiting = {
                    letter: states.get(State.NEW, 0) + states.get(State.ACCEPTED, 0)
                    for letter, states in counts.items()
                }
                self._demand = Demand(waiting, margins)
                self._refreshed = now
            return self._demand

    async def _next_margins(self) -> dict[str, float]:
        """Recognize the next drawings; return each letter's mean margin.

        The means are of the last whole pass over the drawings, or of the first pass so far.
        """
        count = 0
        async for part in parts(partial(self._collector.page, self._state), self._after, CHUNK):
            margins = await asyncio.to_thread(self._margins, part)
            for stored, value in zip(part, margins, strict=True):
                self._sums[stored.contribution.label] += value
                self._numbers[stored.contribution.label] += 1
                self._after = stored.contribution.id
            count += len(part)
        is_end = count < CHUNK
        if is_end or not self._passes:
            self._means = {label: self._sums[label] / number for label, number in self._numbers.items()}
        if is_end:  # the next pass sees what was accepted or withdrawn meanwhile
            self._passes += 1
            self._after = None
            self._sums.clear()
            self._numbers.clear()
        return self._means

    def _margins(self, page: Sequence[StoredContribution]) -> list[float]:
        margins = []
        for stored in page:
            try:
                recognition = self._recognizer.recognize(stored.contribution.strokes)
            except LenetError:  # an older version accepted other strokes
                margins.append(1.0)
            else:
                margins.append(margin(recognition))
        return margins
