"""Requests that Schemathesis makes from an application's OpenAPI document, valid and odd ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ASGI_HOST = "testserver"  # of Schemathesis' requests
EXAMPLES = 16  # of each operation, half of them outside the document


def send_requests(app: ASGIApp, headers: Mapping[str, str] | None = None) -> int:
    """Send requests to every operation of an app's document; return how many operations it has.

    Each answer must have a status, a content type and a body that the document describes.

    Args:
        app: the application; it must answer the host `ASGI_HOST`.
        headers: of each request.

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
        _send(cases, checks, headers or {})
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


def _send(cases: st.SearchStrategy[Any], checks: list[Any], headers: Mapping[str, str]) -> None:
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
        case.call_and_validate(checks=checks, headers=dict(headers))

    answers()
