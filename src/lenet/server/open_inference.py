"""Open Inference Protocol, version 2: the routes below /v2, with the binary tensor extension.

KServe defines it, and clients of Triton and other servers speak it. The model has one input and three
outputs, which the route of the model describes. An error is {"error": "one sentence"}, as the protocol says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenet import __version__
from lenet.engine.abi import SIDE
from lenet.metrics.decision import Verdict
from lenet.server.batching import MAX_BATCH
from lenet.server.bodies import check_values, decode_json, header, read_body, require_media_type
from lenet.server.errors import ApiError
from lenet.server.media_types import BYTES, JSON
from lenet.server.open_inference_messages import (
    JSON_LENGTH,
    LABEL,
    OUTPUTS,
    PLATFORM,
    PROBABILITIES,
    VERDICT,
    VERSION,
    InferenceRequest,
    InferenceResponse,
    ModelMetadata,
    ModelState,
    ProtocolError,
    ServerMetadata,
    ServerState,
    TensorMetadata,
    operations,
)
from lenet.server.tensors import INPUT, INPUT_TYPE, Output, read_images, split_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from lenet.inference.recognizer import Recognizer
    from lenet.server.app import Services
    from lenet.server.metrics import Metrics

__all__ = ["operations", "routes"]

Handler = Callable[["Request"], Awaitable[Response]]


def infer(recognizer: Recognizer, images: npt.NDArray[np.uint8]) -> dict[str, Output]:
    """Recognize images.

    Args:
        recognizer: the model.
        images: uint8 (n, 28, 28), bright ink on a dark ground.

    Returns:
        The outputs by name. An image without ink has probabilities of 0; its label and that of an image
        with the verdict not-a-letter are "".
    """
    labels = recognizer.labels
    inked = images.any(axis=(1, 2))
    probabilities = np.zeros((len(images), len(labels)), np.float32)
    verdicts = [Verdict.EMPTY] * len(images)
    if inked.any():
        probabilities[inked] = certain = recognizer.probabilities(images[inked])
        judged = recognizer.verdicts(certain)
        for place, verdict in zip(np.flatnonzero(inked), judged, strict=True):
            verdicts[place] = verdict
    best = probabilities.argmax(axis=1)
    is_letter = [verdict in (Verdict.LETTER, Verdict.UNSURE) for verdict in verdicts]
    letters = [labels[k] if known else "" for k, known in zip(best, is_letter, strict=True)]
    return {
        PROBABILITIES: Output(PROBABILITIES, probabilities),
        LABEL: Output(LABEL, letters),
        VERDICT: Output(VERDICT, [verdict.value for verdict in verdicts]),
    }


@dataclass(frozen=True)
class _Protocol:
    """The handlers, with the model's name and version."""

    services: Services
    name: str
    version: str

    async def server(self, request: Request) -> Response:
        return _json(ServerMetadata("lenet", __version__, ["binary_tensor_data"]))

    async def live(self, request: Request) -> Response:
        return _json(ServerState(live=True, ready=not self.services.draining))

    async def ready(self, request: Request) -> Response:
        is_ready = not self.services.draining
        return _json(ServerState(live=True, ready=is_ready), 200 if is_ready else 503)

    async def model(self, request: Request) -> Response:
        self._check_model(request)
        labels = self.services.recognizer.labels
        tensors = [
            TensorMetadata(PROBABILITIES, "FP32", [-1, len(labels)]),
            TensorMetadata(LABEL, "BYTES", [-1]),
            TensorMetadata(VERDICT, "BYTES", [-1]),
        ]
        images = TensorMetadata(INPUT, INPUT_TYPE, [-1, SIDE, SIDE])
        return _json(ModelMetadata(self.name, [self.version], PLATFORM, [images], tensors, labels))

    async def model_ready(self, request: Request) -> Response:
        self._check_model(request)
        is_ready = not self.services.draining
        return _json(ModelState(self.name, is_ready), 200 if is_ready else 503)

    async def infer(self, request: Request) -> Response:
        self._check_model(request)
        require_media_type(request.scope, (JSON, BYTES, ""))
        limits = self.services.config.limits
        body = await read_body(request.scope, request.receive, limits)
        text, binary = split_body(body, header(request.scope, JSON_LENGTH.lower().encode()))
        check_values(text, limits)
        asked = decode_json(text, _REQUEST)
        outputs = _requested(asked)
        images = read_images(asked.inputs, binary, limits.drawings)
        if len(images) <= MAX_BATCH:
            results = infer(self.services.recognizer, images)
        else:
            results = await self.services.worker.run(partial(infer, self.services.recognizer, images))
        self._count(results[VERDICT])
        return self._answer(asked.id, [(results[name], as_binary) for name, as_binary in outputs])

    def _check_model(self, request: Request) -> None:
        name, version = request.path_params["name"], request.path_params.get("version", self.version)
        if name != self.name:
            raise ApiError(404, "not-found", f"{name!r:.60}: no such model; this server has {self.name!r}")
        if version != self.version:
            raise ApiError(404, "not-found", f"{version!r:.60}: no such version; {self.version!r} is here")

    def _count(self, verdicts: Output) -> None:
        metrics = self.services.metrics
        metrics.batch(len(verdicts.values))
        for verdict, count in Counter(map(str, verdicts.values)).items():
            metrics.drawings(verdict, count)

    def _answer(self, identifier: str | None, outputs: list[tuple[Output, bool]]) -> Response:
        tensors, parts = [], []
        for output, as_binary in outputs:
            tensor, data = output.as_binary() if as_binary else (output.as_json(), b"")
            tensors.append(tensor)
            parts.append(data)
        answer = InferenceResponse(self.name, self.version, tensors, identifier)
        if not any(as_binary for _, as_binary in outputs):
            return _json(answer)
        text = msgspec.json.encode(answer)
        headers = {JSON_LENGTH: str(len(text))}
        return Response(b"".join([text, *parts]), headers=headers, media_type=BYTES)


