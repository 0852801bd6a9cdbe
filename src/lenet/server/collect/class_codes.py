"""Codes that people read from a projector and type: the join code, and the teacher's token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Self

JOIN_ALPHABET = "CDFGHJKMNPQRTVWXY34679"
"""Without look-alikes (0 O, 1 I L, 2 Z, 5 S, 8 B) and without the vowels, which would make words."""

JOIN_LENGTH = 6  # 22^6: about 10^8 codes
TOKEN_GROUPS = 6  # 22^24: 107 bits
GROUP = 4  # characters


@dataclass(frozen=True)
class ClassCodes:
    """Codes of a class.

    Attributes:
        join: six characters that admit a device.
        teacher: token that proves that a request is the teacher's.
    """

    join: str
    teacher: str

    @classmethod
    def random(cls) -> Self:
        """Return new codes."""
        return cls(join_code(), teacher_token())


def join_code() -> str:
    """Return a random join code of six characters."""
    return _random(JOIN_LENGTH)


def teacher_token() -> str:
    """Return a random token of 107 bits, in groups of four characters."""
    return "-".join(_random(GROUP) for _ in range(TOKEN_GROUPS))


def normalized(code: str) -> str:
    """Return a code as it was made: without spaces and hyphens, in capitals."""
    return "".join(character for character in code.upper() if character not in " -")


def session() -> str:
    """Return a random session of 128 bits, which no person reads."""
    return secrets.token_hex(16)


def _random(length: int) -> str:
    return "".join(secrets.choice(JOIN_ALPHABET) for _ in range(length))
