"""Contributions of the tests."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID, uuid4

from lenet.server.collect import open_collector
from lenet.server.collect.collector import Collector
from lenet.server.collect.types import Contribution

CONSENT = b"Responsible: the tests. Licence: CC0.\n"
CONSENT_DIGEST = hashlib.sha256(CONSENT).hexdigest()

Result = TypeVar("Result")


def key(name: str) -> bytes:
    """Return the digest of a contributor's key."""
    return hashlib.sha256(name.encode()).digest()


def contribution(
    contributor: str = "ada", label: str = "L", identity: UUID | None = None, *, shift: float = 0
) -> Contribution:
    """Return an L whose vertical line is at `shift`."""
    return Contribution(
        id=identity or uuid4(),
        key_digest=key(contributor),
        strokes=[[(shift, 0), (shift, 10)], [(shift, 10), (shift + 6, 10.5)]],
        label=label,
        browser_letter="L",
        browser_verdict="letter",
        model_digest="0" * 64,
        page_version="1.2.3",
        consent_digest=CONSENT_DIGEST,
        server_letter="L",
        server_verdict="letter",
        agrees=label == "L",
    )


def collect(name: str, work: Callable[[Collector], Awaitable[Result]]) -> Result:
    """Run a coroutine with a collector, which is closed at the end."""

    async def run() -> Result:
        collector = open_collector(name)
        try:
            return await work(collector)
        finally:
            await collector.aclose()

    return asyncio.run(run())