_REQUEST = msgspec.json.Decoder(InferenceRequest)


def _requested(asked: InferenceRequest) -> list[tuple[str, bool]]:
    """Return the names of the outputs that a request asks for, and whether each is sent as bytes."""
    default = asked.parameters.binary_data_output
    if not asked.outputs:
        return [(name, default) for name in OUTPUTS]
    names = [output.name for output in asked.outputs]
    if len({*names}) < len(names) or not {*names} <= {*OUTPUTS}:
        raise ApiError(400, "invalid", f"outputs are {', '.join(OUTPUTS)}; name each once at most")
    settings = [output.parameters.binary_data for output in asked.outputs]
    return [(name, default if own is None else own) for name, own in zip(names, settings, strict=True)]


def _json(value: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type=JSON)


def _with_protocol_errors(handler: Handler, metrics: Metrics) -> Handler:
    """Return a handler that answers errors as the protocol does."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ApiError as error:
            metrics.refused(error)
            body = msgspec.json.encode(ProtocolError(error.message))
            return Response(body, error.status, error.headers, JSON)

    return answer


def routes(services: Services) -> list[BaseRoute]:
    """Return the routes below /v2."""
    protocol = _Protocol(services, services.config.model.stem, VERSION)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/v2", protocol.server),
        ("GET", "/v2/", protocol.server),
        ("GET", "/v2/health/live", protocol.live),
        ("GET", "/v2/health/ready", protocol.ready),
    ]
    for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        table += [
            ("GET", model, protocol.model),
            ("GET", f"{model}/ready", protocol.model_ready),
            ("POST", f"{model}/infer", protocol.infer),
        ]
    return [
        Route(path, _with_protocol_errors(handler, services.metrics), methods=[method])
        for method, path, handler in table
    ]
