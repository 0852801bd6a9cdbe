"""POST /v1/recognize: the fixed interface."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

import lenet
from lenet.models import DEFAULT_MODEL
from lenet.server.config import ServerConfig
from lenet.server.run import start

L = [[[0, 0], [0, 10], [6, 10]]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with start(ServerConfig(model=DEFAULT_MODEL)) as running:
        yield urlsplit(running.url).netloc


def post(address: str, value: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("POST", "/v1/recognize", json.dumps(value), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_strokes_are_answered_as_by_predict(address: str) -> None:
    status, answer = post(address, {"strokes": L})
    expected = lenet.load().recognize(L)
    assert status == 200
    assert (answer["letter"], answer["verdict"]) == (expected.letter, expected.verdict.value)
    assert [letter for letter, _ in answer["candidates"]] == [letter for letter, _ in expected.candidates]
    assert [p for _, p in answer["candidates"]] == pytest.approx(
        [p for _, p in expected.candidates], abs=1e-6
    )


def test_no_strokes_are_empty(address: str) -> None:
    assert post(address, {"strokes": []}) == (200, {"letter": None, "verdict": "empty", "candidates": []})
