"""Everything that the routes of collecting share."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from lenet.server.collect.class_codes import ClassCodes
from lenet.server.collect.class_types import ClassroomClient
from lenet.server.collect.consent import ConsentFile
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limits import RateLimiter
from lenet.server.collect.types import CollectorClient


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
    limits: RateLimiter
    owner_token: str | None = field(default=None, repr=False)
    classroom: ClassroomClient | None = None
    codes: ClassCodes | None = None
    rng: random.Random = field(default_factory=random.Random)
