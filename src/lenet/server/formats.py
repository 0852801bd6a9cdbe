"""The bodies of /v1/recognize: JSON with strokes or pictures, and arrays of images."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from lenet._util.counts import counted
from lenet.engine.abi import SIDE
from lenet.errors import LenetError
from lenet.server.config import Limits
from lenet.server.errors import ApiError

if TYPE_CHECKING:
    from lenet.inference.recognizer import Recognition

DIGITS = 7  # of probabilities, as `lenet predict --json`
PIXELS = SIDE * SIDE
MAX_NPY_HEADER = 1024  # bytes; NumPy writes 128

Strokes: TypeAlias = list[list[list[float]]]
Images: TypeAlias = npt.NDArray[np.uint8]


class Drawing(msgspec.Struct, gc=False):
    """One letter: strokes of points [x, y], or a picture in base64."""

    strokes: Strokes | None = None
    image: str | None = None


class Request(Drawing, gc=False):
    """The body of a request: one letter, or a list of them."""

    drawings: list[Drawing] | None = None


class Answer(msgspec.Struct, gc=False):
    """The answer for one letter, as `lenet predict --json` writes it."""

    letter: str | None
    verdict: str
    candidates: list[tuple[str, float]]


class AnswerList(msgspec.Struct, gc=False):
    """The answers for a list of letters, in its order."""

    answers: list[Answer]


def answer_of(recognition: Recognition) -> Answer:
    """Return a recognition as the interface has it."""
    candidates = [(letter, round(p, DIGITS)) for letter, p in recognition.candidates]
    return Answer(recognition.letter, recognition.verdict.value, candidates)


def drawings_of(request: Request) -> Sequence[Drawing]:
    """Return the letters of a request.

    Raises:
        ApiError: 422, it has none of "strokes", "image" and "drawings", or several of them.
    """
    if request.drawings is None:
        _check_one(request, "")
        return (request,)
    if request.strokes is not None or request.image is not None:
        raise _invalid('give "strokes", "image" or "drawings", and only one of them')
    for number, drawing in enumerate(request.drawings, 1):
        _check_one(drawing, f"drawing {number}: ")
    return request.drawings


def _check_one(drawing: Drawing, place: str) -> None:
    if (drawing.strokes is None) == (drawing.image is None):
        raise _invalid(f'{place}give "strokes", a list of lists of points [x, y], or "image", in base64')


def _invalid(message: str) -> ApiError:
    return ApiError(422, "invalid", message)


def check_sizes(drawings: Sequence[Drawing], limits: Limits) -> int:
    """Return the number of points of some drawings.

    Raises:
        ApiError: 413, there are too many drawings, strokes, points or pictures.
    """
    strokes = points = pictures = 0
    for drawing in drawings:
        if drawing.strokes is None:
            pictures += 1
        else:
            strokes += len(drawing.strokes)
            points += sum(map(len, drawing.strokes))
    for number, limit, name in (
        (len(drawings), limits.drawings, "drawings"),
        (strokes, limits.strokes, "strokes"),
        (points, limits.points, "points"),
        (pictures, limits.pictures, "pictures"),
    ):
        if number > limit:
            message = f"the request has {number:,} {name}; send at most {limit:,}"
            raise ApiError(413, f"too-many-{name}", message)
    return points


def pictures_of(drawings: Sequence[Drawing], limits: Limits) -> list[bytes]:
    """Return the bytes of the pictures of some drawings; only their headers are read.

    Raises:
        ApiError: 422, one is not a picture in base64; 413, they have too many pixels together.
    """
    pictures = [decode_picture(drawing.image) for drawing in drawings if drawing.image is not None]
    if sum(map(pixels, pictures)) > limits.pixels:
        message = f"the pictures have more than {limits.pixels:,} pixels; make them smaller"
        raise ApiError(413, "too-many-pixels", message)
    return pictures


def decode_picture(text: str) -> bytes:
    """Return the bytes of a picture in base64; a "data:" address of it is taken too.

    Raises:
        ApiError: 422, it is not base64.
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
        raise ApiError(422, "bad-base64", "the image is not base64; encode the bytes of its file") from None


def pixels(file: bytes) -> int:
    """Return the number of pixels of a picture; only its header is read.

    Raises:
        ApiError: 422, it is not a picture of a common format.
    """
    from PIL import Image

    from lenet.ink.images import PICTURE_FORMATS

    try:
        with Image.open(io.BytesIO(file), formats=PICTURE_FORMATS) as picture:
            return int(picture.width) * int(picture.height)
    except Image.DecompressionBombError:
        return 2**31
    except Exception:  # on hostile bytes Pillow raises nearly anything
        message = f"the image is not a picture; send one of {', '.join(PICTURE_FORMATS)}"
        raise ApiError(422, "bad-picture", message) from None


def images_of_npy(body: bytes, limits: Limits) -> Images:
    """Return the images of an .npy file: uint8 (n, 28, 28) or (n, 784).

    Raises:
        ApiError: 422, another array; 413, too many images.
    """
    stream = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(stream)
        reading = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = reading(stream, max_header_size=MAX_NPY_HEADER)
    except Exception:  # on hostile bytes NumPy raises several kinds
        raise ApiError(422, "bad-npy", "the body is not an .npy file; write it with numpy.save") from None
    data = body[stream.tell() :]
    if is_fortran:
        message = "the array is in Fortran order; send numpy.ascontiguousarray of it"
        raise ApiError(422, "bad-array", message)
    if dtype != np.uint8 or shape[1:] not in ((SIDE, SIDE), (PIXELS,)):
        message = f"the array is {dtype} {shape}; send uint8 (n, {SIDE}, {SIDE}) or (n, {PIXELS})"
        raise ApiError(422, "bad-array", message)
    if len(data) != shape[0] * PIXELS:
        expected = counted(shape[0] * PIXELS, "byte")
        message = f"the array has {expected} by its header, but {len(data):,} came; send the whole file"
        raise ApiError(422, "bad-npy", message)
    return images_of_bytes(data, limits)


def images_of_bytes(body: bytes, limits: Limits) -> Images:
    """Return images of 784 bytes each as uint8 (n, 28, 28).

    Raises:
        ApiError: 422, the bytes are not whole images; 413, too many images.
    """
    if len(body) % PIXELS:
        size = counted(len(body), "byte")
        message = f"the body has {size}; send {PIXELS} for each image, uint8 in rows of {SIDE}"
        raise ApiError(422, "bad-length", message)
    count = len(body) // PIXELS
    if count > limits.drawings:
        message = f"the request has {counted(count, 'image')}; send at most {limits.drawings:,}"
        raise ApiError(413, "too-many-drawings", message)
    return np.frombuffer(body, np.uint8).reshape(count, SIDE, SIDE)


def npy(array: npt.NDArray[Any]) -> bytes:
    """Return an array as an .npy file."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def unusable(error: LenetError) -> ApiError:
    """Return the error of a drawing or picture that the engine refuses."""
    return ApiError(422, "unusable-drawing", str(error))
