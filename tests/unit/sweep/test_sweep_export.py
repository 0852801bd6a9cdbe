"""Export to trackers: stand-ins with the trackers' calls, and one line without them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from commands import lenet
from lenet.executors.local import LocalExecutor
from lenet.sweep.runner import run_sweep
from made_sweep import plan


@pytest.fixture
def out(tmp_path: Path) -> Path:
    run_sweep(plan(tmp_path), tmp_path / "out", LocalExecutor(1))
    return tmp_path / "out"


def install(monkeypatch: pytest.MonkeyPatch, **modules: ModuleType) -> None:
    """Make modules importable."""
    find = importlib.util.find_spec
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name.replace("__", "."), module)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: modules.get(name) or find(name))


@pytest.mark.parametrize("tracker", ["mlflow", "trackio"])
def test_a_missing_tracker_is_one_line(out: Path, tracker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == tracker else find(name))
    done = lenet("sweep", "export", out, "--to", tracker)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"lenet: {tracker} is not installed; pip install {tracker}\n"


class Trackio(ModuleType):
    """A stand-in for trackio that keeps the runs."""

    def __init__(self) -> None:
        super().__init__("trackio")
        self.all: list[SimpleNamespace] = []

    def Api(self) -> Any:  # noqa: N802 - trackio's name
        return SimpleNamespace(runs=lambda project: [r for r in self.all if r.project == project])

    def init(self, project: str, name: str, config: dict[str, Any]) -> None:
        self.all.append(SimpleNamespace(project=project, name=name, config=config, metrics={}))

    def log(self, metrics: dict[str, float]) -> None:
        self.all[-1].metrics |= metrics

    def finish(self) -> None:
        assert self.all[-1].metrics


def test_trackio(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trackio = Trackio()
    install(monkeypatch, trackio=trackio)
    done = lenet("sweep", "export", out, "--to", "trackio", "--project", "letters")
    assert done.stdout == "4 runs written to trackio, project letters; 0 were there\n"
    assert {run.config["recipe.learning_rate"] for run in trackio.all} == {0.003, 0.01}
    assert all(0 <= run.metrics["accuracy"] <= 1 for run in trackio.all)
    again = lenet("sweep", "export", out, "--to", "trackio", "--project", "letters")
    assert again.stdout == "0 runs written to trackio, project letters; 4 were there\n"


class Client:
    """A stand-in for MLflow's client that keeps the runs."""

    runs: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - shared by the test's clients
    refuses = False

    def get_experiment_by_name(self, name: str) -> Any:
        return SimpleNamespace(experiment_id="1") if self.runs else None

    def create_experiment(self, name: str) -> str:
        assert name == "out"
        return "1"

    def search_runs(self, experiments: list[str], wanted: str, max_results: int) -> list[dict[str, Any]]:
        return [run for run in self.runs.values() if run["tags"] and run["tags"][0].value in wanted]

    def create_run(self, experiment: str, run_name: str) -> Any:
        if self.refuses:
            raise RuntimeError("no\nconnection")
        self.runs[run_name] = {"tags": [], "params": [], "metrics": [], "status": ""}
        return SimpleNamespace(info=SimpleNamespace(run_id=run_name))

    def log_batch(self, run: str, **values: list[Any]) -> None:
        for name, items in values.items():
            self.runs[run][name] += items

    def set_terminated(self, run: str, status: str) -> None:
        self.runs[run]["status"] = status


def test_mlflow(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def record(*names: str) -> Any:
        return lambda *values: SimpleNamespace(**dict(zip(names, values, strict=True)))

    mlflow, entities, tracking = (ModuleType(f"mlflow{end}") for end in ("", ".entities", ".tracking"))
    vars(entities).update(
        Metric=record("key", "value", "time", "step"),
        Param=record("key", "value"),
        RunTag=record("key", "value"),
    )
    vars(tracking)["MlflowClient"] = Client
    monkeypatch.setattr(Client, "runs", {})
    install(monkeypatch, mlflow=mlflow, mlflow__entities=entities, mlflow__tracking=tracking)
    done = lenet("sweep", "export", out, "--to", "mlflow")
    assert done.stdout == "4 runs written to mlflow, project out; 0 were there\n"
    for run in Client.runs.values():
        assert run["status"] == "FINISHED"
        assert {"accuracy", "loss", "parameters"} <= {metric.key for metric in run["metrics"]}
        assert {"arch", "seed", "recipe.learning_rate"} <= {param.key for param in run["params"]}
    assert lenet("sweep", "export", out, "--to", "mlflow").stdout.startswith("0 runs written")
    monkeypatch.setattr(Client, "refuses", True)
    monkeypatch.setattr(Client, "runs", {})
    done = lenet("sweep", "export", out, "--to", "mlflow")
    assert done.stderr == "lenet: mlflow: no connection; check its settings and export again\n"
