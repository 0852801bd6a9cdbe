"""Load a model and recognize letters: what `import lenet` is for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, TypeVar, cast

import numpy as np
import numpy.typing as npt

from lenet import engine, ink
from lenet.engine import RawRecognition
from lenet.engine.abi import CANDIDATES, SIDE
from lenet.errors import DataError, LenetError, ModelFileError
from lenet.ink.packing import pack
from lenet.metrics.decision import VERDICTS, Verdict
from lenet.models import DEFAULT_MODEL, PRETRAINED_DIR, Model, load_model, pretrained_names

if TYPE_CHECKING:
    from PIL.Image import Image

MIN_PICTURE_SIDE = 16  # pixels; strokes in an array of that many strokes and points are not one letter
_LOGIT_TEMPERATURE = 8.0  # so high that no probability of a logit within +-340 is 0 in float32

Argument = TypeVar("Argument")
Result = TypeVar("Result")
DrawingLike: TypeAlias = "Iterable[npt.ArrayLike] | npt.NDArray[np.uint8] | Image | str | Path"
Images: TypeAlias = "Sequence[npt.NDArray[np.uint8] | None] | npt.NDArray[np.uint8]"

ANSWER: np.dtype[np.void] = np.dtype(
    [
        ("letter", "U1"),
        ("verdict", f"U{max(map(len, VERDICTS))}"),
        ("confidence", np.float32),
        ("candidates", [("label", "U1"), ("probability", np.float32)], CANDIDATES),
    ]
)
"""A recognition as an element of an array; see `Recognizer.recognize_array`."""


@dataclass(frozen=True, slots=True)
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
_VERDICTS = np.array(VERDICTS, ANSWER["verdict"])


class Recognizer:
    """A trained network that recognizes letters; it keeps no state, and threads may share it."""

    def __init__(self, model: Model) -> None:
        """Plan the network of a model read by `lenet.models.file.load`."""
        self.model = model
        self.labels = model.labels
        self._names = np.array([*self.labels, ""])  # the last one, -1, stands for no class
        self._network = model.spec.network()
        settings = engine.Settings(
            model.temperature, model.min_probability, model.max_entropy, model.pen_width
        )
        self._engine = engine.Recognizer(self._network, model.parameters, settings)

    def __reduce__(self) -> tuple[type[Recognizer], tuple[Model]]:
        """Copy and pickle the model alone: the engine's memory has addresses."""
        return type(self), (self.model,)

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
            return self._recognition(self._engine.strokes([pack(strokes)])[0])
        return self.recognize_images([image])[0]

    def recognize_all(self, drawings: Iterable[Iterable[npt.ArrayLike]]) -> list[Recognition]:
        """Recognize many drawings of strokes in one call of the engine.

        The last bits of a probability may differ from the result of `recognize`, because the network
        predicts several images at once.

        Args:
            drawings: strokes of each, as for `recognize`.

        Raises:
            LenetError: a drawing cannot be used; of several, the message names its number, from 1.
        """
        packed = _each(pack, list(drawings))
        try:
            results = self._engine.strokes(packed)
        except LenetError:  # it does not tell which
            results = [one for [one] in _each(lambda one: self._engine.strokes([one]), packed)]
        return [self._recognition(raw) for raw in results]

    def recognize_images(self, images: Images) -> list[Recognition]:
        """Recognize images uint8 (28, 28), made as EMNIST's; None or a blank image is empty.

        Raises:
            DataError: an image has another dtype or shape.
        """
        return [self._recognition(raw) for raw in engine.unpack(self._engine.images(_stacked(images)))]

    def recognize_raw(self, images: Images) -> npt.NDArray[np.void]:
        """Recognize images as `recognize_images` does, and return the engine's own numbers.

        Returns:
            `lenet.engine.RECOGNITION` (n,): verdict, number of candidates, their classes and probabilities.

        Raises:
            DataError: an image has another dtype or shape.
        """
        return self._engine.images(_stacked(images))

    def logits(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the logits, float32 (n, classes), of images uint8 (n, 28, 28), with mean 0 for each image.

        The softmax of the logits divided by the model's temperature are the probabilities.
        """
        probabilities = self._network.predict(self.model.parameters, images, _LOGIT_TEMPERATURE)
        logits = np.log(probabilities) * np.float32(_LOGIT_TEMPERATURE)
        return np.asarray(logits - logits.mean(axis=1, keepdims=True))

    def recognize_array(self, images: Images) -> npt.NDArray[np.void]:
        """Recognize images as `recognize_images` does, and return one array.

        Returns:
            A structured array (n,), of the type `ANSWER`: letter, "" for None; verdict; confidence,
            float32; and five candidates, each with label and probability, float32. Where there are
            fewer candidates, the others are "" and 0.

        Raises:
            DataError: an image has another dtype or shape.
        """
        raw, labels = self.recognize_raw(images), self._names
        answers = np.empty(len(raw), ANSWER)
        best = np.where(raw["verdict"] <= engine.abi.Verdict.UNSURE, raw["classes"][:, 0], -1)
        answers["letter"] = labels[best]
        answers["verdict"] = _VERDICTS[raw["verdict"]]
        answers["confidence"] = raw["probabilities"][:, 0]
        answers["candidates"]["label"] = labels[raw["classes"]]
        answers["candidates"]["probability"] = raw["probabilities"]
        return answers

    def probabilities(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the class probabilities, float32 (n, classes), of images uint8 (n, 28, 28)."""
        return self._network.predict(self.model.parameters, images, self.model.temperature)

    def verdicts(self, probabilities: npt.NDArray[np.float32]) -> list[Verdict]:
        """Decide by class probabilities, float32 (n, classes), such as those of `probabilities`."""
        model = self.model
        raw = engine.judge(probabilities, model.min_probability, model.max_entropy)
        return [VERDICTS[verdict] for verdict in raw["verdict"].tolist()]

    def _recognition(self, raw: RawRecognition) -> Recognition:
        verdict, classes, probabilities = raw
        if not classes:
            return EMPTY_DRAWING
        letters = map(self.labels.__getitem__, classes)
        return Recognition(VERDICTS[verdict], tuple(zip(letters, probabilities, strict=True)))


def _each(function: Callable[[Argument], Result], drawings: Sequence[Argument]) -> list[Result]:
    """Call a function for each drawing; of several, name the one that it refuses."""
    results = []
    for number, drawing in enumerate(drawings, 1):
        try:
            results.append(function(drawing))
        except LenetError as error:
            if len(drawings) == 1:
                raise
            raise type(error)(f"drawing {number}: {error}") from None
    return results


def _is_picture(drawing: DrawingLike) -> TypeGuard[Image | npt.NDArray[np.uint8]]:
    """Return whether a drawing is a picture rather than strokes.

    An array of strokes is (strokes, points, 2 or 3). With 3 or 4 values a point it is a picture if they
    are uint8, or if both sides have 16 or more: `picture_to_grey` refuses another dtype.
    """
    if not isinstance(drawing, np.ndarray):
        # If Pillow is not loaded, or another thread is importing it, the value is not one of its images.
        image = getattr(sys.modules.get("PIL.Image"), "Image", None)
        return image is not None and isinstance(drawing, image)
    if drawing.ndim != 3 or drawing.shape[2] not in (3, 4):
        return drawing.ndim == 2
    return drawing.dtype == np.uint8 or min(drawing.shape[:2]) >= MIN_PICTURE_SIDE


def _stacked(images: Images) -> npt.NDArray[np.uint8]:
    """Return images as one array, uint8 (n, 28, 28), blank for None; DataError for other arrays."""
    if isinstance(images, np.ndarray) and images.ndim != 3:
        raise DataError(f"images must be uint8 (n, {SIDE}, {SIDE}), not {images.shape}")
    if isinstance(images, np.ndarray) and images.shape[1:] == (SIDE, SIDE) and images.dtype == np.uint8:
        return images
    for number, image in enumerate(images):
        if image is None:
            continue
        if not isinstance(image, np.ndarray):
            raise DataError(f"image {number} must be an array, uint8 ({SIDE}, {SIDE}), or None")
        if image.shape != (SIDE, SIDE) or image.dtype != np.uint8:
            problem = f"{image.dtype} {image.shape}"
            raise DataError(f"image {number} must be uint8 ({SIDE}, {SIDE}), not {problem}")
    blank = np.zeros((SIDE, SIDE), np.uint8)
    stack = [blank if image is None else image for image in images]
    return np.array(stack, np.uint8).reshape(-1, SIDE, SIDE)


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
