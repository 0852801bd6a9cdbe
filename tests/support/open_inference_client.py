"""A client of the Open Inference Protocol, written from its specification alone.

It shares no code with the server: https://github.com/kserve/open-inference-protocol (REST), and the
binary tensor data extension of Triton.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asgi import Answer, Caller

_TYPES = {"FP32": "<f4", "FP64": "<f8", "INT64": "<i8", "UINT8": "u1"}


@dataclass(frozen=True)
class Result:
    """The outputs of an answer by name, its identifier and model, and which outputs came as bytes."""

    outputs: dict[str, npt.NDArray[Any]]
    id: str | None
    model: str
    binary: set[str]


def request_body(
    images: npt.NDArray[np.uint8],
    *,
    binary: bool = False,
    nested: bool = False,
    outputs: Sequence[dict[str, Any]] | None = None,
    **fields: object,
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a request.

    Args:
        images: the tensor.
        binary: whether its elements come as bytes after the JSON.
        nested: whether `data` is nested as the shape, or flat.
        outputs: the requested outputs.
        fields: further fields of the JSON.
    """
    tensor: dict[str, Any] = {"name": "images", "shape": list(images.shape), "datatype": "UINT8"}
    if binary:
        tensor["parameters"] = {"binary_data_size": images.nbytes}
    else:
        tensor["data"] = images.tolist() if nested else images.ravel().tolist()
    value = {"inputs": [tensor], **fields}
    if outputs is not None:
        value["outputs"] = outputs
    text = json.dumps(value).encode()
    if not binary:
        return {"Content-Type": "application/json"}, text
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))}
    return headers, text + images.tobytes()


def infer(client: Caller, url: str, images: npt.NDArray[np.uint8], **options: Any) -> Result:
    """Ask for inference; options are those of `request_body`."""
    headers, body = request_body(images, **options)
    answer = client.ask("POST", url, headers, [body])
    assert answer.status == 200, answer.body
    return parse(answer)


def parse(answer: Answer) -> Result:
    """Read an answer as the specification defines it."""
    announced = answer.headers.get("inference-header-content-length")
    length = len(answer.body) if announced is None else int(announced)
    value, rest = json.loads(answer.body[:length]), answer.body[length:]
    expected = "application/json" if announced is None else "application/octet-stream"
    assert answer.headers["content-type"] == expected
    outputs, binary = {}, set()
    for tensor in value["outputs"]:
        size = tensor.get("parameters", {}).get("binary_data_size")
        assert (size is None) == ("data" in tensor)
        if size is not None:
            binary.add(tensor["name"])
            array, rest = _from_bytes(tensor["datatype"], rest[:size]), rest[size:]
        elif tensor["datatype"] == "BYTES":
            array = np.array(tensor["data"], object)
        else:
            array = np.array(tensor["data"], _TYPES[tensor["datatype"]])
        outputs[tensor["name"]] = array.reshape(tensor["shape"])
    assert rest == b""
    return Result(outputs, value.get("id"), value["model_name"], binary)


def _from_bytes(datatype: str, data: bytes) -> npt.NDArray[Any]:
    if datatype != "BYTES":
        return np.frombuffer(data, _TYPES[datatype])
    items, place = [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<I", data, place)
        items.append(data[place + 4 : place + 4 + length].decode())
        place += 4 + length
    return np.array(items, object)
