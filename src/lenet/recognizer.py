"""Load a model, recognise letters: what `import lenet` is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet import _core, architectures, ink, model_file
from lenet.errors import LenetError

SHIPPED = Path(__file__).parent / "models" / "holzweber2021.safetensors"
"""The model that comes with the package."""

CANDIDATES = 5


@dataclass(frozen=True)
class Recognition:
    """An answer.

    verdict     "letter", or "empty" for a drawing without ink
    candidates  the five most probable letters with their probabilities, best first; none if empty
    """

    verdict: str
    candidates: tuple[tuple[str, float], ...] = ()

    @property
    def letter(self) -> str | None:
        """The most probable letter, "A".."Z"; None for an empty drawing."""
        return self.candidates[0][0] if self.candidates else None


EMPTY = Recognition("empty")


class Recognizer:
    """A trained network, ready to answer. Holds no state between answers."""

    def __init__(self, model: model_file.Model) -> None:
        """Plans the network of a model read by `lenet.model_file.load`."""
        self.model = model
        self.labels = model.labels
        self._network = _core.Network(
            architectures.parse(model.architecture), *model.architecture["input"]
        )

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
            image = ink.rasterise(drawing)
        return self.recognize_images([image])[0]

    def recognize_images(self, images: Sequence[npt.NDArray[np.uint8] | None]) -> list[Recognition]:
        """Recognises images uint8 (28, 28), as EMNIST makes them; None or a blank one is empty."""
        images = [image if image is not None and image.any() else None for image in images]
        inked = [image for image in images if image is not None]
        if not inked:
            return [EMPTY] * len(images)
        probabilities = self.probabilities(np.stack(inked))
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :CANDIDATES]
        rows = iter(
            tuple((self.labels[k], float(row[k])) for k in order)
            for row, order in zip(probabilities, best, strict=True)
        )
        return [EMPTY if image is None else Recognition("letter", next(rows)) for image in images]

    def probabilities(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """float32 (n, 26), rows summing to 1, of images uint8 (n, 28, 28)."""
        return self._network.predict(self.model.parameters, images, self.model.temperature)


def load(path: str | Path | None = None) -> Recognizer:
    """Loads a model file; without a path the model that comes with the package.

    Raises LenetError for a file that is missing, damaged or of another version.
    """
    if path is None and not SHIPPED.exists():
        raise LenetError(
            "this installation carries no model; name one, or install the package again"
        )
    return Recognizer(model_file.load(SHIPPED if path is None else path))
