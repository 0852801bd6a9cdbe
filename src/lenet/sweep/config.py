"""The configuration of a sweep: a TOML file of fixed values, grids, ranges and seeds."""

from __future__ import annotations

import itertools
import math
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from lenet._util import rng
from lenet._util.bounded import read_bytes
from lenet._util.suggest import did_you_mean
from lenet.errors import DataError
from lenet.sweep.fields import AUGMENTATION, FIELDS, Value, check

MAX_BYTES = 2**20
MAX_TRIALS = 100_000
MAX_SEED = 2**32 - 1


class RungSchedule(StrEnum):
    """The learning-rate schedule of a rung of successive halving."""

    OWN = "own"  # each rung is a training of its own, whose schedule ends with the rung
    SHARED = "shared"  # one schedule of the full length, paused at each rung after its peak


@dataclass(frozen=True)
class Halving:
    """Successive halving (Jamieson & Talwalkar 2016).

    Attributes:
        eta: each rung keeps one of `eta` configurations, and trains `eta` times as long; at least 2.
        min_epochs: epochs of the first rung, at least.
        schedule: the schedule of a rung.
    """

    eta: int = 3
    min_epochs: int = 1
    schedule: RungSchedule = RungSchedule.OWN


@dataclass(frozen=True)
class Range:
    """Numbers that are drawn uniformly, or uniformly in their logarithm, from low..high."""

    low: float
    high: float
    is_log: bool = False
    is_integer: bool = False

    def at(self, fraction: float) -> Value:
        """Return the value at a fraction, 0..1 (1 excluded), of the range."""
        low, high = self.low, self.high + self.is_integer  # an integer has the room up to the next
        if self.is_log:
            value = math.exp(math.log(low) + fraction * (math.log(high) - math.log(low)))
        else:
            value = low + fraction * (high - low)
        value = min(value, self.high)
        return math.floor(value) if self.is_integer else float(f"{value:.4g}")


@dataclass(frozen=True)
class Choice:
    """Values of which one is drawn."""

    values: tuple[Value, ...]

    def at(self, fraction: float) -> Value:
        """Return the value at a fraction, 0..1 (1 excluded), of the list."""
        return self.values[int(fraction * len(self.values))]


@dataclass(frozen=True)
class SweepConfig:
    """The configurations of a sweep.

    Attributes:
        validation: the DATASET that measures all trainings; None: the tenth of the training data that
            validates.
        seeds: random seeds; each configuration is trained with every one.
        fixed: values of all trainings, by field.
        grid: values of which every combination is trained.
        random: ranges and lists from which values are drawn.
        draws: number of draws; each is trained with every combination of the grid.
        draw_seed: random seed of the draws; more draws begin with the same ones.
        halving: how successive halving stops trainings; None: all are trained to the end.
    """

    validation: str | None = None
    seeds: tuple[int, ...] = (0,)
    fixed: Mapping[str, Value] = field(default_factory=dict)
    grid: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    random: Mapping[str, Range | Choice] = field(default_factory=dict)
    draws: int = 1
    draw_seed: int = 0
    halving: Halving | None = None

    @property
    def num_trials(self) -> int:
        """Number of trainings, without the rungs of successive halving."""
        return math.prod(map(len, self.grid.values())) * self.draws * len(self.seeds)

    def combinations(self) -> Iterator[dict[str, Value]]:
        """Yield the values of each configuration, by field: draws, and within each the grid."""
        drawn = {
            name: rng.uniform(self.draws, self.draw_seed, rng.SWEEP + zlib.crc32(name.encode()))
            for name in self.random
        }
        cells = [
            dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())
        ]
        for k in range(self.draws):
            values = {name: source.at(float(drawn[name][k])) for name, source in self.random.items()}
            for cell in cells:
                yield {**self.fixed, **values, **cell}


def read_config(path: Path) -> SweepConfig:
    """Read a configuration.

    Raises:
        DataError: the file is missing, is not TOML, or a key or a value is not one of a configuration;
            the message names the file and the key.
    """
    try:
        text = read_bytes(path, limit=MAX_BYTES).decode()
        content = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: not TOML ({reason:.80}); see docs/how-to/sweep.md") from None
    return _Reader(path).config(content)


