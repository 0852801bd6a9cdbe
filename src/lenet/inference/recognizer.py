"""Load a model and recognize letters: what `import lenet` is for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, cast

import numpy as np
import numpy.typing as npt

from lenet import ink
from lenet.engine.abi import SIDE
from lenet.errors import DataError, ModelFileError
from lenet.metrics.decision import Verdict, judge
from lenet.models import DEFAULT_MODEL, PRETRAINED_DIR, Model, load_model, pretrained_names

if TYPE_CHECKING:
    from PIL.Image import Image

CANDIDATES = 5
MIN_PICTURE_SIDE = 16  # pixels; strokes in an array of that many strokes and points are not one letter

DrawingLike: TypeAlias = "Iterable[npt.ArrayLike] | npt.NDArray[np.uint8] | Image | str | Path"


@dataclass(frozen=True)
class Recognition:
    """The result for one drawing.

    Attributes:
        verdict: "letter"; "unsure", a letter that may be another one; "not-a-letter", rejected; or
            "empty", without ink. A model without thresholds (docs/reference/model-file.md) calls
            everything with ink a letter.
        candidates: the five most probable letters with their probabilities, best first, whatever the
            verdict; none if empty.
    """

    verdict: Verdict
    candidates: tuple[tuple[str, float], ...] = ()

    @property
    def confidence(self) -> float:
        """Return the probability of the first candidate, 0..1; 0 if empty."""
        return self.candidates[0][1] if self.candidates else 0.0

    @property
    def letter(self) -> str | None:
        """Return the most probable letter, such as "A"; None where the drawing is empty or rejected."""
        return self.candidates[0][0] if self.verdict in (Verdict.LETTER, Verdict.UNSURE) else None

    def __repr__(self) -> str:
        """Return the letter, the verdict and the confidence; `candidates` has the other letters."""
        confidence = round(self.confidence, 4)
        return f"Recognition(letter={self.letter!r}, verdict={str(self.verdict)!r}, confidence={confidence})"


EMPTY_DRAWING = Recognition(Verdict.EMPTY)


class Recognizer:
    """A trained network that recognizes letters; it keeps no state between calls."""

    def __init__(self, model: Model) -> None:
        """Plan the network of a model read by `lenet.models.file.load`."""
        self.model = model
        self.labels = model.labels
        self._network = model.spec.network()

    def recognize(self, drawing: DrawingLike) -> Recognition:
        """Recognize one letter.

        Args:
            drawing: strokes, each of points (n, 2) with x to the right and y down, in any unit; or a
                picture, uint8 (height, width), (height, width, 3) or (height, width, 4), dark on light or
                the reverse; or an image of Pillow; or the path of a picture.

        Raises:
            LenetError: the coordinates, the picture or the file cannot be used.
        """
        if isinstance(drawing, str | Path):
            image = ink.rasterize_picture(ink.clean_picture(ink.read_picture(drawing)))
        elif _is_picture(drawing):
            image = ink.rasterize_picture(ink.clean_picture(ink.picture_to_grey(drawing)))
        else:
            strokes = cast("Iterable[npt.ArrayLike]", drawing)
            image = ink.rasterize(strokes, self.model.pen_width)
        return self.recognize_images([image])[0]

    def recognize_images(self, images: Sequence[npt.NDArray[np.uint8] | None]) -> list[Recognition]:
        """Recognize images uint8 (28, 28), made as EMNIST's; None or a blank image is empty.

        Raises:
            DataError: an image has another dtype or shape.
        """
        _check_images(images)
        images = [image if image is not None and image.any() else None for image in images]
        inked = [image for image in images if image is not None]
        if not inked:
            return [EMPTY_DRAWING] * len(images)
        probabilities = self.probabilities(np.stack(inked))
        verdicts = judge(probabilities, self.model.min_probability, self.model.max_entropy)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :CANDIDATES]
        recognitions = iter(
            Recognition(verdict, tuple((self.labels[k], float(row[k])) for k in order))
            for verdict, row, order in zip(verdicts, probabilities, best, strict=True)
        )
        return [EMPTY_DRAWING if image is None else next(recognitions) for image in images]

    def probabilities(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the class probabilities, float32 (n, classes), of images uint8 (n, 28, 28)."""
        return self._network.predict(self.model.parameters, images, self.model.temperature)


def _is_picture(drawing: DrawingLike) -> TypeGuard[Image | npt.NDArray[np.uint8]]:
    """Return whether a drawing is a picture rather than strokes.

    An array of strokes is (strokes, points, 2 or 3). With 3 or 4 values a point it is a picture if they
    are uint8, or if both sides have 16 or more: `picture_to_grey` refuses another dtype.
    """
    if not isinstance(drawing, np.ndarray):
        pillow = sys.modules.get("PIL.Image")  # if Pillow is not loaded, the value is not one of its images
        return pillow is not None and isinstance(drawing, pillow.Image)
    if drawing.ndim != 3 or drawing.shape[2] not in (3, 4):
        return drawing.ndim == 2
    return drawing.dtype == np.uint8 or min(drawing.shape[:2]) >= MIN_PICTURE_SIDE


def _check_images(images: Sequence[npt.NDArray[np.uint8] | None]) -> None:
    """Raise DataError unless every image is None or uint8 (28, 28)."""
    if isinstance(images, np.ndarray) and images.ndim != 3:
        raise DataError(f"images must be uint8 (n, {SIDE}, {SIDE}), not {images.shape}")
    for number, image in enumerate(images):
        if image is None:
            continue
        if not isinstance(image, np.ndarray):
            raise DataError(f"image {number} must be an array, uint8 ({SIDE}, {SIDE}), or None")
        if image.shape != (SIDE, SIDE) or image.dtype != np.uint8:
            problem = f"{image.dtype} {image.shape}"
            raise DataError(f"image {number} must be uint8 ({SIDE}, {SIDE}), not {problem}")


def model_path(model: str | Path | None = None) -> Path:
    """Return the file of a model: of a path, a pretrained model's name, or None for the default model.

    Raises:
        ModelFileError: a bare name is neither a file nor a pretrained model.
    """
    if model is None:
        return DEFAULT_MODEL
    names = pretrained_names()
    if str(model) in names:
        return PRETRAINED_DIR / f"{model}.safetensors"
    path = Path(model)
    if path.name != str(model) or os.path.lexists(path):
        return path
    raise ModelFileError(f"{model}: no such file or pretrained model; pretrained: {', '.join(names)}")


def load(model: str | Path | None = None) -> Recognizer:
    """Load a model.

    Args:
        model: a model file, or the name of a pretrained model; by default "modern-s".

    Raises:
        ModelFileError: the file is missing, damaged or of another version.
    """
    if model is None and not DEFAULT_MODEL.exists():
        raise ModelFileError("this installation carries no model; name one, or install the package again")
    return Recognizer(load_model(model_path(model)))
