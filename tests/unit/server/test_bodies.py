"""Bodies of requests: counted bytes, slow and broken ones, and JSON that says anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi import Answer, ask, call, scope_of
from lenet.models import DEFAULT_MODEL
from lenet.server.app import make_app, make_services
from lenet.server.bodies import DISCARDED, DisconnectedError, check_values, decode_json, read_body
from lenet.server.config import Limits, ServerConfig
from lenet.server.errors import ApiError
from lenet.server.formats import Request

LIMITS = Limits(body_bytes=100, body_seconds=0.05)


def read(chunks: list[bytes | None], limits: Limits = LIMITS, **headers: str) -> bytes:
    """Return what `read_body` returns for a body that comes in chunks."""
    read_bytes = b""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal read_bytes
        read_bytes = await read_body(scope, receive, limits)

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asyncio.run(ask(app, scope_of("/", "POST", named), chunks))
    return read_bytes


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8))
def test_a_body_is_its_chunks_or_too_large(chunks: list[bytes]) -> None:
    body = b"".join(chunks)
    if len(body) <= LIMITS.body_bytes:
        assert read([*chunks]) == body
        return
    with pytest.raises(ApiError) as error:
        read([*chunks])
    assert (error.value.status, error.value.code) == (413, "body-too-large")


def test_a_compressed_body_is_refused() -> None:
    assert read([b"{}"], content_encoding="identity") == b"{}"
    with pytest.raises(ApiError) as error:
        read([b"{}"], content_encoding="gzip")
    assert (error.value.status, error.value.code) == (415, "unsupported-encoding")
    assert "gzip" in error.value.message


def test_an_announced_body_is_refused_without_its_bytes() -> None:
    with pytest.raises(ApiError) as error:
        read([], content_length="101", expect="100-continue")
    assert error.value.status == 413
    assert error.value.headers == {"Connection": "close"}


def test_what_was_announced_is_read_and_dropped_up_to_a_bound() -> None:
    chunks: list[bytes | None] = [bytes(50)] * 10_000
    taken = iter(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(taken), "more_body": True}

    async def run() -> None:
        await read_body(scope_of("/", "POST", {"content-length": "500000"}), receive, LIMITS)

    with pytest.raises(ApiError):
        asyncio.run(run())
    left = sum(1 for _ in taken)
    assert 10_000 - left <= DISCARDED * LIMITS.body_bytes // 50 + 1


def test_a_body_that_does_not_end_is_refused() -> None:
    with pytest.raises(ApiError) as error:
        read([])
    assert (error.value.status, error.value.code) == (408, "slow-body")


def test_the_bodies_that_are_being_read_are_bounded_together() -> None:
    limits = Limits(body_bytes=1000, all_bodies_bytes=2500, body_seconds=20)

    async def run() -> list[object]:
        """Four bodies of 900 bytes arrive at the same time; then a fifth."""
        ended = asyncio.Event()

        def receiver() -> Callable[[], Awaitable[dict[str, Any]]]:
            parts = iter([bytes(900), b""])

            async def receive() -> dict[str, Any]:
                part = next(parts)
                if not part:
                    await ended.wait()
                return {"type": "http.request", "body": part, "more_body": bool(part)}

            return receive

        reading = [
            asyncio.create_task(read_body(scope_of("/", "POST"), receiver(), limits)) for _ in range(4)
        ]
        await asyncio.sleep(0.01)
        ended.set()
        together = await asyncio.gather(*reading, return_exceptions=True)
        return [*together, await read_body(scope_of("/", "POST"), receiver(), limits)]

    *together, after = asyncio.run(run())
    errors = [error for error in together if isinstance(error, ApiError)]
    assert [(error.status, error.code) for error in errors] == [(503, "busy")] * 2
    assert {error.headers["Retry-After"] for error in errors} == {"1"}
    assert [body for body in together if isinstance(body, bytes)] == [bytes(900)] * 2
    assert after == bytes(900), "the bytes of the others are forgotten"


def test_a_client_that_leaves_gets_no_answer() -> None:
    with pytest.raises(DisconnectedError):
        read([b"some", b"more", None])


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)
NAMED = st.dictionaries(st.sampled_from(["strokes", "image", "drawings", "other"]), JSON, max_size=3)


@given(NAMED | JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    check(json.dumps(value).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    check(body)


def check(body: bytes) -> None:
    try:
        request = decode_json(body, msgspec.json.Decoder(Request))
    except ApiError as caught:
        error = caught
    else:
        assert isinstance(request, Request)
        return
    assert error.status in (400, 422)
    assert len(error.message.splitlines()) == 1
    assert json.loads(error.body())["error"]["code"] == error.code


def test_an_answer_of_nothing_is_no_answer() -> None:
    async def app(*_: object) -> None:
        pass

    assert asyncio.run(ask(app, scope_of("/"))) == Answer(0, {}, b"")


SMALL = Limits(drawings=2, strokes=4, points=100)


@pytest.mark.parametrize(
    ("part", "is_refused"),
    [
        (b"[],", True),
        (b"{},", True),
        (b"0,", True),
        (b"[0,0],", True),
        (b" ", False),
        (b'"abcdefgh",', False),
    ],
)
def test_json_of_too_many_values_is_refused_before_it_is_decoded(part: bytes, is_refused: bool) -> None:
    body = b'{"x": [' + part * (10_000 // len(part)) + b"0]}"
    if not is_refused:
        check_values(body, SMALL)
        return
    with pytest.raises(ApiError, match=r"more than 1,506 values; send it in parts") as raised:
        check_values(body, SMALL)
    assert (raised.value.status, raised.value.code) == (413, "too-many-values")


@given(st.integers(1, 4), st.integers(1, 100), st.integers(0, 2), st.sampled_from([None, 1]))
def test_json_within_the_limits_is_never_refused_by_its_values(
    strokes: int, points: int, more: int, indent: int | None
) -> None:
    stroke = [[0.5] * (2 + more)] * (points // strokes)
    value = {"drawings": [{"strokes": [stroke] * strokes}, {"strokes": []}]}
    check_values(json.dumps(value, indent=indent).encode(), SMALL)


@pytest.mark.parametrize("path", ["/v1/recognize", "/v2/models/modern-s/infer"])
def test_routes_count_the_values(path: str) -> None:
    services = make_services(ServerConfig(model=DEFAULT_MODEL))
    body = b'{"strokes": [[' + b"[0,0]," * 1_000_000 + b"[0,0]]]}"
    answer = call(
        make_app(services.config, services), path, "POST", body, {"Content-Type": "application/json"}
    )
    assert answer.status == 413
    assert b"531,000 values" in answer.body
