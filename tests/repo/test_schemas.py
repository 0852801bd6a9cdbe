"""The JSON Schemas of the files and lines that the program writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lenet.cli.main import main
from schemas import FOLDER, validator

SCHEMAS = sorted(FOLDER.glob("*.schema.json"))


def objects(value: Any) -> list[dict[str, Any]]:
    """Every schema of an object with properties, within a schema."""
    if isinstance(value, list):
        return [found for item in value for found in objects(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("type") == "object" and "properties" in value else []
    return own + [found for item in value.values() for found in objects(item)]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_schemas_are_valid_and_listed(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert f"(schemas/{path.name})" in (FOLDER.parent / "schemas.md").read_text(encoding="utf-8")
    assert objects(schema)


def test_predictions_follow_their_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawings = [[[[0, 0], [0, 10]], [[0, 10], [6, 10]]], [], [[[0, 0], [9, 9], [0, 9], [9, 0], [4, 4]]]]
    lines = [json.dumps({"strokes": strokes}) for strokes in drawings]
    (tmp_path / "drawings.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert main(["predict", "--json", str(tmp_path / "drawings.jsonl")]) == 0
    predictions = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [prediction["verdict"] for prediction in predictions][:2] == ["letter", "empty"]
    for prediction in predictions:
        validator("prediction").validate(prediction)
    wrong = {**predictions[0], "verdict": "perhaps"}
    with pytest.raises(jsonschema.ValidationError):
        validator("prediction").validate(wrong)
