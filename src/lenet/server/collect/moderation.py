"""Routes of the owner: pages of contributions, and their states."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec

from lenet.errors import LenetError
from lenet.server.bodies import read_json
from lenet.server.collect.access import bearer_of
from lenet.server.collect.class_codes import is_same
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.paging import list_reply
from lenet.server.collect.replies import api_errors, query_of, reply
from lenet.server.collect.types import State
from lenet.server.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from lenet.server.app import Services

PATH = "/v1/moderation"
PAGE = 100  # contributions
MIN_TOKEN = 16  # characters
MAX_TOKEN = 1024  # bytes of the file
VARIABLE = "LENET_OWNER_TOKEN"


PageLimit = Annotated[int, msgspec.Meta(ge=1, le=PAGE)]


class Listing(StrEnum):
    """States that the owner can list and set; a withdrawn contribution is empty."""

    NEW = "new"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ModerationBody(msgspec.Struct, frozen=True):
    """The body of a decision: ids of a page, and their new state."""

    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=PAGE)]
    state: Listing


class CountAnswer(msgspec.Struct, frozen=True):
    """How many contributions have the state now."""

    count: int


class _Query(msgspec.Struct, frozen=True):
    state: Listing = Listing.NEW
    after: UUID | None = None
    limit: PageLimit = PAGE


class _Routes:
    """The handlers."""

    def __init__(self, services: Services, collecting: Collecting, token: str) -> None:
        self._services = services
        self._collecting = collecting
        self._token = token
        self._decoder = msgspec.json.Decoder(ModerationBody)

    async def page(self, request: Request) -> Response:
        """Return a page of contributions, and the id after which the next page begins."""
        self._require_owner(request)
        query = query_of(request, _Query)
        read = partial(self._collecting.collector.page, State(query.state))
        return await list_reply("contributions", read, query.after, query.limit)

    async def moderate(self, request: Request) -> Response:
        """Set the state of contributions; return how many have it now."""
        self._require_owner(request)
        body = await read_json(request, self._services.config.limits, self._decoder)
        with api_errors():
            count = await self._collecting.collector.moderate(body.ids, State(body.state))
        return reply(CountAnswer(count))

    def _require_owner(self, request: Request) -> None:
        if not is_same(bearer_of(request), self._token):
            raise ApiError(403, "wrong-token", "this is not the owner's token")


def owner_token(path: Path | None, environment: Mapping[str, str]) -> str | None:
    """Return the owner's token from a file, or else from LENET_OWNER_TOKEN; None if there is none.

    Raises:
        LenetError: the file cannot be read, or the token is too short or not printable.
    """
    if path is None:
        token, place = environment.get(VARIABLE), VARIABLE
    else:
        token, place = _read(path), str(path)
    if token is None:
        return None
    token = token.strip()
    if len(token) < MIN_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise LenetError(
            f"{place}: the owner's token must have {MIN_TOKEN} printable characters or more; "
            "make one with `openssl rand -hex 16`"
        )
    return token


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_TOKEN).decode("utf-8", "replace")
    except OSError as error:
        raise LenetError(
            f"{path}: cannot be read ({error.strerror or error}); name a file with the owner's token"
        ) from None


def routes(services: Services, collecting: Collecting) -> list[BaseRoute]:
    """Return the routes; none without an owner's token."""
    from starlette.routing import Route

    if collecting.owner_token is None:
        return []
    handlers = _Routes(services, collecting, collecting.owner_token)
    return [
        Route(PATH, handlers.page, methods=["GET"]),
        Route(PATH, handlers.moderate, methods=["POST"]),
    ]
