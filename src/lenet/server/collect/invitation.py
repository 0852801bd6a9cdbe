"""How a class is announced in the terminal: the address for phones, the join code, the teacher's token."""

from __future__ import annotations

import sys

from lenet.errors import LenetError
from lenet.server import qr
from lenet.server.collect.class_codes import ClassCodes
from lenet.server.config import ServerConfig


def phone_address(config: ServerConfig, port: int) -> str:
    """Return the address of the page for phones; "" if only this machine reaches it."""
    try:
        return qr.network_url(config, port)
    except LenetError:
        return ""


def invitation(config: ServerConfig, port: int, codes: ClassCodes) -> str:
    """Return the lines about a class, with a QR code of the address if segno is installed."""
    lines = [f"Join code: {codes.join}", f"Teacher's token, printed once: {codes.teacher}"]
    address = phone_address(config, port)
    if not address:
        lines.insert(0, f"Only this machine reaches {config.host}; for phones start with --host 0.0.0.0")
        return "".join(f"{line}\n" for line in lines)
    link = f"{address}#join={codes.join}"
    lines.insert(0, f"Phones open {link}")
    text = "".join(f"{line}\n" for line in lines)
    try:
        encoding = sys.stdout.encoding or "ascii"
        return text + qr.terminal_code(link, encoding, sys.stdout.isatty())
    except LenetError:  # segno is not installed
        return text
