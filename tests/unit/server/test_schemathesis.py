"""Schemathesis sends valid and odd requests to every operation of the document: none may fail the server.

The requests are made from the document alone. Each answer must have a status, a content type and a body
that the document describes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lenet.inference.recognizer import model_path
from lenet.server import app as server_app
from lenet.server import formats
from lenet.server.config import ServerConfig

if TYPE_CHECKING:
    from starlette.types import ASGIApp

EXAMPLES = 30  # of each operation, half of them outside the document


def send_requests(app: ASGIApp) -> int:
    """Send requests to every operation of an app's document; return how many operations it has.

    Raises:
        AssertionError: an answer is not one that the document describes, or has a status of 500.
    """
    # Imported here: collecting the tests would load it for nothing.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        status_code_conformance,
    )

    checks: list[Any] = [not_a_server_error, content_type_conformance, status_code_conformance, check_body]
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    count = 0
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # raises for an invalid operation
        cases = operation.as_strategy()
        if operation.body or operation.query or operation.headers or operation.path_parameters:
            cases = st.one_of(cases, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        _send(cases, checks)
        count += 1
    return count


def check_body(_: object, response: Any, case: Any) -> None:
    """Compare an answer in JSON with its schema. Schemathesis' own check refuses tuples (`prefixItems`)."""
    document = case.operation.schema.raw_schema
    described = document["paths"][case.operation.path][case.operation.method.lower()]["responses"]
    content = described[str(response.status_code)].get("content", {}).get("application/json", {})
    is_json = response.headers["content-type"] == ["application/json"]
    if is_json and "schema" in content:
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(response.json())


def _send(cases: st.SearchStrategy[Any], checks: list[Any]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(cases)
    def answers(case: Any) -> None:
        case.call_and_validate(checks=checks)

    answers()


@pytest.mark.slow
def test_no_request_fails_the_server() -> None:
    from schemathesis.python.asgi import HOST

    config = ServerConfig(model=model_path(None), allowed_hosts=(HOST,))
    app = server_app.make_app(config)
    assert send_requests(app) >= 12


@pytest.mark.slow
def test_a_server_that_fails_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle itself: an operation that fails for some requests."""
    from schemathesis.python.asgi import HOST

    services = server_app.make_services(ServerConfig(model=model_path(None), allowed_hosts=(HOST,)))
    app = server_app.make_app(services.config, services)
    monkeypatch.setattr(formats, "drawings_of", lambda _: 1 / 0)
    with pytest.raises(BaseException, match=r"Server error|500"):
        send_requests(app)
