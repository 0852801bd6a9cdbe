"""Read contributions in small parts, and answer with lists of any length in bounded memory."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import msgspec

from lenet.server.bodies import DisconnectedError
from lenet.server.collect.access import PRIVATE
from lenet.server.collect.listing import listed
from lenet.server.collect.replies import api_errors
from lenet.server.collect.types import CollectError, StoredContribution
from lenet.server.media_types import JSON

if TYPE_CHECKING:
    from starlette.responses import Response

log = logging.getLogger(__name__)

PART = 8  # contributions in memory at once; one of 100,000 points has 12 MB as Python objects

Read: TypeAlias = Callable[[UUID | None, int], Awaitable[list[StoredContribution]]]
"""Return contributions after one of them, at most a number."""


async def parts(read: Read, after: UUID | None, limit: int | None) -> AsyncIterator[list[StoredContribution]]:
    """Yield at most `limit` contributions in parts, at least one part; the last may be empty."""
    left = limit
    while True:
        size = PART if left is None else min(PART, left)
        part = await read(after, size)
        yield part
        left = None if left is None else left - len(part)
        if len(part) < size or left == 0:
            return
        after = part[-1].contribution.id


async def list_reply(name: str, read: Read, after: UUID | None = None, limit: int | None = None) -> Response:
    """Return an answer with a list of contributions: {NAME: [...]}.

    Args:
        name: the list's key.
        read: reads a part.
        after: the last contribution of the page before.
        limit: greatest number; None: all, without the contributors' pseudonyms, which are the same.
            With a limit, "next" is the last id if there may be more.

    Raises:
        ApiError: the first part cannot be read.
    """
    from starlette.responses import StreamingResponse

    every = parts(read, after, limit)
    with api_errors():
        first = await anext(every)
    return StreamingResponse(_body(name, first, every, limit), headers=PRIVATE, media_type=JSON)


async def _body(
    name: str,
    part: list[StoredContribution],
    more: AsyncIterator[list[StoredContribution]],
    limit: int | None,
) -> AsyncIterator[bytes]:
    count, last = 0, None
    yield b'{"%s":[' % name.encode()
    try:
        while part:
            rows = [msgspec.json.encode(listed(each, with_contributor=limit is not None)) for each in part]
            yield (b"," if count else b"") + b",".join(rows)
            count, last = count + len(part), part[-1].contribution.id
            part = await anext(more, [])
    except CollectError as error:
        log.warning("an answer was cut short: %s", error)
        raise DisconnectedError from None  # the client sees that the answer is not complete
    end = b"" if limit is None else b',"next":' + msgspec.json.encode(last if count == limit else None)
    yield b"]" + end + b"}"
