"""Export the results of a sweep to an experiment tracker, a run for each training."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from lenet._util.extras import is_installed
from lenet.errors import LenetError, MissingDependencyError
from lenet.sweep.parquet import Cell, columns
from lenet.sweep.row import Row

METRICS = (
    *("accuracy", "accuracy_low", "accuracy_high", "loss", "epochs", "parameters"),
    *("seconds", "cpu_seconds", "energy_joules", "peak_gflops"),
)
"""Columns that are metrics; the others are parameters of a run."""

LEFT_OUT = {"hits", "configuration"}  # too long for a parameter
DIGEST = "lenet.digest"  # tag of a run in MLflow

Progress = Callable[[int], object]


class Tracker(StrEnum):
    """The programs that are exported to."""

    MLFLOW = "mlflow"
    TRACKIO = "trackio"


def export(rows: Sequence[Row], tracker: Tracker, project: str, progress: Progress) -> int:
    """Write a run for each row that has none yet; return their number.

    Args:
        rows: the results.
        tracker: the program; it decides by its own settings where it stores runs.
        project: name of its project or experiment.
        progress: called with the number of rows that are done.

    Raises:
        MissingDependencyError: the tracker's package is not installed.
        LenetError: the tracker refused a run.
    """
    require_tracker(tracker)
    write = _to_mlflow if tracker is Tracker.MLFLOW else _to_trackio
    try:
        return write(rows, project, progress)
    except LenetError:
        raise
    except Exception as error:  # of any kind: the trackers have their own
        reason = " ".join(str(error).split())
        raise LenetError(f"{tracker}: {reason:.200}; check its settings and export again") from None


def require_tracker(tracker: Tracker) -> None:
    """Raise MissingDependencyError, with the install command, if a tracker is missing."""
    if not is_installed(tracker):
        raise MissingDependencyError(f"{tracker} is not installed; pip install {tracker}")


def _split(row: Row) -> tuple[Mapping[str, Cell], Mapping[str, float]]:
    """Return parameters and metrics of a row."""
    params, metrics = {}, {}
    for name, value in columns(row).items():
        if value is None or name in LEFT_OUT:
            continue
        if name in METRICS and not isinstance(value, str):
            metrics[name] = float(value)
        else:
            params[name] = value
    return params, metrics


def _to_mlflow(rows: Sequence[Row], project: str, progress: Progress) -> int:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.tracking import MlflowClient

    client = MlflowClient()
    experiment = client.get_experiment_by_name(project)
    identifier = experiment.experiment_id if experiment else client.create_experiment(project)
    written = 0
    for row in rows:
        digest = row.trial.digest
        if not client.search_runs([identifier], f"tags.`{DIGEST}` = '{digest}'", max_results=1):
            params, metrics = _split(row)
            now = int(1000 * time.time())
            run = client.create_run(identifier, run_name=digest[:12])
            client.log_batch(
                run.info.run_id,
                metrics=[Metric(name, value, now, 0) for name, value in metrics.items()],
                params=[Param(name, str(value)) for name, value in params.items()],
            )
            # The tag comes last, so that a run which was interrupted is written again.
            client.log_batch(run.info.run_id, tags=[RunTag(DIGEST, digest)])
            client.set_terminated(run.info.run_id, "FAILED" if row.error else "FINISHED")
            written += 1
        progress(1)
    return written


def _to_trackio(rows: Sequence[Row], project: str, progress: Progress) -> int:
    import trackio

    done = {run.name for run in trackio.Api().runs(project)}
    written = 0
    for row in rows:
        name = row.trial.digest[:12]
        if name not in done:
            params, metrics = _split(row)
            trackio.init(project=project, name=name, config=dict(params))
            trackio.log(dict(metrics))
            trackio.finish()
            written += 1
        progress(1)
    return written
