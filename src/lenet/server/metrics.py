"""Metrics of the server for Prometheus, and the route /metrics.

With several worker processes, each writes its values to files of one temporary folder, and /metrics of any
worker adds them up. prometheus_client decides this when it is first imported, so `shared_folder` comes
before that, and this module imports it within functions.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenet.errors import LenetError
from lenet.server.errors import ApiError
from lenet.server.operations import Content, Operation, Reply

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from starlette.requests import Request
    from starlette.types import Scope

    from lenet.server.app import Services
    from lenet.server.config import ServerConfig

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DRAWINGS = (1, 2, 4, 8, 16, 64, 256, 1024, 4096)
OTHER = "other"
PAGE_ROUTE = "page"  # all files of the page
ROUTE = "lenet.route"  # of a scope: the route's name in metrics and logs, where Starlette's router has none
LIMITS = frozenset({408, 413, 429, 431, 503})  # statuses of requests that a limit rejects
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Metrics:
    """The metrics of this process; each call costs a microsecond or less.

    Labels have few values: routes are templates such as /v1/models/{name}, and what a client invents is
    counted as "other".
    """

    def __init__(self) -> None:
        """Register the metrics in a registry of their own."""
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            disable_created_metrics,
        )

        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, with the time of its first value
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "lenet_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "lenet_http_request_seconds", "Time from a request's headers to the end of its answer.",
            ["route"], buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._batches = Histogram(
            "lenet_batch_drawings", "Drawings that were recognized together.", buckets=DRAWINGS,
            registry=registry,
        )  # fmt: skip
        self._drawings = Counter(
            "lenet_drawings", "Drawings recognized, by verdict.", ["verdict"], registry=registry
        )
        self._rejected = Counter(
            "lenet_rejected_requests", "Requests rejected, by limit.", ["limit"], registry=registry
        )
        self.connections = Gauge(
            "lenet_connections", "Open connections.", multiprocess_mode="livesum", registry=registry
        )
        self.in_flight = Gauge(
            "lenet_requests_in_flight", "Requests that are being answered.", multiprocess_mode="livesum",
            registry=registry,
        )  # fmt: skip
        # Looking up a metric by its labels costs more than counting, so those in use are kept.
        self._answers: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._verdicts: dict[str, Counter] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer.

        Args:
            route: the template of the path.
            method: the request's method.
            status: HTTP status.
            seconds: from the request's headers to the end of the answer.
        """
        counters = self._answers.get((route, method, status))
        if counters is None:
            known = method if method in _METHODS else OTHER
            counters = (self._requests.labels(route, known, str(status)), self._seconds.labels(route))
            if known == method:  # a client may invent any number of methods
                self._answers[route, method, status] = counters
        counters[0].inc()
        counters[1].observe(seconds)

    def batch(self, drawings: int) -> None:
        """Count a batch by its number of drawings."""
        self._batches.observe(drawings)

    def drawings(self, verdict: str, count: int = 1) -> None:
        """Count recognized drawings of a verdict."""
        counter = self._verdicts.get(verdict)
        if counter is None:
            counter = self._verdicts[verdict] = self._drawings.labels(verdict)
        counter.inc(count)

    def refused(self, error: ApiError) -> None:
        """Count an error if a limit is its cause, by its code."""
        if error.status in LIMITS:
            self._rejected.labels(error.code).inc()

    def text(self) -> bytes:
        """Return the metrics of all workers in Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._all_workers())

    def _all_workers(self) -> CollectorRegistry:
        if _FOLDER not in os.environ:
            return self.registry
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry


def route_of(scope: Scope) -> str:
    """Return the template of the path of the route that answered, or "other" if no route did."""
    return scope.get(ROUTE) or getattr(scope.get("route"), "path", None) or OTHER


@contextmanager
def shared_folder(workers: int) -> Iterator[None]:
    """Share metrics between worker processes that are started within this context.

    With one worker this does nothing. The folder is removed at the end.

    Raises:
        LenetError: this process already counts for itself alone, so its children would too.
    """
    if workers <= 1:
        yield
        return
    if "prometheus_client" in sys.modules and _FOLDER not in os.environ:
        raise LenetError("metrics: already counted in one process; start the workers before the first metric")
    with tempfile.TemporaryDirectory(prefix="lenet-metrics-") as folder:
        before = os.environ.get(_FOLDER)
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ[_FOLDER]
            else:
                os.environ[_FOLDER] = before


def forget_worker(pid: int) -> None:
    """Drop the open connections and requests of a worker that ended; its counts stay."""
    if _FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def routes(services: Services) -> list[BaseRoute]:
    """Return the route /metrics."""

    def metrics(request: Request) -> Response:  # not async: reading the workers' files may take a while
        headers = {"Content-Type": TEXT_FORMAT, "Cache-Control": "no-store"}
        return Response(services.metrics.text(), headers=headers)

    return [Route("/metrics", metrics, methods=["GET"])]


def operations(config: ServerConfig) -> list[Operation]:
    """Return the operation of this module's route."""
    text = Content(media_type="text/plain")
    return [
        Operation(
            "GET", "/metrics", "Operation", "Return metrics for Prometheus.",
            {200: Reply("The metrics of all worker processes, in Prometheus' text format.", (text,))},
            "Requests by route, method and status; their time; batches and drawings by verdict; requests "
            "rejected by limit; open connections and requests in flight.",
        ),
    ]  # fmt: skip
