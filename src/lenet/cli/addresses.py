"""Argument types of `lenet serve`: host names, networks and paths of addresses."""

from __future__ import annotations

import argparse
import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
_MAX_NAME = 253  # characters, of DNS


def host(text: str) -> str:
    """Return a host name or an address to listen on."""
    if _is_address(text) or _is_name(text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r:.80} is not an address or a host name; give 192.168.1.20")


def allowed_host(text: str) -> str:
    """Return a host name, an ending such as .example.org, or an address as the Host header has it."""
    name = text.removeprefix("*.").removeprefix(".")
    if _is_name(name):
        return text
    plain = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if _is_address(plain):
        return f"[{plain}]"
    raise argparse.ArgumentTypeError(
        f"{text!r:.80} is not a host name; give it without scheme, port and path, such as letters.example.org"
    )


def network(text: str) -> str:
    """Return an address or a network such as 10.0.0.0/8."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.80} is not an address or a network") from None
    return text


def root_path(text: str) -> str:
    """Return a path that begins with a slash and does not end with one."""
    path = text.rstrip("/")
    parts = path.split("/")
    if not re.fullmatch(r"(/[\w.~-]+)*", path, re.ASCII) or not {".", ".."}.isdisjoint(parts):
        raise argparse.ArgumentTypeError(
            f"{text!r:.80} is not a path such as /lenet; begin with a slash, and leave . and .. out"
        )
    return path


def _is_name(text: str) -> bool:
    return len(text) <= _MAX_NAME and all(map(_LABEL.fullmatch, text.split(".")))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
