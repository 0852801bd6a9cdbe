"""The ASGI application: the page, and the routes of each module.

A module with routes offers `routes(services) -> list[BaseRoute]`; `routes` below collects them.
It also offers `operations(config) -> list[Operation]`, from which the description is made.
Handlers raise ApiError; the application makes answers of errors, and adds the security headers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router

from lenet.server import models, open_inference, openapi, prometheus, recognition
from lenet.server.answers import Answers, Draining
from lenet.server.batching import Batcher
from lenet.server.bodies import DisconnectedError
from lenet.server.config import ServerConfig
from lenet.server.errors import ApiError, of_status
from lenet.server.formats import Strokes
from lenet.server.hosts import Hosts, check_names
from lenet.server.log import log_answer
from lenet.server.metrics import METHODS, OTHER, PAGE_ROUTE, Metrics
from lenet.server.operations import Operation
from lenet.server.page import Page, Resource, read_resources
from lenet.server.worker_thread import WorkerThread

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from lenet.inference.recognizer import Recognition, Recognizer
    from lenet.server.collect.collecting import Collecting

logger = logging.getLogger("lenet.server")

ROUTE = "lenet.route"  # of a scope: the route that answers without the router
LEFT = 499  # counted where a client left before its request was complete; not a status of HTTP


@dataclass
class ModelInUse:
    """The model that answers /v1/recognize and contributions; that of a class changes.

    Attributes:
        recognizer: the model now.
    """

    recognizer: Recognizer


@dataclass(frozen=True)
class Services:
    """Values that the routes share.

    Attributes:
        config: the settings.
        recognizer: the model of the settings, which the descriptions name.
        in_use: the model that answers now.
        batcher: recognizes the drawings of one turn of the event loop together.
        worker: runs what takes long in a thread.
        answers: sends whole answers.
        draining: whether the server is about to stop.
        metrics: counts what is answered.
        collecting: collects handwriting; None: nothing is collected.
        refresh: brings the model in use up to date; None where it never changes.
    """

    config: ServerConfig
    recognizer: Recognizer
    in_use: ModelInUse
    batcher: Batcher[Strokes, Recognition]
    worker: WorkerThread
    answers: Answers
    draining: Draining
    metrics: Metrics
    collecting: Collecting | None = None
    refresh: Callable[[], Awaitable[None]] | None = None


def make_services(config: ServerConfig, recognizer: Recognizer | None = None) -> Services:
    """Load the model, unless it is given, and return what the routes share.

    Raises:
        LenetError: the model cannot be used.
    """
    if recognizer is None:
        from lenet.inference.recognizer import load

        recognizer = load(config.model)
    draining, counts, in_use = Draining(), Metrics(), ModelInUse(recognizer)
    return Services(
        config=config,
        recognizer=recognizer,
        in_use=in_use,
        batcher=Batcher(
            lambda strokes: in_use.recognizer.recognize(strokes),
            lambda drawings: in_use.recognizer.recognize_all(drawings),
            config.batch_size,
            on_batch=counts.batch,
        ),
        worker=WorkerThread(config.limits.waiting),
        answers=Answers(config.frame, draining),
        draining=draining,
        metrics=counts,
    )


def with_collecting(services: Services, collecting: Collecting) -> Services:
    """Return the services of a server that collects; a class answers with its own model once it has one."""
    if collecting.classroom is None:
        return replace(services, collecting=collecting)
    from lenet.server.collect.class_model import ClassModelLoader

    loader = ClassModelLoader(collecting.classroom, services.in_use)
    return replace(services, collecting=collecting, refresh=loader.refresh)


def operations(config: ServerConfig, collecting: Collecting | None = None) -> list[Operation]:
    """Return the descriptions of the routes that are on.

    Args:
        config: the settings.
        collecting: what is collected, if anything is.
    """
    return [
        *recognition.operations(config),
        *models.operations(config),
        *(_collecting_operations(collecting) if collecting else []),
        *open_inference.operations(config),
        *prometheus.operations(config),
        *openapi.operations(config),
    ]


def routes(services: Services) -> list[BaseRoute]:
    """Return the routes of all modules; the first that matches answers."""
    return [
        *models.routes(services),
        *open_inference.routes(services),
        *prometheus.routes(services),
        *openapi.routes(services, operations(services.config, services.collecting)),
        *(_collecting_routes(services, services.collecting) if services.collecting else []),
    ]


def _collecting_operations(collecting: Collecting) -> list[Operation]:
    from lenet.server.collect import descriptions

    return descriptions.operations(collecting)


def _collecting_routes(services: Services, collecting: Collecting) -> list[BaseRoute]:
    """Return the routes of collecting, whose modules no other server loads."""
    from lenet.server.collect import class_routes, contributions, moderation

    return [
        *contributions.routes(services, collecting),
        *moderation.routes(services, collecting),
        *class_routes.routes(services, collecting),
    ]


def direct(services: Services) -> dict[str, ASGIApp]:
    """Return the paths that do without the router, which costs a part of the time of an answer."""
    return {**recognition.direct(services)}


class _Watched:
    """A `send` that remembers the status of the answer; LEFT until it begins."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = LEFT

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        return self._send(message)


