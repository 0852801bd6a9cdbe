"""The rate limits over a connection: the worker's side, and the side of the process that counts for all."""

from __future__ import annotations

from typing import Any

import msgspec

from lenet.server.collect.rate_limits import Limited, RateLimiter
from lenet.server.collect.remote import Connection, Handler, Method


class _Token(msgspec.Struct, frozen=True, array_like=True):
    what: Limited
    key: str


_TAKE = Method("rate.take", _Token, float)
_WAIT = Method("rate.wait", _Token, float)


class RemoteRateLimits:
    """A `RateLimiter` that asks the collector's process, so that workers share the limits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, what: Limited, key: str) -> float:
        """Take a token, as `RateLimiter`."""
        return await self._connection.call(_TAKE, _Token(what, key))

    async def wait(self, what: Limited, key: str) -> float:
        """Return the seconds until there is a token, as `RateLimiter`."""
        return await self._connection.call(_WAIT, _Token(what, key))


def handlers(limits: RateLimiter) -> list[Handler[Any, Any]]:
    """Return what the collector's process answers."""

    async def take(token: _Token) -> float:
        return await limits.take(token.what, token.key)

    async def wait(token: _Token) -> float:
        return await limits.wait(token.what, token.key)

    return [Handler(_TAKE, take), Handler(_WAIT, wait)]
