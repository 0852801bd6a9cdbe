"""Model cards: what they tell is in the file, the figures are those of the results."""

from __future__ import annotations

import html
import importlib.util
import json
import re
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.cli.main import main
from lenet.datasets.readers import npz
from lenet.models import (
    DEFAULT_MODEL,
    PRETRAINED_DIR,
    Dense,
    Model,
    ModelMetadata,
    Spec,
    TrainingRecord,
    load_model,
)
from lenet.reports import model_card
from made import FUZZ, letters, metadata
from repository import ROOT

SPEC = Spec((28, 28), (Dense(26),))
BARE = Model(SPEC, np.zeros(784 * 26 + 26, np.float32))


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/codegen/model_cards.py."""
    path = ROOT / "tools" / "codegen" / "model_cards.py"
    spec = importlib.util.spec_from_file_location("model_cards", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results(tool: ModuleType) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(tool.RESULTS.read_text(encoding="utf-8"))
    return content


def row(text: str, begin: str) -> list[str]:
    """The cells of the table's row that begins so."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {begin} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


# ---- The models of the package -----------------------------------------------------------------


def test_the_pages_are_what_the_tool_makes(tool: ModuleType, results: dict[str, Any]) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in tool.FOLDER.glob("*.md")}
    names = {path.stem for path in PRETRAINED_DIR.glob("*.safetensors")}
    assert pages == {name: tool.page(name, results) for name in names}


@pytest.mark.parametrize("name", sorted(path.stem for path in PRETRAINED_DIR.glob("*.safetensors")))
def test_the_figures_are_those_of_the_seed_that_ships(
    tool: ModuleType, results: dict[str, Any], name: str
) -> None:
    seed = load_model(PRETRAINED_DIR / f"{name}.safetensors").training.seed
    text = tool.page(name, results)
    figures = next(r["found"] for r in results["runs"] if (r["net"], r["seed"]) == (name, seed))
    for test, values in figures.items():
        if "right" in values:
            cells = row(text, f"`{test}`")
            assert cells[2] == f"{values['n']:,}"
            assert cells[3].startswith(f"{100 * values['right'] / values['n']:.1f} % (")
    assert ("It is the default model." in text) == (name == DEFAULT_MODEL.stem)


def test_nets_and_seeds_are_told_apart(tool: ModuleType, results: dict[str, Any]) -> None:
    seed = load_model(DEFAULT_MODEL).training.seed
    assert seed is not None
    rights = {seed: 900, seed + 1: 870, seed + 2: 880}
    runs = [
        {"net": DEFAULT_MODEL.stem, "seed": number, "more": {}, "found": {
            "unipen_dev": {"n": 1000, "right": right, "il": 25, "new": 1},
            "another": {"n": 10, "right": 5},
            "not_letters_dev": {"n": 200, "rejected": 150},
        }} for number, right in rights.items()
    ]  # fmt: skip
    runs.append({"net": "modern-x", "seed": seed, "found": {"unipen_dev": {"n": 1, "right": 0}}})
    text = tool.page(DEFAULT_MODEL.stem, {**results, "runs": runs[::-1]})
    cells = row(text, "`unipen_dev`")
    assert cells[2:] == ["1,000", "90.0 % (88.0 to 91.7)", "92.5 %", "-", "-"]
    assert row(text, "`another`")[4:] == ["-", "-", "-"]
    shares = [right / 10 for right in rights.values()]
    spread = f"{statistics.mean(shares):.1f} ± {statistics.stdev(shares):.1f}"
    assert f"| `unipen_dev` | {spread} | 87.0 to 90.0 |" in text
    assert "150 are rejected (75.0 %)" in text
    with pytest.raises(SystemExit, match=f"has no {DEFAULT_MODEL.stem} with seed {seed}; measure"):
        tool.page(DEFAULT_MODEL.stem, {**results, "runs": runs[1:]})


