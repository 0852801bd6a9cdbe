"""Open Inference Protocol: metadata, health, inference in JSON and in bytes, and its errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lenet
from asgi import Answer, Caller
from lenet.inference.recognizer import model_path
from lenet.server import app as server_app
from lenet.server.config import Limits, ServerConfig
from open_inference_client import Result, infer, parse, request_body

MODEL = "/v2/models/modern-s"
INFER = f"{MODEL}/infer"


@pytest.fixture(scope="module")
def services() -> server_app.Services:
    return server_app.make_services(ServerConfig(model=model_path(None)))


@pytest.fixture(scope="module")
def client(services: server_app.Services) -> Caller:
    return make_client(services)


def make_client(services: server_app.Services) -> Caller:
    return Caller(server_app.make_app(services.config, services))


@pytest.fixture(scope="module")
def images() -> npt.NDArray[np.uint8]:
    """An L, an image without ink, noise, and an I."""
    pixels = np.zeros((4, 28, 28), np.uint8)
    pixels[0, 4:24, 8:11] = pixels[0, 21:24, 8:20] = 255
    pixels[2] = np.random.default_rng(1).integers(0, 256, (28, 28))
    pixels[3, 4:24, 12:15] = 255
    return pixels


def check(result: Result, images: npt.NDArray[np.uint8]) -> None:
    """Compare an answer with the recognizer's own."""
    recognizer = lenet.load()
    expected = recognizer.recognize_images(list(images))
    assert list(result.outputs["verdict"]) == [str(item.verdict.value) for item in expected]
    assert list(result.outputs["label"]) == [item.letter or "" for item in expected]
    probabilities = result.outputs["probabilities"]
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (len(images), 26)
    inked = images.any(axis=(1, 2))
    np.testing.assert_allclose(probabilities[inked], recognizer.probabilities(images[inked]), atol=1e-6)
    assert not probabilities[~inked].any()


def test_the_server_and_the_model_describe_themselves(client: Caller) -> None:
    for path in ("/v2", "/v2/"):
        answer = client.get(path)
        expected = {"name": "lenet", "version": lenet.__version__, "extensions": ["binary_tensor_data"]}
        assert (answer.status, answer.json()) == (200, expected)
    for path in (MODEL, f"{MODEL}/versions/1"):
        model = client.get(path).json()
        assert (model["name"], model["versions"], model["platform"]) == ("modern-s", ["1"], "lenet")
        assert model["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}]
        assert model["outputs"] == [
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 26]},
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
            {"name": "verdict", "datatype": "BYTES", "shape": [-1]},
        ]
        assert model["labels"] == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_a_draining_server_is_live_and_not_ready() -> None:
    services = server_app.make_services(ServerConfig(model=model_path(None)))
    client = make_client(services)
    ready = ("/v2/health/ready", f"{MODEL}/ready", f"{MODEL}/versions/1/ready")
    assert [client.get(path).status for path in ready] == [200] * 3
    assert client.get(ready[1]).json() == {"name": "modern-s", "ready": True}
    services.draining.start()
    assert [client.get(path).status for path in ready] == [503] * 3
    live = client.get("/v2/health/live")
    assert (live.status, live.json()["live"]) == (200, True)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("flat", [True, False])
def test_images_are_recognized(
    client: Caller, images: npt.NDArray[np.uint8], binary: bool, flat: bool
) -> None:
    for tensor in (images, images.reshape(-1, 784)):
        result = infer(client, INFER, tensor, binary=binary, nested=not flat)
        assert (result.model, result.id, result.binary) == ("modern-s", None, set())
        check(result, images)


@pytest.mark.parametrize("url", [INFER, f"{MODEL}/versions/1/infer"])
def test_outputs_come_as_bytes_where_they_are_asked_for(
    client: Caller, images: npt.NDArray[np.uint8], url: str
) -> None:
    result = infer(client, url, images, binary=True, parameters={"binary_data_output": True}, id="7")
    assert (result.id, result.binary) == ("7", {"probabilities", "label", "verdict"})
    check(result, images)
    outputs: list[dict[str, Any]] = [
        {"name": "verdict"},
        {"name": "probabilities", "parameters": {"binary_data": True, "classification": 3}},
        {"name": "label", "parameters": {"binary_data": False}},
    ]
    result = infer(client, url, images, outputs=outputs)
    assert (list(result.outputs), result.binary) == (
        ["verdict", "probabilities", "label"],
        {"probabilities"},
    )
    check(result, images)
    result = infer(client, url, images, outputs=outputs, parameters={"binary_data_output": True})
    assert result.binary == {"probabilities", "verdict"}
    check(result, images)


