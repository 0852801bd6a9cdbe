"""The join code and the teacher's token, which people read and type, and the sessions of phones."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Self

JOIN_ALPHABET = "CDFGHJKMNPQRTWXY34679"
"""Without look-alikes (0 O, 1 I L, 2 Z, 5 S, 8 B, W VV) and without the vowels, which would make words."""

JOIN_LENGTH = 6  # 21^6: 86 million codes
TOKEN_GROUPS = 6  # 21^24: 105 bits
GROUP = 4  # characters
NUMBER = 8  # bytes of a session's number; its signature has 128 bits


def is_same(text: str, secret: str) -> bool:
    """Tell whether a text equals a secret, in a time that does not depend on where they differ."""
    return hmac.compare_digest(text.encode("utf-8", "replace"), secret.encode())


@dataclass(frozen=True)
class ClassCodes:
    """Codes of a class.

    Attributes:
        join: six characters that admit a device.
        teacher: token that proves that a request is the teacher's.
        secret: key of the sessions, which so outlive a collector that is started again.
    """

    join: str = field(repr=False)
    teacher: str = field(repr=False)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @classmethod
    def random(cls) -> Self:
        """Return new codes."""
        return cls(join_code(), teacher_token())

    def new_session(self) -> str:
        """Return a random session that proves that a device has joined; no person reads it."""
        number = secrets.token_hex(NUMBER)
        return number + self._signature(number)

    def is_session(self, text: str) -> bool:
        """Tell whether `new_session` returned a text."""
        number = text[: 2 * NUMBER]
        return is_same(text[2 * NUMBER :], self._signature(number))

    def _signature(self, number: str) -> str:
        return hmac.new(self.secret, number.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def join_code() -> str:
    """Return a random join code of six characters."""
    return _random(JOIN_LENGTH)


def teacher_token() -> str:
    """Return a random token of 105 bits, in groups of four characters."""
    return "-".join(_random(GROUP) for _ in range(TOKEN_GROUPS))


def normalized(code: str) -> str:
    """Return a code as it was made: without spaces and hyphens, in capitals."""
    return "".join(character for character in code.upper() if character not in " -")


def _random(length: int) -> str:
    return "".join(secrets.choice(JOIN_ALPHABET) for _ in range(length))
