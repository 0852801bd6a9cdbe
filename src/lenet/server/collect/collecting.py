"""Everything that the routes of collecting share."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from lenet.server.collect.class_codes import ClassCodes
from lenet.server.collect.class_types import ClassroomClient
from lenet.server.collect.consent import ConsentFile
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limit import TokenBuckets
from lenet.server.collect.settings import PER_MINUTE
from lenet.server.collect.types import CollectorClient

PER_ADDRESS = 10  # times as many of an address: a school may have a single one
JOINS_PER_MINUTE = 60  # of an address
GUESSES_PER_MINUTE = 10  # wrong join codes of an address


@dataclass(frozen=True)
class RateLimits:
    """Token buckets of contributors and addresses.

    Attributes:
        contributors: by the digest of the key.
        addresses: by `network_of`.
        joins: requests to join a class, by address.
        guesses: wrong join codes, by address.
    """

    contributors: TokenBuckets
    addresses: TokenBuckets
    joins: TokenBuckets = field(default_factory=lambda: TokenBuckets(JOINS_PER_MINUTE, JOINS_PER_MINUTE))
    guesses: TokenBuckets = field(
        default_factory=lambda: TokenBuckets(GUESSES_PER_MINUTE, GUESSES_PER_MINUTE)
    )

    @classmethod
    def per_minute(cls, number: int = PER_MINUTE) -> RateLimits:
        """Return limits of `number` requests a minute for a contributor, and ten times it for an address."""
        total = number * PER_ADDRESS
        return cls(TokenBuckets(number, number), TokenBuckets(total, total))


@dataclass(frozen=True)
class Collecting:
    """Services of the routes of collecting.

    Attributes:
        collector: stores contributions.
        consent: the consent text.
        survey: knows which letters are missing.
        limits: rate limits.
        owner_token: admits to moderation; None: nobody.
        classroom: the class, if this server serves one.
        codes: of the class.
        rng: chooses prompts.
    """

    collector: CollectorClient
    consent: ConsentFile
    survey: Survey
    limits: RateLimits
    owner_token: str | None = field(default=None, repr=False)
    classroom: ClassroomClient | None = None
    codes: ClassCodes | None = None
    rng: random.Random = field(default_factory=random.Random)
