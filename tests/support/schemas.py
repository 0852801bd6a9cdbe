"""The JSON Schemas of the files that the program writes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from repository import ROOT

FOLDER = ROOT / "docs" / "reference" / "schemas"


def check(name: str, value: Any) -> None:
    """Raise ValidationError if a JSON value does not follow the schema of that name."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(value)
