"""Runs of batch prediction: what they write, refuse, and do again."""

from __future__ import annotations

import json
import os
import resource
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lenet
import schemas
from bulk_runs import MODEL, Setting, files, finish, letters, npz
from commands import lenet as command
from lenet import engine
from lenet.bulk import work
from lenet.bulk.manifest import OutputFormat
from lenet.bulk.verify import totals_of, verify
from lenet.errors import DataError, LenetError
from lenet.executors.local import LocalExecutor
from lenet.models import PRETRAINED_DIR

FORMATS = list(OutputFormat)
SAME = 5e-6  # of probabilities


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return npz(tmp_path_factory.mktemp("input") / "letters.npz", letters(2100))


def problems(out: Path) -> list[str]:
    from lenet.bulk.storage import LocalTarget

    return totals_of(verify(LocalTarget(out)))[1]


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_run_that_is_repeated_changes_nothing(
    source: Path, tmp_path: Path, output_format: OutputFormat
) -> None:
    setting = Setting(source, tmp_path / "out", output_format)
    assert setting.run().totals.letters == 2100
    before = files(setting.out)
    again = setting.run()
    assert (again.totals.letters, len(again.done)) == (2100, 5)
    assert files(setting.out) == before
    assert problems(setting.out) == []


@pytest.mark.parametrize("output_format", FORMATS)
def test_what_is_missing_is_written_again_with_the_same_bytes(
    source: Path, tmp_path: Path, output_format: OutputFormat
) -> None:
    setting = Setting(source, tmp_path / "out", output_format)
    setting.run()
    before = files(setting.out)
    for name in (f"part-00001.{output_format}", "rejects-00003.jsonl", "sample-00002.json"):
        (setting.out / name).unlink()
    assert len(problems(setting.out)) == 3
    (setting.out / "part-00001.json").unlink(missing_ok=True)
    setting.run()
    assert files(setting.out) == before


def test_json_lines_are_those_of_predict(source: Path, tmp_path: Path) -> None:
    Setting(source, tmp_path / "out").run()
    parts = sorted((tmp_path / "out").glob("part-*.jsonl"))
    printed = command("predict", "--json", "--model", MODEL, source).stdout.splitlines()
    lines = [line for part in parts for line in part.read_text().splitlines()]
    assert sum(map(str.__eq__, lines, printed)) > 2000
    for row, expected in zip(map(json.loads, lines), map(json.loads, printed), strict=True):
        shares = [share for _, share in row.pop("candidates")]
        # The last bits depend on how many images the engine predicts together.
        assert shares == pytest.approx([share for _, share in expected.pop("candidates")], abs=SAME)
        assert row == expected


def test_parquet_has_the_letters_of_recognize_array(source: Path, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    Setting(source, tmp_path / "out", OutputFormat.PARQUET, logits=True).run()
    table = pq.read_table([*sorted((tmp_path / "out").glob("part-*.parquet"))])
    recognizer, images = lenet.load(MODEL), letters(2100)
    answers = recognizer.recognize_array(images)
    rows = table.to_pydict()
    assert rows["source"] == [f"{source}:{number}" for number in range(1, 2101)]
    assert [letter or "" for letter in rows["letter"]] == answers["letter"].tolist()
    assert rows["verdict"] == answers["verdict"].tolist()
    np.testing.assert_allclose(rows["confidence"], answers["confidence"], rtol=0, atol=SAME)
    for row, answer in zip(rows["candidates"], answers["candidates"], strict=True):
        answer = answer[answer["label"] != ""]
        assert [one["label"] for one in row] == answer["label"].tolist()
        shares = [one["probability"] for one in row]
        np.testing.assert_allclose(shares, answer["probability"], rtol=0, atol=SAME)
    assert table.schema.field("logits").type.list_size == 26
    logits = np.float32(rows["logits"]) / recognizer.model.temperature
    inked = images.any(axis=(1, 2))
    expected = recognizer.probabilities(images)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares[inked], expected[inked], rtol=0, atol=SAME)


