"""Numbers with their nouns."""

from __future__ import annotations


def counted(number: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun in the singular or plural: "1 letter", "1,200 letters".

    Args:
        number: how many; a fraction is written as short as possible.
        noun: in the singular.
        plural: by default the noun with an "s".
    """
    text = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{text} {noun if number == 1 else plural or noun + 's'}"
