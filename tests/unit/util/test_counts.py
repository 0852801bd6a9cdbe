"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from lenet._util.counts import counted


@pytest.mark.parametrize(
    ("number", "nouns", "text"),
    [
        (0, ("letter",), "0 letters"),
        (1, ("letter",), "1 letter"),
        (2, ("letter",), "2 letters"),
        (1200, ("letter",), "1,200 letters"),
        (1, ("letter is", "letters are"), "1 letter is"),
        (3, ("letter is", "letters are"), "3 letters are"),
        (1.0, ("second",), "1 second"),
        (0.5, ("second",), "0.5 seconds"),
    ],
)
def test_a_noun_is_singular_where_its_number_is_one(number: float, nouns: tuple[str, ...], text: str) -> None:
    assert counted(number, *nouns) == text
