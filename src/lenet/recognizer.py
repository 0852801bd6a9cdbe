"""Load a model, recognise letters: what `import lenet` is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet import architectures, ink, model_file
from lenet.errors import LenetError
from lenet.evaluation.versions import MOST
from lenet.evaluation.versions import versions as versions_of
from lenet.verdicts import EMPTY, LETTER, UNSURE, judge

MODELS = Path(__file__).parent / "models"
"""The models that come with the package, by name."""

SHIPPED = MODELS / "modern-s.safetensors"
"""The one that answers where none is named."""

CANDIDATES = 5


@dataclass(frozen=True)
class Recognition:
    """An answer.

    verdict     "letter"; "unsure", a letter that may well be another one; "not-a-letter"; "empty",
                a drawing without ink. Without thresholds in the model
                (docs/reference/model-file.md) whatever has ink is a letter.
    candidates  the five most probable letters with their probabilities, best first, whatever the
                verdict; none if empty
    """

    verdict: str
    candidates: tuple[tuple[str, float], ...] = ()

    @property
    def confidence(self) -> float:
        """The probability of the first candidate, 0..1; 0 if empty."""
        return self.candidates[0][1] if self.candidates else 0.0

    @property
    def letter(self) -> str | None:
        """The most probable letter, "A".."Z"; None for a drawing that is empty or no letter."""
        return self.candidates[0][0] if self.verdict in (LETTER, UNSURE) else None


EMPTY_DRAWING = Recognition(EMPTY)


class Recognizer:
    """A trained network, ready to answer. Holds no state between answers."""

    def __init__(self, model: model_file.Model, versions: int = 1) -> None:
        """Plans the network of a model read by `lenet.model_file.load`.

        versions  how many mild versions of an image are answered, 1..9; the answer is the mean of
                  theirs, and takes as many times as long (`lenet.evaluation.versions`)

        Raises LenetError for another number of them.
        """
        if not 1 <= versions <= MOST:
            raise LenetError(f"{versions} versions of an image; give 1..{MOST}")
        self.model, self.versions = model, versions
        self.labels = model.labels
        self._network = architectures.network(model.architecture)

    def recognize(
        self, drawing: Iterable[npt.ArrayLike] | npt.NDArray[np.uint8] | str | Path
    ) -> Recognition:
        """Recognises one letter.

        drawing  strokes: points (n, 2) each, x to the right, y down, any unit;
                 or a picture: uint8 (height, width), dark on light or the reverse;
                 or the path of a picture

        Raises LenetError for coordinates, pictures or files that cannot be used.
        """
        if isinstance(drawing, str | Path):
            image = ink.rasterise_picture(ink.read_picture(drawing))
        elif isinstance(drawing, np.ndarray) and drawing.ndim == 2:
            image = ink.rasterise_picture(drawing)
        else:
            image = ink.rasterise(drawing, self.model.pen)
        return self.recognize_images([image])[0]

    def recognize_images(self, images: Sequence[npt.NDArray[np.uint8] | None]) -> list[Recognition]:
        """Recognises images uint8 (28, 28), as EMNIST makes them; None or a blank one is empty."""
        images = [image if image is not None and image.any() else None for image in images]
        inked = [image for image in images if image is not None]
        if not inked:
            return [EMPTY_DRAWING] * len(images)
        probabilities = self.probabilities(np.stack(inked))
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :CANDIDATES]
        answers = iter(
            Recognition(verdict, tuple((self.labels[k], float(row[k])) for k in order))
            for verdict, row, order in zip(
                judge(probabilities, self.model), probabilities, best, strict=True
            )
        )
        return [EMPTY_DRAWING if image is None else next(answers) for image in images]

    def probabilities(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """float32 (n, classes), rows summing to 1, of images uint8 (n, 28, 28)."""
        parameters, temperature = self.model.parameters, self.model.temperature
        total = np.zeros((len(images), len(self.labels)), np.float32)
        for version in versions_of(images, self.versions):
            total += self._network.predict(parameters, version, temperature)
        return total / np.float32(self.versions)


def model_path(model: str | Path | None = None) -> Path:
    """The file of a model: a path, the name of one in MODELS, or None for the usual one."""
    if model is None:
        return SHIPPED
    named = MODELS / f"{model}.safetensors"
    return named if "/" not in str(model) and named.is_file() else Path(model)


def load(model: str | Path | None = None, *, versions: int = 1) -> Recognizer:
    """Loads a model: a file, or by name one that comes with the package; the usual one by default.
    `versions` is as `Recognizer` has it.

    Raises LenetError for a file that is missing, damaged or of another version.
    """
    if model is None and not SHIPPED.exists():
        raise LenetError(
            "this installation carries no model; name one, or install the package again"
        )
    return Recognizer(model_file.load(model_path(model)), versions)
