"""Addresses of files: paths, and URIs of object stores."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from lenet.errors import LenetError

STORES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")
WEB = ("http", "https")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")  # two letters at least: C:\ is a path


class Address(NamedTuple):
    """An object of a store.

    Attributes:
        root: the store, such as "s3://bucket"; it has no credentials.
        key: the object's name in the store; "" is the store itself.
    """

    root: str
    key: str

    def __str__(self) -> str:
        return f"{self.root}/{self.key}" if self.key else self.root

    @property
    def is_web(self) -> bool:
        """Tell whether this is a page of a web server, which can only be read."""
        return self.root.startswith(("http:", "https:"))


def is_remote(uri: str) -> bool:
    """Tell whether an input or output is on a store or a web server, not on this machine."""
    match = _SCHEME.match(uri)
    return match is not None and match[1].lower() != "file"


def local_path(uri: str) -> Path:
    """Return the path of a file or folder on this machine; `file://` URIs are understood."""
    if uri.lower().startswith("file://"):
        return Path(url2pathname(unquote(urlsplit(uri).path)))
    return Path(uri)


def parse(uri: str) -> Address:
    """Return the address of a remote URI.

    Raises:
        LenetError: the scheme is unknown, or the URI has credentials or a query.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    place = f"{scheme}://{parts.netloc.rpartition('@')[2]}"
    if scheme not in (*STORES, *WEB):
        known = ", ".join(f"{name}://" for name in ("s3", "gs", "az", "https"))
        raise LenetError(f"{place}: {scheme}:// is not supported; name a path, or one of {known}")
    if not parts.netloc:
        raise LenetError(f"{uri}: names no bucket; write {scheme}://BUCKET/NAME")
    if scheme in WEB and parts.query:
        raise LenetError(f"{place}{parts.path}: a query cannot be sent; download the file first")
    if "@" in parts.netloc and scheme not in ("abfs", "abfss"):
        raise LenetError(f"{place}: credentials in an address would be logged; use environment variables")
    if scheme in WEB:
        return Address(place, unquote(parts.path).strip("/"))
    # Keys may hold "?", "#" and "%", which are not special in the addresses of stores.
    netloc = parts.netloc if scheme in ("abfs", "abfss") else parts.netloc.rpartition("@")[2]
    key = uri.split("://", 1)[1].partition("/")[2]
    return Address(f"{scheme}://{netloc}", key.strip("/"))
