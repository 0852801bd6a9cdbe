"""Errors of the HTTP interface: a status, a code for programs and one sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

# The code of an error that only its status tells.
CODES = {
    400: "bad-request",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "timeout",
    413: "too-large",
    415: "unsupported-media-type",
    421: "misdirected-request",
    422: "unusable",
    431: "headers-too-large",
    500: "internal",
    503: "unavailable",
}

# The text of an error that has no other.
TEXTS = {
    404: "nothing is at this address; /docs lists the routes",
    405: "this address does not take the method; the header Allow names those that it takes",
}


class ApiError(Exception):
    """An error that becomes an answer.

    Attributes:
        status: of HTTP, 400..599.
        code: a word for programs, such as "too-many-points".
        message: one sentence.
        headers: further headers of the answer, such as Retry-After.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def body(self, path: str = "") -> bytes:
        """Return the body of the answer, JSON; below /v2 it is that of the Open Inference Protocol."""
        if path == "/v2" or path.startswith("/v2/"):
            return msgspec.json.encode({"error": self.message})
        return error_body(self.code, self.message)


def error_body(code: str, message: str) -> bytes:
    """Return the JSON of an error: {"error": {"code": ..., "message": ...}}."""
    return msgspec.json.encode({"error": {"code": code, "message": message}})


def of_status(status: int, message: str = "", headers: Mapping[str, str] | None = None) -> ApiError:
    """Return the error of a status of HTTP, with its usual code and text."""
    text = message or TEXTS.get(status) or HTTPStatus(status).phrase
    return ApiError(status, CODES.get(status, "error"), text, headers)
