"""The results of a sweep as Parquet: a column for each field and figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from lenet._util.extras import require
from lenet._util.files import atomic_write
from lenet.sweep.fields import AUGMENTATION
from lenet.sweep.row import Row

Cell = str | int | float | None


def columns(row: Row) -> dict[str, Cell]:
    """Return the cells of a row, by column; `configuration` is the canonical JSON of the trial."""
    trial, recipe, (low, high) = row.trial, asdict(row.trial.recipe), row.interval
    strengths: Mapping[str, float] = recipe.pop("augmentation")
    machine = asdict(row.machine)
    return {
        "digest": trial.digest,
        "arch": trial.arch,
        "data": " ".join(trial.data),
        "validation": trial.validation,
        "seed": trial.seed,
        "stop_after": trial.stop_after,
        **{f"recipe.{name}": value for name, value in recipe.items()},
        **{f"recipe.{AUGMENTATION}{name}": value for name, value in strengths.items()},
        "letters": row.letters,
        "accuracy": row.accuracy,
        "accuracy_low": low,
        "accuracy_high": high,
        **{name: getattr(row, name) for name in _FIGURES},
        **{name: machine[name] for name in ("version", "commit", "processor", "lanes", "peak_gflops")},
        "configuration": trial.configuration,
    }


_FIGURES = (
    *("loss", "epochs", "new_epochs", "parameters", "seconds", "cpu_seconds", "energy_joules"),
    *("weights", "hits", "error"),
)


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as Parquet.

    Raises:
        MissingDependencyError: pyarrow is not installed.
        LenetError: the file cannot be written.
    """
    require("pyarrow", "bulk")
    import pyarrow as pa
    from pyarrow import parquet

    cells = [columns(row) for row in rows]
    names = list(cells[0]) if cells else ["digest", "configuration"]
    table = pa.table({name: [line[name] for line in cells] for name in names})
    with atomic_write(path) as stream:
        parquet.write_table(table, stream, compression="zstd")
