"""The collector's methods over a connection: the worker's side and the side of the database's process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from lenet.server.collect.remote import Connection, Handler, Method
from lenet.server.collect.types import (
    CollectorClient,
    Contribution,
    Counts,
    Receipt,
    State,
    StoredContribution,
)


class _Page(msgspec.Struct, frozen=True, array_like=True):
    state: State
    after: UUID | None
    limit: int


class _Mine(msgspec.Struct, frozen=True, array_like=True):
    key_digest: bytes
    after: UUID | None
    limit: int | None


class _Moderation(msgspec.Struct, frozen=True, array_like=True):
    ids: list[UUID]
    state: State


_CONTRIBUTE = Method("contribute", Contribution, bool)
_MINE = Method("mine", _Mine, list[StoredContribution])
_WITHDRAW = Method("withdraw", bytes, Receipt)
_PAGE = Method("page", _Page, list[StoredContribution])
_MODERATE = Method("moderate", _Moderation, int)
_COUNTS = Method("counts", bool, Counts)
_REMEMBER_CONSENT = Method("remember_consent", bytes, str)


class RemoteCollector:
    """A `CollectorClient` that asks the collector's process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def contribute(self, item: Contribution) -> bool:
        """Store a contribution, as `CollectorClient`."""
        return await self._connection.call(_CONTRIBUTE, item)

    async def mine(
        self, key_digest: bytes, after: UUID | None = None, limit: int | None = None
    ) -> list[StoredContribution]:
        """Return contributions of a key, as `CollectorClient`."""
        return await self._connection.call(_MINE, _Mine(key_digest, after, limit))

    async def withdraw(self, key_digest: bytes) -> Receipt:
        """Empty all contributions of a key, as `CollectorClient`."""
        return await self._connection.call(_WITHDRAW, key_digest)

    async def page(self, state: State, after: UUID | None, limit: int) -> list[StoredContribution]:
        """Return contributions in a state, as `CollectorClient`."""
        return await self._connection.call(_PAGE, _Page(state, after, limit))

    async def moderate(self, ids: Sequence[UUID], state: State) -> int:
        """Set the state of contributions, as `CollectorClient`."""
        return await self._connection.call(_MODERATE, _Moderation([*ids], state))

    async def counts(self) -> Counts:
        """Count the contributions, as `CollectorClient`."""
        return await self._connection.call(_COUNTS, True)

    async def remember_consent(self, text: bytes) -> str:
        """Store a consent text, as `CollectorClient`."""
        return await self._connection.call(_REMEMBER_CONSENT, text)

    async def aclose(self) -> None:
        """Close the connection; the collector goes on."""
        await self._connection.aclose()


def handlers(collector: CollectorClient) -> list[Handler[Any, Any]]:
    """Return what the collector's process answers."""

    async def mine(request: _Mine) -> list[StoredContribution]:
        return await collector.mine(request.key_digest, request.after, request.limit)

    async def page(request: _Page) -> list[StoredContribution]:
        return await collector.page(request.state, request.after, request.limit)

    async def moderate(request: _Moderation) -> int:
        return await collector.moderate(request.ids, request.state)

    async def counts(_: bool) -> Counts:
        return await collector.counts()

    return [
        Handler(_CONTRIBUTE, collector.contribute),
        Handler(_MINE, mine),
        Handler(_WITHDRAW, collector.withdraw),
        Handler(_PAGE, page),
        Handler(_MODERATE, moderate),
        Handler(_COUNTS, counts),
        Handler(_REMEMBER_CONSENT, collector.remember_consent),
    ]
