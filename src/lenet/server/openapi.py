"""The description of the HTTP interface: /openapi.json (OpenAPI 3.1), and /docs, the same as a page.

Both are made from the operations of the modules with routes, and from their msgspec types.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenet import __version__
from lenet.server.media_types import HTML, JSON
from lenet.server.operations import Access, Content, Operation, Parameter, Place, Reply

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

    from lenet.server.app import Services
    from lenet.server.config import Limits, ServerConfig

TEMPLATES = Path(__file__).with_name("templates")
REF = "#/components/schemas/{name}"
GROUP = "Description"
MAX_EXAMPLE = 600  # characters on the page

JsonObject = dict[str, Any]

SUMMARY = "Recognizes handwritten letters: strokes or pictures in, letters with probabilities out."
DESCRIPTION = """All routes answer JSON unless they say otherwise; an error has a status of 400 or more and
one sentence with the remedy. Requests of other web sites are not answered (no CORS), nor host names that
the server does not know."""

_SCHEMES: dict[Access, JsonObject] = {
    Access.CONTRIBUTOR: {
        "type": "apiKey", "in": "header", "name": "Lenet-Contributor",
        "description": "The contributor's own key: 16 to 128 printable characters.",
    },
    Access.OWNER: {"type": "http", "scheme": "bearer", "description": "The owner's or teacher's token."},
    Access.CLASS_MEMBER: {
        "type": "apiKey", "in": "header", "name": "Lenet-Class",
        "description": "The session that joining the class returns.",
    },
}  # fmt: skip


def describe_limits(limits: Limits) -> list[tuple[str, float]]:
    """Return each limit's meaning and value."""
    return [(field.metadata["meaning"], getattr(limits, field.name)) for field in fields(limits)]


def document(config: ServerConfig, operations: Sequence[Operation]) -> JsonObject:
    """Return the OpenAPI document of operations.

    Args:
        config: the settings, for the limits and the path before all paths.
        operations: in the order of the document.
    """
    refs, schemas = _schemas(operations)
    paths: dict[str, JsonObject] = {}
    for operation in operations:
        described = _operation(operation, config.limits, refs)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    groups = dict.fromkeys(operation.group for operation in operations)
    used = {operation.access for operation in operations}
    schemes = {access.value: scheme for access, scheme in _SCHEMES.items() if access in used}
    limits = "".join(f"\n- {value:,} {meaning}" for meaning, value in describe_limits(config.limits))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LeNet letter recognizer",
            "version": __version__,
            "summary": SUMMARY,
            "description": f"{DESCRIPTION}\n\nAt most:\n{limits}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": config.root_path.rstrip("/") or "/"}],
        "tags": [{"name": group} for group in groups],
        "paths": paths,
        "components": {"schemas": schemas, **({"securitySchemes": schemes} if schemes else {})},
    }


def _types_of(operation: Operation) -> list[object]:
    contents = [*operation.bodies, *(c for reply in operation.replies.values() for c in reply.contents)]
    types = [kind for content in contents for kind in _alternatives(content)]
    return [*types, operation.error_type, *(parameter.type for parameter in operation.parameters)]


def _alternatives(content: Content) -> tuple[object, ...]:
    """Return the types that a body may have; none for bytes and text."""
    if content.type is None:
        return ()
    return content.type if isinstance(content.type, tuple) else (content.type,)


def _schemas(operations: Sequence[Operation]) -> tuple[Mapping[str, JsonObject], JsonObject]:
    """Return the schema of each type by its `repr`, and the components that they refer to."""
    types = {repr(kind): kind for operation in operations for kind in _types_of(operation)}
    schemas, components = msgspec.json.schema_components(types.values(), ref_template=REF)
    return dict(zip(types, schemas, strict=True)), components


def _operation(operation: Operation, limits: Limits, refs: Mapping[str, JsonObject]) -> JsonObject:
    responses = {str(status): _reply(reply, refs) for status, reply in operation.replies.items()}
    error = Content(operation.error_type)
    for status, cause in operation.all_errors(limits).items():
        if str(status) not in responses:
            responses[str(status)] = _reply(Reply(cause, (error,)), refs)
    described: JsonObject = {
        "operationId": _identifier(operation),
        "tags": [operation.group],
        "summary": operation.summary,
        "responses": responses,
    }
    if operation.description:
        described["description"] = operation.description
    if operation.parameters:
        described["parameters"] = [_parameter(parameter, refs) for parameter in operation.parameters]
    if operation.bodies:
        described["requestBody"] = {"required": True, "content": _contents(operation.bodies, refs)}
    if operation.access is not None:
        described["security"] = [{operation.access.value: []}]
    return described


