"""Answers of the routes of collecting: JSON that no cache keeps, and the status of each error."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from lenet._util.counts import counted
from lenet.server.collect.access import PRIVATE
from lenet.server.collect.types import CollectCode, CollectError
from lenet.server.errors import ApiError
from lenet.server.media_types import JSON
from lenet.server.validation import problem_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

Query = TypeVar("Query", bound=msgspec.Struct)

RETRY = 5  # seconds after which a database may be back

STATUS = {
    CollectCode.INVALID: 422,
    CollectCode.CONFLICT: 409,
    CollectCode.DISK_FULL: 507,
    CollectCode.UNAVAILABLE: 503,
    CollectCode.WRONG_CODE: 403,
    CollectCode.NOT_A_MEMBER: 403,
    CollectCode.TEACHER_ONLY: 403,
    CollectCode.ENDED: 410,
    CollectCode.FULL: 507,
    CollectCode.BAD_MODEL: 422,
    CollectCode.NO_MODEL: 404,
}


def reply(value: object, status: int = 200) -> Response:
    """Return an answer in JSON."""
    from starlette.responses import Response

    return Response(msgspec.json.encode(value), status, PRIVATE, JSON)


@contextmanager
def api_errors() -> Iterator[None]:
    """Turn errors of the collector and of the class into ApiErrors."""
    try:
        yield
    except CollectError as error:
        headers = {"Retry-After": str(RETRY)} if error.code is CollectCode.UNAVAILABLE else {}
        raise ApiError(STATUS[error.code], error.code, str(error), headers) from None


def require_rate(seconds: float) -> None:
    """Raise ApiError 429 if a rate limit asks to wait for some seconds."""
    if seconds > 0:
        wait = math.ceil(seconds)
        raise ApiError(
            429, "too-many", f"too many requests; wait {counted(wait, 'second')}", {"Retry-After": str(wait)}
        )


def query_of(request: Request, kind: type[Query]) -> Query:
    """Return the query of a request as a Struct. Raises ApiError 422 if it has another form."""
    try:
        return msgspec.convert(dict(request.query_params), kind, strict=False)
    except msgspec.ValidationError as error:
        raise ApiError(422, "bad-query", problem_of(error, "the query of the address")) from None