def test_no_image_gives_empty_outputs(client: Caller) -> None:
    for binary in (True, False):
        result = infer(client, INFER, np.zeros((0, 28, 28), np.uint8), binary=binary)
        assert {name: array.shape for name, array in result.outputs.items()} == {
            "probabilities": (0, 26), "label": (0,), "verdict": (0,),
        }  # fmt: skip


def test_many_images_are_recognized(client: Caller, services: server_app.Services) -> None:
    images = np.random.default_rng(2).integers(0, 256, (500, 28, 28)).astype(np.uint8)
    images[::7] = 0
    result = infer(client, INFER, images, binary=True, parameters={"binary_data_output": True})
    check(result, images)
    assert services.metrics.counts.drawings["empty"] >= 72


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 20), st.booleans(), st.booleans(), st.integers(0, 2**32 - 1), st.text(max_size=20))
def test_any_images_give_the_recognizers_answers(
    client: Caller, count: int, binary: bool, as_bytes: bool, seed: int, identifier: str
) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    images[rng.random(count) < 0.3] = 0
    parameters = {"binary_data_output": as_bytes}
    result = infer(client, INFER, images, binary=binary, id=identifier, parameters=parameters)
    assert result.id == identifier
    check(result, images)


def error(answer: Answer) -> str:
    """Return the sentence of an error of the protocol."""
    assert answer.headers["content-type"] == "application/json"
    value = answer.json()
    assert list(value) == ["error"]
    return str(value["error"])


ONE = np.full((1, 784), 9, np.uint8)
PLAIN = {"name": "images", "shape": [1, 784], "datatype": "UINT8", "data": ONE.ravel().tolist()}


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"name": "input"}, 400, 'one input, "images"'),
        ({"datatype": "FP32"}, 400, "the type 'FP32'; send UINT8"),
        ({"shape": [784]}, 400, "the shape [784]; send [n, 28, 28] or [n, 784]"),
        ({"shape": [2, 784]}, 400, "data has 784 elements in (784,); the shape is [2, 784]"),
        ({"shape": [1, 28, 28, 1]}, 400, "the shape [1, 28, 28, 1]"),
        ({"shape": []}, 400, "the shape []"),
        ({"shape": [-1, 784]}, 422, "inputs[0].shape[0]: must be an integer, at least 0"),
        ({"shape": [10**30, 784]}, 422, "shape"),
        ({"shape": [1] * 9}, 422, "shape: must have at most 8 elements"),
        ({"shape": [10**9, 784]}, 413, "1,000,000,000 images; send at most 10,000"),
        ({"data": [256, *[0] * 783]}, 422, "must be an integer, at most 255"),
        ({"data": [-1, *[0] * 783]}, 422, "must be an integer, at least 0"),
        ({"data": [0.5, *[0] * 783]}, 422, "must be an integer, not a number"),
        ({"data": [True, *[0] * 783]}, 422, "must be an integer, not true or false"),
        ({"data": ["0", *[0] * 783]}, 422, "must be an integer, not a text"),
        ({"data": [[0] * 392, [0] * 392]}, 400, "data has 784 elements in (2, 392)"),
        ({"data": [[0] * 392, [0] * 391]}, 400, "differ in length"),
        ({"data": [[[0] * 784]]}, 400, "nested 3 deep"),
        ({"data": [0, [0]]}, 422, "must be an integer, not a list"),
        ({"data": {}}, 422, "must be a list, not an object"),
        ({"data": None}, 422, "must be a list, not null"),
        ({"parameters": {"binary_data_size": 784}}, 400, "data and binary_data_size"),
    ],
)
def test_a_bad_tensor_is_refused_in_one_sentence(
    client: Caller, change: dict[str, object], status: int, text: str
) -> None:
    answer = client.post(INFER, {"inputs": [{**PLAIN, **change}]})
    assert answer.status == status
    assert text in error(answer)
    assert "\n" not in error(answer)


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b"", 400, "not valid JSON"),
        (b"{}", 422, "inputs: is missing"),
        (b'{"inputs": []}', 400, "one input"),
        (json.dumps({"inputs": [PLAIN, PLAIN]}).encode(), 400, "one input"),
        (json.dumps({"inputs": [PLAIN], "outputs": [{"name": "x"}]}).encode(), 400, "outputs are"),
        (json.dumps({"inputs": [PLAIN], "outputs": [{"name": "label"}] * 2}).encode(), 400, "once at most"),
        (json.dumps({"inputs": [PLAIN], "id": 5}).encode(), 422, "must be a text"),
        (b'{"id": ' + b"[" * 10_000, 422, ""),
        (b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "inputs": []}', 400, "nested too deeply"),
        (b'{"inputs": [], "id": "\\ud800"}', 400, "not valid JSON"),
        (b'{"inputs": [{"name": "images", "shape": [1, 784], "datatype": "UINT8", "data": [NaN]}]}', 400, ""),
        (b'{"inputs": [{"name": "images", "shape": [1, 784], "datatype": "UINT8", "data": [1e400]}]}', 0, ""),
        (b'{"inputs": [{"name": "images", "shape": [1, 784], "datatype": "UINT8"}]}', 400, "no data"),
        (b"\xff\xfe{}", 400, "not valid JSON"),
    ],
)
def test_a_bad_body_is_refused_in_one_sentence(client: Caller, body: bytes, status: int, text: str) -> None:
    answer = client.ask("POST", INFER, {"Content-Type": "application/json"}, [body])
    assert answer.status in ((status,) if status else (400, 422))
    assert text in error(answer)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999", "9" * 5000, " 5", "²"])
