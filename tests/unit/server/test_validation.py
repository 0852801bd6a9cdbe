"""Messages about fields of a wrong form."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from lenet.server.validation import LETTER, SHA256, problem_of


class Kind(StrEnum):
    NEW = "new"


class Part(msgspec.Struct):
    image: str | None = None
    point: list[list[float]] = []


class Message(msgspec.Struct):
    id: UUID
    label: Annotated[str, msgspec.Meta(max_length=1, pattern=LETTER)] = "a"
    consent: Annotated[str, msgspec.Meta(pattern=SHA256)] = "0" * 64
    other: Annotated[str, msgspec.Meta(pattern="^b+$")] = "b"
    ids: Annotated[list[int], msgspec.Meta(min_length=1, max_length=2)] = msgspec.field(
        default_factory=lambda: [1]
    )
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    wait: Annotated[float, msgspec.Meta(ge=0, le=1.5)] = 1
    flag: bool = True
    state: Kind = Kind.NEW
    parts: list[Part] = []


ID = '"id": "01976c2e-5a01-7000-8000-3f1d6c0a9b11"'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("[]", "the JSON must be an object, not a list"),
        ("{}", "id: is missing"),
        ('{"id": "x"}', "id: must be a UUID"),
        ('{"id": 4}', "id: must be a UUID, not an integer"),
        (f'{{{ID}, "label": "1"}}', "label: must be one letter from A to Z or a to z"),
        (f'{{{ID}, "label": "ab"}}', "label: must have at most 1 character"),
        (f'{{{ID}, "consent": "1"}}', "consent: must be 64 hexadecimal digits"),
        (f'{{{ID}, "other": "a"}}', "other: must be a text that matches ^b+$"),
        (f'{{{ID}, "ids": []}}', "ids: must have at least 1 element"),
        (f'{{{ID}, "ids": [1, 2, 3]}}', "ids: must have at most 2 elements"),
        (f'{{{ID}, "count": 0}}', "count: must be an integer, at least 1"),
        (f'{{{ID}, "count": 10}}', "count: must be an integer, at most 9"),
        (f'{{{ID}, "wait": 2}}', "wait: must be a number, at most 1.5"),
        (f'{{{ID}, "flag": 2}}', "flag: must be true or false, not an integer"),
        (f'{{{ID}, "state": "x"}}', "state: 'x' is not one of its values; /openapi.json has them"),
        (f'{{{ID}, "parts": [{{"image": 4}}]}}', "parts[0].image: must be a text or null, not an integer"),
        (
            f'{{{ID}, "parts": [{{"point": [[1, "a"]]}}]}}',
            "parts[0].point[0][1]: must be a number, not a text",
        ),
        (
            f'{{{ID}, "parts": [{{"point": [[1e400]]}}]}}',
            "parts[0].point[0][0]: has another form: Number out of range",
        ),
    ],
)
def test_messages_name_the_field_and_what_it_must_be(body: str, problem: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Message)
    assert problem_of(caught.value) == problem


def test_every_pattern_of_the_interface_has_words() -> None:
    from lenet.server import open_inference_messages, tensors
    from lenet.server.collect import class_routes, contributions, moderation

    modules = (open_inference_messages, tensors, class_routes, contributions, moderation)
    patterns = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                patterns |= _patterns(msgspec.json.schema(value))
    assert patterns == {LETTER, SHA256}


def _patterns(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_patterns, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own.union(*map(_patterns, schema.values()))
