"""The description of the interface: every route is in it, it is valid, and its page runs nothing."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import jsonschema
import pytest
from starlette.routing import Route

from asgi import Caller
from lenet.inference.recognizer import model_path
from lenet.server import app as server_app
from lenet.server import openapi
from lenet.server.config import Limits, ServerConfig
from repository import ROOT


@pytest.fixture(scope="module")
def services() -> server_app.Services:
    return server_app.make_services(ServerConfig(model=model_path(None)))


@pytest.fixture(scope="module")
def client(services: server_app.Services) -> Caller:
    return Caller(server_app.make_app(services.config, services))


@pytest.fixture(scope="module")
def document(client: Caller) -> Any:
    answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def test_every_route_is_described(services: server_app.Services, document: Any) -> None:
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    direct = {("POST", path) for path in server_app.direct(services)}
    routed = set()
    for route in server_app.routes(services):
        assert isinstance(route, Route)
        routed |= {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}
    same = {("GET", "/v2/")}  # as /v2
    assert described == (direct | routed) - same


def test_collecting_is_described_only_where_it_is_on(document: Any) -> None:
    assert not [
        path for path in document["paths"] if re.match("/v1/(contributions|consent|moderation|class)", path)
    ]
    assert "securitySchemes" not in document["components"]


def test_references_lead_somewhere_and_identifiers_are_unique(document: Any) -> None:
    text = json.dumps(document)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names == set(document["components"]["schemas"])
    identifiers = re.findall(r'"operationId": "([^"]+)"', text)
    assert len(identifiers) == len({*identifiers}) == sum(map(len, document["paths"].values()))
    for path, item in document["paths"].items():
        for operation in item.values():
            parameters = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert parameters == set(re.findall(r"{(\w+)}", path))


def test_schemas_and_examples_are_valid(document: Any) -> None:
    schemas = document["components"]["schemas"]
    validator = jsonschema.Draft202012Validator
    examples = 0
    for schema in schemas.values():
        validator.check_schema(schema)
    for item in document["paths"].values():
        for operation in item.values():
            replies = operation["responses"].values()
            for content in (operation.get("requestBody", {}), *replies):
                for body in content.get("content", {}).values():
                    if "example" in body:
                        whole = {**body["schema"], "components": {"schemas": schemas}}
                        validator(whole).validate(body["example"])
                        examples += 1
    assert examples >= 2


def test_examples_of_bodies_are_answered(client: Caller, document: Any) -> None:
    asked = 0
    for path, item in document["paths"].items():
        for content in item.get("post", {}).get("requestBody", {}).get("content", {}).values():
            if "example" in content:
                url = path.replace("{name}", "modern-s").replace("{version}", "1")
                assert client.post(url, content["example"]).status in (200, 201)
                asked += 1
    assert asked >= 2


def test_errors_and_limits_are_described(document: Any) -> None:
    infer = document["paths"]["/v2/models/{name}/infer"]["post"]["responses"]
    assert {"200", "400", "404", "408", "413", "415", "421", "422", "431", "503"} <= set(infer)
    assert "8,388,608 bytes" in infer["413"]["description"]
    live = document["paths"]["/v2/health/live"]["get"]["responses"]
    assert not {"413", "415", "422"} & set(live)
    for meaning, value in openapi.describe_limits(Limits()):
        assert f"- {value:,} {meaning}" in document["info"]["description"]


def test_the_path_before_all_paths_is_the_servers(services: server_app.Services) -> None:
    config = ServerConfig(model=services.config.model, root_path="/lenet/")
    described = openapi.document(config, server_app.operations(config))
    assert described["servers"] == [{"url": "/lenet"}]
    page = openapi.render_page(config, server_app.operations(config)).decode()
    assert 'href="/lenet/docs/style.css"' in page


class Loads(HTMLParser):
    """Collects what a page names: elements, addresses and identifiers."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.addresses: list[str] = []
        self.identifiers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "style"
            if name in ("href", "src"):
                self.addresses.append(value or "")
            elif name == "id":
                self.identifiers.append(value or "")


def test_the_page_loads_its_style_sheet_and_icon_alone(client: Caller, document: Any) -> None:
    answer = client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Loads()
    page.feed(answer.body.decode())
    assert not {"script", "style", "iframe", "img", "object", "embed", "form", "base"} & page.elements
    assert {address for address in page.addresses if address[0] != "#"} == {
        "/docs/style.css", "/icon.svg", "/openapi.json", "/",
    }  # fmt: skip
    anchors = {address[1:] for address in page.addresses if address[0] == "#"}
    assert anchors <= set(page.identifiers)
    assert len(page.identifiers) == len({*page.identifiers})
    style = client.get("/docs/style.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert b"url(" not in style.body
    assert b"@import" not in style.body


def test_the_page_says_what_the_document_says(client: Caller, document: Any) -> None:
    text = client.get("/docs").body.decode()
    for path, item in document["paths"].items():
        assert f"<code>{path}</code>" in text
        for operation in item.values():
            assert html.escape(operation["summary"], quote=False).replace("'", "&#39;") in text
            assert f'id="{operation["operationId"]}"' in text
    for name in document["components"]["schemas"]:
        assert f"<code>{name}</code>" in text


def test_the_reference_is_made_from_the_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "codegen"))
    import server_page

    page = ROOT / "docs" / "reference" / "server.md"
    assert page.read_text(encoding="utf-8") == server_page.document(), "run tools/codegen/server_page.py"


def test_types_are_named_in_words() -> None:
    named: dict[str, dict[str, Any]] = {
        "list of list of number": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        "[string, number]": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]},
        "Answer or null": {"anyOf": [{"$ref": "#/components/schemas/Answer"}, {"type": "null"}]},
        "new, accepted": {"enum": ["new", "accepted"]},
        "any value": {},
    }
    assert {openapi.type_name(schema) for schema in named.values()} == set(named)
