"""Counts of `lenet predict --out`, in a file for Prometheus' text file collector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lenet._util.files import atomic_write

if TYPE_CHECKING:
    from lenet.bulk.run import Run


class Metrics:
    """Keeps a file of counts up to date, those of earlier runs included."""

    def __init__(self, planned: Run, path: Path) -> None:
        """Write the counts of the shards that are done.

        Raises:
            LenetError: the file cannot be written.
        """
        self.run, self.path = planned, path
        self.write()

    def write(self) -> None:
        """Write the counts. Raise LenetError if that fails."""
        from prometheus_client import CollectorRegistry, Gauge, generate_latest

        registry, totals = CollectorRegistry(), self.run.totals
        for name, text, value in (
            ("letters", "Letters in the files of predictions.", totals.letters),
            ("rejected_items", "Items that cannot be read.", totals.rejects),
            ("shards_done", "Shards that are done.", totals.shards),
            ("shards", "Shards of the manifest.", len(self.run.manifest.shards)),
        ):
            Gauge(f"lenet_predict_{name}", text, registry=registry).set(value)
        with atomic_write(self.path) as stream:
            stream.write(generate_latest(registry))
