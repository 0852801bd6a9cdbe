"""Token buckets: how much they admit, for how many keys, and which addresses share one."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.server.collect.rate_limit import TokenBuckets, network_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_a_steady_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, 3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1.0]
    clock.now = 0.75
    assert buckets.take("a") == pytest.approx(0.25)
    assert buckets.wait("a") == pytest.approx(0.25)
    clock.now = 1.0
    assert buckets.wait("a") == 0
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0
    clock.now = 1000
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1.0]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=60))
def test_no_key_ever_gets_more_than_burst_and_rate(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    buckets = TokenBuckets(12, 4, clock=clock)
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for key, pause in steps:
        clock.now += pause
        if buckets.take(key) == 0:
            taken[key].append(clock.now)
    for times in taken.values():
        for first, start in enumerate(times):
            for last in range(first, len(times)):
                assert last - first + 1 <= 4 + 12 / 60 * (times[last] - start) + 1e-6


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    buckets = TokenBuckets(1, 1, capacity=3)
    for key in ("a", "b", "c"):
        assert buckets.take(key) == 0
    assert buckets.take("a") > 0  # a refusal is not a use
    assert buckets.take("d") == 0
    assert len(buckets) == 3
    assert buckets.wait("b") > 0
    assert buckets.wait("a") == 0
    for number in range(100):
        buckets.take(str(number))
    assert len(buckets) == 3


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("unix", "unix"),
    ],
)
def test_addresses_of_one_network_share_a_key(address: str, key: str | None) -> None:
    assert network_of(address) == key
