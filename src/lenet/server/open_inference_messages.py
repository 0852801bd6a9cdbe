"""Messages of the Open Inference Protocol, and the description of its routes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import msgspec

from lenet.engine.abi import SIDE
from lenet.server.media_types import BYTES
from lenet.server.operations import Content, Operation, Parameter, Place, Reply
from lenet.server.tensors import INPUT, INPUT_TYPE, InputTensor, OutputTensor

if TYPE_CHECKING:
    from lenet.server.config import ServerConfig

JSON_LENGTH = "Inference-Header-Content-Length"
PLATFORM = "lenet"
VERSION = "1"
PROBABILITIES, LABEL, VERDICT = "probabilities", "label", "verdict"
OUTPUTS = (PROBABILITIES, LABEL, VERDICT)


class ServerMetadata(msgspec.Struct):
    """Answer of /v2."""

    name: str
    version: str
    extensions: list[str]


class ServerState(msgspec.Struct):
    """Answer of the health routes."""

    live: bool
    ready: bool


class ModelState(msgspec.Struct):
    """Answer of a model's route /ready."""

    name: str
    ready: bool


class TensorMetadata(msgspec.Struct):
    """A tensor of a model; a size of -1 varies."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct):
    """A model's tensors. The outputs' classes are in `labels`, one character each."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    labels: str


class OutputParameters(msgspec.Struct):
    """Parameters of a requested output; None is the request's own setting."""

    binary_data: bool | None = None


class RequestedOutput(msgspec.Struct):
    """An output that the client asks for."""

    name: str
    parameters: OutputParameters = msgspec.field(default_factory=OutputParameters)


class RequestParameters(msgspec.Struct):
    """Parameters of a request."""

    binary_data_output: bool = False


class InferenceRequest(msgspec.Struct):
    """The JSON of a request; without `outputs`, all are sent."""

    inputs: list[InputTensor]
    id: str | None = None
    parameters: RequestParameters = msgspec.field(default_factory=RequestParameters)
    outputs: list[RequestedOutput] = []


class InferenceResponse(msgspec.Struct, omit_defaults=True):
    """The JSON of an answer."""

    model_name: str
    model_version: str
    outputs: list[OutputTensor]
    id: str | None = None


class ProtocolError(msgspec.Struct):
    """An error of the protocol."""

    error: str


GROUP = "Open Inference Protocol"
_NAME = Parameter("name", Place.PATH, "The model's name.", example="modern-s")
_VERSION = Parameter("version", Place.PATH, "The model's version.", example=VERSION)
_LENGTH = Parameter(
    JSON_LENGTH,
    Place.HEADER,
    "Bytes of the JSON at the start of the body, if bytes of tensors follow it.",
    Annotated[int, msgspec.Meta(ge=0)],
)
_EXAMPLE = {
    "inputs": [
        {"name": INPUT, "shape": [1, SIDE * SIDE], "datatype": INPUT_TYPE, "data": [0] * SIDE * SIDE},
    ],
    "outputs": [{"name": LABEL}, {"name": VERDICT}],
}


def operations(config: ServerConfig) -> list[Operation]:
    """Return the operations of this module's routes."""
    metadata = {200: Reply("The server.", (Content(ServerMetadata),))}
    state = Content(ServerState)
    draining = "The server is about to stop; it still answers."
    ready = {200: Reply("It is ready.", (state,)), 503: Reply(draining, (state,))}
    described = [
        Operation("GET", "/v2", GROUP, "Name the server and its extensions.", metadata),
        Operation(
            "GET", "/v2/health/live", GROUP, "Tell that the server runs.", {200: Reply("Yes.", (state,))}
        ),
        Operation("GET", "/v2/health/ready", GROUP, "Tell whether the server is ready.", ready),
    ]
    for base, parameters in (("", (_NAME,)), ("/versions/{version}", (_NAME, _VERSION))):
        described += _model_operations(f"/v2/models/{{name}}{base}", parameters, draining)
    return [replace(operation, error_type=ProtocolError) for operation in described]


def _model_operations(path: str, parameters: tuple[Parameter, ...], draining: str) -> list[Operation]:
    state = Content(ModelState)
    missing = {404: "The server has another model or version."}
    answers = (Content(InferenceResponse), Content(media_type=BYTES))
    return [
        Operation(
            "GET", path, GROUP, "Describe the model's tensors.",
            {200: Reply("The model.", (Content(ModelMetadata),))},
            parameters=parameters, errors=missing,
        ),
        Operation(
            "GET", f"{path}/ready", GROUP, "Tell whether the model is ready.",
            {200: Reply("It is ready.", (state,)), 503: Reply(draining, (state,))},
            parameters=parameters, errors=missing,
        ),
        Operation(
            "POST", f"{path}/infer", GROUP, "Recognize images.",
            {200: Reply("The outputs; as bytes after the JSON where `binary_data` is set.", answers)},
            f"`{INPUT}` is {INPUT_TYPE} [n, {SIDE}, {SIDE}] or [n, {SIDE * SIDE}], bright ink on 0. "
            f"`{PROBABILITIES}` is FP32 [n, classes], `{LABEL}` and `{VERDICT}` are BYTES [n]. "
            "An image without ink has probabilities of 0, and no label, as has one that is not a letter. "
            "The binary tensor extension is supported.",
            parameters=(*parameters, _LENGTH),
            bodies=(Content(InferenceRequest, example=_EXAMPLE), Content(media_type=BYTES)),
            errors=missing,
        ),
    ]  # fmt: skip
