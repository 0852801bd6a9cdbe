"""Analysis of the rows of a sweep: the frontier, the factors that matter, and the winner."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util.counts import counted
from lenet.metrics import McNemarResult, mcnemar
from lenet.sweep.fields import AUGMENTATION
from lenet.sweep.parquet import Cell, columns
from lenet.sweep.row import Row

Accuracies = npt.NDArray[np.float64]

MAX_LEVELS = 6  # of a factor; more numbers are put into quarters
QUARTERS = 4
_STRENGTHS = f"recipe.{AUGMENTATION}"


@dataclass(frozen=True)
class Candidate:
    """A configuration: the rows of its seeds.

    Attributes:
        rows: at least one, without failures, by ascending seed.
    """

    rows: tuple[Row, ...]

    @property
    def accuracy(self) -> float:
        """Mean accuracy of the seeds, 0..1."""
        return statistics.fmean(row.accuracy for row in self.rows)

    @property
    def spread(self) -> float:
        """Standard deviation of the seeds' accuracies; 0 for one seed."""
        return statistics.stdev(row.accuracy for row in self.rows) if len(self.rows) > 1 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Mean of the seeds' 95 % intervals: that of one training, since they share their letters."""
        lows, highs = zip(*(row.interval for row in self.rows), strict=True)
        return statistics.fmean(lows), statistics.fmean(highs)

    @property
    def cpu_seconds(self) -> float:
        """Mean processor time of a training."""
        return statistics.fmean(row.cpu_seconds for row in self.rows)

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return self.rows[0].parameters


def candidates(rows: Sequence[Row]) -> list[Candidate]:
    """Return the configurations without failures, the most accurate first."""
    groups: dict[str, list[Row]] = {}
    failed = set()
    for row in rows:
        groups.setdefault(row.trial.candidate, []).append(row)
        if row.error is not None:
            failed.add(row.trial.candidate)
    kept = [
        Candidate(tuple(sorted(group, key=lambda row: row.trial.seed)))
        for name, group in groups.items()
        if name not in failed
    ]
    return sorted(kept, key=lambda one: (-one.accuracy, one.rows[0].trial.digest))


def frontier(items: Sequence[Candidate], cost: Callable[[Candidate], float]) -> list[Candidate]:
    """Return the configurations to which no cheaper or equal one is more accurate, cheapest first.

    Args:
        items: configurations.
        cost: the cost of a configuration, such as its parameters.
    """
    best: list[Candidate] = []
    for item in sorted(items, key=lambda one: (cost(one), -one.accuracy)):
        if not best or item.accuracy > best[-1].accuracy:
            best.append(item)
    return best


# ---- Factors -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """Trainings that share a value of a factor: the mean and standard deviation of their accuracies."""

    name: str
    count: int
    mean: float
    spread: float


