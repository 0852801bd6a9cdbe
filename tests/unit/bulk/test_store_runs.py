"""Runs that read from a store and write to it: the same bytes, whatever fails on the way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bulk_runs import MODEL, letters, npz
from lenet.bulk.manifest import OutputFormat, OutputOptions
from lenet.bulk.run import Inputs, Run, prepare
from lenet.bulk.storage import Target, open_target
from lenet.bulk.storage.requests import Patience
from lenet.bulk.verify import totals_of, verify
from lenet.errors import DataError, LenetError
from lenet.executors.local import LocalExecutor
from object_store import Bucket, Fault

pytestmark = pytest.mark.slow

QUICK = Patience(attempts=6, pause=0.01, timeout=5.0, total=20.0)
FAULTS = [Fault.ERROR, Fault.BUSY, Fault.TRUNCATE, Fault.LIE, Fault.DROP]


@pytest.fixture
def uri(bucket: Bucket, tmp_path: Path) -> str:
    bucket.put("in/letters.npz", npz(tmp_path / "letters.npz", letters(1100)).read_bytes())
    return f"{bucket.uri}/in/letters.npz"


def plan(uri: str, target: Target) -> Run:
    return prepare(Inputs([uri]), MODEL, OutputOptions(OutputFormat.JSONL, 500, False), target)


def run(uri: str, target: Target) -> Run:
    planned = plan(uri, target)
    list(planned.predict(LocalExecutor(1)))
    return planned


def files(target: Target) -> dict[str, bytes]:
    return {name: target.read(name) for name in target.list()}


@pytest.mark.slow
def test_faults_of_the_store_leave_the_same_bytes(bucket: Bucket, uri: str) -> None:
    calm, stormy = (open_target(f"{bucket.uri}/{name}", QUICK) for name in ("calm", "stormy"))
    assert run(uri, calm).totals.letters == 1100
    bucket.proxy.storm(FAULTS, 0.15, random.Random(5))
    assert run(uri, stormy).totals.letters == 1100
    bucket.proxy.clear()
    assert files(stormy) == files(calm)
    assert totals_of(verify(stormy))[1] == []


def test_a_second_run_requests_no_letters(bucket: Bucket, uri: str) -> None:
    target = open_target(f"{bucket.uri}/out", QUICK)
    run(uri, target)
    before = files(target)
    bucket.proxy.clear()
    again = run(uri, target)
    assert len(again.done) == 3
    assert files(target) == before
    puts = [request.path for request in bucket.proxy.requests if request.method == "PUT"]
    assert all(".lenet-conditional-write" in path for path in puts)


def test_an_input_that_changes_after_the_plan_is_an_error(bucket: Bucket, uri: str, tmp_path: Path) -> None:
    planned = plan(uri, open_target(f"{bucket.uri}/out", QUICK))
    bucket.put("in/letters.npz", npz(tmp_path / "other.npz", letters(1100, 4)).read_bytes())
    with pytest.raises(DataError, match=r"letters.npz: has changed"):
        list(planned.predict(LocalExecutor(1)))


def test_a_store_that_ignores_conditions_is_refused_before_the_run(bucket: Bucket, uri: str) -> None:
    bucket.proxy.inject(Fault.UNCONDITIONAL, "PUT", times=100)
    with pytest.raises(LenetError, match="the store ignores If-None-Match"):
        plan(uri, open_target(f"{bucket.uri}/out", QUICK))
    assert bucket.get("out/manifest.jsonl") is None
