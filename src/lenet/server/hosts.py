"""Decide which Host headers are answered.

A web site could let its own name point to this machine (DNS rebinding), and then its scripts would
read this server's answers. Its requests carry that name, so only known names are answered.
Addresses are no names: nobody can let one point elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from lenet.server.config import ServerConfig

REMEMBERED = 256  # hosts whose decision is kept
_DEFAULT_PORTS = (80, 443)


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


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a host."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback)


def _local_hosts(port: int) -> Iterable[str]:
    names = ("localhost", "127.0.0.1", "[::1]")
    return {f"{name}:{port}" for name in names} | (set(names) if port in _DEFAULT_PORTS else set())


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _machine_names() -> Iterable[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"} if name else set()
