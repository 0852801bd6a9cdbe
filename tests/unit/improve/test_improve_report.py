"""report.json follows its schema, and report.html is complete in itself."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from contributed import Setting, write_export
from lenet.improve.run import improve
from schemas import check

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("random_labels", [False, True])
def test_the_report_follows_its_schema(setting: Setting, tmp_path: Path, random_labels: bool) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", random_labels=random_labels, withdrawn=[1])
    result = improve(setting.options(export), tmp_path / "out")
    value = json.loads(result.content)
    check("improve", value)
    assert value["passed"] is not random_labels
    assert ("model.safetensors" in value["files"]) is not random_labels
    assert value["letters"]["withdrawn_contributors"] == 1
    with pytest.raises(jsonschema.ValidationError):
        check("improve", {**value, "time": 1})


def test_the_page_names_every_set_and_input_and_loads_nothing(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    result = improve(setting.options(export), tmp_path / "out")
    page = result.page.read_text(encoding="utf-8")
    for one in result.report.inputs:
        assert one.sha256 in page
    for text in (str(setting.reference), "new hands", "Holm", "Drift", "default-src &#39;none&#39;"):
        assert text in page.replace("'none'", "&#39;none&#39;")
    assert "<script" not in page
    assert '<table class="text">\n<thead><tr><th scope="col">fact' in page  # its long values wrap
    assert "http" not in page.replace("http-equiv", "")
