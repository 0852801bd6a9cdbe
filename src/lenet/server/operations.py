"""Descriptions of the routes, from which /openapi.json, /docs and docs/reference/server.md are made.

A module with routes also offers `operations(config) -> list[Operation]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from lenet.server.config import Limits
from lenet.server.media_types import JSON


class ErrorDetail(msgspec.Struct):
    """The error: a word for programs, and one sentence with the remedy."""

    code: str
    message: str


class ErrorAnswer(msgspec.Struct):
    """The body of an answer with a status of 400 or more."""

    error: ErrorDetail


class Place(StrEnum):
    """Where a request has a parameter."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


class Access(StrEnum):
    """Who may ask, and with which header.

    The values are the names of the security schemes in the document.
    """

    CONTRIBUTOR = "contributor"
    OWNER = "owner"
    CLASS_MEMBER = "class"


@dataclass(frozen=True)
class Content:
    """A body of a request or an answer.

    Attributes:
        type: the msgspec type of a JSON body, or a tuple of several; None for bytes or text.
        media_type: its content type.
        example: a value of the type; of bytes or text, a description.
    """

    type: object = None
    media_type: str = JSON
    example: object = None


@dataclass(frozen=True)
class Parameter:
    """A parameter of a request.

    Attributes:
        name: in the path's braces, of the query's field, or of the header.
        place: where it is.
        description: one sentence.
        type: a msgspec type.
        is_required: whether a request without it is an error.
        example: a value.
    """

    name: str
    place: Place
    description: str
    type: object = str
    is_required: bool = False
    example: object = None


@dataclass(frozen=True)
class Reply:
    """An answer that is not an error."""

    description: str
    contents: tuple[Content, ...] = ()


@dataclass(frozen=True)
class Operation:
    """A method of a path.

    Attributes:
        method: of HTTP.
        path: with parameters in braces.
        group: heading under which it stands.
        summary: an imperative.
        replies: by status.
        description: further sentences.
        parameters: beside the body.
        bodies: the bodies that it takes, any one of them.
        errors: statuses with their cause, beside those of every route and of every body.
        error_type: the msgspec type of the errors' bodies.
        access: who may ask; None for everybody.
    """

    method: str
    path: str
    group: str
    summary: str
    replies: Mapping[int, Reply]
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Content, ...] = ()
    errors: Mapping[int, str] = field(default_factory=dict)
    error_type: object = ErrorAnswer
    access: Access | None = None

    def all_errors(self, limits: Limits) -> dict[int, str]:
        """Return the errors of this route: its own, those of its body and those of every route."""
        errors = {**errors_of_every_route(limits)}
        if self.method != "GET":
            errors |= CHANGES
        if self.bodies:
            errors |= errors_of_bodies(limits)
        return dict(sorted({**errors, **self.own_errors()}.items()))

    def own_errors(self) -> dict[int, str]:
        """Return the errors of this route that others do not have."""
        missing = {401: "The key, token or session in the header is missing."}
        return {**(missing if self.access is not None else {}), **self.errors}


CHANGES = {403: "The request comes from a page of another site."}
"""Statuses of a request that may change something, with their cause."""


def errors_of_every_route(limits: Limits) -> dict[int, str]:
    """Return the statuses that any request may get, with their cause."""
    return {
        400: "The request is not valid HTTP, or its body is not valid.",
        408: f"The headers were not complete after {limits.head_seconds:g} seconds, "
        f"or the body after {limits.body_seconds:g}.",
        421: "The Host header has a name that this server does not answer to.",
        431: f"The request line and the headers have more than {limits.head_bytes:,} bytes.",
        503: f"More than {limits.connections:,} connections are open, or the server is about to stop. "
        "The header Retry-After has the seconds to wait.",
    }


def errors_of_bodies(limits: Limits) -> dict[int, str]:
    """Return the statuses of a request with a body, with their cause."""
    return {
        413: f"The body has more than {limits.body_bytes:,} bytes, or more values than the limits allow.",
        415: "The content type is another one, or the body is compressed.",
        422: "The body is valid JSON of another form, or the drawing in it cannot be used.",
    }
