"""Metrics: what is counted, under few labels, by one process and by several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asgi import Caller
from lenet.errors import LenetError
from lenet.inference.recognizer import model_path
from lenet.server import app as server_app
from lenet.server import metrics
from lenet.server.app import Services
from lenet.server.config import Limits, ServerConfig
from lenet.server.metrics import Metrics

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
def counts() -> Metrics:
    return Metrics()


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
    values = samples(services.metrics.text())
    assert values["lenet_http_requests_total", "/v1/recognize", "POST", "500"] == 1
    assert values["lenet_requests_in_flight",] == 0
    assert caplog.messages == ["error in POST /v1/recognize"]


def test_limits_are_counted(client: Caller, services: Services) -> None:
    for path in ("/v1/recognize", "/v2/models/modern-s/infer"):
        assert client.ask("POST", path, {"Content-Type": "application/json"}, [bytes(1001)]).status == 413
    assert client.post("/v1/recognize", {}).status == 422
    values = samples(services.metrics.text())
    assert values["lenet_rejected_requests_total", "body-too-large"] == 2
    assert sum(value for key, value in values.items() if key[0] == "lenet_rejected_requests_total") == 2


def test_clients_cannot_invent_labels(client: Caller, services: Services) -> None:
    for number in range(50):
        client.get(f"/none/{number}")
        client.ask(f"BREW{number}", "/none")
    requests = {key for key in samples(services.metrics.text()) if key[0] == "lenet_http_requests_total"}
    assert requests == {
        ("lenet_http_requests_total", "other", "GET", "404"),
        ("lenet_http_requests_total", "other", "other", "404"),
    }


def test_drawings_and_batches_are_counted(counts: Metrics) -> None:
    counts.batch(3)
    counts.batch(16)
    counts.drawings("letter", 2)
    counts.drawings("letter")
    counts.drawings("empty")
    counts.connections.inc()
    values = samples(counts.text())
    assert values["lenet_batch_drawings_bucket", "4.0"] == 1
    assert values["lenet_batch_drawings_sum",] == 19
    assert values["lenet_drawings_total", "letter"] == 3
    assert values["lenet_drawings_total", "empty"] == 1
    assert values["lenet_connections",] == 1


WORKERS = """
import os, subprocess, sys
from lenet.server import metrics
if len(sys.argv) > 1:
    counts = metrics.Metrics()
    counts.answered("/v1/recognize", "POST", 200, 0.001)
    counts.connections.inc(5)
    counts.drawings("letter", int(sys.argv[1]))
else:
    assert "prometheus_client" not in sys.modules
    with metrics.shared_folder(3):
        print(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        for number in "123":
            worker = subprocess.Popen([sys.executable, "-c", sys.orig_argv[2], number])
            assert worker.wait() == 0
            metrics.forget_worker(worker.pid)
        counts = metrics.Metrics()
        counts.connections.inc()
        print(counts.text().decode())
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
"""


def test_the_values_of_all_workers_are_added_up() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", WORKERS], capture_output=True, text=True, check=True, env=environment
    )
    folder, text = done.stdout.split("\n", 1)
    assert not Path(folder).exists()
    values = samples(text.encode())
    assert values["lenet_http_requests_total", "/v1/recognize", "POST", "200"] == 3
    assert values["lenet_drawings_total", "letter"] == 6
    assert values["lenet_connections",] == 1  # those of workers that ended do not count


def test_one_worker_needs_no_folder(counts: Metrics) -> None:
    with metrics.shared_folder(1):
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def test_sharing_after_the_first_metric_is_an_error(counts: Metrics) -> None:
    with pytest.raises(LenetError, match="before the first metric"), metrics.shared_folder(2):
        pass


def test_importing_the_module_does_not_import_prometheus() -> None:
    code = "import sys, lenet.server.metrics; assert 'prometheus_client' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
