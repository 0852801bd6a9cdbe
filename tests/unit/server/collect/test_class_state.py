"""The state of a class by itself: what the projector shows, within bounds."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import uuid4

from collecting_site import KEY

from lenet.server.collect.class_state import GALLERY, ClassState, thin
from lenet.server.collect.class_types import Role
from lenet.server.collect.rate_limits import Limited, RateLimits
from lenet.server.collect.types import Contribution


def item(label: str = "L", key: str = KEY, letter: str | None = "L", points: int = 2) -> Contribution:
    return Contribution(
        uuid4(),
        hashlib.sha256(key.encode()).digest(),
        [[(float(n), 0.0) for n in range(points)]],
        label,
        consent_digest="0" * 64,
        server_letter=letter,
    )


def test_the_gallery_is_bounded_and_the_counts_are_not() -> None:
    state = ClassState("5b")
    for number in range(GALLERY + 10):
        state.add(item(letter=None if number % 2 else "L", points=5000))
    snapshot = state.snapshot(0, Role.TEACHER)
    assert snapshot.count == GALLERY + 10
    assert len(snapshot.newest) == GALLERY
    assert sum(cell.number for cell in snapshot.confusion) == GALLERY + 10
    assert max(len(each.strokes[0]) for each in snapshot.newest) <= 401
    assert [drawing.version for drawing in snapshot.newest] == sorted(d.version for d in snapshot.newest)


def test_who_missed_withdrawals_begins_again() -> None:
    state = ClassState("5b")
    seen = state.snapshot(0, Role.TEACHER).version
    for number in range(1100):
        state.add(item(key=str(number)))
        state.remove(hashlib.sha256(str(number).encode()).digest())
    assert state.snapshot(seen, Role.TEACHER).reset
    recent = state.version - 100
    snapshot = state.snapshot(recent, Role.TEACHER)
    assert not snapshot.reset
    assert len(snapshot.removed) == 50
    assert state.snapshot(state.version + 1, Role.TEACHER).reset  # of an earlier server


def test_long_drawings_are_thinned_out_and_keep_their_ends() -> None:
    stroke = [(float(n), float(-n)) for n in range(100_000)]
    thinned = thin([stroke, stroke[:1]], 400)
    assert thinned[0][0] == stroke[0]
    assert thinned[0][-1] == stroke[-1]
    assert len(thinned[0]) <= 401
    assert thinned[1] == stroke[:1]
    assert thin([[], stroke[:3]], 400) == [stroke[:3]]
    assert len(thin([stroke[:1]] * 1000, 400)) == 400


def test_limits_of_members_do_not_depend_on_those_of_contributors() -> None:
    limits = RateLimits.per_minute(1)
    assert [asyncio.run(limits.take(Limited.JOINS, "a")) for _ in range(2)] == [0, 0]
