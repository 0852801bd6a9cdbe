"""Who may ask: the contributor's key, and tokens.

There are no cookies, so a request carries rights only in headers that a page of another origin may not
send. The application refuses such pages besides (`hosts.py`), and no answer has a CORS header.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from lenet.server.collect.rate_limit import network_of
from lenet.server.errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

KEY_HEADER = "Lenet-Contributor"
KEY_LENGTHS = range(16, 129)  # characters

PRIVATE = {"Cache-Control": "no-store", "Vary": f"{KEY_HEADER}, Lenet-Class, Authorization"}
"""Headers of every answer of collecting: no cache keeps it."""

_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def is_key(text: str) -> bool:
    """Tell whether a text can be a contributor's key: 16 to 128 printable characters."""
    return len(text) in KEY_LENGTHS and text.isprintable()


def contributor_of(request: Request) -> bytes:
    """Return the SHA-256 of the contributor's key.

    Raises:
        ApiError: 401, the header is missing; 422, the key is not 16 to 128 printable characters.
    """
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise ApiError(401, "no-key", f"send your key in the header {KEY_HEADER}")
    if not is_key(key):
        raise ApiError(
            422,
            "bad-key",
            f"the header {KEY_HEADER} must have {KEY_LENGTHS[0]} to {KEY_LENGTHS[-1]} printable characters",
        )
    return hashlib.sha256(key.encode("latin-1")).digest()


def bearer_of(request: Request) -> str:
    """Return the token of the header Authorization. Raises ApiError 401 if there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(
            401, "no-token", "send the header Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
        )
    return token.strip()


def client_network(request: Request) -> str | None:
    """Return the key of a client's address for rate limits; None for this machine itself.

    A proxy on this machine that is not trusted hides its clients, which then share one key.
    """
    address = request.client.host if request.client else ""
    network = network_of(address) if address else None
    if network is None and any(name in request.headers for name in _FORWARDED):
        return "proxy"
    return network
