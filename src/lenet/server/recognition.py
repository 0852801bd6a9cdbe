"""POST /v1/recognize, and GET /v1/models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lenet.errors import LenetError
from lenet.server.bodies import decode_json, media_type, read_body
from lenet.server.errors import JSON, ApiError, of_status

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from lenet.inference.recognizer import Recognition
    from lenet.server.app import Services

PATH = "/v1/recognize"
JSON_HEADERS = [(b"content-type", JSON.encode())]
DIGITS = 7  # of probabilities, as `lenet predict --json`

Strokes = list[list[list[float]]]


class Request(msgspec.Struct, gc=False):
    """The body of a request with one drawing."""

    strokes: Strokes


class Answer(msgspec.Struct, gc=False):
    """The answer for one drawing, as `lenet predict --json` writes it."""

    letter: str | None
    verdict: str
    candidates: list[tuple[str, float]]


def answer_of(recognition: Recognition) -> Answer:
    """Return a recognition as the interface has it."""
    candidates = [(letter, round(p, DIGITS)) for letter, p in recognition.candidates]
    return Answer(recognition.letter, recognition.verdict.value, candidates)


class RecognizeEndpoint:
    """An ASGI application: POST of one drawing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decoder = msgspec.json.Decoder(Request)
        self._encoder = msgspec.json.Encoder()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; raise ApiError where it cannot be answered."""
        if scope["method"] != "POST":
            raise of_status(405, headers={"Allow": "POST"})
        if media_type(scope) not in (JSON, ""):
            raise ApiError(415, "unsupported-media-type", f"send {JSON}")
        body = await read_body(scope, receive, self._services.config.limits)
        request = decode_json(body, self._decoder)
        try:
            recognition = await self._services.batcher.submit(request.strokes)
        except LenetError as error:
            raise ApiError(422, "unusable-drawing", str(error)) from None
        answer = self._encoder.encode(answer_of(recognition))
        await self._services.answers.send(send, 200, JSON_HEADERS, answer)


def direct(services: Services) -> dict[str, Any]:
    """Return the ASGI applications of paths that do without Starlette's router."""
    return {PATH: RecognizeEndpoint(services)}


def routes(services: Services) -> list[BaseRoute]:
    """Return the routes of this module."""
    return []
