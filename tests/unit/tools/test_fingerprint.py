"""The record of what must stay equal: a changed number is named, a changed name is not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import numpy as np
import pytest

import lenet
from lenet.exporters.ir import lower
from lenet.exporters.registry import FORMATS
from lenet.models import Model, TrainingRecord
from repository import ROOT

TOOLS = ROOT / "tools"
EXACT = ["safetensors", "onnx", "tfjs", "keras", "litert", "torch", "c"]


@pytest.fixture
def fingerprint(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    monkeypatch.setenv("LENET_ISA", os.environ.get("LENET_ISA", "baseline"))
    import fingerprint

    return fingerprint


def test_values_that_differ_or_are_new_are_named(fingerprint: ModuleType) -> None:
    recorded = {"weights": {"a": "1", "b": "2"}, "instructions": {"one": 1000, "two": 1000}}
    measured = {"weights": {"a": "1", "b": "3", "c": "4"}, "instructions": {"one": 1010, "two": 1011}}
    assert fingerprint.differences(recorded, measured) == [
        "weights: b: differs",
        "weights: c: never recorded",
        "instructions: two: 1,000 -> 1,011",
    ]


def test_what_fails_is_named_and_what_needs_absent_data_is_not(
    fingerprint: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def group() -> Iterator[tuple[str, Callable[[], str]]]:
        yield "fine", lambda: "1"
        yield "broken", lambda: lenet.load("/nowhere").labels
        yield "absent", lambda: skip()

    def skip() -> NoReturn:
        raise fingerprint.NotMeasuredError("no data")

    monkeypatch.setattr(fingerprint, "GROUPS", {"group": group})
    measured = fingerprint.measure(["group"])
    [line] = fingerprint.differences({"group": {"fine": "1", "broken": "2", "absent": "3"}}, measured)
    assert line.startswith("group: broken: failed: /nowhere")
    assert "not measured: group: absent: no data" in capsys.readouterr().err


def test_keys_texts_and_order_of_a_report_do_not_matter_but_numbers_do(fingerprint: ModuleType) -> None:
    first = {"right": 3, "rows": [{"share": 0.5, "name": "x"}], "is": True, "none": None}
    renamed = {"rows": [{"fraction": 0.5, "name": "y"}], "is": False, "correct": 3}
    changed = {"right": 3, "rows": [{"share": 0.50001}]}
    digest = fingerprint.digest_of_json
    assert digest(first) == digest(renamed)
    assert digest(first) != digest(changed)


@pytest.mark.slow
def test_exported_tensors_are_told_apart_by_a_weight_and_not_by_a_name(
    fingerprint: ModuleType, tmp_path: Path
) -> None:
    model = lenet.load("holzweber2021").model
    renamed = Model(model.spec, model.parameters, replace(model.metadata, training=TrainingRecord(name="1")))
    other = model.parameters.copy()
    other[5] = np.nextafter(other[5], np.float32(9))
    changed = Model(model.spec, other, model.metadata)

    def digests(model: Model, folder: Path) -> dict[str, list[str]]:
        folder.mkdir()
        graph = lower(model, np.zeros((1, 28, 28), np.uint8))
        files = {name: FORMATS[name].writer.write(graph, folder) for name in EXACT}
        readers = fingerprint.READERS
        return {
            name: [readers[path.suffix](path) for path in paths if path.suffix in readers]
            for name, paths in files.items()
        }

    first = digests(model, tmp_path / "first")
    assert all(len(measured) == 1 for measured in first.values())
    assert digests(renamed, tmp_path / "renamed") == first
    after = digests(changed, tmp_path / "changed")
    assert not [name for name in EXACT if after[name] == first[name]]


def test_the_record_has_every_group(fingerprint: ModuleType) -> None:
    record = json.loads((TOOLS / "fingerprint.json").read_text(encoding="utf-8"))
    assert record["format"] == fingerprint.FORMAT
    assert all(record[name] for name in fingerprint.GROUPS)
