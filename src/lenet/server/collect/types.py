"""Values of collecting: contributions and their states, receipts, counts, and the collector's interface."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Protocol
from uuid import UUID

from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import LenetError

Strokes = Sequence[Sequence[tuple[float, float]]]
"""Pen strokes of points (x, y): x to the right, y down, any unit."""

DIGEST = 32  # bytes of a SHA-256
MAX_TEXT = 64  # characters of a letter, a verdict or a version
MAX_CONSENT = 64 * 2**10  # bytes of a consent text
MAX_PAGE = 1000  # contributions of a page of moderation


class State(StrEnum):
    """State of a contribution. A withdrawn one is empty, and stays so."""

    NEW = "new"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class CollectCode(StrEnum):
    """Reason why a contribution was not stored, or the collector or the class refused a request."""

    INVALID = "invalid"
    CONFLICT = "conflict"
    DISK_FULL = "disk-full"
    UNAVAILABLE = "unavailable"
    # Of a class:
    WRONG_CODE = "wrong-code"
    NOT_A_MEMBER = "not-a-member"
    TEACHER_ONLY = "teacher-only"
    ENDED = "class-ended"
    FULL = "class-full"
    BAD_MODEL = "bad-model"
    NO_MODEL = "no-model"


class CollectError(LenetError):
    """The collector or the class refuses a request, or cannot answer it.

    Nothing was stored, as far as it is known; the same contribution can be sent again.

    Attributes:
        code: the reason.
    """

    def __init__(self, message: str, code: CollectCode | str) -> None:
        super().__init__(message)
        self.code = CollectCode(code)


@dataclass(frozen=True, slots=True)
class Contribution:
    """A drawn letter that somebody contributes.

    Attributes:
        id: chosen by the contributor's program; the same contribution may be sent again.
        key_digest: SHA-256 of the contributor's key, 32 bytes.
        strokes: at least one point.
        label: the letter that was drawn: A-Z, a-z or 0-9.
        browser_letter: letter that the contributor's program recognized.
        browser_verdict: its verdict.
        model_digest: SHA-256 of its model, in hex, or "".
        page_version: version of the page, or "".
        consent_digest: SHA-256 of the consent text, in hex.
        server_letter: letter that the server recognized.
        server_verdict: its verdict.
        agrees: both programs gave the same answer.

    Raises:
        CollectError: a value has another form; its code is "invalid".
    """

    id: UUID
    key_digest: bytes
    strokes: Strokes
    label: str
    browser_letter: str | None = None
    browser_verdict: str | None = None
    model_digest: str = ""
    page_version: str = ""
    consent_digest: str = ""
    server_letter: str | None = None
    server_verdict: str | None = None
    agrees: bool = True

    def __post_init__(self) -> None:
        if len(self.key_digest) != DIGEST:
            raise _invalid("the key's digest", f"give the {DIGEST} bytes of SHA-256")
        if len(self.label) != 1 or not (self.label.isascii() and self.label.isalnum()):
            raise _invalid("label", "give one of A-Z, a-z, 0-9")
        if not _is_digest(self.consent_digest):
            raise _invalid("consent", "give the SHA-256 of the text, 64 digits in hex")
        texts = (
            self.browser_letter,
            self.browser_verdict,
            self.model_digest,
            self.page_version,
            self.server_letter,
            self.server_verdict,
        )
        for text in texts:
            if text and (len(text) > MAX_TEXT or not text.isprintable()):
                raise _invalid("a text", f"give at most {MAX_TEXT} printable characters")
        _check_strokes(self.strokes)


def _is_digest(text: str) -> bool:
    return len(text) == 2 * DIGEST and not set(text) - set("0123456789abcdef")


def _check_strokes(strokes: Strokes) -> None:
    points = list(chain.from_iterable(strokes))
    if not points or max(len(points), len(strokes)) > MAX_POINTS:
        raise _invalid("strokes", f"draw 1 to {MAX_POINTS:,} points")
    if set(map(len, points)) != {2}:
        raise _invalid("strokes", "give each point as [x, y]")
    numbers = list(chain.from_iterable(points))
    if set(map(type, numbers)) - {int, float}:
        raise _invalid("strokes", "give numbers")
    if not all(map(math.isfinite, numbers)) or max(map(abs, numbers)) > MAX_COORDINATE:
        raise _invalid("strokes", f"give coordinates within +-{MAX_COORDINATE:g}")


def _invalid(place: str, remedy: str) -> CollectError:
    return CollectError(f"{place}: cannot be stored; {remedy}", CollectCode.INVALID)


@dataclass(frozen=True, slots=True)
class StoredContribution:
    """A contribution in the database, with its state; it is not withdrawn.

    Attributes:
        contribution: as it was sent; its strokes are lists.
        state: new, accepted or rejected.
        hour: whole hours from 1970 to when it was stored, in UTC.
    """

    contribution: Contribution
    state: State
    hour: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a withdrawal.

    Attributes:
        count: number of contributions that were emptied.
        hour: whole hours from 1970 to the withdrawal, in UTC.
        ids_digest: SHA-256 in hex of the ids in ascending order, each as 36 characters and a line feed.
    """

    count: int
    hour: int
    ids_digest: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of contributions.

    Attributes:
        letters: for each label its number in each state, without withdrawn ones; states without a
            contribution are left out.
        withdrawn: number of withdrawn contributions, whose labels are gone.
        contributors: number of keys with a contribution.
    """

    letters: Mapping[str, Mapping[State, int]]
    withdrawn: int
    contributors: int

    def total(self, state: State) -> int:
        """Return the number of contributions in a state."""
        if state is State.WITHDRAWN:
            return self.withdrawn
        return sum(states.get(state, 0) for states in self.letters.values())


class CollectorClient(Protocol):
    """Interface of the collector, in this process or in another.

    Each method raises CollectError: "unavailable" if the database cannot be reached or too many
    contributions wait, "disk-full" if it is full.
    """

    async def contribute(self, item: Contribution) -> bool:
        """Store a contribution.

        Returns:
            True after it was committed; False if it was stored before.

        Raises:
            CollectError: another contribution has this id ("conflict"), or see above.
        """

    async def mine(
        self, key_digest: bytes, after: UUID | None = None, limit: int | None = None
    ) -> list[StoredContribution]:
        """Return contributions of a key, in the order of their arrival.

        Args:
            key_digest: SHA-256 of the key.
            after: the last contribution of the page before; None for the first page.
            limit: largest number; None: all of them.
        """

    async def withdraw(self, key_digest: bytes) -> Receipt:
        """Empty all contributions of a key; their ids stay as tombstones."""

    async def page(self, state: State, after: UUID | None, limit: int) -> list[StoredContribution]:
        """Return contributions in a state, in the order of their arrival.

        Args:
            state: new, accepted or rejected; the list of withdrawn ones is empty.
            after: the last contribution of the page before; None for the first page.
            limit: largest number, 1..1000.
        """

    async def moderate(self, ids: Sequence[UUID], state: State) -> int:
        """Set the state of contributions; return how many have it now. Withdrawn ones stay withdrawn."""

    async def counts(self) -> Counts:
        """Count the contributions."""

    async def remember_consent(self, text: bytes) -> str:
        """Store a consent text, unless it is there; return its SHA-256 in hex."""

    async def aclose(self) -> None:
        """Store what waits, and end."""
