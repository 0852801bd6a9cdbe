"""Open what the routes of collecting share: the collector, or a class, here or in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lenet.server.collect import open_collector, require_packages
from lenet.server.collect.class_codes import ClassCodes
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.consent import ConsentFile
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limits import RateLimiter, RateLimits
from lenet.server.collect.remote import Handler
from lenet.server.collect.settings import CollectConfig
from lenet.server.collect.temporary import class_folder
from lenet.server.collect.types import State

if TYPE_CHECKING:
    from lenet.inference.recognizer import Recognizer
    from lenet.server.collect.class_types import ClassroomClient
    from lenet.server.collect.classroom import Classroom
    from lenet.server.collect.collector import Collector
    from lenet.server.collect.types import CollectorClient

Clients: TypeAlias = "tuple[CollectorClient, ClassroomClient | None, RateLimiter]"

DATABASE = "letters.db"  # in the folder of a class
SOCKET = "collector"


@contextmanager
def open_collecting(config: CollectConfig, recognizer: Recognizer, workers: int = 1) -> Iterator[Collecting]:
    """Open a collector or a class; close it at the end, and delete what belongs to a class.

    Args:
        config: the settings.
        recognizer: knows which letters are hard.
        workers: number of processes that answer; with more than one, another process has the database.

    Raises:
        LenetError: the consent text or the database cannot be used, or a package is missing.
    """
    require_packages()
    consent = ConsentFile(config.consent)
    with ExitStack() as stack:
        folder: Path | None = None
        codes: ClassCodes | None = None
        if config.class_name is not None:
            folder, codes = stack.enter_context(class_folder()), ClassCodes.random()
        open_keeper = partial(_open_keeper, config, folder, codes)
        collector, classroom, limits = stack.enter_context(
            _here(open_keeper) if workers == 1 else _elsewhere(open_keeper, has_class=codes is not None)
        )
        yield Collecting(
            collector=collector,
            consent=consent,
            survey=Survey(collector, recognizer, State.ACCEPTED if classroom is None else State.NEW),
            limits=limits,
            owner_token=config.owner_token,
            classroom=classroom,
            codes=codes,
        )


@contextmanager
def _here(open_keeper: Callable[[], _Keeper]) -> Iterator[Clients]:
    """Yield the collector, the class and the limits of this process."""
    keeper = open_keeper()
    try:
        yield keeper.classroom or keeper.collector, keeper.classroom, keeper.limits
    finally:
        keeper.close()


@contextmanager
def _elsewhere(open_keeper: Callable[[], _Keeper], has_class: bool) -> Iterator[Clients]:
    """Yield the collector, the class and the limits of a process of its own."""
    from lenet.server.collect.process import collector_process
    from lenet.server.collect.remote import Connection
    from lenet.server.collect.remote_classroom import RemoteClassroom
    from lenet.server.collect.remote_collector import RemoteCollector
    from lenet.server.collect.remote_rate_limits import RemoteRateLimits

    with tempfile.TemporaryDirectory(prefix="lenet-") as folder:
        path = Path(folder) / SOCKET
        with collector_process(open_keeper, path):
            connection = Connection(path)
            classroom = RemoteClassroom(connection) if has_class else None
            yield RemoteCollector(connection), classroom, RemoteRateLimits(connection)


def _open_keeper(config: CollectConfig, folder: Path | None, codes: ClassCodes | None) -> _Keeper:
    """Open the database, in this process or in another."""
    from lenet.server.collect.class_export import export_class
    from lenet.server.collect.classroom import Classroom
    from lenet.server.collect.collector import Collector
    from lenet.server.collect.database import open_database

    limits = RateLimits.per_minute(config.per_minute)
    if config.database is not None:
        return _Keeper(open_collector(config.database), limits)
    assert config.class_name is not None
    assert folder is not None
    database = open_database(folder / DATABASE)
    collector = Collector(database)
    export = partial(export_class, database, folder)
    return _Keeper(collector, limits, Classroom(config.class_name, collector, folder, export, codes))


@dataclass(frozen=True)
class _Keeper:
    """The open collector with its limits, and the class that uses it."""

    collector: Collector
    limits: RateLimits
    classroom: Classroom | None = None

    def handlers(self) -> Sequence[Handler[Any, Any]]:
        """Return the methods that workers call."""
        from lenet.server.collect import remote_classroom, remote_collector, remote_rate_limits

        limits = remote_rate_limits.handlers(self.limits)
        if self.classroom is None:
            return [*remote_collector.handlers(self.collector), *limits]
        return [
            *limits,
            *remote_collector.handlers(self.classroom),
            *remote_classroom.handlers(self.classroom),
        ]

    async def restore(self) -> None:
        """Show what the database of a class has."""
        if self.classroom is not None:
            await self.classroom.restore()

    def close(self) -> None:
        """Store what waits, and end; a class that was deleted has closed the collector already."""
        self.collector.close()
