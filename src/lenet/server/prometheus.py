"""/metrics: the server's counts in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenet.server.media_types import TEXT, UTF8
from lenet.server.metrics import DRAWINGS, SECONDS, Counts, Tally
from lenet.server.operations import Content, Operation, Reply

if TYPE_CHECKING:
    from prometheus_client import Metric
    from starlette.requests import Request

    from lenet.server.app import Services
    from lenet.server.config import ServerConfig

TEXT_FORMAT = f"{TEXT}; version=0.0.4{UTF8}"


def text_of(counts: Counts) -> bytes:
    """Return counts in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Counted(Collector):
        def collect(self) -> Iterable[Metric]:
            return _families(counts)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Counted())
    return generate_latest(registry)


def _families(counts: Counts) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    requests = CounterMetricFamily(
        "lenet_http_requests", "Requests answered.", labels=["route", "method", "status"]
    )
    seconds = HistogramMetricFamily(
        "lenet_http_request_seconds",
        "Time from a request's headers to the end of its answer.",
        labels=["route"],
    )
    routes: dict[str, Tally] = {}
    for (route, method, status), tally in counts.answers.items():
        requests.add_metric([route, method, str(status)], sum(tally.buckets))
        routes.setdefault(route, Tally.of(SECONDS)).merge(tally)
    for route, tally in routes.items():
        seconds.add_metric([route], _buckets(SECONDS, tally), tally.total)
    yield requests
    yield seconds

    batches = HistogramMetricFamily("lenet_batch_drawings", "Drawings that were recognized together.")
    batches.add_metric([], _buckets(DRAWINGS, counts.batches), counts.batches.total)
    yield batches

    drawings = CounterMetricFamily("lenet_drawings", "Drawings recognized, by verdict.", labels=["verdict"])
    for verdict, count in counts.drawings.items():
        drawings.add_metric([str(verdict)], count)
    yield drawings

    rejected = CounterMetricFamily(
        "lenet_rejected_requests", "Requests rejected, by limit.", labels=["limit"]
    )
    for limit, count in counts.rejected.items():
        rejected.add_metric([limit], count)
    yield rejected

    yield GaugeMetricFamily("lenet_connections", "Open connections.", counts.connections)
    yield GaugeMetricFamily("lenet_requests_in_flight", "Requests that are being answered.", counts.in_flight)


def _buckets(bounds: Sequence[float], tally: Tally) -> list[tuple[str, float]]:
    """Return the buckets as Prometheus has them: the number of values up to each bound."""
    names = [*(f"{bound:g}" for bound in bounds), "+Inf"]
    return [(name, float(count)) for name, count in zip(names, accumulate(tally.buckets), strict=True)]


def operations(config: ServerConfig) -> list[Operation]:
    """Return the operation of this module's route."""
    text = Content(media_type=TEXT)
    return [
        Operation(
            "GET", "/metrics", "Operation", "Return metrics for Prometheus.",
            {200: Reply("The metrics of all worker processes, in Prometheus' text format.", (text,))},
            "Requests by route, method and status; their time; batches and drawings by verdict; requests "
            "rejected by limit; open connections and requests in flight. Those of other workers are up to "
            "a second old.",
        ),
    ]  # fmt: skip


def routes(services: Services) -> list[BaseRoute]:
    """Return the route /metrics."""

    async def metrics(request: Request) -> Response:
        headers = {"Content-Type": TEXT_FORMAT, "Cache-Control": "no-store"}
        return Response(text_of(services.metrics.totals()), headers=headers)

    return [Route("/metrics", metrics, methods=["GET"])]
