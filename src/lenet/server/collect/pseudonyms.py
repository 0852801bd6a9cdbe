"""Pseudonyms of contributors, in exports and for the owner, and the parts that they decide."""

from __future__ import annotations

import hashlib

TEST, VALIDATION = 0.2, 0.1
"""Fractions of the contributors whose drawings test and validate."""

PSEUDONYM = b"lenet-contributions/1 writer "  # before the key's digest


def pseudonym(key_digest: bytes) -> str:
    """Return a contributor's pseudonym: 32 hexadecimal digits."""
    return hashlib.sha256(PSEUDONYM + key_digest).hexdigest()[:32]


def part_of(writer: str) -> str:
    """Return the part of a contributor, by the pseudonym alone."""
    position = int(writer[:8], 16) / 2**32
    if position < TEST:
        return "test"
    return "validation" if position < TEST + VALIDATION else "train"
