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
        return [schema for item in value for schema in objects(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("type") == "object" and "properties" in value else []
    return own + [schema for item in value.values() for schema in objects(item)]


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


def header(path: Path) -> dict[str, Any]:
    """The JSON header of a safetensors file."""
    data = path.read_bytes()
    header: dict[str, Any] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return header


@pytest.mark.slow
def test_what_a_training_writes_follows_its_schemas(tmp_path: Path) -> None:
    training = ["train", "--arch", "holzweber2021", "--epochs", "1", "--outlier-ratio", "0.1"]
    assert main([*training, "--out", str(tmp_path)]) == 0
    history = json.loads((tmp_path / "history.json").read_text(encoding="utf-8"))
    validator("history").validate(history)
    assert len(history) == 1
    metadata = header(tmp_path / "model.safetensors")["__metadata__"]
    metadata_schema = validator("model-metadata")
    metadata_schema.validate(metadata)
    record = metadata_schema.evolve(
        schema={"$ref": "#/$defs/training", "$defs": metadata_schema.schema["$defs"]}
    )
    record.validate(json.loads(metadata["training"]))
    assert json.loads(metadata["training"])["metrics"] == history[0]


@pytest.mark.slow
def test_a_manifest_follows_its_schema(tmp_path: Path) -> None:
    assert main(["export", "--to", "safetensors,torch", str(tmp_path)]) == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    validator("manifest").validate(manifest)
    assert set(manifest["formats"]) == {"safetensors", "torch"}
