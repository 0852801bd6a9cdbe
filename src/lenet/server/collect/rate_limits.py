"""The rate limits of a server: the limited requests, and their counters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from lenet.server.collect.rate_limit import TokenBuckets
from lenet.server.collect.settings import PER_MINUTE

PER_ADDRESS = 10  # times as many of an address: a school may have a single one
JOINS_PER_MINUTE = 60  # of an address
GUESSES_PER_MINUTE = 10  # wrong join codes of an address


class Limited(StrEnum):
    """Requests that have a limit a minute.

    Attributes:
        CONTRIBUTIONS: requests of a contributor, by the digest of the key in hex.
        REQUESTS: requests of an address, by `network_of`.
        JOINS: requests of an address to join a class.
        GUESSES: wrong join codes of an address.
    """

    CONTRIBUTIONS = "contributions"
    REQUESTS = "requests"
    JOINS = "joins"
    GUESSES = "guesses"


class RateLimiter(Protocol):
    """Interface of the limits, in this process or in another. Each method raises CollectError."""

    async def take(self, what: Limited, key: str) -> float:
        """Take a token; return 0, or the seconds until there is one, without taking it."""

    async def wait(self, what: Limited, key: str) -> float:
        """Return the seconds until there is a token, 0 if there is one; take none."""


class RateLimits:
    """The limits of this process, or of all processes that ask it."""

    def __init__(self, buckets: Mapping[Limited, TokenBuckets]) -> None:
        self._buckets = buckets

    @classmethod
    def per_minute(cls, number: int = PER_MINUTE) -> RateLimits:
        """Return limits of `number` requests a minute for a contributor, and ten times it for an address."""
        numbers = {
            Limited.CONTRIBUTIONS: number,
            Limited.REQUESTS: number * PER_ADDRESS,
            Limited.JOINS: JOINS_PER_MINUTE,
            Limited.GUESSES: GUESSES_PER_MINUTE,
        }
        return cls({what: TokenBuckets(rate, rate) for what, rate in numbers.items()})

    async def take(self, what: Limited, key: str) -> float:
        """Take a token, as `RateLimiter`."""
        return self._buckets[what].take(key)

    async def wait(self, what: Limited, key: str) -> float:
        """Return the seconds until there is a token, as `RateLimiter`."""
        return self._buckets[what].wait(key)