def test_the_credits_are_all_there(tool: ModuleType, results: dict[str, Any]) -> None:
    model, text = load_model(DEFAULT_MODEL), tool.page(DEFAULT_MODEL.stem, results)
    plain = html.unescape(re.sub(r"\\(.)", r"\1", text))
    listed = [line[2:] for line in plain.splitlines() if line.startswith("- ")]
    for line in model.training.attributions:
        assert line in listed


# ---- Models of one's own -----------------------------------------------------------------------


def test_a_trained_model_has_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "mine.npz", tmp_path / "run"
    npz.write_letters(data, letters(400))
    command = ["train", "--data", str(data), "--arch", "lenet1", "--epochs", "2", "--seed", "7"]
    assert main([*command, "--outlier-ratio", "0.5", "--out", str(out)]) == 0
    model = str(out / "model.safetensors")
    capsys.readouterr()
    assert main(["model-card", "--model", model]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Model card: lenet1\n\nA network with 5,666 parameters")
    assert row(text, "conv1")[1:] == ["4 x 24 x 24", "104"]
    assert row(text, "all")[2] == "5,666"
    assert row(text, "`mine`")[2] == "unknown"
    assert (row(text, "epochs")[1], row(text, "seed")[1]) == ("2", "7")
    assert "rotation 12.0" in row(text, "augmentation")[1]
    held = load_model(model).training.validation_images
    assert f"{held} validation images of the same sources" in text
    assert f"lenet model-card --model {model} --data DATASET..." in text
    assert f"lenet predict --model {model} photo.png" in text
    assert "official tests" not in text
    assert main(["evaluate", "--model", model, "--data", str(data), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert main(["model-card", "--model", model, "--data", str(data)]) == 0
    cells = row(capsys.readouterr().out, f"`{data}`")
    assert cells[1] == "the model was trained on mine, on this or another part of it"
    low, high = (100 * bound for bound in record["interval"])
    assert cells[3] == f"{100 * record['accuracy']:.1f} % ({low:.1f} to {high:.1f})"
    assert cells[4] == f"{100 * record['accuracy_i_l_merged']:.1f} %"


def test_a_model_that_tells_nothing_has_one_too() -> None:
    text = model_card.card(BARE, "bare.safetensors")
    assert text.startswith("# Model card: unnamed\n")
    assert text.count("The model file does not say.") == 2
    assert "this model rejects nothing" in text
    assert "lenet1" not in text


def test_what_was_taught_by_letters_of_the_test_is_told() -> None:
    teachers = {"teacher_train_data": ["sd19_letters"], "teachers": ["modern-l", "modern-l"]}
    model_metadata = metadata(data=["font-letters"], **teachers)
    text = model_card.card(Model(SPEC, BARE.parameters, model_metadata), "m")
    assert "Distilled from 2 x modern-l." in text
    assert "It was trained on `sd19_letters`, which may share images" in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9)
    | st.text("a|<>[]()`\n#*&\\_-! ", max_size=12),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=9,
)  # fmt: skip
KEYS = [
    *("name", "data", "attributions", "data_weights", "teachers", "teacher_train_data"),
    *("num_train_images", "num_outliers", "validation_images", "epochs", "num_epochs", "seed"),
    *("recipe", "metrics", "commit", "calibration", "imported"),
]


@pytest.mark.slow
@FUZZ
@given(st.dictionaries(st.sampled_from(KEYS), JSON, min_size=1))
def test_no_model_file_can_break_its_card(record: dict[str, Any]) -> None:
    """Whatever strangers write into a model, headings and tables stay those of the card."""
    model_metadata = ModelMetadata(training=TrainingRecord.from_json(record))
    text = model_card.card(Model(SPEC, BARE.parameters, model_metadata), "m")
    assert len(re.findall("^#", text, re.MULTILINE)) == 9
    assert not re.search(r"<(?!/?details>|/?summary>)", text)
    assert not re.search(r"(?<!\\)\]\(", text)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table.splitlines()}
        assert len(widths) == 1
