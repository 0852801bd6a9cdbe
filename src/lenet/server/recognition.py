"""POST /v1/recognize: strokes, pictures and lists of them in JSON; arrays of images for batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec

from lenet.errors import LenetError
from lenet.server import formats
from lenet.server.bodies import check_values, decode_json, read_body, require_media_type
from lenet.server.errors import of_status
from lenet.server.formats import Answer, AnswerList, Drawing, Request, Strokes, answer_of
from lenet.server.media_types import BYTES, JSON, NPY
from lenet.server.operations import Content, Operation, Reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from lenet.inference.recognizer import Recognition, Recognizer
    from lenet.server.app import Services
    from lenet.server.config import ServerConfig

PATH = "/v1/recognize"
MEDIA_TYPES = (JSON, NPY, BYTES)
JSON_HEADERS = [(b"content-type", JSON.encode())]
NPY_HEADERS = [(b"content-type", NPY.encode())]

LIGHT_POINTS = 2_000  # rasterized in the event loop; with more, or with pictures, in the worker thread
LIGHT_STROKES = 1_000
LIGHT_DRAWINGS = 16


class RecognizeEndpoint:
    """An ASGI application, without Starlette's objects: it is the route whose speed counts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decoder = msgspec.json.Decoder(Request)
        self._encode = msgspec.json.Encoder().encode
        limits = services.config.limits
        self._light_strokes = min(LIGHT_STROKES, limits.strokes)
        self._light_points = min(LIGHT_POINTS, limits.points)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; raise ApiError where it cannot be answered."""
        if scope["method"] != "POST":
            raise of_status(405, headers={"Allow": "POST"})
        services = self._services
        if services.refresh is not None:
            await services.refresh()
        kind = require_media_type(scope, MEDIA_TYPES, default=JSON)
        body = await read_body(scope, receive, services.config.limits)
        if kind != JSON:
            answer = await self._answer_images(kind, body)
            await services.answers.send(send, 200, NPY_HEADERS, answer)
            return
        check_values(body, services.config.limits)
        request = decode_json(body, self._decoder)
        if self._is_small(request):
            answer = self._encode(await self._answer_strokes(request.strokes or []))
            await services.answers.send(send, 200, JSON_HEADERS, answer)
            return
        drawings = formats.drawings_of(request)
        points = formats.check_sizes(drawings, services.config.limits)
        answers = await self._answer_drawings(drawings, points)
        for one in answers:
            services.metrics.drawings(one.verdict)
        answer = self._encode(answers[0] if request.drawings is None else AnswerList(answers))
        await services.answers.send(send, 200, JSON_HEADERS, answer)

    def _is_small(self, request: Request) -> bool:
        """Tell whether a request has one drawing of few points, for which nothing else is checked."""
        strokes = request.strokes
        if strokes is None or request.image is not None or request.drawings is not None:
            return False
        return len(strokes) <= self._light_strokes and sum(map(len, strokes)) <= self._light_points

    async def _answer_strokes(self, strokes: Strokes) -> Answer:
        services = self._services
        try:
            answer = answer_of(await services.batcher.submit(strokes))
        except LenetError as error:
            raise formats.unusable(error) from None
        services.metrics.drawings(answer.verdict)
        return answer

    async def _answer_drawings(self, drawings: Sequence[Drawing], points: int) -> list[Answer]:
        services = self._services
        strokes = [drawing.strokes for drawing in drawings if drawing.strokes is not None]
        is_light = len(strokes) == len(drawings) <= LIGHT_DRAWINGS and points <= LIGHT_POINTS
        try:
            if not is_light:
                services.metrics.batch(len(drawings))
                recognitions = await services.worker.run(partial(self._recognize, drawings))
            else:
                services.metrics.batch(len(strokes))
                recognitions = services.in_use.recognizer.recognize_all(strokes)
        except LenetError as error:
            raise formats.unusable(error) from None
        return [answer_of(recognition) for recognition in recognitions]

    def _recognize(self, drawings: Sequence[Drawing]) -> list[Recognition]:
        """Recognize drawings and pictures; in the worker thread."""
        recognizer = self._services.in_use.recognizer
        strokes = [drawing.strokes for drawing in drawings if drawing.strokes is not None]
        if len(strokes) == len(drawings):
            return recognizer.recognize_all(strokes)
        pictures = iter(formats.pictures_of(drawings, self._services.config.limits))
        recognitions = []
        for number, drawing in enumerate(drawings, 1):
            try:
                if drawing.strokes is not None:
                    recognitions.append(recognizer.recognize(drawing.strokes))
                else:
                    recognitions.append(recognize_picture(recognizer, next(pictures)))
            except LenetError as error:
                place = f"drawing {number}: " if len(drawings) > 1 else ""
                raise LenetError(f"{place}{error}") from None
        return recognitions

    async def _answer_images(self, kind: str, body: bytes) -> bytes:
        """Return the answers for an array of images, an .npy file."""
        services = self._services
        recognizer = services.in_use.recognizer
        read = formats.images_of_npy if kind == NPY else formats.images_of_bytes
        images = read(body, services.config.limits)

        def recognize() -> tuple[bytes, Counter[str]]:
            answers = recognizer.recognize_array(images)
            return formats.npy(answers), Counter(answers["verdict"].tolist())

        is_light = len(images) <= LIGHT_DRAWINGS
        answer, verdicts = recognize() if is_light else await services.worker.run(recognize)
        services.metrics.batch(len(images))
        for verdict, count in verdicts.items():
            services.metrics.drawings(verdict, count)
        return answer


def recognize_picture(recognizer: Recognizer, file: bytes) -> Recognition:
    """Recognize a picture by the bytes of its file."""
    from lenet import ink

    image = ink.rasterize_picture(ink.clean_picture(ink.read_picture(file)))
    return recognizer.recognize_images([image])[0]


def direct(services: Services) -> dict[str, ASGIApp]:
    """Return the ASGI applications of paths that do without Starlette's router."""
    return {PATH: RecognizeEndpoint(services)}


