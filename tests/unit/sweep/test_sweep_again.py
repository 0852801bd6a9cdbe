"""`lenet train --config`: a row of a sweep's table trained again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from commands import lenet
from lenet.cli.train_arguments import DEFAULT_PEN_WIDTHS
from lenet.datasets import Dataset
from lenet.datasets.readers import npz
from lenet.executors.local import LocalExecutor
from lenet.models import load_model
from lenet.sweep.results import RESULTS
from lenet.sweep.runner import Summary, run_sweep
from lenet.sweep.trial import RENDERING
from made_sweep import GRID, plan
from small_trainings import bars

HALVING = GRID.replace("epochs = 1", "epochs = 4") + '[halving]\neta = 2\nschedule = "shared"\n'


def weights(folder: Path) -> str:
    parameters = load_model(folder / "model.safetensors").parameters
    return hashlib.sha256(parameters.astype("<f4").tobytes()).hexdigest()


def sweep(folder: Path, text: str = GRID) -> Summary:
    return run_sweep(plan(folder, text), folder / "out", LocalExecutor(1))


@pytest.mark.slow
def test_any_row_is_trained_again_to_the_bit(tmp_path: Path) -> None:
    rows = sorted(sweep(tmp_path).rows, key=lambda row: row.trial.digest)
    table = tmp_path / "out" / "sweep.parquet"
    for number in (0, 3):
        out = tmp_path / f"run{number}"
        done = lenet("train", "--config", f"{table}:{number}", "--out", out, "--threads", 2)
        assert done.returncode == 0, done.stderr
        assert weights(out) == rows[number].weights
    [first, *_] = (tmp_path / "out" / RESULTS).read_text().splitlines()
    row = json.loads(first)
    done = lenet(
        "train", "--config", f"{tmp_path / 'out' / RESULTS}:{row['digest'][:8]}", "--out", tmp_path / "c"
    )
    assert weights(tmp_path / "c") == row["weights"]


@pytest.mark.slow
def test_a_paused_rung_is_trained_again_to_the_bit(tmp_path: Path) -> None:
    rows = [row for row in sweep(tmp_path, HALVING).rows if row.trial.stop_after]
    assert rows
    address = f"{tmp_path / 'out' / RESULTS}:{rows[0].trial.digest}"
    done = lenet("train", "--config", address, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert weights(tmp_path / "run") == rows[0].weights
    again = lenet("train", "--config", address, "--out", tmp_path / "run", "--resume")
    assert again.returncode == 0, again.stderr
    assert weights(tmp_path / "run") == rows[0].weights


def test_drawings_are_rasterized_as_lenet_train_does() -> None:
    assert RENDERING.pen_widths == DEFAULT_PEN_WIDTHS


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("4", "no such row; there are 4, numbered from 0"),
        ("00000000", "no digest begins with 00000000; give 8 or more digits of one"),
        ("0abc", "too few digits"),
        ("x", "no row is named; give FILE:NUMBER"),
    ],
)
def test_rows_that_do_not_exist(tmp_path: Path, row: str, message: str) -> None:
    sweep(tmp_path)
    for name in (RESULTS, "sweep.parquet"):
        done = lenet("train", "--config", f"{tmp_path / 'out' / name}:{row}", "--out", tmp_path / "run")
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1


def test_other_data_and_other_options_are_refused(tmp_path: Path) -> None:
    sweep(tmp_path)
    address = f"{tmp_path / 'out' / RESULTS}:0"
    done = lenet("train", "--config", address, "--lr", 0.1, "--out", tmp_path / "run")
    assert done.stderr == "lenet: --lr: the row of --config decides it; leave out --lr\n"
    other = bars(290)
    npz.write_letters(tmp_path / "letters.npz", Dataset(other.images, other.labels, ("bars",)))
    done = lenet("train", "--config", address, "--out", tmp_path / "run")
    assert "letters.npz: not the data of this training; give the files of the sweep" in done.stderr


@pytest.mark.parametrize("content", [b"PAR1 and no more", b"PAR1" + bytes(100) + b"PAR1", b"\0\1", b""])
def test_damaged_tables_are_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sweep.parquet").write_bytes(content)
    done = lenet("train", "--config", f"{tmp_path / 'sweep.parquet'}:0", "--out", tmp_path / "run")
    assert done.returncode == 1
    assert done.stderr.startswith(f"lenet: {tmp_path / 'sweep.parquet'}:")
    assert done.stderr.count("\n") == 1


def test_other_parquet_files_are_one_line(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    for columns in (
        {"x": [1]},
        {"digest": [1], "configuration": [2]},
        {"digest": ["0"], "configuration": ["{}"]},
    ):
        parquet.write_table(pa.table(columns), tmp_path / "sweep.parquet")
        done = lenet("train", "--config", f"{tmp_path / 'sweep.parquet'}:0", "--out", tmp_path / "run")
        assert done.returncode == 1
        assert "not the table of a sweep" in done.stderr or "not a row of a sweep" in done.stderr
