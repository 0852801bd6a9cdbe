"""The benchmarks without their peers: tables come from results, and what they count is right."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet import engine
from repository import ROOT

FOLDER = ROOT / "benchmarks"
SCRIPTS = [
    ("accuracy.end_to_end", "end-to-end", ROOT / "README.md"),
    ("engine.training", "training", FOLDER / "README.md"),
    ("engine.inference", "inference", FOLDER / "README.md"),
    ("engine.recognition", "recognition", FOLDER / "README.md"),
    ("browser.in_browser", "browser", FOLDER / "README.md"),
    ("browser.page", "page", FOLDER / "README.md"),
    ("accuracy.recipes", "recipes", FOLDER / "README.md"),
    ("accuracy.time_to_accuracy", "time-to-accuracy", FOLDER / "README.md"),
    ("engine.loading", "data", FOLDER / "README.md"),
    ("accuracy.eight_bits", "eight-bits", ROOT / "docs" / "reference" / "formats.md"),
    ("accuracy.words", "words", FOLDER / "README.md"),
    ("accuracy.teaching", "teaching", FOLDER / "README.md"),
    ("server.collecting", "collecting", FOLDER / "README.md"),
    ("server.memory", "server-memory", FOLDER / "README.md"),
    ("scale.bulk", "bulk", FOLDER / "README.md"),
    ("scale.growth", "growth", ROOT / "docs" / "explanation" / "scale.md"),
    ("server.serving", "serving", FOLDER / "README.md"),
    ("scale.ray_tasks", "ray-tasks", ROOT / "docs" / "decisions" / "0017-ray-tasks-without-ray-data.md"),
    ("size.package_size", "package", FOLDER / "README.md"),
]


@pytest.mark.parametrize(("script", "results", "page"), SCRIPTS)
def test_the_figures_on_the_pages_come_from_the_results(script: str, results: str, page: Path) -> None:
    """The table between the markers is what the command makes of its own results."""
    record = json.loads((FOLDER / "results" / f"{results}.json").read_text(encoding="utf-8"))
    made = importlib.import_module(f"benchmarks.{script}").table(record)
    begin = f"<!-- figures: benchmarks/{script.replace('.', '/')}.py -->\n"
    assert begin + made + "<!-- end of figures -->\n" in page.read_text(encoding="utf-8")
    assert {"processor", "cores", "commit", "date"} <= set(record["machine"])


IDLE, BUSY = {"processor": "p", "cores": 2, "load": 0.9}, {"processor": "p", "cores": 2, "load": 1.0}


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[bool, str]]:
    """Publish results with a machine; return the record and the page."""
    from benchmarks.lib import measuring

    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"<!-- figures: benchmarks/a.py -->\nold\n{measuring.END}")

    def run(where: dict[str, Any], *, again: bool = False, record: bool = True) -> tuple[bool, str]:
        results = {"machine": where}
        if again:
            measuring.write_json("a", results)
        table = lambda results: f"{results['machine']['processor']}\n"  # noqa: E731
        benchmark = measuring.Benchmark("a.py", "a", table, page)
        benchmark.publish(None if again else results, record=record)
        return (tmp_path / "a.json").is_file(), page.read_text().splitlines()[1]

    return run


def test_a_table_measured_on_an_idle_machine_is_written(publish: Callable[..., tuple[bool, str]]) -> None:
    assert publish(IDLE) == (True, "p")
    assert publish({**IDLE, "load": None}, again=True) == (True, "p")


@pytest.mark.parametrize("again", [False, True], ids=["measured", "on record"])
def test_a_table_measured_on_a_busy_machine_is_refused(
    publish: Callable[..., tuple[bool, str]], tmp_path: Path, again: bool
) -> None:
    with pytest.raises(SystemExit) as refused:
        publish(BUSY, again=again)
    assert str(refused.value) == (
        "a.py: nothing written: other work wanted 1.0 cores while it was measured (load average of "
        "the minute before; the limit is 1.0); stop that work and measure again"
    )
    assert "old" in (tmp_path / "page.md").read_text()
    assert (tmp_path / "a.json").is_file() == again


def test_a_quick_look_on_a_busy_machine_is_printed_with_a_caveat(
    publish: Callable[..., tuple[bool, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(BUSY, record=False) == (False, "old")
    assert capsys.readouterr().out == "p\n\n"


def test_timings_do_not_begin_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.lib import measuring

    options = measuring.arguments(None, "little")
    benchmark = measuring.Benchmark("a.py", "a", str)
    measured: list[str] = []

    def measure() -> str:
        measured.append("now")
        return "results"

    def run(*words: str, timed: bool = True) -> None:
        named = options.parse_args(words)
        replace(benchmark, timed=timed).run(named, measure, record=False)

    monkeypatch.setattr(measuring, "LOAD", 2.04)
    with pytest.raises(SystemExit, match=r"^a\.py: nothing measured: other work wants 2\.0 cores"):
        run()
    assert measured == []
    run("--quick")
    run(timed=False)
    monkeypatch.setattr(measuring, "LOAD", None)
    run()
    assert measured == ["now"] * 3


def test_the_load_is_recorded_where_it_matters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.lib import measuring

    monkeypatch.setattr(measuring, "LOAD", 2.04)
    assert measuring.machine()["load"] == 2.0
    assert "load" not in measuring.machine(timed=False)
    for script, results, _ in SCRIPTS:
        record = json.loads((FOLDER / "results" / f"{results}.json").read_text(encoding="utf-8"))
        timed = importlib.import_module(f"benchmarks.{script}").BENCHMARK.timed
        assert ("load" in record["machine"]) == timed, script


def test_the_page_is_what_it_is_to_be() -> None:
    record = json.loads((FOLDER / "results" / "page.json").read_text(encoding="utf-8"))
    for category, score in record["lighthouse"]["scores"].items():
        assert score["median"] >= 95, category


@pytest.mark.slow
def test_no_peer_is_needed_to_make_a_table() -> None:
    scripts = [script for script, _, _ in SCRIPTS]
    code = f"import sys, {', '.join(f'benchmarks.{script}' for script in scripts)}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "tensorflow", "keras", "onnx", "onnxruntime"} & set(loaded)


def test_the_work_of_a_training_step_is_counted_as_by_hand() -> None:
    from benchmarks.lib import nets

    first, rest = 28 * 28 * 8 * 25, 10 * 10 * 16 * 8 * 25 + 400 * 84 + 84 * 26
    flop = nets.training_flop(nets.NETS["holzweber2021"].spec)
    assert flop == 2 * (2 * first + 3 * rest)
    assert round(flop / 1e6, 2) == 2.76


def test_layers_hand_out_all_parameters_once() -> None:
    from benchmarks.lib import nets

    for architecture in nets.NETS.values():
        parameters = np.arange(architecture.parameters, dtype=np.float32)
        parts = [
            part.ravel()
            for layer in nets.layers(architecture.spec, parameters)
            for part in (layer.weight, layer.bias)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), parameters)


def test_a_worker_trains_what_it_says() -> None:
    from benchmarks.lib import nets, worker

    with worker.Worker("ours", 2) as ours:
        answer = ours.ask("prepare", task="train", net="lenet5-relu", batch=64, variant="core", seconds=0.01)
        assert ours.ask("run", variant="core")["us"] > 0
        with pytest.raises(worker.WorkerError, match="KeyError"):
            ours.ask("run", variant="another")
    network = nets.core_network("lenet5-relu")
    letters = nets.written_letters(worker.IMAGES)
    parameters = network.initialise(0)
    gradient, loss = network.gradient(parameters, letters.images[:64], letters.labels[:64])
    after = network.gradient(
        parameters - np.float32(worker.RATE) * gradient, letters.images[:64], letters.labels[:64]
    )[1]
    np.testing.assert_allclose(answer["check"], [loss, after], atol=1e-5)


def test_a_missing_peer_is_one_line_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.lib import worker

    if importlib.util.find_spec("torch"):
        pytest.skip("this Python has PyTorch")
    monkeypatch.setattr(worker, "peers_python", lambda: Path(sys.executable))
    with pytest.raises(SystemExit, match=r"^benchmarks: PyTorch needs .*pip install -r .*$"):
        worker.Worker("PyTorch", 1)


def test_losses_that_differ_end_the_benchmark() -> None:
    from benchmarks.engine import training

    same = {training.OURS: [3.0, 2.9], "PyTorch eager": [3.0005, 2.9]}
    training.check(same, "a case")
    for wrong in ([3.0, 2.8], [3.0, float("nan")]):
        with pytest.raises(SystemExit, match="PyTorch eager"):
            training.check({**same, "PyTorch eager": wrong}, "a case")


def test_tasks_take_turns() -> None:
    from benchmarks.lib import measuring

    calls: list[str] = []

    def call(name: str) -> float:
        calls.append(name)
        return len(calls)

    tasks = {name: partial(call, name) for name in "ab"}
    times = measuring.interleaved(tasks, 3)
    assert calls == list("ababab")
    assert times["a"] == {"n": 3, "median": 3, "min": 1, "max": 5}
    assert measuring.fastest(times) == "a"


def test_a_table_goes_between_its_own_markers(tmp_path: Path) -> None:
    from benchmarks.lib import measuring

    page = tmp_path / "page.md"
    page.write_text(
        "<!-- figures: benchmarks/a.py -->\n<!-- end of figures -->\n"
        "<!-- figures: benchmarks/b.py -->\nold\n<!-- end of figures -->\nafter\n"
    )
    measuring.put_table(page, "b.py", "new\n")
    assert page.read_text() == (
        "<!-- figures: benchmarks/a.py -->\n<!-- end of figures -->\n"
        "<!-- figures: benchmarks/b.py -->\nnew\n<!-- end of figures -->\nafter\n"
    )
    with pytest.raises(SystemExit, match=r"benchmarks/c\.py"):
        measuring.put_table(page, "c.py", "new\n")


@pytest.mark.skipif(not importlib.util.find_spec("ziglang"), reason="no compiler (ziglang)")
def test_the_peak_is_above_what_python_could_do() -> None:
    from benchmarks.engine import peak

    assert peak.peak(1) > engine.LANES / 4