_ONE_OF = {"oneOf": [{"required": [name]} for name in ("strokes", "image", "drawings")]}
_OneRequest = Annotated[Request, msgspec.Meta(extra_json_schema=_ONE_OF)]
_EXAMPLE = {"strokes": [[[0, 0], [0, 10]], [[0, 10], [6, 10]]]}
_ANSWER = {
    "letter": "L",
    "verdict": "letter",
    "candidates": [["L", 0.99], ["I", 0.004], ["C", 0.001], ["E", 0.001], ["K", 0.001]],
}


def operations(config: ServerConfig) -> list[Operation]:
    """Return the description of this module's route."""
    answers = (Content((Answer, AnswerList), example=_ANSWER), Content(media_type=NPY))
    bodies = (Content(_OneRequest, example=_EXAMPLE), Content(media_type=NPY), Content(media_type=BYTES))
    return [
        Operation(
            "POST", PATH, "Recognition", "Recognize letters.",
            {200: Reply("The answer; `answers` for `drawings`; an array for an array.", answers)},
            "JSON has one of `strokes` (x to the right and y down, in any unit), `image` (the bytes of a "
            "picture's file in base64) and `drawings`, a list of objects with one of the two. "
            "`verdict` is letter, unsure, not-a-letter or empty; `letter` is null for the last two. "
            f"`{NPY}` is an array of numpy.save, uint8 (n, 28, 28) or (n, 784), bright ink on 0; `{BYTES}` "
            "is its elements alone. Both are answered with a structured array: letter, verdict, confidence "
            "and five candidates.",
            bodies=bodies,
            errors={503: "The server is busy with large requests, or has too many connections."},
        ),
    ]  # fmt: skip
