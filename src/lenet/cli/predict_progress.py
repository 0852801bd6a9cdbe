"""Progress and results of `lenet predict --out`: for people, and as JSON lines for programs."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lenet._util.counts import counted
from lenet.cli.progress import progress_bar

if TYPE_CHECKING:
    from lenet.bulk.estimate import Estimate
    from lenet.bulk.run import Run, Totals
    from lenet.bulk.work import Outcome


class _Listener:
    """Takes the outcomes of a run's shards."""

    def __init__(self, planned: Run) -> None:
        self.run, self.begin = planned, time.perf_counter()
        self.here = 0  # letters of this run, without earlier ones

    def __enter__(self) -> _Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the progress."""

    def shard(self, outcome: Outcome) -> None:
        """Take the outcome of a shard."""
        self.here += outcome.letters

    def done(self) -> None:
        """Take the end of the run."""

    @property
    def seconds(self) -> float:
        """Return the time since the run began."""
        return time.perf_counter() - self.begin


class Bar(_Listener):
    """Shows a bar with the rate, the time left and the rejected items; prints a summary at the end."""

    def __init__(self, planned: Run) -> None:
        """Show what earlier runs have done."""
        super().__init__(planned)
        totals = planned.totals
        initial = totals.letters + totals.rejects
        total = planned.manifest.letters
        self.bar = progress_bar(total=total, initial=initial, unit="letter", unit_scale=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self.bar.close()

    def shard(self, outcome: Outcome) -> None:
        """Move the bar."""
        super().shard(outcome)
        self.bar.set_postfix(rejected=self.run.totals.rejects, refresh=False)
        self.bar.update(outcome.letters + outcome.rejects)

    def done(self) -> None:
        """Print a summary."""
        self.bar.close()
        totals, rate = self.run.totals, self.here / max(self.seconds, 1e-9)
        earlier = f", {len(self.run.done):,} of them by earlier runs" if self.run.done else ""
        print(
            f"{self.run.job.target}: {_counts(totals)} in {counted(totals.shards, 'file')}{earlier}; "
            f"{counted(self.here, 'letter')} in {self.seconds:.1f} s ({rate:,.0f}/s)"
        )


class Lines(_Listener):
    """Prints a JSON line for each event: planned, shard, done."""

    def __init__(self, planned: Run) -> None:
        """Print what is planned, and what earlier runs have done."""
        super().__init__(planned)
        totals = planned.totals
        _print(
            event="planned",
            letters=planned.manifest.letters,
            shards=len(planned.manifest.shards),
            done={"letters": totals.letters, "rejects": totals.rejects, "shards": totals.shards},
        )

    def shard(self, outcome: Outcome) -> None:
        """Print a shard."""
        super().shard(outcome)
        _print(
            event="shard",
            shard=outcome.number,
            letters=outcome.letters,
            rejects=outcome.rejects,
            seconds=round(outcome.seconds, 3),
        )

    def done(self) -> None:
        """Print the totals."""
        totals = self.run.totals
        _print(
            event="done",
            letters=totals.letters,
            rejects=totals.rejects,
            shards=totals.shards,
            seconds=round(self.seconds, 3),
        )


def _print(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def estimate_as_json(estimate: Estimate, per_core_hour: float | None) -> str:
    """Return an estimate as a JSON line."""
    cost = {} if per_core_hour is None else {"cost": round(estimate.price(per_core_hour), 6)}
    values = {
        "event": "estimate",
        "letters": estimate.letters,
        "exact": estimate.is_exact,
        "shards": estimate.shards,
        "bytes_in": estimate.bytes_in,
        "bytes_out": estimate.bytes_out,
        "core_seconds": round(estimate.core_seconds, 3),
    }
    return json.dumps(values | cost)


def estimate_as_text(estimate: Estimate, per_core_hour: float | None) -> str:
    """Return an estimate in lines."""
    about = "" if estimate.is_exact else "about "
    lines = [
        f"letters       {about}{estimate.letters:,}",
        f"files         {estimate.shards:,}",
        f"bytes read    {estimate.bytes_in:,}",
        f"bytes written about {estimate.bytes_out:,}",
        f"core-seconds  about {estimate.core_seconds:,.1f} on this machine",
    ]
    if per_core_hour is not None:
        lines.append(f"cost          about {estimate.price(per_core_hour):,.4g}")
    return "\n".join(lines)


def verified_as_json(totals: Totals, problems: int) -> str:
    """Return the result of a recount as a JSON line."""
    counts = {"letters": totals.letters, "rejects": totals.rejects, "shards": totals.shards}
    return json.dumps({"event": "verified", **counts, "problems": problems})


def verified_as_text(totals: Totals, problems: int) -> str:
    """Return the result of a recount in one line."""
    trouble = f"; {counted(problems, 'file')} missing or damaged" if problems else ""
    return f"{_counts(totals)} in {counted(totals.shards, 'complete file')}{trouble}"


def _counts(totals: Totals) -> str:
    return f"{counted(totals.letters, 'letter')} and {counted(totals.rejects, 'rejected item')}"
