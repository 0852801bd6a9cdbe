"""The built page: every file is read once, at the start, so a request can only name one of them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lenet.errors import LenetError
from lenet.server.answers import Answers, RawHeaders, raw
from lenet.server.config import PAGE
from lenet.server.errors import of_status
from lenet.server.media_types import BYTES, HTML, JSON, TEXT, UTF8

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

MODEL = "/model.safetensors"  # where the page looks for it
WORKER = "/service-worker.js"  # the built page's
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": HTML + UTF8,
    ".js": "text/javascript; charset=utf-8",
    ".json": JSON,
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": TEXT + UTF8,
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class Resource:
    """A file as it is sent.

    Attributes:
        body: its bytes.
        packed: its gzip; None where that would not be smaller.
        tag: changes with the bytes.
        headers: content type and caching.
    """

    body: bytes
    packed: bytes | None
    tag: str
    headers: Mapping[str, str]


def _resource(path: str, body: bytes) -> Resource:
    packed = gzip.compress(body, mtime=0)
    hashed = path.startswith("/assets/")  # the build puts a digest into these names
    headers = {
        "Content-Type": TYPES.get(PurePosixPath(path).suffix, BYTES),
        "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
        "Vary": "Accept-Encoding",
    }
    tag = hashlib.sha256(body).hexdigest()[:32]
    return Resource(body, packed if len(packed) < len(body) else None, tag, headers)


def _read(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise LenetError(f"{path}: cannot be read ({reason}); {remedy}") from None


def read_resources(model: Path, page: Path = PAGE, words: tuple[str, ...] = ()) -> dict[str, Resource]:
    """Read everything that is served, by its path in a URL.

    Args:
        model: the model file.
        page: the folder of the built page.
        words: what the page may ask of the server, for its meta element "lenet-server".

    Raises:
        LenetError: the page is not built, or a file cannot be read.
    """
    if not (page / "index.html").is_file():
        raise LenetError(f"{page}: the page is not built; run `python tools/build/build.py` in a checkout")
    files = {
        f"/{file.relative_to(page).as_posix()}": _read(file, "build the page again")
        for file in sorted(page.rglob("*"))
        if file.is_file()
    }
    files[MODEL] = _read(model, "name another model with --model")
    if words:
        files["/index.html"] = _with_words(files["/index.html"], words)
        if WORKER in files:  # with other words it is another one, which fetches index.html again
            files[WORKER] += f"\n// lenet-server: {' '.join(words)}\n".encode()
    resources = {path: _resource(path, body) for path, body in files.items()}
    return {**resources, "/": resources["/index.html"]}


def _with_words(index: bytes, words: tuple[str, ...]) -> bytes:
    meta = f'<meta name="lenet-server" content="{" ".join(words)}" />'.encode()
    return index.replace(b"<title", meta + b"<title", 1)


class Page:
    """An ASGI application that answers with resources and looks at no file."""

    def __init__(self, resources: Mapping[str, Resource], answers: Answers) -> None:
        self.paths = frozenset(resources)
        self._resources = resources
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD with a resource; raise ApiError for other methods and paths."""
        resource = self._resources.get(scope["path"])
        if resource is None:
            raise of_status(404)
        if scope["method"] not in METHODS:
            raise of_status(405, headers={"Allow": ", ".join(METHODS)})
        asked = dict(scope["headers"])
        codings = asked.get(b"accept-encoding", b"").decode("latin-1")
        packed = resource.packed if _accepts_gzip(codings) else None
        tag = f'"{resource.tag}{"" if packed is None else "-gzip"}"'
        headers: RawHeaders = [*raw(resource.headers), (b"etag", tag.encode())]
        if _is_known(tag, asked.get(b"if-none-match", b"").decode("latin-1")):
            await self._answers.send(send, 304, headers, b"", has_body=False)
        elif packed is None:
            await self._answers.send(send, 200, headers, resource.body)
        else:
            await self._answers.send(send, 200, [*headers, (b"content-encoding", b"gzip")], packed)


def _accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding header allows gzip: named, and not with the weight 0."""
    for part in header.lower().replace(" ", "").split(","):
        coding, _, weight = part.partition(";q=")
        if coding == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


def _is_known(tag: str, header: str) -> bool:
    """Tell whether an If-None-Match header names a tag."""
    known = [value.strip().removeprefix("W/") for value in header.split(",")]
    return tag in known or "*" in known
