"""Simulate a run of batch prediction: one driver hands shards to cores, one after the other."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

AHEAD = 2  # shards for each core that the driver hands out before one ends
EXACT = 200_000  # shards; a larger run is simulated with this many for its end, and computed before


@dataclass(frozen=True)
class Costs:
    """Measured times.

    Attributes:
        letter_s: seconds of a core for a letter: reading, the engine, writing.
        task_s: seconds of the driver for a shard.
        start_s: seconds before the first shard begins.
    """

    letter_s: float
    task_s: float
    start_s: float


@dataclass(frozen=True)
class Limits:
    """Limits outside the cores.

    Attributes:
        puts: new objects a second in one prefix of S3, three for each shard (Amazon S3 User Guide, "Best
            practices design patterns: optimizing Amazon S3 performance").
    """

    puts: float = 3_500.0


DEFAULT_LIMITS = Limits()


def simulate(letters: int, shard: int, cores: int, costs: Costs) -> float:
    """Return the seconds of a run.

    Each core takes the next shard when it is free, if the driver has handed it out.

    Args:
        letters: number of letters.
        shard: letters of a shard.
        cores: number of cores.
        costs: measured times.
    """
    sizes = _sizes(letters, shard)
    skipped = max(len(sizes) - EXACT, 0)
    pace = max(shard * costs.letter_s / cores, costs.task_s)  # of a shard, in the long run
    free = [0.0] * cores
    handed = 0.0
    ends: list[float] = []
    for number, size in enumerate(sizes[skipped:]):
        room = ends[number - AHEAD * cores] if number >= AHEAD * cores else 0.0
        handed = max(handed, room) + costs.task_s
        begin = max(heapq.heappop(free), handed)
        end = begin + size * costs.letter_s
        heapq.heappush(free, end)
        ends.append(end)
    return costs.start_s + skipped * pace + max(free)


def _sizes(letters: int, shard: int) -> list[int]:
    """Return the number of letters of each shard."""
    whole, rest = divmod(letters, shard)
    return [shard] * whole + [rest] * bool(rest)


def bottleneck(shard: int, cores: int, costs: Costs, limits: Limits = DEFAULT_LIMITS) -> str:
    """Return the part of a run that takes the fewest letters a second."""
    rates = {
        "the cores": cores / costs.letter_s,
        "the driver": shard / costs.task_s,
        "new objects a second": shard * limits.puts / 3,
    }
    return min(rates, key=lambda key: rates[key])
