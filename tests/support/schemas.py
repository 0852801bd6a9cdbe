"""The JSON Schemas of the files and lines that the program writes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from repository import ROOT

FOLDER = ROOT / "docs" / "reference" / "schemas"


def validator(name: str) -> jsonschema.Draft202012Validator:
    """The schema of that name."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def check(name: str, value: Any) -> None:
    """Raise ValidationError if a JSON value does not follow the schema of that name."""
    validator(name).validate(value)
