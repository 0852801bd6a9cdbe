"""The description of collecting: it has the routes that are on, and odd requests to them fail nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from collecting_site import KEY, OWNER, MakeSite
from starlette.routing import Route

from lenet.inference.recognizer import Recognizer
from lenet.server import app as server_app
from lenet.server.collect.classroom import Classroom
from lenet.server.collect.collector import Collector
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limits import RateLimits
from odd_requests import ASGI_HOST, send_requests


def described(text: bytes) -> set[tuple[str, str]]:
    paths = json.loads(text)["paths"]
    return {(method.upper(), path) for path, item in paths.items() for method in item}


@pytest.fixture
def classroom(collector: Collector, tmp_path: Path) -> Classroom:
    folder = tmp_path / "class"
    folder.mkdir()
    return Classroom("5b", collector, folder, export=lambda: b"the export")


@pytest.mark.parametrize("has_owner", [False, True])
@pytest.mark.parametrize("has_class", [False, True])
def test_the_routes_that_are_on_are_described(
    make_site: MakeSite, classroom: Classroom, has_owner: bool, has_class: bool
) -> None:
    site = make_site(owner_token=OWNER if has_owner else None, classroom=classroom if has_class else None)
    text = site.ask("GET", "/openapi.json").body
    routed = set()
    for route in server_app.routes(site.services):
        assert isinstance(route, Route)
        routed |= {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}
    assert described(text) == (routed | {("POST", "/v1/recognize")}) - {("GET", "/v2/")}
    assert (("GET", "/v1/moderation") in described(text)) == has_owner
    assert (("PUT", "/v1/class/model") in described(text)) == has_class
    assert ("POST", "/v1/contributions") in described(text)


@pytest.mark.slow
@pytest.mark.parametrize("is_class", [False, True])
def test_odd_requests_fail_nothing(
    make_site: MakeSite, classroom: Classroom, recognizer: Recognizer, is_class: bool
) -> None:
    limits = RateLimits.per_minute(100_000)
    site = make_site(limits=limits)
    token = OWNER
    if is_class:
        site = make_site(
            limits=limits, collector=classroom, classroom=classroom, survey=Survey(classroom, recognizer)
        )
        token = classroom.teacher_token
    config = replace(site.services.config, allowed_hosts=(ASGI_HOST,))
    app = server_app.make_app(config, replace(site.services, config=config))
    headers = {"Lenet-Contributor": KEY, "Authorization": f"Bearer {token}"}
    assert send_requests(app, headers) >= 20
