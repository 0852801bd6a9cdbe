"""The notebook: as it is committed, and run from top to bottom on little; what it calls besides."""

from __future__ import annotations

import ast
import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from PIL import Image

from lenet import load, metrics
from lenet.datasets import load as load_letters
from lenet.models import get_architecture
from lenet.models.summary import description
from repository import ROOT

pytestmark = pytest.mark.slow

NOTEBOOK = ROOT / "notebooks" / "lenet_emnist_letters.ipynb"
FIGURES = ["look", "training", "confusion", "errors"]  # the cells that end with one
CHANCE = 1 / 26

Cells = dict[str, Any]


def cells(path: Path) -> Cells:
    """The notebook's cells of code by their names, in their order."""
    notebook = nbformat.read(path, as_version=4)
    return {cell["id"]: cell for cell in notebook.cells if cell.cell_type == "code"}


def printed(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def pictures(cell: Any) -> list[Image.Image]:
    packed = [output.get("data", {}).get("image/png") for output in cell.outputs]
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in packed if one]


def check_outputs(code_cells: Cells) -> None:
    """Check the outputs, whatever the letters: they are whole, and none is an error."""
    assert [cell.execution_count for cell in code_cells.values()] == [*range(1, len(code_cells) + 1)]
    for cell in code_cells.values():
        for output in cell.outputs:
            assert output.output_type in ("stream", "display_data", "execute_result"), output
            assert output.get("name", "stdout") == "stdout", output.text
    drawn = {name: pictures(cell) for name, cell in code_cells.items() if pictures(cell)}
    assert list(drawn) == FIGURES
    for name, (picture,) in drawn.items():
        assert picture.width > 400, name
        assert np.asarray(picture.convert("L")).min() < 128, f"{name} is blank"
    assert description(get_architecture("holzweber2021")) in printed(code_cells["net"])


def accuracy(code_cells: Cells) -> tuple[str, float, int]:
    """The letters that it was measured on, the share that was right, and of how many."""
    match = re.match(r"(\S+): accuracy (\d+\.\d)% on ([\d,]+) letters", printed(code_cells["measure"]))
    assert match
    spec, share, count = match.groups()
    return spec, float(share) / 100, int(count.replace(",", ""))


# ---- As it is committed --------------------------------------------------------------------


@pytest.fixture(scope="module")
def committed() -> Cells:
    return cells(NOTEBOOK)


def test_it_is_a_notebook_that_was_run(committed: Cells) -> None:
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT))
    check_outputs(committed)
    assert NOTEBOOK.stat().st_size < 1_000_000
    spec, share, count = accuracy(committed)
    assert share > 0.5
    assert count > 500
    assert f"To measure on: {spec}." in printed(committed["data"])


def test_it_tells_nothing_of_the_machine_that_ran_it() -> None:
    text = re.sub(r'"image/png": ".*?"', "", NOTEBOOK.read_text(encoding="utf-8"))
    assert len(text) < 50_000, "the pattern finds the pictures"
    for place in (str(ROOT), str(Path.home()), sys.prefix, "/tmp", "/home/", "Users"):
        assert place not in text, place
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert set(notebook.metadata) == {"colab", "kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert not any(cell.metadata for cell in notebook.cells)


def test_it_has_no_logic_of_its_own(committed: Cells) -> None:
    """Short cells, nothing defined, nothing repeated; only the one that installs has a choice."""
    from IPython.core.inputtransformer2 import TransformerManager

    forbidden = (
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.comprehension),
        *(ast.For, ast.While, ast.Try, ast.With, ast.BinOp),
    )
    choices = (ast.If, ast.IfExp, ast.BoolOp)
    for name, cell in committed.items():
        assert len(cell.source.splitlines()) <= 10, name
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        nodes = [type(node) for node in ast.walk(tree)]
        assert not set(nodes) & set(forbidden), name
        assert name == "install" or not set(nodes) & set(choices), name


def test_badge_and_installation_name_one_repository(committed: Cells) -> None:
    """One address to be put in when the project has one."""
    (address,) = re.findall(r'REPOSITORY = "https://github\.com/(\S+)"', committed["install"].source)
    text = NOTEBOOK.read_text(encoding="utf-8")
    place = f"https://colab.research.google.com/github/{address}/blob/main/"
    assert f"{place}{NOTEBOOK.relative_to(ROOT).as_posix()}" in text


# ---- Run -----------------------------------------------------------------------------------


def run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the notebook in a folder, with these variables, to `run.ipynb` there."""
    command: list[str | Path] = [sys.executable, ROOT / "tools" / "assets" / "run_notebook.py"]
    return subprocess.run(
        [*command, "--folder", folder, "--to", folder / "run.ipynb"],
        env={**os.environ, **settings, "LENET_SHARED": str(folder / "none")},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebook was run on little, with what it wrote."""
    where = tmp_path_factory.mktemp("notebook")
    done = run(where, LENET_NOTEBOOK_DATA="font-letters", LENET_NOTEBOOK_EPOCHS="8")
    assert (done.returncode, done.stderr) == (0, "")
    return where


def test_it_runs_from_top_to_bottom(folder: Path) -> None:
    code_cells = cells(folder / "run.ipynb")
    check_outputs(code_cells)
    spec, share, count = accuracy(code_cells)
    assert spec == "font-letters:test"
    assert share > 4 * CHANCE
    assert "after 8 epochs: " in printed(code_cells["last"])
    # The figure is that of the model that it wrote, measured without the notebook.
    letters = load_letters("font-letters:test")
    shares = load(folder / "lenet_letters.safetensors").probabilities(letters.images)
    measured = metrics.classification_metrics(shares, letters.labels)
    assert share == pytest.approx(measured.accuracy, abs=0.0005)
    assert count == measured.n


def test_what_it_wrote_is_the_committed_notebook_but_for_its_outputs(folder: Path) -> None:
    runs = [nbformat.read(path, as_version=4) for path in (folder / "run.ipynb", NOTEBOOK)]
    first, second = ([(cell["id"], cell.source) for cell in run.cells] for run in runs)
    assert first == second
    assert runs[0].metadata == runs[1].metadata


def test_a_cell_that_fails_ends_it_and_nothing_is_written(tmp_path: Path) -> None:
    done = run(tmp_path, LENET_NOTEBOOK_EPOCHS="many")
    assert done.returncode != 0
    assert "invalid literal for int" in done.stderr
    assert not (tmp_path / "run.ipynb").exists()
