"""The way from an export to a model or a refusal."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands import lenet
from contributed import GLYPHS, Setting, write_export, write_letters
from lenet.datasets.contributions import manifest_path
from lenet.errors import LenetError
from lenet.improve.run import improve
from lenet.models import load_model
from made import refusal

pytestmark = pytest.mark.slow


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def report(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return value


def test_a_hand_that_the_model_cannot_read_is_learned(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    result = improve(setting.options(export), tmp_path / "out")
    assert result.report.gate.passed
    assert sorted(contents(tmp_path / "out")) == ["model.safetensors", "report.html", "report.json"]
    hands = report(tmp_path / "out")["sets"][-1]
    assert hands["name"] == "new hands"
    assert hands["accuracy"] > hands["baseline_accuracy"] + 0.1
    record = load_model(tmp_path / "out" / "model.safetensors").training
    assert record.data == ("base", "letters")
    assert record.withdrawn_contributors == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "The new model replaces the old one" in page


def test_the_same_seed_and_data_give_the_same_bytes(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    improve(setting.options(export, threads=1), tmp_path / "a")
    improve(setting.options(export, threads=2), tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_random_labels_are_refused_and_leave_no_model(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", random_labels=True)
    done = lenet(
        *("improve", export, "--model", setting.model, "--data", setting.base),
        *("--reference", setting.reference, "--out", tmp_path / "out"),
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("lenet: refused: ")
    assert line.endswith(f"see {tmp_path / 'out' / 'report.html'}")
    assert sorted(contents(tmp_path / "out")) == ["report.html", "report.json"]
    assert report(tmp_path / "out")["passed"] is False
    assert report(tmp_path / "out")["reasons"]


def test_letters_that_the_model_can_read_show_no_gain(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", glyphs=GLYPHS)
    result = improve(setting.options(export), tmp_path / "out")
    assert "no gain is shown" in result.report.gate.reasons[0]


def test_withdrawn_contributors_are_counted_everywhere(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", withdrawn=[0, 3])
    improve(setting.options(export), tmp_path / "out")
    letters = report(tmp_path / "out")["letters"]
    assert (letters["withdrawn_contributors"], letters["withdrawn_letters"]) == (2, 24)
    assert "Trained without 2 withdrawn contributors" in (tmp_path / "out" / "report.html").read_text()
    card = lenet("model-card", "--model", tmp_path / "out" / "model.safetensors").stdout
    assert "Trained without 2 withdrawn contributors." in card


def test_an_export_older_than_the_list_of_withdrawn_ones_is_refused(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    (tmp_path / "newer").mkdir()
    newer = write_export(tmp_path / "newer" / "letters.jsonl.gz", withdrawn=[0])
    options = setting.options(export, withdrawn=manifest_path(newer))
    assert "is older than" in refusal(improve, options, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("contributors", "message"), [(0, "holds no letters"), (1, "none of its 1 contributor is in the part")]
)
def test_an_export_without_two_sides_is_refused(
    setting: Setting, tmp_path: Path, contributors: int, message: str
) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", contributors)
    assert message in refusal(improve, setting.options(export), tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_an_export_needs_its_manifest(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    manifest = manifest_path(export)
    manifest.write_text('{"format": "lenet-contributions/1", "withdrawn": []}', encoding="utf-8")
    assert "export the data again" in refusal(improve, setting.options(export), tmp_path / "out")
    manifest.unlink()
    message = refusal(improve, setting.options(export), tmp_path / "out")
    assert "has no letters.manifest.json beside it" in message
    export.unlink()
    assert refusal(improve, setting.options(export), tmp_path / "out").endswith(
        ": no such file; check the name"
    )


def test_a_finished_folder_stays_as_it_is(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    improve(setting.options(export), tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(LenetError, match="holds the result of an earlier run"):
        improve(setting.options(export), tmp_path / "out")
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"references": ("reference", "reference")}, "is given twice"),
        ({"references": ("base",)}, "is trained on"),
        ({"references": ("copy",)}, "nearly equal training letters"),
        ({"references": ("omniglot_latin",)}, "is for the final test"),
        ({"references": ("not_letters_dev",)}, "is for the final test"),
        ({"data": ("mine_dev",)}, "is for evaluation and is not trained on"),
        ({"data": ("letters",)}, "is the export itself"),
    ],
)
def test_sets_of_another_role_are_refused(
    setting: Setting, tmp_path: Path, change: dict[str, tuple[str, ...]], message: str
) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    places = {"base": setting.base, "reference": setting.reference, "letters": export}
    (tmp_path / "copy.jsonl").write_bytes(setting.base.read_bytes())
    for name in ("omniglot_latin", "not_letters_dev", "mine_dev"):
        write_letters(tmp_path / f"{name}.jsonl", 5, seed=3)
    paths = {
        key: tuple(str(places.get(name, tmp_path / f"{name}.jsonl")) for name in names)
        for key, names in change.items()
    }
    values = {**vars(setting.options(export)), **paths}
    assert message in refusal(improve, type(setting.options(export))(**values), tmp_path / "out")
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_a_copy_of_a_set_for_the_final_test_is_refused(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    (tmp_path / "shared" / "strokes").mkdir(parents=True)
    copy = write_letters(tmp_path / "mine.jsonl", 5, seed=3)
    final = tmp_path / "shared" / "strokes" / "omniglot_latin.jsonl.gz"
    final.write_bytes(gzip.compress(copy.read_bytes()))
    monkeypatch.setenv("LENET_SHARED", str(tmp_path / "shared"))
    options = replace(setting.options(export), references=(str(copy),))
    assert "mine.jsonl: is for the final test" in refusal(improve, options, tmp_path / "out")