def test_csv_has_the_same(source: Path, tmp_path: Path) -> None:
    import csv

    Setting(source, tmp_path / "out", OutputFormat.CSV, size=5000).run()
    with (tmp_path / "out" / "part-00000.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    answers = lenet.load(MODEL).recognize_array(letters(2100))
    assert [row["letter"] for row in rows] == answers["letter"].tolist()
    assert [row["candidate_5"] for row in rows] == answers["candidates"]["label"][:, 4].tolist()
    confidence = [float(row["confidence"]) for row in rows]
    np.testing.assert_allclose(confidence, answers["confidence"], rtol=0, atol=SAME)


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("output_format", FORMATS)
def test_two_workers_write_what_one_writes(tmp_path: Path, output_format: OutputFormat, packed: bool) -> None:
    source = npz(tmp_path / "letters.npz", letters(2100), packed=packed)
    one = Setting(source, tmp_path / "one", output_format)
    two = replace(one, out=tmp_path / "two", workers=2)
    one.run()
    two.run()
    assert files(one.out) == files(two.out)


def test_a_sequential_source_goes_on_after_what_is_done(tmp_path: Path) -> None:
    setting = Setting(npz(tmp_path / "a.npz", letters(1700), packed=True), tmp_path / "out")
    setting.run()
    before = files(setting.out)
    for number in (1, 3):
        (setting.out / f"part-{number:05d}.json").unlink()
    assert len(setting.run().done) == 2
    assert files(setting.out) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": OutputFormat.CSV}, "another --format: jsonl, now csv"),
        ({"size": 600}, "another --shard-size: 500, now 600"),
        ({"logits": True}, "another --logits: false, now true"),
        ({"model": PRETRAINED_DIR / "modern-s.safetensors"}, r"another model \(--model\)"),
        ({"more": ["MORE"]}, "other inputs: 1 files, now 2"),
    ],
)
def test_another_run_into_the_same_folder_is_refused(
    source: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    setting = Setting(source, tmp_path / "out")
    setting.prepare()
    if "more" in change:
        change = {"more": [str(npz(tmp_path / "more.npz", letters(3)))]}
    with pytest.raises(LenetError, match=f"holds predictions with {message}; give the same again"):
        replace(setting, **change).prepare()  # type: ignore[arg-type]


def test_a_source_that_has_changed_is_refused(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.npz"
    shutil.copy(source, copy)
    setting = Setting(copy, tmp_path / "out")
    planned = setting.prepare()
    npz(copy, letters(2100, seed=9))
    with pytest.raises(DataError, match="changed"):
        work.predict_shard(next(planned._tasks()))
    with pytest.raises(LenetError, match=r"holds predictions with another .*copy\.npz, which has changed"):
        setting.prepare()


def test_a_machine_without_the_instruction_set_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting(source, tmp_path / "out")
    setting.prepare()
    text = (setting.out / "manifest.jsonl").read_text()
    (setting.out / "manifest.jsonl").write_text(text.replace(f'"isa":"{engine.ISA}"', '"isa":"avx1024"'))
    with pytest.raises(LenetError, match="with avx1024, which this processor does not have"):
        setting.prepare()


def test_a_node_without_the_model_file_names_it(source: Path, tmp_path: Path) -> None:
    planned = Setting(source, tmp_path / "out").prepare()
    job = replace(planned.job, model=tmp_path / "mine.safetensors")
    first = planned.manifest.shards[0]
    with pytest.raises(LenetError, match=r"mine.safetensors: no such file; check the name"):
        work.predict_shard(work.Work(job, first, planned.sources))


@pytest.mark.slow
@pytest.mark.skipif(len(engine.SUPPORTED) < 2, reason="one instruction set")
def test_the_workers_open_the_engine_of_the_manifest(source: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LENET_ISA", "baseline")
        first = replace(Setting(source, tmp_path / "one"), workers=2).start()
        finish(first)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "part-00002.json").unlink()
    (tmp_path / "two" / "part-00002.jsonl").unlink()
    second = replace(Setting(source, tmp_path / "two"), workers=2).start()
    finish(second)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert '"isa":"baseline"' in (tmp_path / "two" / "manifest.jsonl").read_text()


@pytest.mark.parametrize("output_format", FORMATS)
def test_no_letters_make_no_files_of_letters(tmp_path: Path, output_format: OutputFormat) -> None:
    setting = Setting(npz(tmp_path / "none.npz", letters(0)), tmp_path / "out", output_format)
    assert setting.run().totals.letters == 0
    assert list(files(setting.out)) == ["manifest.jsonl"]
    assert problems(setting.out) == []


def test_a_full_disk_leaves_nothing_half_written(source: Path, tmp_path: Path) -> None:
    setting = Setting(source, tmp_path / "out", size=2000)
    setting.prepare()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(LenetError, match=r"sample-00000.json: cannot be written \(File too large\)"):
            setting.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(files(setting.out)) == ["manifest.jsonl", "rejects-00000.jsonl"]
    setting.run()
    assert problems(setting.out) == []


def test_what_killed_runs_left_is_removed(source: Path, tmp_path: Path) -> None:
    setting = Setting(source, tmp_path / "out")
    setting.run()
    before = files(setting.out)
    from lenet._util.files import temporary_name

    name = temporary_name(setting.out / "part-00007.jsonl").name.replace(str(os.getpid()), "4194303")
    (setting.out / name).write_bytes(b"half")
    setting.run()
    assert files(setting.out) == before


def test_too_many_rejected_items_end_the_run(tmp_path: Path) -> None:
    planned = Setting(npz(tmp_path / "a.npz", letters(20)), tmp_path / "out").prepare()
    planned.totals.rejects = 1001
    with pytest.raises(DataError, match=r"1,001 items are rejected, more than 1,000; .*--max-rejects"):
        list(planned.predict(LocalExecutor(1)))
    assert len(list(planned.predict(LocalExecutor(1), max_rejects=1001))) == 1


@pytest.mark.parametrize("output_format", FORMATS)
def test_verify_names_damaged_files(source: Path, tmp_path: Path, output_format: OutputFormat) -> None:
    setting = Setting(source, tmp_path / "out", output_format)
    setting.run()
    part = setting.out / f"part-00002.{output_format}"
    data = bytearray(part.read_bytes())
    data[len(data) // 3] ^= 0x55
    part.write_bytes(data)
    (setting.out / "rejects-00000.jsonl").write_text("{}\n")
    messages = problems(setting.out)
    assert len(messages) == 2
    assert "rejects-00000.jsonl: is damaged" in messages[0]
    assert part.name in messages[1]


def test_verify_needs_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no manifest.jsonl; name the folder that --out had"):
        problems(tmp_path)


def test_an_output_in_an_input_is_refused(source: Path, tmp_path: Path) -> None:
    shutil.copy(source, tmp_path)
    for out in (tmp_path, tmp_path / "out" / "deeper"):
        with pytest.raises(LenetError, match=r"is in the input .*; choose a folder outside of it"):
            Setting(tmp_path, out).prepare()
    assert list(files(tmp_path)) == [source.name]


def test_a_damaged_manifest_is_refused(source: Path, tmp_path: Path) -> None:
    setting = Setting(source, tmp_path / "out")
    setting.prepare()
    path = setting.out / "manifest.jsonl"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DataError, match=r"manifest.jsonl is damaged; choose another folder"):
        setting.prepare()


@pytest.mark.parametrize(
    "change",
    [
        {"shard": "0"},
        {"shard": 1},
        {"pieces": [[7, 0, 1, 0]]},
        {"pieces": [[-1, 0, 1, 0]]},
        {"pieces": [[0, "0", 1, 0]]},
        {"pieces": None},
        {"letters": "12"},
        {"digest": "../x"},
        {"digest": "ab"},
    ],
)
def test_a_shard_that_is_not_of_the_manifest_is_refused(
    source: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    setting = Setting(source, tmp_path / "out")
    setting.prepare()
    path = setting.out / "manifest.jsonl"
    header, first, *others = path.read_text().splitlines()
    path.write_text("\n".join([header, json.dumps(json.loads(first) | change), *others]) + "\n")
    with pytest.raises(DataError, match=r"manifest.jsonl is damaged; choose another folder"):
        setting.prepare()
    with pytest.raises(DataError, match=r"manifest.jsonl is damaged; choose another folder"):
        problems(setting.out)


def test_files_have_no_times_names_of_hosts_or_processes(source: Path, tmp_path: Path) -> None:
    setting = Setting(source, tmp_path / "out")
    setting.run()
    header = json.loads((setting.out / "manifest.jsonl").read_text().splitlines()[0])
    assert list(header) == ["format", "model", "options", "software", "sources"]
    for line in (setting.out / "manifest.jsonl").read_text().splitlines():
        schemas.check("predictions-manifest", json.loads(line))
    schemas.check("predictions-manifest", json.loads((setting.out / "part-00001.json").read_bytes()))
    assert list(header["sources"][0]) == ["uri", "kind", "size", "digest", "is_sequential"]


def test_a_manifest_that_was_cut_at_a_line_is_refused(tmp_path: Path) -> None:
    setting = Setting(npz(tmp_path / "letters.npz", letters(1500)), tmp_path / "out", size=700)
    setting.run()
    path = setting.out / "manifest.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    with pytest.raises(DataError, match=r"manifest\.jsonl is damaged"):
        setting.run()
