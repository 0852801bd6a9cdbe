"""Decide which Host headers are answered.

A web site could let its own name point to this machine (DNS rebinding), and then its scripts would
read this server's answers. Its requests carry that name, so only known names are answered.
IP addresses are answered: DNS cannot let them point elsewhere.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lenet.server.config import ServerConfig
from lenet.server.errors import ApiError, of_status

if TYPE_CHECKING:
    from starlette.types import Scope

REMEMBERED = 256  # hosts whose decision is kept
_DEFAULT_PORTS = (80, 443)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?", re.ASCII)
_SAFE = ("GET", "HEAD", "OPTIONS")


class Hosts:
    """The names under which a server answers.

    A server on a loopback address answers under local names and its own port only. Any other also
    answers under addresses and this machine's name, with any port: a proxy may stand before it.
    """

    def __init__(self, config: ServerConfig) -> None:
        self._is_local = is_loopback(config.host)
        names = [name.lower().removeprefix("*") for name in config.allowed_hosts]
        frame = config.frame.names if config.frame else ()
        self._names = {name for name in names if not name.startswith(".")}
        self._endings = (*(name for name in names if name.startswith(".")), *frame)
        if not self._is_local:
            self._names |= {"localhost", config.host.lower(), *_machine_names()}
        self._known: dict[tuple[bytes, int], bool] = {}

    def answers(self, host: bytes, port: int) -> bool:
        """Tell whether a Host header is answered by a server that listens on a port."""
        known = self._known.get((host, port))
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[host, port] = self._decide(host.decode("latin-1").lower(), port)
        return known

    def _decide(self, host: str, port: int) -> bool:
        if self._is_local and host in _local_hosts(port):
            return True
        name = _without_port(host)
        if name in self._names or (bool(self._endings) and name.endswith(self._endings)):
            return True
        return not self._is_local and _is_address(name)


def check_names(scope: Scope, hosts: Hosts) -> None:
    """Check the names in the headers of a request.

    Raises:
        ApiError: 421, the Host is not one of the server's; 403, another site's page sends a request
            that may change something. (Its reading is up to CORS, which is closed.)
    """
    host = origin = site = b""
    for name, value in scope["headers"]:
        if name == b"host":
            host = host + value  # two are one that is unknown
        elif name == b"origin":
            origin = origin + value
        elif name == b"sec-fetch-site":
            site = value
    if not hosts.answers(host, (scope.get("server") or ("", 0))[1] or 0):
        raise of_status(421, "this server has another name; --allowed-host NAME adds one")
    if (origin or site) and scope["method"] not in _SAFE:
        is_same = site == b"same-origin" if site else origin.partition(b"://")[2].lower() == host.lower()
        if not is_same and site != b"none":
            raise ApiError(403, "cross-origin", "the request comes from a page of another site")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a host."""
    return host.lower() == "localhost" or (
        _is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback
    )


def _local_hosts(port: int) -> Iterable[str]:
    names = ("localhost", "127.0.0.1", "[::1]")
    return {f"{name}:{port}" for name in names} | (set(names) if port in _DEFAULT_PORTS else set())


def _without_port(host: str) -> str:
    match = _HOST.fullmatch(host)
    return match[1] if match else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _machine_names() -> Iterable[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"} if name else set()
