"""Decide whether an accuracy is comparable with published results, and which caveats to print."""

from __future__ import annotations

from dataclasses import dataclass

from lenet.datasets import Dataset
from lenet.datasets.emnist.splits import objection, official_name
from lenet.datasets.records import current_name
from lenet.models.file import Model


@dataclass(frozen=True)
class Comparability:
    """Comparability of an accuracy with published results.

    Attributes:
        official: the official test, such as "EMNIST Letters test"; None: it is not one.
        objection: why it is not one, where it could be mistaken for one.
        learned_from: names of the data set that the model or a teacher was trained on; that may
            have been another part of it.
    """

    official: str | None
    objection: str | None
    learned_from: tuple[str, ...]

    def caveats(self) -> list[str]:
        """List what must be said beside the accuracy."""
        texts = [f"not an accuracy on an official test: {self.objection}"] if self.objection else []
        if self.learned_from:
            names = ", ".join(self.learned_from)
            texts.append(f"the model was trained on {names}, on this or another part of it")
        return texts


def comparability(data: Dataset, model: Model) -> Comparability:
    """Compare the names of the data set with those in the model's metadata."""
    names = tuple(map(current_name, model.trained_on))
    return Comparability(
        official=official_name(data, names),
        objection=objection(data, names),
        learned_from=tuple(name for name in data.names if name in names),
    )
