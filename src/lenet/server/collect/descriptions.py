"""Descriptions of the routes of collecting, for /openapi.json and the documentation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from lenet.server.collect import class_routes, contributions, moderation
from lenet.server.collect.class_types import ClassSnapshot
from lenet.server.collect.classroom import MAX_MODEL, MAX_WAIT
from lenet.server.collect.consent import Consent
from lenet.server.collect.listing import Listed
from lenet.server.collect.prompts import MAX_PROMPTS
from lenet.server.collect.types import MAX_PAGE
from lenet.server.media_types import BYTES, ZIP
from lenet.server.operations import Access, Content, Operation, Parameter, Place, Reply

if TYPE_CHECKING:
    from lenet.server.collect.collecting import Collecting

COLLECTING = "Collecting"
MODERATION = "Moderation"
CLASS = "Class"

_EXAMPLE_ID = "01980f3c-7b1e-7cc0-8a57-1f2f3d4c5b6a"
_RATE = {429: "Too many requests; the header Retry-After has the seconds to wait."}
_STORE = {
    503: "The database is away, or too many connections are open. The header Retry-After has the seconds.",
    507: "The disk of the server is full; nothing was stored.",
}
_BAD_QUERY = {422: "The query of the address has another form."}
_TOKEN = {403: "It is not the token of this server."}
_MEMBER = {403: "It is not a session or the teacher's token of this class.", 410: "The class has ended."}
_TEACHER = {**_MEMBER, 403: "Only the teacher's token can do this."}


class ContributionList(msgspec.Struct):
    """All contributions of a key."""

    contributions: list[Listed]


class ContributionPage(msgspec.Struct):
    """A page of contributions, and the id after which the next one begins; null on the last page."""

    contributions: list[Listed]
    next: UUID | None


class LetterPage(msgspec.Struct):
    """A page of the class's drawings, and the id after which the next one begins; null on the last page."""

    letters: list[Listed]
    next: UUID | None


def contributor_operations() -> list[Operation]:
    """Return the operations of contributors."""
    count = Parameter(
        "count", Place.QUERY, f"Number of letters, 1 to {MAX_PROMPTS}; by default 1.",
        contributions.PromptCount, example=3,
    )  # fmt: skip
    example = {
        "id": _EXAMPLE_ID,
        "strokes": [[[0, 0], [0, 10]], [[0, 10], [6, 10]]],
        "label": "L",
        "consent": "0" * 64,
    }
    receipt = {200: Reply("The receipt.", (Content(contributions.ReceiptAnswer),))}
    answer = (Content(contributions.ContributionAnswer),)
    return [
        Operation(
            "GET", "/v1/consent", COLLECTING, "Return the consent text.",
            {200: Reply("The text.", (Content(Consent),))},
            errors={503: "The owner's consent text is missing, or too many connections are open."},
        ),
        Operation(
            "GET", "/v1/next", COLLECTING, "Return the letters that are worth most.",
            {200: Reply("The letters.", (Content(contributions.PromptList),))},
            parameters=(count,), errors={**_RATE, **_STORE, **_BAD_QUERY},
        ),
        Operation(
            "POST", "/v1/contributions", COLLECTING, "Contribute a drawing.",
            {201: Reply("It is stored on the disk.", answer), 200: Reply("It was stored before.", answer)},
            "`consent` is the digest of the text that the contributor agreed to. In a class, the header "
            "Lenet-Class has the session.",
            parameters=(Parameter("Lenet-Class", Place.HEADER, "In a class: the session."),),
            bodies=(Content(contributions.ContributionBody, example=example),),
            errors={
                **_RATE,
                **_STORE,
                **_MEMBER,
                409: "The id has another content, or the consent text has changed.",
            },
            access=Access.CONTRIBUTOR,
        ),
        Operation(
            "DELETE", "/v1/contributions", COLLECTING, "Withdraw all contributions of the key.", receipt,
            errors={**_RATE, **_STORE, 422: "The key cannot be one."}, access=Access.CONTRIBUTOR,
        ),
        Operation(
            "GET", "/v1/contributions/mine", COLLECTING, "Return all contributions of the key.",
            {200: Reply("The contributions.", (Content(ContributionList),))},
            errors={**_RATE, **_STORE, 422: "The key cannot be one."}, access=Access.CONTRIBUTOR,
        ),
        Operation(
            "DELETE", "/v1/contributions/mine", COLLECTING, "Withdraw all contributions of the key.", receipt,
            errors={**_RATE, **_STORE, 422: "The key cannot be one."}, access=Access.CONTRIBUTOR,
        ),
    ]  # fmt: skip


