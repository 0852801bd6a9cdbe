"""A server that collects letters, or holds a class, with the built page and a temporary database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lenet.models import DEFAULT_MODEL
from lenet.server.app import make_app, make_services, with_collecting
from lenet.server.collect.classroom import Classroom
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.collector import Collector
from lenet.server.collect.consent import ConsentFile
from lenet.server.collect.database import open_database
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limits import RateLimits
from lenet.server.collect.types import Contribution, State
from lenet.server.config import PAGE, ServerConfig
from lenet.server.run import start

T = TypeVar("T")

OWNER = "the-owners-token-1234"
CONSENT = """# Letters for everybody

The **Museum of Writing** collects letters to train a network.

- What is stored: the lines of your letter and its label.
- Licence: [CC0](https://creativecommons.org/publicdomain/zero/1.0/).

<script>document.title = "hacked"</script>
"""
EXPORT = b"PK the letters of the class"


def _run(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine in a thread of its own: Playwright has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Site:
    """A running server.

    Attributes:
        url: address of the page.
        consent: the file of the consent text.
        collector: its database.
        classroom: its class, if it holds one.
    """

    url: str
    consent: Path
    collector: Collector
    classroom: Classroom | None

    def letters(self, state: State = State.NEW) -> list[Contribution]:
        """Return the contributions in a state."""

        async def page() -> list[Contribution]:
            return [stored.contribution for stored in await self.collector.page(state, None, 1000)]

        return _run(page())

    def add(self, *items: Contribution) -> None:
        """Store contributions."""

        async def contribute() -> None:
            for item in items:
                await self.collector.contribute(item)

        _run(contribute())

    @property
    def digest(self) -> str:
        """Return the digest of the consent text."""
        return hashlib.sha256(self.consent.read_bytes()).hexdigest()


@contextmanager
def collecting(folder: Path, class_name: str | None = None, host_name: str = "localhost") -> Iterator[Site]:
    """Serve the page with a database in a folder.

    Args:
        folder: an empty folder.
        class_name: name of the class, or None to collect without one.
        host_name: a further name under which the server answers.
    """
    consent = folder / "consent.md"
    consent.write_text(CONSENT, encoding="utf-8")
    collector = Collector(open_database(folder / "letters.db"))
    rooms = folder / "class"
    rooms.mkdir()
    classroom = None if class_name is None else Classroom(class_name, collector, rooms, lambda: EXPORT)
    words = ("recognize", "collect" if classroom is None else "class")
    config = ServerConfig(model=DEFAULT_MODEL, page=PAGE, page_words=words, allowed_hosts=(host_name,))
    services = make_services(config)
    keeper = classroom or collector
    shared = Collecting(
        collector=keeper,
        consent=ConsentFile(consent),
        survey=Survey(keeper, services.recognizer),
        limits=RateLimits.per_minute(),
        owner_token=None if classroom else OWNER,
        classroom=classroom,
    )
    app = make_app(config, with_collecting(services, shared))
    with start(config, app) as server:
        yield Site(server.url, consent, collector, classroom)
    collector.close()
