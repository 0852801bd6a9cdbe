"""Runs of batch prediction from and to an object store, whose requests fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bulk_runs import MODEL, Setting, files, letters, npz
from lenet.bulk.manifest import OutputFormat, OutputOptions
from lenet.bulk.run import Inputs, Run, prepare
from lenet.bulk.storage import Target, open_target
from lenet.bulk.storage.requests import Patience
from lenet.bulk.verify import totals_of, verify
from lenet.executors.local import LocalExecutor
from object_store import Bucket, Fault

pytestmark = pytest.mark.slow

QUICK = Patience(attempts=4, pause=0.01)


def run(source: str, target: Target, output_format: OutputFormat) -> Run:
    """Make a run in shards of 500 letters."""
    planned = prepare(Inputs([source]), MODEL, OutputOptions(output_format, 500), target)
    list(planned.predict(LocalExecutor(1)))
    return planned


@pytest.mark.parametrize("output_format", OutputFormat)
def test_a_store_that_fails_holds_the_bytes_of_a_folder(
    bucket: Bucket, tmp_path: Path, output_format: OutputFormat
) -> None:
    source = npz(tmp_path / "letters.npz", letters(1200))
    run(str(source), open_target(str(tmp_path / "out")), output_format)
    target = open_target(f"{bucket.uri}/predictions", QUICK)
    for number, fault in enumerate((Fault.ERROR, Fault.LIE, Fault.DROP)):
        bucket.proxy.inject(fault, "PUT", f"part-{number:05d}")
        bucket.proxy.inject(fault, "PUT", f"rejects-{2 - number:05d}")
    bucket.proxy.inject(Fault.TRUNCATE, "GET", "manifest")
    assert run(str(source), target, output_format).totals.letters == 1200
    expected = files(tmp_path / "out")
    assert {name for name in target.list() if not name.startswith(".")} == {*expected}
    assert {name: bucket.get(f"predictions/{name}") for name in expected} == expected
    again = run(str(source), target, output_format)
    assert len(again.done) == 3
    assert totals_of(verify(target)) == (again.totals, [])


def test_letters_in_a_store_are_those_of_a_file(bucket: Bucket, tmp_path: Path) -> None:
    source = npz(tmp_path / "letters.npz", letters(1200))
    bucket.put("in/letters.npz", source.read_bytes())
    for fault in (Fault.TRUNCATE, Fault.ERROR, Fault.BUSY):
        bucket.proxy.inject(fault, "GET", "letters.npz")
    run(f"{bucket.uri}/in/letters.npz", open_target(str(tmp_path / "remote")), OutputFormat.JSONL)
    Setting(source, tmp_path / "local").run()
    for name in ("part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl"):
        rows, expected = (
            [json.loads(line) for line in (tmp_path / place / name).read_text().splitlines()]
            for place in ("remote", "local")
        )
        for row in rows:
            row["source"] = row["source"].replace(f"{bucket.uri}/in", str(tmp_path))
        assert rows == expected
