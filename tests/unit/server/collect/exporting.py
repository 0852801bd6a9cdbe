"""Databases and exports of the tests."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contributing import CONSENT, collect, contribution, key

from lenet.datasets.contributions import manifest_path
from lenet.server.collect.collector import Collector
from lenet.server.collect.database import open_database
from lenet.server.collect.export import export
from lenet.server.collect.types import Contribution, State

IDS = [UUID(int=number) for number in range(1000, 1400)]


def items(contributors: int = 20, letters: str = "LMlm") -> list[Contribution]:
    """Return contributions with fixed ids, a letter each of every contributor."""
    pairs = [(f"contributor {number}", letter) for number in range(contributors) for letter in letters]
    return [contribution(name, letter, IDS[row], shift=row) for row, (name, letter) in enumerate(pairs)]


def fill(name: str, contributions: list[Contribution], *, state: State = State.ACCEPTED) -> None:
    async def work(collector: Collector) -> None:
        await collector.remember_consent(CONSENT)
        await asyncio.gather(*map(collector.contribute, contributions))
        await collector.moderate([item.id for item in contributions], state)

    collect(name, work)


def withdraw(name: str, contributor: str) -> None:
    async def work(collector: Collector) -> None:
        await collector.withdraw(key(contributor))

    collect(name, work)


def write(name: str, path: Path, states: tuple[State, ...] = (State.ACCEPTED,)) -> dict[str, Any]:
    """Export a database; return the manifest."""
    database = open_database(name)
    export(database, path, states)
    database.close()
    value: dict[str, Any] = json.loads(manifest_path(path).read_bytes())
    return value


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


@pytest.fixture
def exported(tmp_path: Path) -> tuple[str, Path]:
    """A database and its export, `letters.jsonl.gz`."""
    name, path = str(tmp_path / "letters.db"), tmp_path / "letters.jsonl.gz"
    fill(name, items())
    write(name, path)
    return name, path
