"""The server's address on the local network, as a QR code in the terminal."""

from __future__ import annotations

import ipaddress
import socket
import sys

from lenet.errors import LenetError, MissingDependencyError
from lenet.server.config import ServerConfig
from lenet.server.hosts import is_loopback

# Addresses of documentation and of local networks, one of which the system has a route to.
# Connecting a datagram socket chooses the route, and with it the own address; it sends no packet.
_PROBES = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET, "10.255.255.254"),
    (socket.AF_INET, "172.31.255.254"),
    (socket.AF_INET, "192.168.255.254"),
    (socket.AF_INET, "169.254.255.254"),
    (socket.AF_INET6, "2001:db8::1"),
)
_PORT = 9  # discard
ANY = ("0.0.0.0", "::", "")
# Characters of (upper, lower) modules; a light one is drawn in the colour of the text.
_HALVES = {(False, False): "\u2588", (False, True): "\u2580", (True, False): "\u2584", (True, True): " "}
_WHITE_ON_BLACK, _RESET = "\x1b[97;40m", "\x1b[0m"
_BORDER = 2  # modules around a code; scanners read it in a terminal


def local_address() -> str | None:
    """Return this machine's address on the local network, or None without one. Sends no packet."""
    for family, probe in _PROBES:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((probe, _PORT))
                address = str(sock.getsockname()[0])
        except OSError:  # no route, or no such family
            continue
        if not ipaddress.ip_address(address).is_loopback:
            return address
    return None


def network_url(config: ServerConfig, port: int) -> str:
    """Return the address of the page for other devices on the local network.

    Args:
        config: the server's settings.
        port: that it listens on.

    Raises:
        LenetError: only this machine reaches the server, or it is on no network.
    """
    if is_loopback(config.host):
        message = f"only this machine reaches {config.host}; listen on the network with --host 0.0.0.0"
        raise LenetError(f"--qr: {message}")
    host = config.host.strip("[]")
    address = local_address() if host in ANY else host
    if address is None:
        raise LenetError("--qr: this machine has no address on a network; connect it, or leave out --qr")
    return config.url(address, port)


def terminal_code(text: str, encoding: str = "utf-8", is_coloured: bool = False) -> str:
    """Return a QR code of a text for a terminal.

    Args:
        text: what the code holds.
        encoding: of the terminal; one without block characters gets "#" for light modules.
        is_coloured: whether the terminal is told to write white on black. Otherwise light modules have
            the colour of its text, and a scanner of a terminal with dark text sees the inverse.

    Raises:
        MissingDependencyError: segno is not installed.
    """
    try:
        import segno
    except ImportError:
        message = 'a QR code needs segno; run `pip install "lenet[collect]"`'
        raise MissingDependencyError(message) from None
    rows = [[bool(dark) for dark in row] for row in segno.make_qr(text).matrix_iter(border=_BORDER)]
    try:
        _HALVES[False, False].encode(encoding)
        lines = _half_lines(rows)
    except (UnicodeEncodeError, LookupError):
        lines = ["".join("  " if dark else "##" for dark in row) for row in rows]
    if is_coloured:
        lines = [f"{_WHITE_ON_BLACK}{line}{_RESET}" for line in lines]
    return "".join(f"{line}\n" for line in lines)


def _half_lines(rows: list[list[bool]]) -> list[str]:
    """Return lines with two modules, one above the other, in each character."""
    last = [True] * len(rows[0])  # below the last row of an odd number of rows; not drawn
    pairs = zip(rows[::2], [*rows[1::2], last], strict=False)
    return ["".join(_HALVES[pair] for pair in zip(*rows_of, strict=True)) for rows_of in pairs]


def of_server(config: ServerConfig, port: int) -> str:
    """Return lines for this terminal: the address of a server on the local network, and its QR code.

    Args:
        config: the server's settings.
        port: that it listens on.

    Raises:
        LenetError: only this machine reaches the server, or segno is not installed.
    """
    url = network_url(config, port)
    return f"{url}\n{terminal_code(url, sys.stdout.encoding or 'ascii', sys.stdout.isatty())}"