class App:
    """Checks the host, finds the route, and makes answers of errors."""

    def __init__(
        self,
        config: ServerConfig,
        answers: Answers,
        page: Page,
        routes: Sequence[BaseRoute] = (),
        metrics: Metrics | None = None,
    ) -> None:
        self.draining = answers.draining
        self.answers = answers
        self.metrics = metrics or Metrics()
        self._hosts = Hosts(config)
        self._root = config.root_path.rstrip("/")
        self._page = page
        self._router = Router(routes, redirect_slashes=False, default=page)
        # Starlette's router stores only the endpoint in the scope, and newer versions the route.
        self._templates = {id(route.endpoint): route.path for route in routes if isinstance(route, Route)}
        self._direct: dict[str, ASGIApp] = dict.fromkeys(page.paths, page)

    def add_direct(self, apps: Mapping[str, ASGIApp]) -> None:
        """Answer paths with ASGI applications that add the common headers themselves."""
        self._direct.update(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; other kinds of ASGI go to the router."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        begin = perf_counter()
        watched = _Watched(send)
        self.metrics.counts.in_flight += 1
        try:
            await self._answer_errors(scope, receive, watched)
        finally:
            self._observe(scope, watched.status, perf_counter() - begin)

    def _route_of(self, scope: Scope) -> str:
        """Return the template of the path of the route that answers, or "other" if no route does."""
        return scope.get(ROUTE) or self._templates.get(id(scope.get("endpoint")), OTHER)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = self._route_of(scope), scope["method"]
        self.metrics.counts.in_flight -= 1
        self.metrics.answered(route, method, status, seconds)
        log_answer(route, method if method in METHODS else OTHER, status, seconds)

    async def _answer_errors(self, scope: Scope, receive: Receive, send: _Watched) -> None:
        try:
            await self._answer(scope, receive, send)
        except DisconnectedError:
            return
        except Exception as error:
            await self._answer_error(scope, send, error)

    async def _answer_error(self, scope: Scope, send: _Watched, error: Exception) -> None:
        """Answer an error. An answer that has begun is cut short by uvicorn instead."""
        has_begun = send.status != LEFT
        if has_begun or not isinstance(error, ApiError | HTTPException):
            logger.error("error in %s", self._route_of(scope), exc_info=error)
        if has_begun:
            return
        if isinstance(error, HTTPException):
            error = of_status(error.status_code, headers=error.headers)
        elif not isinstance(error, ApiError):
            error = of_status(500, "the server failed; its log has the reason")
        self.metrics.refused(error)
        await self.answers.error(send, error, scope["path"].removeprefix(self._root))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        check_names(scope, self._hosts)
        path = scope["path"]
        if self._root and path.startswith(self._root):
            if path == self._root:  # the page's addresses are relative
                raise ApiError(308, "moved", "the page has a slash at its end", {"Location": f"{path}/"})
            if path[len(self._root)] == "/":
                path = scope["path"] = path[len(self._root) :]
        app = self._direct.get(path)
        if app is not None:
            scope[ROUTE] = PAGE_ROUTE if app is self._page else path
            await app(scope, receive, send)
            return
        scope["app"] = self  # then Starlette raises HTTPException instead of sending plain text
        await self._router(scope, receive, self.answers.completing(send))


def page_app(config: ServerConfig, resources: Mapping[str, Resource] | None = None) -> App:
    """Return an application that serves resources, by default those of the page and the model, alone.

    Raises:
        LenetError: the page is not built, or a file cannot be read.
    """
    answers = Answers(config.frame, Draining())
    if resources is None:
        resources = read_resources(config.model, config.page)
    return App(config, answers, Page(resources, answers))


def make_app(config: ServerConfig, services: Services | None = None) -> App:
    """Return the whole application.

    Args:
        config: the settings.
        services: what the routes share; by default made from the settings.

    Raises:
        LenetError: the model cannot be used, the page is not built, or a file cannot be read.
    """
    services = services or make_services(config)
    resources = read_resources(config.model, config.page, config.page_words)
    page = Page(resources, services.answers)
    app = App(config, services.answers, page, routes(services), services.metrics)
    app.add_direct(direct(services))
    return app