class _Reader:
    """Checks the content of a configuration; errors name the file and the key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def config(self, content: Mapping[str, Any]) -> SweepConfig:
        keys = ("validation", "seeds", "fixed", "grid", "random", "halving")
        self.known("", content, keys)
        tables = {key: self.table(content, key) for key in ("fixed", "grid", "random", "halving")}
        draws, draw_seed = tables["random"].pop("draws", None), tables["random"].pop("seed", 0)
        fields = {key: self.flat(key, tables[key]) for key in ("fixed", "grid", "random")}
        self.once(fields)
        if fields["random"] and draws is None:
            raise self.error("random.draws", "is missing; give the number of draws")
        validation = content.get("validation")
        if validation is not None and not isinstance(validation, str):
            raise self.error("validation", "is not the name of a data set")
        config = SweepConfig(
            validation,
            self.seeds(content.get("seeds", [0])),
            {name: self.value(f"fixed.{name}", name, value) for name, value in fields["fixed"].items()},
            {name: self.values(f"grid.{name}", name, value) for name, value in fields["grid"].items()},
            {name: self.source(f"random.{name}", name, value) for name, value in fields["random"].items()},
            self.integer("random.draws", 1 if draws is None else draws, 0, MAX_TRIALS),
            self.integer("random.seed", draw_seed, 0, MAX_SEED),
            self.halving(tables["halving"]) if "halving" in content else None,
        )
        if config.num_trials > MAX_TRIALS:
            raise DataError(
                f"{self.path}: {config.num_trials:,} trainings are too many; give at most {MAX_TRIALS:,}"
            )
        return config

    def error(self, key: str, problem: str) -> DataError:
        return DataError(f"{self.path}: {key}: {problem}")

    def known(self, place: str, content: Iterable[str], keys: Iterable[str]) -> None:
        """Refuse a key that does not exist, with the one that may be meant."""
        keys = list(keys)
        for key in content:
            if key not in keys:
                hint = did_you_mean(key, keys) or f"there are {', '.join(keys)}"
                raise self.error(f"{place}{key}", f"no such key; {hint}")

    def table(self, content: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = content.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"is not a table; write [{key}]")
        return dict(value)

    def flat(self, place: str, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return a table with the keys of `augmentation` joined to one name."""
        result = {}
        for key, value in table.items():
            if key == "augmentation" and isinstance(value, dict):
                result.update({AUGMENTATION + name: inner for name, inner in value.items()})
            else:
                result[key] = value
        self.known(f"{place}.", result, FIELDS)
        return result

    def once(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """Refuse a field that two tables set."""
        for first, second in itertools.combinations(tables, 2):
            for name in tables[first].keys() & tables[second].keys():
                raise self.error(f"{second}.{name}", f"is in [{first}], too; leave one out")

    def integer(self, key: str, value: object, low: int, high: int) -> int:
        if type(value) is not int or not low <= value <= high:
            raise self.error(key, f"{value!r:.60} is not an integer of {low}..{high}")
        return value

    def seeds(self, value: object) -> tuple[int, ...]:
        if not isinstance(value, list) or len(set(map(repr, value))) != len(value):
            raise self.error("seeds", "is not a list of different integers; write seeds = [0, 1, 2]")
        return tuple(self.integer("seeds", seed, 0, MAX_SEED) for seed in value)

    def value(self, key: str, name: str, value: object) -> Value:
        try:
            return check(name, value)
        except ValueError as error:
            raise self.error(key, str(error)) from None

    def values(self, key: str, name: str, value: object) -> tuple[Value, ...]:
        if not isinstance(value, list):
            raise self.error(key, "is not a list; give its values in brackets")
        values = tuple(self.value(key, name, item) for item in value)
        if len(set(values)) != len(values):
            raise self.error(key, "has a value twice; leave one out")
        return values

    def source(self, key: str, name: str, value: object) -> Range | Choice:
        if isinstance(value, list) and value:
            return Choice(self.values(key, name, value))
        if not isinstance(value, dict) or FIELDS[name].kind not in (int, float):
            raise self.error(key, "is not a list of values, or of a number { min = 1, max = 2, log = true }")
        self.known(f"{key}.", value, ("min", "max", "log"))
        if not {"min", "max"} <= value.keys() or not isinstance(value.get("log", False), bool):
            raise self.error(key, "is not a range; give { min = 1, max = 2 }, and log = true or false")
        low, high = (self.value(f"{key}.{end}", name, value[end]) for end in ("min", "max"))
        assert not isinstance(low, str | tuple)
        assert not isinstance(high, str | tuple)
        is_log = value.get("log", False)
        if low > high or (is_log and low <= 0):
            raise self.error(key, "min is greater than max, or not positive with log = true")
        return Range(low, high, is_log, FIELDS[name].kind is int)

    def halving(self, table: Mapping[str, Any]) -> Halving:
        self.known("halving.", table, ("eta", "min_epochs", "schedule"))
        schedule = table.get("schedule", RungSchedule.OWN)
        if schedule not in list(RungSchedule):
            raise self.error("halving.schedule", f"{schedule!r:.60} is not one of {', '.join(RungSchedule)}")
        return Halving(
            self.integer("halving.eta", table.get("eta", 3), 2, 100),
            self.integer("halving.min_epochs", table.get("min_epochs", 1), 1, 100_000),
            RungSchedule(schedule),
        )
