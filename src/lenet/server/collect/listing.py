"""Stored contributions as the routes list them."""

from __future__ import annotations

from uuid import UUID

import msgspec

from lenet.server.collect.pseudonyms import pseudonym
from lenet.server.collect.types import Contribution, State, StoredContribution, Strokes


class Listed(msgspec.Struct, frozen=True):
    """A contribution in a list.

    Attributes:
        id: the contribution's id.
        label: the letter that was drawn.
        strokes: points (x, y).
        state: new, accepted or rejected.
        hour: whole hours from 1970 to when it was stored, in UTC.
        consent: SHA-256 of the consent text, in hex.
        letter: letter that the contributor's program recognized.
        verdict: its verdict.
        model: SHA-256 of its model, in hex, or "".
        page: version of the page, or "".
        server_letter: letter that the server recognized.
        server_verdict: its verdict.
        agrees: both gave the same answer.
        contributor: for the owner and the teacher: pseudonym of the contributor, as in exports.
    """

    id: UUID
    label: str
    strokes: Strokes
    state: State
    hour: int
    consent: str
    letter: str | None
    verdict: str | None
    model: str
    page: str
    server_letter: str | None
    server_verdict: str | None
    agrees: bool
    contributor: str | msgspec.UnsetType = msgspec.UNSET


def listed(stored: StoredContribution, *, with_contributor: bool = False) -> Listed:
    """Return a contribution for a list; its contributor's pseudonym only for the owner or the teacher."""
    item: Contribution = stored.contribution
    return Listed(
        id=item.id,
        label=item.label,
        strokes=item.strokes,
        state=stored.state,
        hour=stored.hour,
        consent=item.consent_digest,
        letter=item.browser_letter,
        verdict=item.browser_verdict,
        model=item.model_digest,
        page=item.page_version,
        server_letter=item.server_letter,
        server_verdict=item.server_verdict,
        agrees=item.agrees,
        contributor=pseudonym(item.key_digest) if with_contributor else msgspec.UNSET,
    )
