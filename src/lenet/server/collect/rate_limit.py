"""Rate limits in memory: token buckets of contributors and addresses."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

CAPACITY = 10_000  # buckets
IPV6_PREFIX = 64  # bits; one household or one phone has all addresses of such a network


class _Bucket(NamedTuple):
    tokens: float
    at: float  # seconds, of the clock


class TokenBuckets:
    """A token bucket for each key; beyond the capacity, the bucket that was not used longest is dropped."""

    def __init__(
        self,
        per_minute: float,
        burst: int,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with full buckets.

        Args:
            per_minute: tokens that a bucket gains, above 0.
            burst: tokens of a full bucket, 1 or more.
            capacity: greatest number of buckets.
            clock: seconds.
        """
        self._per_second = per_minute / 60
        self._burst = burst
        self._capacity = capacity
        self._clock = clock
        self._buckets: OrderedDict[bytes | str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: bytes | str) -> float:
        """Take a token; return 0, or the seconds until there is one, without taking it."""
        now = self._clock()
        tokens = self._tokens(key, now)
        if tokens < 1:
            return (1 - tokens) / self._per_second
        self._buckets[key] = _Bucket(tokens - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._capacity:
            self._buckets.popitem(last=False)
        return 0.0

    def wait(self, key: bytes | str) -> float:
        """Return the seconds until there is a token, 0 if there is one; take none."""
        tokens = self._tokens(key, self._clock())
        return 0.0 if tokens >= 1 else (1 - tokens) / self._per_second

    def _tokens(self, key: bytes | str, now: float) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            return float(self._burst)
        return min(float(self._burst), bucket.tokens + (now - bucket.at) * self._per_second)


@lru_cache(maxsize=1024)
def network_of(address: str) -> str | None:
    """Return the key of an address: an IPv4 address, or the /64 of an IPv6 address.

    None for a loopback address. A text that is not an address is its own key.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            if parsed.is_loopback:
                return None
            return str(ipaddress.IPv6Network((int(parsed), IPV6_PREFIX), strict=False).network_address)
        parsed = parsed.ipv4_mapped
    return None if parsed.is_loopback else str(parsed)