def _identifier(operation: Operation) -> str:
    """Return a name for the operation in programs, such as get_v2_models_name."""
    path = "".join(char if char.isalnum() else "_" for char in operation.path)
    return "_".join(word for word in f"{operation.method.lower()}_{path}".split("_") if word)


def _parameter(parameter: Parameter, refs: Mapping[str, JsonObject]) -> JsonObject:
    described: JsonObject = {
        "name": parameter.name,
        "in": parameter.place.value,
        "description": parameter.description,
        "required": parameter.is_required or parameter.place is Place.PATH,
        "schema": refs[repr(parameter.type)],
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def _reply(reply: Reply, refs: Mapping[str, JsonObject]) -> JsonObject:
    described: JsonObject = {"description": reply.description}
    return {**described, "content": _contents(reply.contents, refs)} if reply.contents else described


def _contents(contents: Sequence[Content], refs: Mapping[str, JsonObject]) -> JsonObject:
    described: JsonObject = {}
    for content in contents:
        value: JsonObject = {}
        if content.type is not None:
            schemas = [refs[repr(kind)] for kind in _alternatives(content)]
            value["schema"] = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
            if content.example is not None:
                value["example"] = content.example
        described[content.media_type] = value
    return described


# ---- The page ------------------------------------------------------------------------------


@functools.cache
def _environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_page(config: ServerConfig, operations: Sequence[Operation]) -> bytes:
    """Return the page of documentation: HTML that loads its style sheet alone, and runs no script."""
    described = document(config, operations)
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.group, []).append(operation)
    page = (
        _environment()
        .get_template("docs.html.j2")
        .render(
            root=config.root_path.rstrip("/"),
            summary=SUMMARY,
            description=DESCRIPTION,
            version=__version__,
            groups=groups,
            limits=config.limits,
            limit_rows=describe_limits(config.limits),
            schemas=described["components"]["schemas"],
            schemes=_SCHEMES,
            identifier=_identifier,
            encode=_encode_example,
            type_name=type_name,
        )
    )
    return page.encode()


def _encode_example(value: object) -> str:
    """Return a value as JSON; a long one is cut, because readers know its rest."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
    return text if len(text) <= MAX_EXAMPLE else f"{text[:MAX_EXAMPLE]} ..."


def type_name(schema: JsonObject) -> str:
    """Return a JSON schema as a few words, such as "list of Stroke or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(type_name(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    kind = schema.get("type", "any value")
    if kind == "array" and "prefixItems" in schema:
        return f"[{', '.join(type_name(part) for part in schema['prefixItems'])}]"
    if kind == "array" and schema.get("items"):
        return f"list of {type_name(schema['items'])}"
    return str(kind)


def operations(config: ServerConfig) -> list[Operation]:
    """Return the operations of this module's routes."""
    page = Reply("The page.", (Content(media_type=HTML),))
    return [
        Operation(
            "GET", "/openapi.json", GROUP, "Describe the interface as OpenAPI 3.1.",
            {200: Reply("The document.", (Content(dict),))},
        ),
        Operation("GET", "/docs", GROUP, "Describe the interface as a page.", {200: page}),
        Operation(
            "GET", "/docs/style.css", GROUP, "Return the style sheet of that page.",
            {200: Reply("The style sheet.", (Content(media_type="text/css"),))},
        ),
    ]  # fmt: skip


def routes(services: Services, operations: Sequence[Operation]) -> list[BaseRoute]:
    """Return the routes of the description, which is made when it is first asked for.

    Starlette runs these functions in threads, because that takes a tenth of a second.

    Args:
        services: what the routes share.
        operations: those of all modules whose routes are on.
    """
    config = services.config
    text = functools.cache(lambda: msgspec.json.encode(document(config, operations)))
    page = functools.cache(lambda: render_page(config, operations))
    style = (TEMPLATES / "docs.css").read_bytes()

    def openapi(request: Request) -> Response:
        return Response(text(), media_type=JSON)

    def docs(request: Request) -> Response:
        return Response(page(), media_type=HTML)

    async def style_sheet(request: Request) -> Response:
        return Response(style, media_type="text/css")

    return [
        Route("/openapi.json", openapi),
        Route("/docs", docs),
        Route("/docs/style.css", style_sheet),
    ]
