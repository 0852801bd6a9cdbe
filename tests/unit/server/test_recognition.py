"""POST /v1/recognize: the fixed interface, in process; what is refused; the arrays of batches."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import lenet
from asgi import Answer, ask, call, scope_of
from lenet import ink
from lenet.inference.recognizer import Recognition
from lenet.models import DEFAULT_MODEL
from lenet.server.app import App, make_app
from lenet.server.config import Limits, ServerConfig

LETTER_L = [[[0, 0], [0, 10], [6, 10]]]
LETTER_O = [[[int(50 + 40 * np.cos(a)), int(50 + 50 * np.sin(a))] for a in np.linspace(0, 6.3, 30)]]
CROSS = [[[0, 0], [10, 10]], [[10, 0, 17.5], [0, 10, 18.5]]]  # with times
SMALL = Limits(body_bytes=60_000, drawings=20, strokes=50, points=5_000, pictures=2, pixels=100_000)


@pytest.fixture(scope="module")
def app() -> App:
    return make_app(ServerConfig(model=DEFAULT_MODEL))


@pytest.fixture(scope="module")
def small() -> App:
    return make_app(ServerConfig(model=DEFAULT_MODEL, limits=SMALL))


def post(app: App, value: Any) -> Answer:
    return post_bytes(app, json.dumps(value).encode(), "application/json")


def post_bytes(app: App, body: bytes, kind: str) -> Answer:
    return call(app, "/v1/recognize", "POST", body, {"Content-Type": kind})


def as_interface(recognition: Recognition) -> dict[str, Any]:
    """Return what `lenet predict --json` prints, without the source."""
    return {
        "letter": recognition.letter,
        "verdict": str(recognition.verdict),
        "candidates": [[letter, pytest.approx(p, abs=1e-5)] for letter, p in recognition.candidates],
    }


def picture(width: int = 50, height: int = 60) -> tuple[npt.NDArray[np.uint8], str]:
    """A picture of an L: its pixels, and its PNG in base64."""
    pixels = np.full((height, width), 230, np.uint8)
    pixels[height // 8 : height - 8, 10:16] = 30
    pixels[height - 14 : height - 8, 10 : width - 10] = 30
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return pixels, base64.b64encode(stream.getvalue()).decode()


@pytest.mark.parametrize(
    "strokes", [LETTER_L, LETTER_O, [[[5, 5]]], [], [[]], [[[0, 0], [9, 1], [1, 9]]] * 9]
)
def test_strokes_are_answered_as_by_predict(app: App, strokes: Any) -> None:
    answer = post(app, {"strokes": strokes})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == as_interface(lenet.load().recognize(strokes))


def test_nothing_is_empty(app: App) -> None:
    assert post(app, {"strokes": []}).json() == {"letter": None, "verdict": "empty", "candidates": []}


def test_a_body_without_a_content_type_is_json(app: App) -> None:
    answer = call(app, "/v1/recognize", "POST", json.dumps({"strokes": LETTER_L}).encode())
    assert (answer.status, answer.json()["letter"]) == (200, "L")


def test_pictures_are_answered_as_files_are(app: App) -> None:
    pixels, text = picture()
    expected = as_interface(lenet.load().recognize(pixels))
    for image in (text, f"data:image/png;base64,{text}"):
        answer = post(app, {"image": image})
        assert (answer.status, answer.json()) == (200, expected)
    assert expected["letter"] == "L"


def test_a_list_is_answered_in_its_order(app: App) -> None:
    _, text = picture()
    drawings = [{"strokes": LETTER_L}, {"image": text}, {"strokes": []}, {"strokes": LETTER_O}]
    answers = post(app, {"drawings": drawings}).json()["answers"]
    assert [answer["letter"] for answer in answers] == ["L", "L", None, "O"]
    assert [answer["verdict"] for answer in answers][2] == "empty"


@pytest.mark.parametrize("count", [0, 1, 16, 17, 60])
def test_lists_of_strokes_are_answered_in_their_order(app: App, count: int) -> None:
    drawings: list[Any] = ([LETTER_L, LETTER_O, [], CROSS[:1]] * count)[:count]
    answer = post(app, {"drawings": [{"strokes": strokes} for strokes in drawings]})
    recognizer = lenet.load()
    assert answer.json() == {"answers": [as_interface(recognizer.recognize(strokes)) for strokes in drawings]}


def test_requests_of_one_turn_of_the_loop_are_answered_each_with_its_own(app: App) -> None:
    drawings: list[Any] = [LETTER_L, LETTER_O, [], [[[0, "x"]]], [[[0, 1e12]]], LETTER_O, *[LETTER_L] * 20]

    async def all_at_once() -> list[Answer]:
        scope = scope_of("/v1/recognize", "POST", {"Content-Type": "application/json"})
        bodies = [json.dumps({"strokes": strokes}).encode() for strokes in drawings]
        return await asyncio.gather(*(ask(app, dict(scope), [body]) for body in bodies))

    answers = asyncio.run(all_at_once())
    assert [answer.status for answer in answers] == [200, 200, 200, 422, 422, 200, *[200] * 20]
    letters = [answer.json()["letter"] for answer in answers if answer.status == 200]
    assert letters == ["L", "O", None, "O", *["L"] * 20]
    assert "drawing 1" not in answers[4].json()["error"]["message"]


# ---- Arrays --------------------------------------------------------------------------------


def images(count: int) -> npt.NDArray[np.uint8]:
    inked = [ink.rasterize(letter) for letter in (LETTER_L, LETTER_O)]
    pair = [image for image in inked if image is not None]
    stack = [np.zeros((28, 28), np.uint8), *(pair * count)]
    return np.stack(stack)[:count]


def as_npy(array: npt.NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize("count", [0, 1, 16, 40, 700])
@pytest.mark.parametrize("form", ["raw", "npy", "rows"])
def test_batches_are_answered_with_an_array(app: App, count: int, form: str) -> None:
    batch = images(count) if count else np.zeros((0, 28, 28), np.uint8)
    if form == "raw":
        answer = post_bytes(app, batch.tobytes(), "application/octet-stream")
    else:
        shaped = batch if form == "npy" else batch.reshape(-1, 784)
        answer = post_bytes(app, as_npy(shaped), "application/x-npy")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-npy")
    array = np.load(io.BytesIO(answer.body), allow_pickle=False)
    assert array.dtype.names == ("letter", "verdict", "confidence", "candidates")
    expected = lenet.load().recognize_images(list(batch))
    assert array["letter"].tolist() == [r.letter or "" for r in expected]
    assert array["verdict"].tolist() == [str(r.verdict) for r in expected]
    assert array["confidence"] == pytest.approx([r.confidence for r in expected], abs=1e-5)
    assert array["candidates"].shape == (count, 5)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x93NUMPY",
        as_npy(images(2))[:-1],
        as_npy(images(2)) + b"\0",
        as_npy(images(2).astype(np.float32)),
        as_npy(images(2)[:, :27]),
        as_npy(np.asfortranarray(images(2))),
        as_npy(np.zeros((), np.uint8)),
        as_npy(images(1)).replace(b"(1, 28, 28)", b"(-1,28, 28)"),
        as_npy(images(1)).replace(b"'|u1'", b"'|O' "),
        b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 65535,
        b"\x93NUMPY\x09\x00\x10\x00" + b" " * 16,
    ],
)
def test_bad_arrays_are_refused(app: App, body: bytes) -> None:
    answer = post_bytes(app, body, "application/x-npy")
    assert answer.status == 422
    assert answer.code in ("bad-npy", "bad-array")


def test_an_array_in_fortran_order_is_refused_with_the_remedy(app: App) -> None:
    answer = post_bytes(app, as_npy(np.asfortranarray(images(2))), "application/x-npy")
    assert "numpy.ascontiguousarray" in answer.json()["error"]["message"]


def test_bytes_that_are_not_whole_images_are_refused(app: App) -> None:
    assert post_bytes(app, bytes(785), "application/octet-stream").code == "bad-length"


# ---- Refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"strokes": [[[0, 0], [1, NaN]]]}', 400),
        (b'{"strokes": [[[0, 0], [1, Infinity]]]}', 400),
        (b'{"strokes": [[[0, 0], [1, 1e400]]]}', 422),
        (b'{"strokes": [[[0, 0], [1, 1' + b"0" * 400 + b"]]]}", 422),
        (b'{"strokes": [[[0, 0], [1, 1000000000000]]]}', 422),
        (b'{"strokes": [[[0, 0], [1]]]}', 422),
        (b'{"strokes": [[[0, 0], [1, true]]]}', 422),
        (b'{"strokes": [[0, 0]]}', 422),
        (b'{"strokes": "L"}', 422),
        (b'{"strokes": ' + b"[" * 50_000, 422),
        (b'{"other": ' + b"[" * 50_000, 400),
        (b'{"other": "\\ud800", "strokes": []}', 400),
        (b'{"image": "\\ud800"}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"strokes": [], "image": ""}', 422),
        (b'{"strokes": [], "drawings": []}', 422),
        (b'{"drawings": [{}]}', 422),
        (b'{"drawings": [{"strokes": [], "image": ""}]}', 422),
        (b'{"drawings": [{"drawings": []}]}', 422),
        (b'{"image": "not base64!"}', 422),
        ('{"image": "\u00fc"}'.encode(), 422),
        (b'{"image": ""}', 422),
        (b'{"image": "' + base64.b64encode(b"no picture") + b'"}', 422),
        (b'{"image": "' + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50)) + b'"}', 422),
    ],
)
def test_hostile_json_is_refused(app: App, body: bytes, status: int) -> None:
    answer = post_bytes(app, body, "application/json")
    assert answer.status == status
    assert answer.code


def test_the_number_of_a_drawing_that_cannot_be_used_is_named(app: App) -> None:
    bad = {"strokes": [[[0, 1e12]]]}
    for drawings in ([{"strokes": LETTER_L}, bad], [{"image": picture()[1]}, bad]):
        message = post(app, {"drawings": drawings}).json()["error"]["message"]
        assert message.startswith("drawing 2: ")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "json"],
)
def test_other_content_types_are_refused(app: App, kind: str) -> None:
    answer = post_bytes(app, b'{"strokes": []}', kind)
    assert (answer.status, answer.code) == (415, "unsupported-media-type")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(app: App, method: str) -> None:
    answer = call(app, "/v1/recognize", method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"strokes": [[[0, 0]]] * 51}, "too-many-strokes"),
        ({"strokes": [[[k, 0] for k in range(5001)]]}, "too-many-points"),
        ({"drawings": [{"strokes": []}] * 21}, "too-many-drawings"),
        ({"drawings": [{"strokes": [[[k, 0] for k in range(1700)]]}] * 3}, "too-many-points"),
        ({"drawings": [{"image": "AAAA"}] * 3}, "too-many-pictures"),
        ({"image": picture(400, 300)[1]}, "too-many-pixels"),
        ({"drawings": [{"image": picture(300, 200)[1]}] * 2}, "too-many-pixels"),
        ({"strokes": [], "other": "x" * 60_000}, "body-too-large"),
    ],
)
def test_limits_are_kept(small: App, value: Any, code: str) -> None:
    answer = post(small, value)
    assert (answer.status, answer.code) == (413, code)


def test_as_much_as_the_limits_allow_is_answered(small: App) -> None:
    assert post(small, {"strokes": [[[k % 90, k % 70] for k in range(100)]] * 50}).status == 200
    assert post(small, {"drawings": [{"strokes": []}] * 20}).status == 200
    assert post_bytes(small, bytes(20 * 784), "application/octet-stream").status == 200
    assert post_bytes(small, bytes(21 * 784), "application/octet-stream").code == "too-many-drawings"


def test_a_picture_is_refused_before_it_is_decoded(small: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ink, "read_picture", decode)
    assert post(small, {"image": picture(1000, 1000)[1]}).code == "too-many-pixels"


def test_models_are_described(app: App) -> None:
    import hashlib

    [model] = call(app, "/v1/models").json()["models"]
    assert model["digest"] == hashlib.sha256(DEFAULT_MODEL.read_bytes()).hexdigest()
    assert (model["name"], "".join(model["labels"])) == (DEFAULT_MODEL.stem, lenet.load().labels)
    assert call(app, f"/v1/models/{model['name']}").json() == model
    assert call(app, "/v1/models/other").code == "no-such-model"
    assert call(app, "/v1/models", "POST").status == 405
