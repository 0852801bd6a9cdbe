"""GET /v1/models and /v1/models/{name}: the model that answers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenet.engine.abi import SIDE
from lenet.server.errors import ApiError
from lenet.server.media_types import JSON
from lenet.server.operations import Content, Operation, Parameter, Place, Reply

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from lenet.server.app import Services
    from lenet.server.config import ServerConfig


class ModelInfo(msgspec.Struct):
    """Description of a model.

    Attributes:
        name: of the file, without its ending.
        digest: SHA-256 of the file's bytes in hexadecimal digits.
        labels: the class names, in the order of the outputs.
        parameters: number of weights.
        input: rows and columns of an image.
        temperature: divides the logits.
        pen_width: of strokes, a fraction of the drawing's longer side.
        min_probability: a less probable letter is unsure.
        max_entropy: nats; a higher entropy is not a letter.
    """

    name: str
    digest: str
    labels: list[str]
    parameters: int
    input: tuple[int, int]
    temperature: float
    pen_width: float
    min_probability: float | None
    max_entropy: float | None


class ModelList(msgspec.Struct):
    """The models that a server has."""

    models: list[ModelInfo]


def model_info(services: Services) -> ModelInfo:
    """Describe the model that answers; its file is read for the digest."""
    model = services.recognizer.model
    return ModelInfo(
        name=services.config.model.stem,
        digest=hashlib.sha256(services.config.model.read_bytes()).hexdigest(),
        labels=list(model.labels),
        parameters=len(model.parameters),
        input=(SIDE, SIDE),
        temperature=model.temperature,
        pen_width=model.pen_width,
        min_probability=model.min_probability,
        max_entropy=model.max_entropy,
    )


def routes(services: Services) -> list[BaseRoute]:
    """Return the routes of this module."""
    info = model_info(services)

    async def every(request: Request) -> Response:
        return Response(msgspec.json.encode(ModelList([info])), media_type=JSON)

    async def one(request: Request) -> Response:
        if request.path_params["name"] != info.name:
            raise ApiError(404, "no-such-model", f"no model has that name; the server has {info.name}")
        return Response(msgspec.json.encode(info), media_type=JSON)

    return [Route("/v1/models", every, methods=["GET"]), Route("/v1/models/{name}", one, methods=["GET"])]


def operations(config: ServerConfig) -> list[Operation]:
    """Return the descriptions of this module's routes."""
    name = Parameter("name", Place.PATH, "The model's name.", example=config.model.stem)
    return [
        Operation(
            "GET", "/v1/models", "Models", "Describe all models that answer.",
            {200: Reply("The models; there is one.", (Content(ModelList),))},
        ),
        Operation(
            "GET", "/v1/models/{name}", "Models", "Describe a model.",
            {200: Reply("The model.", (Content(ModelInfo),))},
            parameters=(name,), errors={404: "No model has that name."},
        ),
    ]  # fmt: skip
