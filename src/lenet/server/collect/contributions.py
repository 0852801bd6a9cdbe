"""Routes of contributors: the consent text, prompts, contributions and their withdrawal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec

from lenet.errors import LenetError
from lenet.metrics.decision import Verdict
from lenet.server.bodies import read_json
from lenet.server.collect.access import client_network, contributor_of
from lenet.server.collect.class_routes import require_member
from lenet.server.collect.collecting import Collecting
from lenet.server.collect.consent import Consent
from lenet.server.collect.paging import list_reply, parts
from lenet.server.collect.prompts import MAX_PROMPTS, Prompt, choose
from lenet.server.collect.rate_limits import Limited
from lenet.server.collect.replies import api_errors, query_of, reply, require_rate
from lenet.server.collect.types import MAX_TEXT, CollectError, Contribution
from lenet.server.errors import ApiError
from lenet.server.formats import Drawing, Strokes, check_sizes, unusable
from lenet.server.recognition import LIGHT_POINTS
from lenet.server.validation import LETTER, SHA256

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from lenet.inference.recognizer import Recognition
    from lenet.server.app import Services

Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
Character = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]
Label = Annotated[str, msgspec.Meta(max_length=1, pattern=LETTER)]
PromptCount = Annotated[int, msgspec.Meta(ge=1, le=MAX_PROMPTS)]
Digest = Annotated[str, msgspec.Meta(max_length=64, pattern=SHA256)]


class ContributionBody(msgspec.Struct, frozen=True):
    """The body of a contribution.

    Attributes:
        id: chosen by the page, so that a contribution can be sent again; the page makes UUIDs of version 7.
        strokes: points [x, y].
        label: the letter that was drawn.
        consent: SHA-256 of the consent text that the contributor agreed to.
        letter: the page's answer.
        verdict: the page's verdict.
        model: SHA-256 of the page's model, in hex.
        page: version of the page.
    """

    id: UUID
    strokes: Strokes
    label: Label
    consent: Digest
    letter: Character | None = None
    verdict: Verdict | None = None
    model: Text = ""
    page: Text = ""

    def agrees(self, recognition: Recognition) -> bool:
        """Tell whether the page's answer, if it sent one, is the server's."""
        if self.verdict is not None:
            return (self.verdict, self.letter) == (recognition.verdict, recognition.letter)
        return self.letter is None or self.letter == recognition.letter


class ContributionAnswer(msgspec.Struct, frozen=True):
    """The answer to a contribution: its id, and the server's own letter and verdict."""

    id: UUID
    letter: str | None
    verdict: Verdict
    agrees: bool


class PromptList(msgspec.Struct, frozen=True):
    """Letters that are worth most."""

    prompts: list[Prompt]


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """The receipt of a withdrawal: how many, the hour since 1970, and a digest of the ids."""

    count: int
    hour: int
    digest: str


class _NextQuery(msgspec.Struct, frozen=True):
    count: PromptCount = 1