@dataclass(frozen=True)
class Factor:
    """A field that differs between trainings.

    Attributes:
        name: its column; of columns that change together, all names.
        columns: the columns whose values name the levels.
        levels: its values, or quarters of them, ascending.
        explained: fraction of the variance of the accuracies between its levels (eta squared), 0..1.
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    explained: float

    @property
    def effect(self) -> float:
        """Difference of the greatest and the least mean, 0..1."""
        means = [level.mean for level in self.levels]
        return max(means) - min(means)


def factors(rows: Sequence[Row]) -> list[Factor]:
    """Return the factors of the trainings that are equally long, the most important first.

    Rows of other lengths are those of other rungs, where only the best are left; failures are left out.
    """
    rows = [row for row in rows if row.error is None]
    if not rows:
        return []
    lengths = Counter((row.epochs, row.trial.recipe.epochs) for row in rows)
    length = max(lengths, key=lambda pair: (lengths[pair], pair))
    rows = [row for row in rows if (row.epochs, row.trial.recipe.epochs) == length]
    accuracies = np.array([row.accuracy for row in rows])
    cells = [columns(row) for row in rows]
    names = [name for name in cells[0] if name.startswith("recipe.") or name in {"arch", "data"}]
    alike: dict[tuple[tuple[int, ...], ...], list[str]] = {}  # columns that divide the rows alike
    labels: dict[str, list[str]] = {}
    for name in names:
        divided = _divide([line[name] for line in cells])
        if len(divided) > 1:
            labels[name] = list(divided)
            alike.setdefault(tuple(map(tuple, divided.values())), []).append(name)
    result = []
    for levels, group in alike.items():
        used = _representatives(group)
        texts = [", ".join(label) for label in zip(*(labels[name] for name in used), strict=True)]
        result.append(_factor(_joined(group, used), used, texts, levels, accuracies))
    return sorted(result, key=lambda factor: -factor.explained)


def _representatives(names: Sequence[str]) -> tuple[str, ...]:
    """Return columns that change together; of the strengths of the augmentation, only the first."""
    strengths = [name for name in names if name.startswith(_STRENGTHS)]
    return tuple(name for name in names if name not in strengths[1:])


def _joined(names: Sequence[str], used: Sequence[str]) -> str:
    """Return a name for columns that change together."""
    text = ", ".join(name.removeprefix("recipe.") for name in used)
    more = len(names) - len(used)
    return f"{text} and {counted(more, 'more strength')}" if more else text


def _divide(values: Sequence[Cell]) -> dict[str, list[int]]:
    """Return the rows of each value, or of each quarter of many numbers, by its label."""
    distinct = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    if len(distinct) <= MAX_LEVELS or any(isinstance(value, str) for value in distinct):
        labels = {value: value if isinstance(value, str) else f"{value:.12g}" for value in distinct}
        return {labels[value]: [k for k, one in enumerate(values) if one == value] for value in distinct}
    numbers = np.array(values, float)
    order = np.searchsorted(np.quantile(numbers, np.arange(1, QUARTERS) / QUARTERS), numbers)
    groups = {}
    for quarter in np.unique(order):
        rows = np.flatnonzero(order == quarter)
        groups[f"{numbers[rows].min():.4g} to {numbers[rows].max():.4g}"] = rows.tolist()
    return groups


def _factor(
    name: str,
    used: tuple[str, ...],
    labels: Sequence[str],
    rows: Sequence[Sequence[int]],
    accuracies: Accuracies,
) -> Factor:
    """Return a factor of the rows of its levels."""
    levels = tuple(_level(label, accuracies[list(part)]) for label, part in zip(labels, rows, strict=True))
    total = float(((accuracies - accuracies.mean()) ** 2).sum())
    between = sum(level.count * (level.mean - float(accuracies.mean())) ** 2 for level in levels)
    return Factor(name, used, levels, between / total if total else 0.0)


def _level(name: str, accuracies: Accuracies) -> Level:
    spread = float(accuracies.std(ddof=1)) if len(accuracies) > 1 else 0.0
    return Level(name, len(accuracies), float(accuracies.mean()), spread)


# ---- Winner and runner-up --------------------------------------------------------------------


class Comparison(NamedTuple):
    """Two trainings with one seed, on the same letters."""

    seed: int
    first: Row
    second: Row
    result: McNemarResult


def compare(first: Candidate, second: Candidate) -> list[Comparison]:
    """Compare two configurations seed by seed (McNemar's exact test), where their letters are known.

    The letters are the same for all seeds, so the tests are not independent of each other.
    """
    if _letters(first.rows[0]) != _letters(second.rows[0]):
        return []
    others = {row.trial.seed: row for row in second.rows}
    result = []
    for row in first.rows:
        other = others.get(row.trial.seed)
        ours, theirs = row.recognized(), other.recognized() if other else None
        if other and ours is not None and theirs is not None:
            result.append(Comparison(row.trial.seed, row, other, mcnemar(ours, theirs)))
    return result


def _letters(row: Row) -> tuple[str | None, int]:
    """Return a key of the letters that measured a row."""
    trial = row.trial
    return trial.validation_digest or trial.data_digest, row.letters
