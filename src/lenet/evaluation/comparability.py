"""What an accuracy on a data set may be called, and what must be known beside it."""

from __future__ import annotations

from dataclasses import dataclass

from lenet.datasets import Dataset
from lenet.datasets.emnist import splits as emnist
from lenet.models.file import Model


@dataclass(frozen=True)
class Comparability:
    """How a model stands to a data set.

    official      "EMNIST Letters test" and the like; None where the accuracy is no such one
    objection     why it is none, where one might take it for one
    learned_from  the names of the set that the model learned from, itself or through its teachers;
                  it may have been another part of it
    """

    official: str | None
    objection: str | None
    learned_from: tuple[str, ...]

    def remarks(self) -> list[str]:
        """What to say beside the accuracy."""
        said = [f"no accuracy on an official test: {self.objection}"] if self.objection else []
        if self.learned_from:
            names = ", ".join(self.learned_from)
            said.append(f"the model learned from {names}, from this or another part of it")
        return said


def comparability(data: Dataset, model: Model) -> Comparability:
    """How a model stands to a data set, as far as its metadata tell."""
    names = model.trained_on
    return Comparability(
        emnist.official_name(data, names),
        emnist.objection(data, names),
        tuple(name for name in data.names if name in names),
    )
