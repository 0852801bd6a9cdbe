"""Contributions as rows of the database, and back."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.engine import Row

from lenet.server.collect.types import Contribution, State, StoredContribution

_TEXTS = (
    "label",
    "browser_letter",
    "browser_verdict",
    "model_digest",
    "page_version",
    "consent_digest",
)
_SERVER = ("server_letter", "server_verdict", "agrees")
_COPIED = (*_TEXTS, *_SERVER, "key_digest")


@dataclass(frozen=True, slots=True)
class NewRow:
    """A contribution that waits for its transaction.

    Attributes:
        id: the contribution's.
        content: SHA-256 of what was sent.
        values: of the table's columns.
    """

    id: UUID
    content: bytes
    values: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the strokes."""
        return len(self.values["strokes"])


def this_hour() -> int:
    """Return the whole hours since 1970, in UTC."""
    return int(time.time() // 3600)


def new_row(item: Contribution) -> NewRow:
    """Return the row of a contribution, which is new and of this hour."""
    strokes = msgspec.json.encode(item.strokes)
    texts = [getattr(item, name) for name in _TEXTS]
    sent = msgspec.json.encode([item.key_digest.hex(), *texts])
    content = hashlib.sha256(sent + strokes).digest()
    values = {name: getattr(item, name) for name in _COPIED}
    values |= {"id": item.id, "state": State.NEW.value, "content": content, "hour": this_hour()}
    return NewRow(item.id, content, {**values, "strokes": strokes.decode()})


def stored(row: Row[Any]) -> StoredContribution:
    """Return the contribution of a row that is not withdrawn."""
    values = row._mapping
    item = Contribution(
        id=values["id"],
        strokes=msgspec.json.decode(values["strokes"], type=list[list[tuple[float, float]]]),
        **{name: values[name] for name in _COPIED if name != "key_digest"},
        key_digest=bytes(values["key_digest"]),
    )
    return StoredContribution(item, State(values["state"]), values["hour"])
