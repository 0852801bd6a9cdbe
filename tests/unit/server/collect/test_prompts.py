"""Prompts: letters that are missing or hard are asked for more often, and the work is bounded."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from uuid import UUID, uuid4

import pytest
from collecting_site import STROKES, MakeSite, Site

from lenet.inference.recognizer import Recognition, Recognizer
from lenet.metrics.decision import Verdict
from lenet.server.collect.collector import Collector
from lenet.server.collect.paging import PART
from lenet.server.collect.prompts import LABELS, Demand, Reason, Survey, choose, margin
from lenet.server.collect.types import Contribution, Counts, State, StoredContribution

MANY = dict.fromkeys(LABELS, 50)


def frequencies(demand: Demand, count: int = 5, turns: int = 2000) -> Counter[str]:
    rng = random.Random(3)
    return Counter(each.letter for _ in range(turns) for each in choose(demand, count, rng))


def test_letters_of_which_there_are_few_are_asked_for_more_often() -> None:
    drawn = frequencies(Demand({**MANY, "g": 0, "Q": 10}))
    assert drawn["g"] > drawn["Q"] > 3 * max(drawn[each] for each in LABELS if each not in "gQ")
    assert {*drawn} == {*LABELS}  # every letter is asked for at times


def test_letters_that_the_network_confuses_are_asked_for_more_often() -> None:
    demand = Demand(MANY, {**dict.fromkeys(LABELS, 0.98), "l": 0.1})
    drawn = frequencies(demand, count=1, turns=20_000)
    others = sum(drawn[each] for each in LABELS if each != "l") / 51
    assert drawn["l"] / others == pytest.approx(1.9 / 1.02, rel=0.25)


def test_prompts_differ_and_have_reasons() -> None:
    demand = Demand({**MANY, "g": 3}, {**dict.fromkeys(LABELS, 0.98), "l": 0.1})
    everything = choose(demand, len(LABELS), random.Random(1))
    assert sorted(each.letter for each in everything) == sorted(LABELS)
    reasons = {each.letter: each.reason for each in everything}
    assert (reasons["g"], reasons["l"], reasons["A"]) == (Reason.FEW, Reason.HARD, Reason.ANY)


def test_the_margin_is_that_of_the_two_best() -> None:
    assert margin(Recognition(Verdict.LETTER, (("A", 0.7), ("B", 0.2), ("C", 0.1)))) == pytest.approx(0.5)
    assert margin(Recognition(Verdict.EMPTY)) == 1.0


class Accepted:
    """A collector with accepted letters, which counts what it is asked for."""

    def __init__(self, labels: str) -> None:
        self.stored = [
            StoredContribution(
                Contribution(
                    uuid4(), hashlib.sha256(b"k").digest(), STROKES_, label, consent_digest="0" * 64
                ),
                State.ACCEPTED,
                0,
            )
            for label in labels
        ]
        self.pages: list[int] = []

    async def page(self, state: State, after: UUID | None, limit: int) -> list[StoredContribution]:
        assert state is State.ACCEPTED
        ids = [each.contribution.id for each in self.stored]
        first = 0 if after is None else ids.index(after) + 1
        self.pages.append(first)
        return self.stored[first : first + limit]

    async def counts(self) -> Counts:
        return Counts({"L": {State.ACCEPTED: 2, State.NEW: 1, State.REJECTED: 9}}, 0, 1)


STROKES_ = [[(x, y) for x, y in stroke] for stroke in STROKES]


def test_a_survey_works_in_steps_and_is_cached(recognizer: Recognizer) -> None:
    async def run() -> None:
        now = 0.0
        collector = Accepted("L" * 250 + "l" * 100)
        survey = Survey(collector, recognizer, clock=lambda: now)  # type: ignore[arg-type]
        first = await asyncio.gather(*(survey.demand() for _ in range(20)))
        assert collector.pages == [*range(0, 200, PART)]  # one turn for twenty requests
        expected = margin(recognizer.recognize(STROKES_))
        assert first[0].margins == pytest.approx({"L": expected})
        assert first[0].counts == {"L": 3}
        now = 29.0
        assert await survey.demand() == first[0]
        now = 30.0
        assert {*(await survey.demand()).margins} == {"L", "l"}
        now = 60.0
        assert (await survey.demand()).margins == pytest.approx({"L": expected, "l": expected})
        assert collector.pages.count(0) == 2  # the second pass; its means come when it is complete

    asyncio.run(run())


def test_the_route_asks_for_letters(site: Site, collector: Collector) -> None:
    answer = site.ask("GET", "/v1/next?count=52")
    assert answer.status == 200
    letters = answer.json()["prompts"]
    assert sorted(each["letter"] for each in letters) == sorted(LABELS)
    assert {each["reason"] for each in letters} == {"any"}
    assert len(site.ask("GET", "/v1/next").json()["prompts"]) == 1


@pytest.mark.parametrize("count", ["0", "53", "-1", "x", "1.5", "", "99999999999999999999", "%D9%A1"])
def test_odd_counts_are_refused(make_site: MakeSite, count: str) -> None:
    answer = make_site().ask("GET", f"/v1/next?count={count}")
    assert (answer.status, answer.code) == (422, "bad-query")
