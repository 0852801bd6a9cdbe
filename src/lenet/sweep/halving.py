"""Successive halving (Jamieson & Talwalkar 2016): rungs of growing length, each for the best of the last.

With a schedule of its own, a rung trains again from the start, and its learning rate falls to zero at
the rung's end. With the shared schedule, a rung continues the last one; no comparison is made before
the peak of the learning rate, where accuracies do not rank configurations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from lenet.sweep.config import Halving, RungSchedule
from lenet.sweep.trial import Trial

Score = Callable[[Trial], float]


def rung_epochs(trial: Trial, halving: Halving) -> list[int]:
    """Return the epochs of a trial at the end of each rung, ascending; the last are the recipe's."""
    total, epochs = trial.recipe.epochs, []
    peak = trial.recipe.warmup * total if trial.recipe.schedule == "one-cycle" else 0
    least = halving.min_epochs if halving.schedule is RungSchedule.OWN else max(halving.min_epochs, peak)
    length = float(total)
    while length >= max(1, least):
        epochs.append(round(length))
        length /= halving.eta
    return sorted(set(epochs)) or [total]


def at_rung(trial: Trial, epochs: int, halving: Halving) -> Trial:
    """Return the trial as a rung trains it."""
    if epochs >= trial.recipe.epochs:
        return trial
    if halving.schedule is RungSchedule.SHARED:
        return replace(trial, stop_after=epochs)
    return replace(trial, recipe=replace(trial.recipe, epochs=epochs))


def rungs(trials: Sequence[Trial], halving: Halving | None, score: Score) -> Iterator[list[Trial]]:
    """Yield the trials of each rung; the next one is asked for when all of them have a score.

    Args:
        trials: each configuration with each seed.
        halving: None: one rung with all trials to their end.
        score: the accuracy of a trial of an earlier rung; below 0 for a failure.
    """
    if halving is None:
        yield list(trials)
        return
    candidates = _by_candidate(trials)
    count = len(candidates)
    lengths = {name: rung_epochs(group[0], halving) for name, group in candidates.items()}
    num_rungs = max(map(len, lengths.values()), default=0)
    for k in range(num_rungs):
        rung = {
            name: [at_rung(trial, _length(lengths[name], k - num_rungs), halving) for trial in group]
            for name, group in candidates.items()
        }
        yield [trial for group in rung.values() for trial in group]
        if k == num_rungs - 1:
            return
        kept = max(1, math.ceil(count / halving.eta ** _power(halving, k, num_rungs, count)))
        mean = {name: sum(map(score, group)) / len(group) for name, group in rung.items()}
        best = sorted(candidates, key=lambda name: (-mean[name], name))[:kept]
        candidates = {name: candidates[name] for name in best}


def _length(lengths: Sequence[int], k: int) -> int:
    """Return the epochs of a rung, counted from the last one; a shorter list repeats its first."""
    return lengths[max(k, -len(lengths))]


def _power(halving: Halving, k: int, num_rungs: int, count: int) -> int:
    """Return how often the number of configurations is divided by eta after rung k."""
    if halving.schedule is RungSchedule.OWN:
        return k + 1
    # Rungs before the peak are left out; the first one drops what they would have dropped.
    all_rungs = max(num_rungs, round(math.log(max(count, 1), halving.eta)) + 1)
    return k + 1 + all_rungs - num_rungs


def _by_candidate(trials: Sequence[Trial]) -> Mapping[str, list[Trial]]:
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.candidate, []).append(trial)
    return groups