def test_a_length_of_the_json_beyond_the_body_is_refused(client: Caller, length: str) -> None:
    headers, body = request_body(ONE, binary=True)
    headers["Inference-Header-Content-Length"] = length
    answer = client.ask("POST", INFER, headers, [body])
    assert answer.status == 400
    assert "Inference-Header-Content-Length" in error(answer)


@pytest.mark.parametrize("extra", [-784, -1, 1, 784])
def test_bytes_must_be_those_of_the_tensor(client: Caller, extra: int) -> None:
    headers, body = request_body(ONE, binary=True)
    changed = body[:extra] if extra < 0 else body + bytes(extra)
    answer = client.ask("POST", INFER, headers, [changed])
    assert answer.status == 400
    assert "784 bytes, binary_data_size is 784" in error(answer)


def test_bytes_without_a_tensor_are_refused(client: Caller) -> None:
    headers, body = request_body(ONE)
    headers["Inference-Header-Content-Length"] = str(len(body))
    answer = client.ask("POST", INFER, headers, [body, b"more"])
    assert (answer.status, error(answer)[:39]) == (400, "4 bytes after the JSON without a tensor")


@pytest.mark.parametrize(
    "path",
    ["/v2/models/other", "/v2/models/other/ready", f"{MODEL}/versions/2", f"{MODEL}/versions/1.0/ready"],
)
def test_another_model_or_version_is_not_found(client: Caller, path: str) -> None:
    answer = client.get(path)
    assert answer.status == 404
    assert "no such" in error(answer)


def test_another_content_type_is_refused(client: Caller) -> None:
    _, body = request_body(ONE)
    answer = client.ask("POST", INFER, {"Content-Type": "text/plain"}, [body])
    assert answer.status == 415
    assert error(answer).endswith("send application/json or application/octet-stream")


def test_the_limit_of_drawings_is_the_configurations(tmp_path: Path) -> None:
    services = server_app.make_services(ServerConfig(model=model_path(None), limits=Limits(drawings=2)))
    client = make_client(services)
    headers, body = request_body(np.ones((3, 28, 28), np.uint8), binary=True)
    answer = client.ask("POST", INFER, headers, [body])
    assert (answer.status, error(answer)) == (413, "3 images; send at most 2 at once")
    services = replace(services, config=ServerConfig(model=model_path(None), limits=Limits(body_bytes=1000)))
    answer = make_client(services).ask("POST", INFER, headers, [body])
    assert answer.status == 413
    assert "1,000 bytes" in error(answer)


def test_the_client_reads_an_example_of_the_specification() -> None:
    """The oracle itself: the example of the extension, with the numbers of the protocol's own."""
    tensor = {"name": "output0", "shape": [3, 2], "datatype": "FP32", "parameters": {"binary_data_size": 24}}
    text = json.dumps({"model_name": "mymodel", "outputs": [tensor]}).encode()
    values = np.array([1.0, 1.1, 2.0, 2.1, 3.0, 3.1], "<f4")
    headers = {"content-type": "application/octet-stream", "inference-header-content-length": str(len(text))}
    result = parse(Answer(200, headers, text + values.tobytes()))
    assert result.outputs["output0"].tolist() == values.reshape(3, 2).tolist()
