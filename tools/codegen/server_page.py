"""Writes docs/reference/server.md from the descriptions of the server's routes.

python tools/codegen/server_page.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lenet.server import app, openapi, operations
from lenet.server.collect import descriptions
from lenet.server.config import ServerConfig
from lenet.server.operations import Access, Content, Operation

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "server.md"
CONFIG = ServerConfig(model=Path("modern-s.safetensors"))

HEAD = """# HTTP interface

`python tools/codegen/server_page.py` makes this page from the descriptions in the code.
A running server has the same at `/docs`, and as OpenAPI 3.1 at `/openapi.json`, of the routes that are on.
[Serve the page and the HTTP interface](../how-to/serve.md) is the guide.

An error has a status of 400 or more.
It is `{"error": {"code": "...", "message": "..."}}` with one sentence and its remedy.
Below `/v2` it is `{"error": "..."}`, as the Open Inference Protocol says.
No answer allows pages of other origins to read it (CORS).
Requests of such pages that may change something are refused.
"""

ACCESS = {
    Access.CONTRIBUTOR: "the header `Lenet-Contributor` with the contributor's key",
    Access.OWNER: "the header `Authorization: Bearer` with the owner's token",
    Access.CLASS_MEMBER: "the header `Lenet-Class` with a session, "
    "or `Authorization: Bearer` with the teacher's token",
}
WHEN = {
    descriptions.COLLECTING: "These routes are on with `--collect` or `--class`.",
    descriptions.MODERATION: "These routes are on where letters are collected and an owner's token is set.",
    descriptions.CLASS: "These routes are on with `--class`.",
}


def every_operation() -> list[Operation]:
    """Return the operations of all routes, on or not."""
    base = app.operations(CONFIG)
    collecting = [
        *descriptions.contributor_operations(),
        *descriptions.owner_operations(),
        *descriptions.class_operations(),
    ]
    return [*base, *collecting]


def document() -> str:
    """Return the page."""
    every = every_operation()
    return "\n".join([HEAD, *_common_errors(), *_routes(every), *_limits(), *_types(every)])


def _common_errors() -> Iterator[str]:
    limits = CONFIG.limits
    yield "## Errors of all routes\n"
    for requests, errors in (
        ("any request", operations.errors_of_every_route(limits)),
        ("other methods than GET", operations.CHANGES),
        ("requests with a body", operations.errors_of_bodies(limits)),
    ):
        yield from _table(("Status", f"Cause, for {requests}"), [(str(s), c) for s, c in errors.items()])


def _routes(every: Sequence[Operation]) -> Iterator[str]:
    for group in dict.fromkeys(operation.group for operation in every):
        yield f"## {group}\n"
        if group in WHEN:
            yield f"{WHEN[group]}\n"
        for operation in every:
            if operation.group == group:
                yield from _route(operation)


def _route(operation: Operation) -> Iterator[str]:
    yield f"### {operation.method} {operation.path}\n"
    yield f"{operation.summary}"
    if operation.description:
        yield _lines(operation.description)
    if operation.access is not None:
        yield f"It needs {ACCESS[operation.access]}."
    if operation.bodies:
        yield f"The body is {_contents(operation.bodies)}."
    yield ""
    if operation.parameters:
        yield from _table(
            ("Parameter", "In", "Meaning"),
            [(f"`{p.name}`", p.place.value, p.description) for p in operation.parameters],
        )
    replies = [
        (str(status), reply.description, _contents(reply.contents))
        for status, reply in operation.replies.items()
    ]
    errors = [(str(status), cause, "") for status, cause in operation.own_errors().items()]
    yield from _table(("Status", "Answer or cause", "Body"), [*replies, *errors])


def _contents(contents: Sequence[Content]) -> str:
    """Return the types of bodies, such as `application/json` (Answer)."""
    texts = []
    for content in contents:
        kinds = content.type if isinstance(content.type, tuple) else (content.type,)
        names = [name for kind in kinds if (name := _name(kind))]
        texts.append(f"`{content.media_type}`" + (f" ({' or '.join(names)})" if names else ""))
    return ", or ".join(texts)


def _name(kind: object) -> str:
    kind = getattr(kind, "__origin__", kind)  # of Annotated
    name = getattr(kind, "__name__", "")
    return "" if name == "dict" else str(name)


def _limits() -> Iterator[str]:
    yield "## Limits\n"
    rows = [(f"{value:,}", meaning) for meaning, value in openapi.describe_limits(CONFIG.limits)]
    yield from _table(("At most", "Of"), rows)


def _types(every: Sequence[Operation]) -> Iterator[str]:
    yield "## Types\n"
    schemas = openapi.document(CONFIG, every)["components"]["schemas"]
    for name, schema in sorted(schemas.items()):
        yield f"### {name}\n"
        if "description" in schema:
            yield f"{_lines(schema['description'].splitlines()[0])}\n"
        if "properties" not in schema:
            yield f"{openapi.type_name(schema)}\n"
            continue
        required = schema.get("required", [])
        rows = [
            (f"`{field}`", openapi.type_name(part), "yes" if field in required else "no")
            for field, part in schema["properties"].items()
        ]
        yield from _table(("Field", "Type", "Required"), rows)


def _lines(text: str) -> str:
    """Return a text with one sentence a line."""
    return re.sub(r"(?<=[.;]) (?=[A-Z`])", "\n", text)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(document(), encoding="utf-8")
