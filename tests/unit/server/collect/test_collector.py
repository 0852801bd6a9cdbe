"""The collector on both databases: what it stores, refuses, shows, counts and withdraws."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from contributing import CONSENT, CONSENT_DIGEST, collect, contribution, key
from sqlalchemy import event

from lenet.server.collect import open_collector, queries
from lenet.server.collect.collector import Collector
from lenet.server.collect.database import open_database
from lenet.server.collect.insertion import insert
from lenet.server.collect.rows import new_row
from lenet.server.collect.types import CollectCode, CollectError, Contribution, Counts, Receipt, State


def test_a_contribution_comes_back_as_it_was_sent(database_name: str) -> None:
    item = contribution()

    async def work(collector: Collector) -> None:
        before = int(time.time() // 3600)
        assert await collector.contribute(item)
        [mine] = await collector.mine(key("ada"))
        assert [[tuple(point) for point in stroke] for stroke in mine.contribution.strokes] == [
            [(0, 0), (0, 10)],
            [(0, 10), (6, 10.5)],
        ]
        assert replace(mine.contribution, strokes=item.strokes) == item
        assert mine.state is State.NEW
        assert before <= mine.hour <= time.time() // 3600
        assert await collector.mine(key("eve")) == []

    collect(database_name, work)


def test_what_is_acknowledged_is_there_after_a_new_start(database_name: str) -> None:
    items = [contribution(label=label) for label in "abc"]

    async def store(collector: Collector) -> None:
        assert all(await asyncio.gather(*map(collector.contribute, items)))

    async def look(collector: Collector) -> list[UUID]:
        return [mine.contribution.id for mine in await collector.mine(key("ada"))]

    collect(database_name, store)
    assert collect(database_name, look) == [item.id for item in items]


def test_the_same_contribution_twice_is_one_and_another_with_its_id_is_refused(database_name: str) -> None:
    item = contribution()

    async def work(collector: Collector) -> None:
        together = await asyncio.gather(*[collector.contribute(item) for _ in range(5)])
        assert sorted(together) == [False] * 4 + [True]
        assert not await collector.contribute(replace(item, server_letter="I", agrees=False))
        for other in (
            contribution(identity=item.id, shift=1),
            replace(item, label="l"),
            replace(item, key_digest=key("eve")),
            replace(item, consent_digest="0" * 64),
            replace(item, browser_letter=None),
        ):
            with pytest.raises(
                CollectError, match=r"is another contribution; send it with a new id"
            ) as refused:
                await collector.contribute(other)
            assert refused.value.code is CollectCode.CONFLICT
        assert len(await collector.mine(key("ada"))) == 1

    collect(database_name, work)


def test_conflicts_within_one_transaction_harm_nobody_else(database_name: str) -> None:
    identity = uuid4()
    items = [contribution(identity=identity), contribution(identity=identity, shift=1), contribution()]

    async def work(collector: Collector) -> None:
        results = await asyncio.gather(*map(collector.contribute, items), return_exceptions=True)
        assert results[0] is True
        assert isinstance(results[1], CollectError)
        assert results[2] is True

    collect(database_name, work)


def test_a_withdrawal_empties_all_of_a_key_and_leaves_tombstones(database_name: str) -> None:
    mine, hers = [contribution(shift=n) for n in range(3)], contribution("eve")

    async def work(collector: Collector) -> None:
        await asyncio.gather(*map(collector.contribute, [*mine, hers]))
        receipt = await collector.withdraw(key("ada"))
        assert receipt.count == 3
        assert receipt.hour in (int(time.time() // 3600), int(time.time() // 3600) - 1)
        listing = "".join(f"{identity}\n" for identity in sorted(str(item.id) for item in mine))
        assert receipt.ids_digest == hashlib.sha256(listing.encode()).hexdigest()
        assert await collector.mine(key("ada")) == []
        assert len(await collector.mine(key("eve"))) == 1
        assert await collector.counts() == Counts({"L": {State.NEW: 1}}, withdrawn=3, contributors=1)
        with pytest.raises(CollectError, match="is withdrawn") as refused:
            await collector.contribute(mine[0])
        assert refused.value.code is CollectCode.CONFLICT
        assert (await collector.withdraw(key("ada"))).count == 0
        assert await collector.moderate([mine[0].id], State.ACCEPTED) == 0
        assert await collector.contribute(contribution()), "the key may contribute again"

    collect(database_name, work)


def test_nothing_of_a_withdrawn_contribution_is_left_in_the_files(tmp_path: Path) -> None:
    place = tmp_path / "letters.db"
    item = replace(contribution(shift=123456.25), page_version="page-of-ada")
    marks = (b"123456.25", b"page-of-ada", key("ada"))

    def bytes_of_files() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    async def work(collector: Collector) -> None:
        for _ in range(300):
            await collector.contribute(replace(item, id=uuid4()))
        assert all(mark in bytes_of_files() for mark in marks)
        await collector.withdraw(key("ada"))
        assert not [mark for mark in marks if mark in bytes_of_files()]

    collect(str(place), work)


def test_each_database_can_forget_old_bytes_between_transactions(database_name: str) -> None:
    async def work(collector: Collector) -> None:
        for _ in range(2):
            await collector.contribute(contribution())
            await collector.withdraw(key("ada"))
            assert not collector._writer._old_bytes
            assert collector._database.forget_old_bytes()

    collect(database_name, work)


def test_old_bytes_are_removed_when_a_reader_that_needed_them_has_ended(tmp_path: Path) -> None:
    async def work(collector: Collector) -> None:
        await collector.contribute(replace(contribution(), page_version="page-of-ada"))
        with collector._database.reading() as reader:
            reader.exec_driver_sql("SELECT * FROM contributions").all()
            await collector.withdraw(key("ada"))
        end = time.monotonic() + 20
        while any(b"page-of-ada" in path.read_bytes() for path in tmp_path.iterdir()):
            assert time.monotonic() < end
            await asyncio.sleep(0.05)

    collect(str(tmp_path / "letters.db"), work)


def test_moderation_pages_through_contributions_in_the_order_of_arrival(database_name: str) -> None:
    items = [contribution(shift=n) for n in range(5)]

    async def work(collector: Collector) -> None:
        for item in items:
            await collector.contribute(item)
        ids = [item.id for item in items]
        first = await collector.page(State.NEW, None, 3)
        assert [entry.contribution.id for entry in first] == ids[:3]
        second = await collector.page(State.NEW, ids[2], 3)
        assert [entry.contribution.id for entry in second] == ids[3:]
        assert await collector.moderate([*ids[:2], uuid4()], State.ACCEPTED) == 2
        assert await collector.moderate(ids[2:3], State.REJECTED) == 1
        assert [entry.contribution.id for entry in await collector.page(State.NEW)] == ids[3:]
        assert [entry.state for entry in await collector.page(State.REJECTED)] == [State.REJECTED]
        await collector.withdraw(key("ada"))
        assert await collector.page(State.WITHDRAWN) == []
        with pytest.raises(CollectError, match="is not set by moderation"):
            await collector.moderate(ids, State.WITHDRAWN)

    collect(database_name, work)


def test_counts_are_by_letter_and_state(database_name: str) -> None:
    async def work(collector: Collector) -> None:
        items = [contribution(name, label) for name in ("ada", "eve") for label in "Lll"]
        await asyncio.gather(*map(collector.contribute, items))
        await collector.moderate([items[0].id], State.REJECTED)
        counts = await collector.counts()
        assert counts.letters == {"L": {State.NEW: 1, State.REJECTED: 1}, "l": {State.NEW: 4}}
        assert [counts.total(state) for state in State] == [5, 0, 1, 0]
        assert counts.contributors == 2

    collect(database_name, work)


def test_a_consent_text_is_stored_once_with_its_digest(database_name: str) -> None:
    async def work(collector: Collector) -> None:
        assert await collector.remember_consent(CONSENT) == CONSENT_DIGEST
        assert await collector.remember_consent(CONSENT) == CONSENT_DIGEST
        for wrong in (b"", b" \n", b"\xff", b"a\0b", b"a" * (2**20 + 1)):
            with pytest.raises(CollectError):
                await collector.remember_consent(wrong)

    collect(database_name, work)


def test_several_event_loops_use_one_collector(database_name: str) -> None:
    collector = open_collector(database_name)
    stored: list[bool] = []

    def run() -> None:
        async def work() -> list[bool]:
            return await asyncio.gather(*[collector.contribute(contribution()) for _ in range(20)])

        stored.extend(asyncio.run(work()))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored == [True] * 80
    assert asyncio.run(collector.counts()).total(State.NEW) == 80
    collector.close()


def test_a_caller_who_leaves_harms_nobody(database_name: str) -> None:
    async def work(collector: Collector) -> None:
        left = asyncio.create_task(collector.contribute(contribution()))
        await asyncio.sleep(0)
        left.cancel()
        assert await collector.contribute(contribution())

    collect(database_name, work)


def test_a_closed_collector_refuses(database_name: str) -> None:
    async def work() -> None:
        collector = open_collector(database_name)
        await collector.aclose()
        with pytest.raises(CollectError) as refused:
            await collector.contribute(contribution())
        assert refused.value.code is CollectCode.UNAVAILABLE
        with pytest.raises(CollectError):
            await collector.counts()

    asyncio.run(work())


@pytest.mark.parametrize(
    "change",
    [
        {"key_digest": b"short"},
        {"label": ""},
        {"label": "ab"},
        {"label": "\u00e9"},
        {"label": "\0"},
        {"consent_digest": "A" * 64},
        {"consent_digest": ""},
        {"browser_letter": "\ud800"},
        {"browser_verdict": "a" * 65},
        {"page_version": "a\0"},
        {"strokes": []},
        {"strokes": [[]]},
        {"strokes": [[(0, float("nan"))]]},
        {"strokes": [[(0, float("inf"))]]},
        {"strokes": [[(0, 1e10)]]},
        {"strokes": [[(-1e10, 0)]]},
        {"strokes": [[(0, 1, 2)]]},
        {"strokes": [[(0, True)]]},
        {"strokes": [[(0, "1")]]},
        {"strokes": [[(0, 0)] * 100_001]},
        {"strokes": [[(0, 0)], *[[]] * 100_001]},
    ],
    ids=lambda change: f"{change!r:.40}",
)
def test_a_contribution_of_another_form_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(CollectError, match=r"^[^\n]+: cannot be stored; [^\n]+$") as refused:
        replace(contribution(), **change)  # type: ignore[arg-type]  # of any type
    assert refused.value.code is CollectCode.INVALID


def test_it_has_the_interface_of_the_contract() -> None:
    from lenet.server.collect.types import CollectorClient

    def take(collector: CollectorClient) -> None: ...

    def give(collector: Collector) -> None:
        take(collector)  # mypy compares the methods

    assert give is not None
    assert {name for name in vars(CollectorClient) if name[0] != "_"} <= set(dir(Collector))
    assert Contribution.__slots__


def test_of_two_withdrawals_at_once_one_has_the_contributions(database_name: str) -> None:
    first, second = open_database(database_name), open_database(database_name)
    begun = threading.Event()
    event.listen(second.engine, "before_cursor_execute", lambda *_: begun.set())

    def withdraw() -> Receipt:
        with second.writing() as connection:
            return queries.withdraw(connection, key("ada"))

    with first.writing() as connection:
        insert(connection, [new_row(contribution()) for _ in range(3)])
    with ThreadPoolExecutor(1) as thread:
        with first.writing() as connection:
            receipt = queries.withdraw(connection, key("ada"))
            other = thread.submit(withdraw)
            assert begun.wait(20)
            time.sleep(0.1)  # until it waits for the first; if it does not yet, it comes after it
        assert (receipt.count, other.result().count) == (3, 0)
    first.close()
    second.close()