class _Routes:
    """The handlers."""

    def __init__(self, services: Services, collecting: Collecting) -> None:
        self._services = services
        self._collecting = collecting
        self._decoder = msgspec.json.Decoder(ContributionBody)
        self._remembered: set[str] = set()

    async def consent(self, request: Request) -> Response:
        """Return the consent text and its digest."""
        return reply(self._consent())

    async def next(self, request: Request) -> Response:
        """Return the letters that are worth most."""
        query = query_of(request, _NextQuery)
        await self._limit_address(request)
        with api_errors():
            demand = await self._collecting.survey.demand()
        return reply(PromptList(choose(demand, query.count, self._collecting.rng)))

    async def contribute(self, request: Request) -> Response:
        """Store a contribution: 201 after its commit, 200 if it was stored before."""
        key_digest = contributor_of(request)
        if await self._limit_address(request):
            await self._limit(Limited.CONTRIBUTIONS, key_digest.hex())
        if self._collecting.classroom is not None:
            with api_errors():
                await require_member(request, self._collecting.classroom)
        body = await read_json(request, self._services.config.limits, self._decoder)
        consent = self._consent()
        if body.consent.lower() != consent.digest and not await self._is_stored(body.id, key_digest):
            raise ApiError(409, "consent-changed", "the consent text has changed; read it and agree again")
        with api_errors():
            item, recognition = await self._read_drawing(body, key_digest)
            await self._remember(consent)
            is_new = await self._collecting.collector.contribute(item)
        answer = ContributionAnswer(body.id, recognition.letter, recognition.verdict, item.agrees)
        return reply(answer, 201 if is_new else 200)

    async def mine(self, request: Request) -> Response:
        """Return all contributions of a key."""
        key_digest = contributor_of(request)
        await self._limit_address(request)
        read = partial(self._collecting.collector.mine, key_digest)
        return await list_reply("contributions", read)

    async def withdraw(self, request: Request) -> Response:
        """Withdraw all contributions of a key; return the receipt."""
        key_digest = contributor_of(request)
        await self._limit_address(request)
        with api_errors():
            receipt = await self._collecting.collector.withdraw(key_digest)
        return reply(ReceiptAnswer(receipt.count, receipt.hour, receipt.ids_digest))

    def _consent(self) -> Consent:
        consent = self._collecting.consent.current()
        if consent is None:
            raise ApiError(503, "no-consent", "the consent text is missing; the owner must put it back")
        return consent

    async def _is_stored(self, id_: UUID, key_digest: bytes) -> bool:
        """Tell whether a contributor has stored an id, with whichever consent text."""
        read = partial(self._collecting.collector.mine, key_digest)
        with api_errors():
            async for part in parts(read, None, None):
                if any(each.contribution.id == id_ for each in part):
                    return True
        return False

    async def _remember(self, consent: Consent) -> None:
        """Let the collector keep the text before a contribution names it."""
        if consent.digest not in self._remembered:
            await self._collecting.collector.remember_consent(consent.text.encode())
            self._remembered.add(consent.digest)

    async def _limit_address(self, request: Request) -> bool:
        """Raise ApiError 429 if the address asks too often; tell whether limits apply to it."""
        network = client_network(request)
        if network is None:
            return False
        await self._limit(Limited.REQUESTS, network)
        return True

    async def _limit(self, what: Limited, key: str) -> None:
        with api_errors():
            seconds = await self._collecting.limits.take(what, key)
        require_rate(seconds)

    async def _read_drawing(
        self, body: ContributionBody, key_digest: bytes
    ) -> tuple[Contribution, Recognition]:
        """Return what is stored, with the server's own answer; long drawings keep a thread busy instead."""
        services = self._services
        points = check_sizes((Drawing(body.strokes),), services.config.limits)
        if services.refresh is not None:
            await services.refresh()
        try:
            if points <= LIGHT_POINTS:
                recognition = await services.batcher.submit(body.strokes)
                return _contribution(body, key_digest, recognition), recognition
            recognize = services.in_use.recognizer.recognize

            def read() -> tuple[Contribution, Recognition]:
                recognition = recognize(body.strokes)
                return _contribution(body, key_digest, recognition), recognition

            return await services.worker.run(read)
        except CollectError:
            raise
        except LenetError as error:
            raise unusable(error) from None


def _contribution(body: ContributionBody, key_digest: bytes, recognition: Recognition) -> Contribution:
    """Return what is stored: no address, no user agent, no key.

    Raises:
        ApiError: 422, the drawing is empty.
        CollectError: it cannot be stored.
    """
    if recognition.verdict is Verdict.EMPTY:
        raise ApiError(422, "empty-drawing", "the drawing has no point; draw the letter")
    return Contribution(
        id=body.id,
        key_digest=key_digest,
        strokes=[[(x, y) for x, y, *_ in stroke] for stroke in body.strokes if stroke],
        label=body.label,
        browser_letter=body.letter,
        browser_verdict=body.verdict,
        model_digest=body.model,
        page_version=body.page,
        consent_digest=body.consent.lower(),
        server_letter=recognition.letter,
        server_verdict=recognition.verdict,
        agrees=body.agrees(recognition),
    )


def routes(services: Services, collecting: Collecting) -> list[BaseRoute]:
    """Return the routes."""
    from starlette.routing import Route

    handlers = _Routes(services, collecting)
    mine = "/v1/contributions/mine"
    return [
        Route("/v1/consent", handlers.consent, methods=["GET"]),
        Route("/v1/next", handlers.next, methods=["GET"]),
        Route("/v1/contributions", handlers.contribute, methods=["POST"]),
        Route("/v1/contributions", handlers.withdraw, methods=["DELETE"]),
        Route(mine, handlers.mine, methods=["GET"]),
        Route(mine, handlers.withdraw, methods=["DELETE"]),
    ]
