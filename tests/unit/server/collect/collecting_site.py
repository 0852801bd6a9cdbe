"""A server that collects into an SQLite database, within this process."""

from __future__ import annotations

import hashlib
import itertools
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

import lenet
from asgi import Answer, Client
from lenet.inference.recognizer import Recognizer
from lenet.models import DEFAULT_MODEL
from lenet.server.app import Services, make_app, make_services, with_collecting
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.collector import Collector
from lenet.server.collect.consent import ConsentFile
from lenet.server.collect.database import open_database
from lenet.server.collect.prompts import Survey
from lenet.server.collect.rate_limits import RateLimits
from lenet.server.config import ServerConfig

KEY = "0123456789abcdef0123456789abcdef"
OTHER = "another key of another person"
OWNER = "the-owners-token-1234"
STROKES = [[[0.0, 0.0], [0.0, 10.0]], [[0.0, 10.0], [6.0, 10.0]]]  # L
FAR = "192.0.2.7"  # an address that is not this machine


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return lenet.load()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>page</title>", encoding="utf-8")
    return folder


@pytest.fixture
def consent_file(tmp_path: Path) -> Path:
    path = tmp_path / "consent.md"
    path.write_text("# Consent\n\nThe museum collects letters, CC0.\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables; a copy is opened faster than a new one is made."""
    path = tmp_path_factory.mktemp("empty") / "letters.db"
    open_database(path).close()
    return path


@pytest.fixture
def collector(tmp_path: Path, empty_database: Path) -> Iterator[Collector]:
    path = tmp_path / "letters.db"
    shutil.copyfile(empty_database, path)
    collector = Collector(open_database(path))
    yield collector
    collector.close()


@dataclass
class Site:
    """A client of a server that collects."""

    client: Client
    collecting: Collecting
    services: Services
    consent_file: Path

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.consent_file.read_bytes()).hexdigest()

    def body(self, **values: object) -> dict[str, object]:
        """The body of a contribution that is in order."""
        return {"id": str(uuid4()), "strokes": STROKES, "label": "L", "consent": self.digest, **values}

    def contribute(self, contributor: str = KEY, /, **values: object) -> Answer:
        return self.client.ask(
            "POST", "/v1/contributions", self.body(**values), Lenet_Contributor=contributor
        )

    def ask(self, method: str, path: str, value: object = None, **headers: str) -> Answer:
        return self.client.ask(method, path, value, **headers)


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(
    recognizer: Recognizer, page: Path, consent_file: Path, collector: Collector
) -> Iterator[MakeSite]:
    """Make a site; `changes` are fields of `Collecting`."""
    clients: list[Client] = []

    def make(address: str = "127.0.0.1", **changes: object) -> Site:
        collecting = Collecting(
            collector=collector,
            consent=ConsentFile(consent_file, clock=itertools.count(0.0, 2.0).__next__),  # always looks
            survey=Survey(collector, recognizer),
            limits=RateLimits.per_minute(),
            owner_token=OWNER,
            rng=random.Random(7),
        )
        collecting = replace(collecting, **changes)  # type: ignore[arg-type]
        config = ServerConfig(model=DEFAULT_MODEL, page=page, page_words=("recognize", "collect"))
        services = with_collecting(make_services(config, recognizer), collecting)
        client = Client(make_app(config, services), address)
        clients.append(client.__enter__())
        return Site(client, collecting, services, consent_file)

    yield make
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()