def owner_operations() -> list[Operation]:
    """Return the operations of the owner."""
    state = Parameter("state", Place.QUERY, "By default new.", moderation.Listing, example="new")
    after = Parameter("after", Place.QUERY, "Id after which the page begins.", UUID)
    limit = Parameter(
        "limit", Place.QUERY, f"Contributions of a page; by default {moderation.PAGE}.",
        moderation.PageLimit,
    )  # fmt: skip
    example = {"ids": [_EXAMPLE_ID], "state": "accepted"}
    return [
        Operation(
            "GET", moderation.PATH, MODERATION, "Return a page of contributions.",
            {200: Reply("The page.", (Content(ContributionPage),))},
            parameters=(state, after, limit), errors={**_TOKEN, **_STORE, **_BAD_QUERY}, access=Access.OWNER,
        ),
        Operation(
            "POST", moderation.PATH, MODERATION, "Set the state of contributions.",
            {200: Reply("Their number.", (Content(moderation.CountAnswer),))},
            bodies=(Content(moderation.ModerationBody, example=example),),
            errors={**_TOKEN, **_STORE}, access=Access.OWNER,
        ),
    ]  # fmt: skip


def class_operations() -> list[Operation]:
    """Return the operations of a class."""
    since = Parameter("since", Place.QUERY, "Version that is known; by default 0.", class_routes.Version)
    wait = Parameter(
        "wait", Place.QUERY, f"Seconds to wait for a newer version, at most {MAX_WAIT:g}; by default 0.",
        class_routes.Wait, example=0,
    )  # fmt: skip
    after = Parameter("after", Place.QUERY, "Id after which the page begins.", UUID)
    limit = Parameter(
        "limit", Place.QUERY, f"Drawings of a page; by default {MAX_PAGE:,}.",
        class_routes.PageLimit,
    )  # fmt: skip
    path = "/v1/class"
    model = Content(media_type=BYTES)
    described = [
        Operation(
            "GET", f"{path}/state", CLASS, "Return the state of the class.",
            {200: Reply("The state; drawings and the join code for the teacher.", (Content(ClassSnapshot),))},
            parameters=(since, wait), errors={**_MEMBER, **_BAD_QUERY},
        ),
        Operation(
            "GET", f"{path}/letters", CLASS, "Return the class's drawings for training.",
            {200: Reply("A page of them.", (Content(LetterPage),))},
            parameters=(after, limit), errors={**_TEACHER, **_STORE, **_BAD_QUERY},
        ),
        Operation(
            "PUT", f"{path}/model", CLASS, "Send the model that the class trained.",
            {200: Reply("It is served to all phones.", (Content(class_routes.ModelVersion),))},
            "The body is a model file.",
            bodies=(model,),
            errors={
                **_TEACHER,
                413: f"The file has more than {MAX_MODEL:,} bytes.",
                422: "It is not a model file of this package.",
            },
        ),
        Operation(
            "GET", f"{path}/model", CLASS, "Return the newest model of the class.",
            {200: Reply("The model file.", (model,)), 304: Reply("The client has it (If-None-Match).")},
            errors={**_MEMBER, 404: "No model was trained yet."},
        ),
        Operation(
            "POST", f"{path}/end", CLASS, "End the class: export its letters, or delete them.",
            {
                200: Reply(
                    "All are deleted; or a ZIP file with the export, and the class accepts no more.",
                    (Content(class_routes.EndAnswer), Content(media_type=ZIP)),
                )
            },
            bodies=(Content(class_routes.EndBody, example={"export": False}),),
            errors={**_TEACHER, **_STORE},
        ),
    ]  # fmt: skip
    join = Operation(
        "POST", f"{path}/join", CLASS, "Join the class by the code that the projector shows.",
        {200: Reply("The session.", (Content(class_routes.JoinAnswer),))},
        bodies=(Content(class_routes.JoinBody, example={"code": "ABC234"}),),
        errors={**_RATE, 403: "The code is another one.", 410: "The class has ended.", 507: "It is full."},
    )  # fmt: skip
    return [join, *(replace(operation, access=Access.CLASS_MEMBER) for operation in described)]


def operations(collecting: Collecting) -> list[Operation]:
    """Return the operations of the routes that are on."""
    return [
        *contributor_operations(),
        *(owner_operations() if collecting.owner_token is not None else []),
        *(class_operations() if collecting.classroom is not None else []),
    ]
