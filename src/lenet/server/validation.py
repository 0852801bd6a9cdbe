"""Say in plain words what is wrong with a message: the field, and what it must be."""

from __future__ import annotations

import re

import msgspec

from lenet._util.counts import counted

LETTER = "^[A-Za-z]$"
SHA256 = "^[0-9A-Fa-f]{64}$"

_PATTERNS = {LETTER: "one letter from A to Z or a to z", SHA256: "64 hexadecimal digits"}
_TYPES = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "an integer",
    "null": "null",
    "object": "an object",
    "str": "a text",
    "uuid": "a UUID",
}
_BOUNDS = {">=": "at least", "<=": "at most"}

_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `(?P<place>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_PATTERN = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL)
_LENGTH = re.compile(r"Expected `(\w+)` of length (>=|<=) (\d+)")
_RANGE = re.compile(r"Expected `(\w+)` (>=|<=) ([\d.e+-]+)")
_TYPE = re.compile(r"Expected `([^`]*)`, got `(\w+)`")


def problem_of(error: msgspec.ValidationError, whole: str = "the JSON") -> str:
    """Return one line such as "consent: must be 64 hexadecimal digits".

    Args:
        error: of a decoder of msgspec.
        whole: name of what was decoded, for errors that are in none of its fields.
    """
    match = _PLACE.fullmatch(str(error))
    assert match is not None
    place, problem = (match["place"] or "").removeprefix("$").removeprefix("."), match["problem"]
    if missing := _MISSING.fullmatch(problem):
        place, problem = (f"{place}.{missing[1]}" if place else missing[1]), "is missing"
    else:
        problem = _in_words(problem)
    return f"{place}: {problem}" if place else f"{whole} {problem}"


def _in_words(problem: str) -> str:
    """Return what a value must be. Texts of msgspec that are not known stay as they are."""
    if match := _PATTERN.fullmatch(problem):
        return f"must be {_PATTERNS.get(match[1], f'a text that matches {match[1]}')}"
    if match := _LENGTH.fullmatch(problem):
        noun = "character" if match[1] == "str" else "element"
        return f"must have {_BOUNDS[match[2]]} {counted(int(match[3]), noun)}"
    if match := _RANGE.fullmatch(problem):
        return f"must be {_TYPES[match[1]]}, {_BOUNDS[match[2]]} {float(match[3]):.15g}"
    if match := _TYPE.fullmatch(problem):
        kinds = " or ".join(_TYPES.get(kind, kind) for kind in match[1].split(" | "))
        return f"must be {kinds}, not {_TYPES.get(match[2], match[2])}"
    if problem == "Invalid UUID":
        return "must be a UUID"
    if problem.startswith("Invalid enum value"):
        return (
            f"{problem.removeprefix('Invalid enum value ')} is not one of its values; /openapi.json has them"
        )
    return f"has another form: {problem}"
