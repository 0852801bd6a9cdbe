"""Metrics: what is counted, under few labels, by one process and by several."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from asgi import Caller
from lenet.errors import LenetError
from lenet.inference.recognizer import model_path
from lenet.server import app as server_app
from lenet.server import metrics as metrics_module
from lenet.server.app import Services
from lenet.server.config import Limits, ServerConfig
from lenet.server.errors import ApiError
from lenet.server.metrics import Counts, Metrics
from lenet.server.prometheus import text_of
from open_inference_client import infer

LABELS = ("route", "method", "status", "verdict", "limit", "le")


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """Return the samples of a text by name and label values."""
    samples = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            values = (sample.labels[name] for name in LABELS if name in sample.labels)
            samples[sample.name, *values] = sample.value
    return samples


@pytest.fixture
def services() -> Services:
    return server_app.make_services(ServerConfig(model=model_path(None), limits=Limits(body_bytes=1000)))


@pytest.fixture
def client(services: Services) -> Caller:
    return Caller(server_app.make_app(services.config, services))


L = {"strokes": [[[0, 0], [0, 10]], [[0, 10], [6, 10]]]}


def test_answers_are_counted_by_route_method_and_status(client: Caller) -> None:
    for _ in range(2):
        client.post("/v1/recognize", L)
    client.get("/v1/recognize?token=secret")
    client.get("/v2/models/modern-s?token=secret")
    client.get("/v2/models/secret")
    client.get("/")
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"secret" not in answer.body
    values = samples(answer.body)
    assert values["lenet_http_requests_total", "/v1/recognize", "POST", "200"] == 2
    assert values["lenet_http_requests_total", "/v1/recognize", "GET", "405"] == 1
    assert values["lenet_http_requests_total", "/v2/models/{name}", "GET", "200"] == 1
    assert values["lenet_http_requests_total", "/v2/models/{name}", "GET", "404"] == 1
    assert values["lenet_http_requests_total", "page", "GET", "200"] == 1
    assert values["lenet_http_request_seconds_count", "/v1/recognize"] == 3
    assert values["lenet_requests_in_flight",] == 1  # this request itself


def test_failures_are_counted(
    client: Caller, services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(services.batcher, "submit", broken)
    assert client.post("/v1/recognize", L).status == 500
    values = samples(text_of(services.metrics.totals()))
    assert values["lenet_http_requests_total", "/v1/recognize", "POST", "500"] == 1
    assert values["lenet_requests_in_flight",] == 0
    assert caplog.messages == ["error in /v1/recognize"]


def test_limits_are_counted(client: Caller, services: Services) -> None:
    for path in ("/v1/recognize", "/v2/models/modern-s/infer"):
        assert client.ask("POST", path, {"Content-Type": "application/json"}, [bytes(1001)]).status == 413
    assert client.post("/v1/recognize", {}).status == 422
    values = samples(text_of(services.metrics.totals()))
    assert values["lenet_rejected_requests_total", "body-too-large"] == 2
    assert sum(value for key, value in values.items() if key[0] == "lenet_rejected_requests_total") == 2


def test_clients_cannot_invent_labels(client: Caller, services: Services) -> None:
    for number in range(50):
        client.get(f"/none/{number}")
        client.ask(f"BREW{number}", "/none")
    requests = {
        key for key in samples(text_of(services.metrics.totals())) if key[0] == "lenet_http_requests_total"
    }
    assert requests == {
        ("lenet_http_requests_total", "other", "GET", "404"),
        ("lenet_http_requests_total", "other", "other", "404"),
    }


def test_drawings_and_batches_are_counted(client: Caller, services: Services) -> None:
    images = np.zeros((3, 784), np.uint8)
    images[1:, 300:340] = 255
    client.post("/v1/recognize", L)
    client.post("/v1/recognize", {"drawings": [L, {"strokes": []}, L]})
    small = {"Content-Type": "application/octet-stream"}
    services = replace(services, config=replace(services.config, limits=Limits()))
    whole = Caller(server_app.make_app(services.config, services))
    assert whole.ask("POST", "/v1/recognize", small, [images.tobytes()]).status == 200
    result = infer(whole, "/v2/models/modern-s/infer", images, binary=True)
    verdicts = [*result.outputs["verdict"]]
    values = samples(text_of(services.metrics.totals()))
    assert values["lenet_batch_drawings_bucket", "1"] == 1
    assert values["lenet_batch_drawings_bucket", "4"] == 4
    assert values["lenet_batch_drawings_sum",] == 1 + 3 + 3 + 3
    assert values["lenet_drawings_total", "letter"] == 3 + 2 * verdicts.count("letter")
    assert values["lenet_drawings_total", "empty"] == 1 + 2
    total = sum(value for key, value in values.items() if key[0] == "lenet_drawings_total")
    assert total == 10


def test_buckets_count_all_values_up_to_their_bound() -> None:
    metrics = Metrics()
    for seconds in (0.0001, 0.0005, 0.0006, 99.0):
        metrics.answered("/v2", "GET", 200, seconds)
    values = samples(text_of(metrics.totals()))
    name = "lenet_http_request_seconds"
    counts = {key[-1]: value for key, value in values.items() if key[0] == f"{name}_bucket"}
    assert (counts["0.0005"], counts["0.001"], counts["10"], counts["+Inf"]) == (2, 3, 3, 4)
    assert values[f"{name}_count", "/v2"] == 4
    assert values[f"{name}_sum", "/v2"] == pytest.approx(99.0012)


answers = st.tuples(
    st.sampled_from(["/v2", "page"]), st.sampled_from(["GET", "POST"]), st.sampled_from([200, 503]),
    st.floats(0, 100),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(answers)), st.lists(st.integers(1, 5000)))
def test_merged_counts_are_those_of_one_process(
    processes: list[list[tuple[str, str, int, float]]], batches: list[int]
) -> None:
    alone, merged = Metrics(), Counts()
    for process in processes:
        metrics = Metrics()
        for metric in (alone, metrics):
            for answer in process:
                metric.answered(*answer)
            for batch in batches:
                metric.batch(batch)
                metric.drawings("letter", batch)
            metric.refused(ApiError(413, "body-too-large", ""))
            metric.counts.connections += 2
        merged.merge(metrics.counts)
    assert samples(text_of(merged)) == pytest.approx(samples(text_of(alone.counts)))


def test_processes_share_their_counts(tmp_path: Path) -> None:
    processes = []
    for pid in (11, 12):
        metrics = Metrics()
        metrics.answered("/v1/recognize", "POST", 200, 0.001)
        metrics.drawings("letter", pid)
        metrics.counts.connections = 5
        (tmp_path / str(pid)).write_bytes(msgspec.msgpack.encode(metrics.counts))
        processes.append(metrics)
    (tmp_path / "13.new").write_bytes(b"half")
    metrics = Metrics()
    metrics.share(tmp_path)
    metrics.counts.connections = 1
    metrics.forget(12)
    metrics.forget(99)
    values = samples(text_of(metrics.totals()))
    assert values["lenet_http_requests_total", "/v1/recognize", "POST", "200"] == 2
    assert values["lenet_drawings_total", "letter"] == 23
    assert values["lenet_connections",] == 6  # those of the process that ended do not count
    assert metrics.counts.drawings == {}


def test_a_folder_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.share(tmp_path / "gone")
    metrics.publish()
    metrics.forget(5)


def test_the_folder_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with metrics_module.shared_folder(1) as folder:
        assert folder is None
    with metrics_module.shared_folder(2) as folder:
        assert folder is not None
        (folder / "1").write_bytes(b"")
    assert not folder.exists()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    folders = metrics_module.shared_folder(2)
    with pytest.raises(LenetError, match=r"^--workers: no folder .* name one in TMPDIR"), folders:
        pass


def test_all_workers_are_counted() -> None:
    """Real workers: the sum is complete once each has written its last snapshot."""
    command = [sys.executable, "-m", "lenet", "serve", "--no-browser", "--port", "0", "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            address = urlsplit(running.stdout.readline().split()[4]).netloc
            for _ in range(10):  # a connection each, so that both workers answer
                assert get(address, "/v2")[0] == 200
            end = time.monotonic() + 20
            while time.monotonic() < end:
                values = samples(get(address, "/metrics")[1])
                if values.get(("lenet_http_requests_total", "/v2", "GET", "200")) == 10:
                    break
                time.sleep(0.2)
            else:
                pytest.fail("the counts of the workers were not added up")
        finally:
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=20)
    assert errors == ""


def get(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_starting_does_not_load_prometheus() -> None:
    code = "import sys, lenet.server.run; assert 'prometheus_client' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
