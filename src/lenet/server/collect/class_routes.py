"""Routes of a class: joining, its state, its letters and its model, and its end."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec

from lenet.server.bodies import read_body, read_json, require_media_type
from lenet.server.collect.access import PRIVATE, bearer_of, client_network
from lenet.server.collect.class_types import ClassroomClient, ClassSnapshot, Role
from lenet.server.collect.classroom import MAX_MODEL, MAX_WAIT
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.invitation import phone_address
from lenet.server.collect.paging import list_reply
from lenet.server.collect.rate_limits import Limited
from lenet.server.collect.replies import api_errors, query_of, reply, require_rate
from lenet.server.collect.types import MAX_PAGE, CollectCode, CollectError, State
from lenet.server.errors import ApiError
from lenet.server.media_types import BYTES, ZIP

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from lenet.server.app import Services

SESSION_HEADER = "Lenet-Class"
DRAIN_CHECK = 0.5  # seconds after which a long poll looks whether the server stops


async def require_member(request: Request, classroom: ClassroomClient) -> Role:
    """Return the role of the request's session or token.

    Raises:
        ApiError: 401, there is neither.
        CollectError: it is not one of this class.
    """
    session = request.headers.get(SESSION_HEADER)
    if session is None and "Authorization" not in request.headers:
        raise ApiError(401, "no-session", f"join the class, and send its session in {SESSION_HEADER}")
    return await classroom.role(session if session is not None else bearer_of(request))


class JoinBody(msgspec.Struct, frozen=True):
    """The body of a request to join: the code that the projector shows."""

    code: Annotated[str, msgspec.Meta(max_length=32)]


class EndBody(msgspec.Struct, frozen=True):
    """The body of the end: whether the letters are exported, or deleted."""

    export: bool


class JoinAnswer(msgspec.Struct, frozen=True):
    """The class's name, the session for the header Lenet-Class, and the digest of the consent text."""

    name: str
    session: str
    consent: str | None


class ModelVersion(msgspec.Struct, frozen=True):
    """The version of the class's model, 1 for the first."""

    model: int


class EndAnswer(msgspec.Struct, frozen=True):
    """All letters of the class are deleted."""

    deleted: bool


Version = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""A version of the class's state: an integer that JavaScript and MessagePack have."""


Wait = Annotated[float, msgspec.Meta(ge=0, le=MAX_WAIT)]
PageLimit = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)]


class _StateQuery(msgspec.Struct, frozen=True):
    since: Version = 0
    wait: Wait = 0.0


class _LettersQuery(msgspec.Struct, frozen=True):
    after: UUID | None = None
    limit: PageLimit = MAX_PAGE


class _Routes:
    """The handlers."""

    def __init__(self, services: Services, collecting: Collecting, classroom: ClassroomClient) -> None:
        self._services = services
        self._collecting = collecting
        self._classroom = classroom
        self._limits = services.config.limits
        self._model_limits = dataclasses.replace(self._limits, body_bytes=MAX_MODEL)
        self._join_decoder = msgspec.json.Decoder(JoinBody)
        self._end_decoder = msgspec.json.Decoder(EndBody)

    async def join(self, request: Request) -> Response:
        """Admit a device that knows the join code."""
        network = client_network(request) or "this machine"
        rates = self._collecting.limits
        with api_errors():
            require_rate(await rates.take(Limited.JOINS, network))
            require_rate(await rates.wait(Limited.GUESSES, network))
        body = await read_json(request, self._limits, self._join_decoder)
        consent = self._collecting.consent.current()
        with api_errors():
            try:
                joined = await self._classroom.join(body.code)
            except CollectError as error:
                if error.code is CollectCode.WRONG_CODE:
                    await rates.take(Limited.GUESSES, network)
                raise
        digest = None if consent is None else consent.digest
        return reply(JoinAnswer(joined.name, joined.session, digest))

    async def state(self, request: Request) -> Response:
        """Return the state of the class once it is newer than `since`, at the latest after `wait` seconds."""
        query = query_of(request, _StateQuery)
        with api_errors():
            role = await require_member(request, self._classroom)
            loop = asyncio.get_running_loop()
            end = loop.time() + query.wait
            while True:  # in steps, so that a server that stops does not wait for the poll
                step = 0.0 if self._services.draining else min(DRAIN_CHECK, end - loop.time())
                snapshot = await self._classroom.state(query.since, step, role)
                if snapshot.version != query.since or step <= 0:
                    return reply(self._with_address(request, snapshot, role))

    def _with_address(self, request: Request, snapshot: ClassSnapshot, role: Role) -> ClassSnapshot:
        """Return the state with the address for phones, for the teacher."""
        server = request.scope.get("server")
        if role is not Role.TEACHER or server is None or server[1] is None:
            return snapshot
        address = phone_address(self._services.config, server[1])
        return msgspec.structs.replace(snapshot, address=address)

    async def letters(self, request: Request) -> Response:
        """Return drawings for training, a page of at most 1,000."""
        query = query_of(request, _LettersQuery)
        with api_errors():
            await self._require_teacher(request)
        read = partial(self._collecting.collector.page, State.NEW)
        return await list_reply("letters", read, query.after, query.limit)

    async def put_model(self, request: Request) -> Response:
        """Take a model file that the class trained."""
        with api_errors():
            await self._require_teacher(request)
            require_media_type(request.scope, (BYTES,))
            data = await read_body(request.scope, request.receive, self._model_limits)
            version = await self._classroom.put_model(data)
        return reply(ModelVersion(version))

    async def model(self, request: Request) -> Response:
        """Return the newest model file, or 304 if the client has it."""
        from starlette.responses import Response

        with api_errors():
            await require_member(request, self._classroom)
            model = await self._classroom.model()
        tag = f'"{model.digest[:32]}"'
        headers = {**PRIVATE, "Cache-Control": "no-cache", "ETag": tag, "Lenet-Model": str(model.version)}
        if tag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        return Response(model.data, headers=headers, media_type=BYTES)

    async def end(self, request: Request) -> Response:
        """End the class: return the export, or delete all letters."""
        from starlette.responses import Response

        with api_errors():
            await self._require_teacher(request)
            body = await read_json(request, self._limits, self._end_decoder)
            export = await self._classroom.end(body.export)
        if not body.export:
            return reply(EndAnswer(deleted=True))
        headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="class-letters.zip"'}
        return Response(export, headers=headers, media_type=ZIP)

    async def _require_teacher(self, request: Request) -> None:
        if await require_member(request, self._classroom) is not Role.TEACHER:
            raise CollectError("class: only the teacher can do this", CollectCode.TEACHER_ONLY)


def routes(services: Services, collecting: Collecting) -> list[BaseRoute]:
    """Return the routes; none without a class."""
    from starlette.routing import Route

    if collecting.classroom is None:
        return []
    handlers = _Routes(services, collecting, collecting.classroom)
    path = "/v1/class"
    return [
        Route(f"{path}/join", handlers.join, methods=["POST"]),
        Route(f"{path}/state", handlers.state, methods=["GET"]),
        Route(f"{path}/letters", handlers.letters, methods=["GET"]),
        Route(f"{path}/model", handlers.put_model, methods=["PUT"]),
        Route(f"{path}/model", handlers.model, methods=["GET"]),
        Route(f"{path}/end", handlers.end, methods=["POST"]),
    ]
