"""Strict reader of JSON that another program wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn


def parse(text: bytes | str) -> Any:
    """Parse JSON without repeated keys, NaN, numbers beyond float64 or strings that are not Unicode.

    Raises:
        ValueError: it is not such JSON.
        RecursionError: it is nested too deeply.
    """
    text = text.decode() if isinstance(text, bytes) else text
    value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # refuses 1e999 and lone surrogates
    return value


def _pairs(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    items = list(items)
    if len(dict(items)) != len(items):
        raise ValueError("a key occurs twice")
    return dict(items)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
