"""The application around its routes: names, origins, proxies, paths, and errors."""

from __future__ import annotations

import logging

import pytest
from starlette.routing import Route

from asgi import HOST, call
from lenet.models import DEFAULT_MODEL
from lenet.server.answers import SECURITY, Answers, Draining
from lenet.server.app import App, make_app
from lenet.server.config import ServerConfig
from lenet.server.hosts import Hosts
from lenet.server.page import Page

EMPTY = b'{"strokes": []}'
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app() -> App:
    return make_app(ServerConfig(model=DEFAULT_MODEL))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": f"http://{HOST}"}, 200),
        ({"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://proxy.example", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://127.0.0.1:8001"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_pages_of_other_sites_cannot_send_requests(app: App, headers: dict[str, str], status: int) -> None:
    answer = call(app, "/v1/recognize", "POST", EMPTY, {**JSON, **headers})
    assert answer.status == status
    assert call(app, "/", headers=headers).status == 200, "but links lead here"
    preflight = call(app, "/v1/recognize", "OPTIONS", headers=headers)
    assert preflight.status == 405
    assert not [name for name in {**preflight.headers, **answer.headers} if name.startswith("access-control")]


LOCAL = {"localhost:8000", "127.0.0.1:8000", "[::1]:8000"}
ADDRESSES = {"192.168.1.20:8000", "[fe80::1]", "10.0.0.1"}
OTHERS = {"evil.example:8000", "127.0.0.1.evil.example", "localhost.evil", "", "127.0.0.1:8000@evil", "[::1"}


@pytest.mark.parametrize(
    ("config", "answered"),
    [
        (ServerConfig(model=DEFAULT_MODEL), LOCAL),
        (ServerConfig(model=DEFAULT_MODEL, host="::1"), LOCAL),
        (ServerConfig(model=DEFAULT_MODEL, host="localhost"), LOCAL),
        (
            ServerConfig(model=DEFAULT_MODEL, allowed_hosts=("a.example",)),
            {*LOCAL, "a.example", "A.example:9"},
        ),
        (
            ServerConfig(model=DEFAULT_MODEL, allowed_hosts=(".b.example", "*.c.example")),
            {*LOCAL, "x.b.example", "y.c.example:443"},
        ),
        (
            ServerConfig(model=DEFAULT_MODEL, host="0.0.0.0"),
            {*LOCAL, *ADDRESSES, "localhost", "localhost:1"},
        ),
    ],
)
def test_only_the_servers_own_names_are_answered(config: ServerConfig, answered: set[str]) -> None:
    hosts = Hosts(config)
    names = {*LOCAL, *ADDRESSES, *OTHERS, "localhost", "localhost:1", *answered}
    names |= {"b.example", "a.example.evil", "x.a.example", "evilb.example"}
    for _ in range(2):  # decided, and remembered
        assert {name for name in names if hosts.answers(name.encode(), 8000)} == answered


def test_as_many_hosts_as_somebody_may_think_of_take_no_memory() -> None:
    hosts = Hosts(ServerConfig(model=DEFAULT_MODEL))
    for number in range(10_000):
        assert not hosts.answers(b"%d.example" % number, 8000)
    assert len(hosts._known) < 1000


def test_a_proxy_may_keep_the_root_path_or_remove_it() -> None:
    app = make_app(ServerConfig(model=DEFAULT_MODEL, root_path="/lenet"))
    for path in ("/lenet/v1/models", "/v1/models", "/lenet/", "/"):
        assert call(app, path).status == 200
    assert call(app, "/lenet/v1/recognize", "POST", EMPTY, JSON).status == 200
    moved = call(app, "/lenet")
    assert (moved.status, moved.headers["location"]) == (308, "/lenet/")
    assert call(app, "/lenets/").status == 404


def test_an_unknown_path_is_not_found_by_any_method(app: App) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        assert (call(app, "/v1/nothing", method).status, call(app, "/nothing", method).status) == (404, 404)


def test_an_error_of_no_route_has_the_form_of_its_interface(app: App) -> None:
    missing = call(app, "/v1/nothing").json()["error"]
    assert (missing["code"], "/docs" in missing["message"]) == ("not-found", True)
    other = call(app, "/v1/models", "POST").json()["error"]
    assert (other["code"], "Allow" in other["message"]) == ("method-not-allowed", True)
    for path, method in (("/v2/models", "GET"), ("/v2/nothing", "GET"), ("/v2", "POST")):
        assert isinstance(call(app, path, method).json()["error"], str)
    stranger = call(app, "/v2/health/live", headers={"Host": "evil.example"})
    assert (stranger.status, isinstance(stranger.json()["error"], str)) == (421, True)
    assert "code" in call(app, "/v22").json()["error"]


def test_an_error_of_the_program_is_logged_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: object) -> None:
        raise RuntimeError("secret")

    config = ServerConfig(model=DEFAULT_MODEL)
    answers = Answers(None, Draining())
    app = App(config, answers, Page({}, answers), [Route("/fail", fail)])
    with caplog.at_level(logging.ERROR):
        answer = call(app, "/fail")
    assert (answer.status, answer.code) == (500, "internal")
    assert b"secret" not in answer.body
    assert "secret" in caplog.text


def test_each_answer_has_the_common_headers_once(app: App) -> None:
    for path in ("/", "/v1/models", "/v1/recognize", "/nothing"):
        headers = call(app, path).headers
        assert {name.lower(): value for name, value in SECURITY.items()}.items() <= headers.items()


def test_answers_of_a_server_that_drains_close_their_connections() -> None:
    app = make_app(ServerConfig(model=DEFAULT_MODEL))
    assert "connection" not in call(app, "/").headers
    app.draining.start()
    for path in ("/", "/v1/models", "/v1/recognize", "/nothing"):
        assert call(app, path).headers["connection"] == "close"
    large = call(app, "/v1/recognize", "POST", bytes(2**23 + 1), JSON)
    assert (large.status, large.headers["connection"]) == (413, "close")
