"""Random sequences of requests, compared with dictionaries that follow the same rules."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contributing import contribution, key
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lenet.server.collect import open_collector
from lenet.server.collect.types import CollectCode, CollectError, Contribution, State

NAMES = st.sampled_from(["ada", "eve", "kim"])
LETTERS = st.sampled_from("Lx7")
NUMBERS = st.integers(0, 11)
STATES = st.sampled_from([State.NEW, State.ACCEPTED, State.REJECTED])


@dataclass
class Row:
    """A contribution in the model; `item` is None when it is withdrawn."""

    item: Contribution | None
    state: State = State.NEW


class Collecting(RuleBasedStateMachine):
    """The rules of a collector, in a SQLite file that is closed and opened again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.name = Path(self.folder.name) / "letters.db"
        self.collector = open_collector(self.name)
        self.loop = asyncio.new_event_loop()
        self.rows: dict[UUID, Row] = {}  # in the order of arrival

    def teardown(self) -> None:
        self.collector.close()
        self.loop.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @rule(
        name=NAMES, letter=LETTERS, numbers=st.lists(NUMBERS, min_size=1, max_size=4), shift=st.integers(0, 1)
    )
    def contribute(self, name: str, letter: str, numbers: list[int], shift: int) -> None:
        """Send several at once; an id may occur twice."""
        items = [contribution(name, letter, UUID(int=number), shift=shift) for number in numbers]

        async def together() -> list[object]:
            tasks = [self.collector.contribute(item) for item in items]
            return await asyncio.gather(*tasks, return_exceptions=True)

        for item, result in zip(items, self.run(together()), strict=True):
            row = self.rows.get(item.id)
            if row is None:
                assert result is True
                self.rows[item.id] = Row(item)
            elif row.item == item:
                assert result is False
            else:
                assert isinstance(result, CollectError)
                assert result.code is CollectCode.CONFLICT

    @rule(name=NAMES)
    def withdraw(self, name: str) -> None:
        mine = [row for row in self.rows.values() if row.item and row.item.key_digest == key(name)]
        assert self.run(self.collector.withdraw(key(name))).count == len(mine)
        for row in mine:
            row.item, row.state = None, State.WITHDRAWN

    @rule(numbers=st.sets(NUMBERS, max_size=5), state=STATES)
    def moderate(self, numbers: set[int], state: State) -> None:
        ids = [UUID(int=number) for number in numbers]
        rows = [row for identity in ids if (row := self.rows.get(identity)) and row.item]
        assert self.run(self.collector.moderate(ids, state)) == len(rows)
        for row in rows:
            row.state = state

    @rule(name=NAMES)
    def mine(self, name: str) -> None:
        stored = self.run(self.collector.mine(key(name)))
        expected = [row for row in self.rows.values() if row.item and row.item.key_digest == key(name)]
        assert [(entry.contribution.id, entry.state) for entry in stored] == [
            (row.item.id, row.state) for row in expected if row.item
        ]
        for entry, row in zip(stored, expected, strict=True):
            assert row.item is not None
            strokes = [[tuple(point) for point in stroke] for stroke in entry.contribution.strokes]
            assert replace(entry.contribution, strokes=strokes) == row.item

    @rule(state=STATES, limit=st.integers(1, 5))
    def pages(self, state: State, limit: int) -> None:
        ids: list[UUID] = []
        while page := self.run(self.collector.page(state, ids[-1] if ids else None, limit)):
            assert len(page) <= limit
            ids += [entry.contribution.id for entry in page]
        assert ids == [identity for identity, row in self.rows.items() if row.state is state]

    @precondition(lambda self: self.rows)
    @rule()
    def open_again(self) -> None:
        self.collector.close()
        self.collector = open_collector(self.name)

    @invariant()
    def the_counts_are_those_of_the_model(self) -> None:
        counts = self.run(self.collector.counts())
        states = [row.state for row in self.rows.values()]
        assert [counts.total(state) for state in State] == [states.count(state) for state in State]
        assert counts.contributors == len({row.item.key_digest for row in self.rows.values() if row.item})


Collecting.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCollecting = pytest.mark.slow(Collecting.TestCase)
