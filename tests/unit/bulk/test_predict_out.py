"""`lenet predict --out`: its options, its output and its exit status."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import schemas
from bulk_runs import MODEL, Setting, files, letters, npz
from commands import lenet, lenet_process
from lenet.bulk.manifest import OutputFormat
from lenet.bulk.writers import parquet
from processes import environment_without_coverage

SIZE = ("--shard-size", 8192, "--workers", 1, "--model", MODEL, "--format", "jsonl")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return npz(tmp_path_factory.mktemp("input") / "letters.npz", letters(9000))


def test_a_run_and_its_recount(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = lenet("predict", source, "--out", out, *SIZE)
    hint = f"{out}: label.html: label some letters there to measure the error rate with --risk\n"
    assert (done.returncode, done.stderr) == (0, hint)
    assert done.stdout.startswith(f"{out}: 9,000 letters and 0 rejected items in 2 files; 9,000 letters in ")
    again = lenet("predict", source, "--out", out, *SIZE)
    assert "2 files, 2 of them by earlier runs; 0 letters in" in again.stdout
    verified = lenet("predict", source, "--out", out, "--verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert verified.stdout == "9,000 letters and 0 rejected items in 2 complete files\n"
    (out / "part-00001.jsonl").unlink()
    verified = lenet("predict", source, "--out", out, "--verify")
    assert verified.returncode == 1
    assert verified.stderr == f"lenet predict: {out}: part-00001.jsonl: is missing; run again\n"
    assert "1 complete file; 1 file missing or damaged" in verified.stdout


def test_events_for_programs(source: Path, tmp_path: Path) -> None:
    done = lenet("predict", source, "--out", tmp_path / "out", "--json", *SIZE)
    events = [json.loads(row) for row in done.stdout.splitlines()]
    for event in events:
        schemas.check("predictions-event", event)
    planned, first, second, end = events
    nothing = {"letters": 0, "rejects": 0, "shards": 0}
    assert planned == {"event": "planned", "letters": 9000, "shards": 2, "done": nothing}
    assert (first["event"], first["shard"], first["letters"], first["rejects"]) == ("shard", 0, 8192, 0)
    assert (second["shard"], second["letters"]) == (1, 808)
    assert {**end, "seconds": 0} == {
        "event": "done", "letters": 9000, "rejects": 0, "shards": 2, "seconds": 0
    }  # fmt: skip
    verified = json.loads(lenet("predict", source, "--out", tmp_path / "out", "--json", "--verify").stdout)
    schemas.check("predictions-event", verified)
    assert verified == {"event": "verified", "letters": 9000, "rejects": 0, "shards": 2, "problems": 0}


def test_counts_for_prometheus(source: Path, tmp_path: Path) -> None:
    metrics = tmp_path / "lenet.prom"
    done = lenet("predict", source, "--out", tmp_path / "out", "--metrics", metrics, *SIZE)
    assert done.returncode == 0
    families = {one.name: one for one in text_string_to_metric_families(metrics.read_text())}
    values = {name: one.samples[0].value for name, one in families.items()}
    assert values == {
        "lenet_predict_letters": 9000,
        "lenet_predict_rejected_items": 0,
        "lenet_predict_shards_done": 2,
        "lenet_predict_shards": 2,
    }


def test_a_plan_writes_nothing(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = lenet("predict", source, "--out", out, "--plan", "--price-per-core-hour", 3600, *SIZE)
    assert (done.returncode, done.stderr) == (0, "")
    rows: dict[str, str] = dict(row.split(maxsplit=1) for row in done.stdout.splitlines())
    assert (rows["letters"], rows["files"]) == ("9,000", "2")
    assert not out.exists()
    done = lenet("predict", source, "--out", out, "--plan", "--price-per-core-hour", 3600, "--json", *SIZE)
    values: dict[str, Any] = json.loads(done.stdout)
    schemas.check("predictions-event", values)
    assert values["bytes_in"] == source.stat().st_size
    assert 9000 * 100 < values["bytes_out"] < 9000 * 1000
    assert 0 < values["core_seconds"] < 60
    assert values["cost"] == pytest.approx(values["core_seconds"], abs=0.001)


def test_a_plan_of_few_drawings_counts_them(tmp_path: Path) -> None:
    line = json.dumps({"strokes": [[[0, 0], [0, 10], [6, 10]]]}) + "\n"
    (tmp_path / "a.jsonl").write_text(3 * line)
    done = lenet("predict", tmp_path / "a.jsonl", "--out", tmp_path / "out", "--plan", *SIZE)
    assert done.stdout.startswith("letters       about 3\n")


def test_parquet_needs_a_package(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Setting(source, tmp_path / "before", OutputFormat.PARQUET, size=9000).prepare()
    monkeypatch.setattr(parquet, "is_installed", lambda package: package != "pyarrow")
    message = 'pyarrow is not installed; pip install "lenet[bulk]", or write --format jsonl'
    for out, purpose in (("out", []), ("out", ["--plan"]), ("before", ["--verify"])):
        done = lenet("predict", source, "--out", tmp_path / out, *purpose)
        assert (done.returncode, done.stderr) == (1, f"lenet: {message}\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--verify"], 2, "lenet: --verify: needs --out DIR"),
        (["--no-preprocess"], 2, "lenet: --no-preprocess: needs --out DIR"),
        (["--orientation", "rot90"], 2, "lenet: --orientation: needs --out DIR"),
        (["--out", "OUT", "--price-per-core-hour", "1"], 2, "lenet: --price-per-core-hour: needs --plan"),
        (["--out", "OUT", "--shard-size", "10"], 2, "--shard-size: must be between 8192 and 65536"),
        (["--out", "OUT", "--format", "xml"], 2, "--format"),
        (["--out", "OUT", "--plan", "--verify"], 2, "not allowed with argument --plan"),
    ],
)
def test_options_that_do_not_fit(source: Path, arguments: list[str], status: int, message: str) -> None:
    done = lenet("predict", source, *arguments)
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_input_that_is_missing_or_empty(tmp_path: Path) -> None:
    done = lenet("predict", tmp_path / "no.npz", "--out", tmp_path / "out", *SIZE)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no such file" in done.stderr
    (tmp_path / "empty").mkdir()
    done = lenet("predict", tmp_path / "empty", "--out", tmp_path / "out", *SIZE)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_a_file(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    done = lenet("predict", source, "--out", tmp_path / "out", *SIZE)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_goes_on(tmp_path: Path, workers: int) -> None:
    source = npz(tmp_path / "letters.npz", letters(100_000))
    arguments = ["predict", source, "--out", tmp_path / "out", "--json", *SIZE, "--workers", workers]
    command = [sys.executable, "-m", "lenet", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert '"planned"' in running.stdout.readline()
        assert '"shard"' in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, printed = running.communicate(timeout=60)
    assert (running.returncode, printed) == (130, "")
    assert not [name for name in files(tmp_path / "out") if name.startswith(".")]
    done = lenet_process(*arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["letters"] == 100_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    source = npz(tmp_path / "letters.npz", letters(9000))
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)); {MAIN}"
    arguments = ["predict", source, "--out", tmp_path / "out", *SIZE, "--workers", 2]
    done = subprocess.run(
        [sys.executable, "-c", limited, *map(str, arguments)],
        env=environment_without_coverage(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "cannot be written (File too large); choose another place" in done.stderr
    assert done.stderr.count("\n") == 1
    names = [name for name in files(tmp_path / "out") if not name.startswith("rejects-")]
    assert names == ["manifest.jsonl"]


MAIN = "import sys; from lenet.cli.main import main; sys.exit(main(sys.argv[1:]))"
