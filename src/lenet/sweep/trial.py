"""A trial: one training of a sweep, with a digest of everything that decides its weights."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import lenet
from lenet import engine
from lenet.datasets import Dataset, Rendering, load_all
from lenet.errors import DataError
from lenet.sweep.fields import AUGMENTATION, FIELDS, check
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Augmentation, Recipe
from lenet.training.trainer import Trainer, prepare

RENDERING = Rendering(pen_widths=(0.09, 0.22))
"""Pen widths of drawings, as of `lenet train`; the same images for every seed of a training."""

CODE_ROOMS = ("engine", "ink", "models", "datasets", "training")
"""Rooms whose code decides the weights."""


@dataclass(frozen=True)
class Trial:
    """A training of a sweep.

    Attributes:
        arch: name of the architecture.
        data: the DATASETs of the training set; a tenth validates.
        data_digest: of the images, labels, groups and classes of the data.
        validation: the DATASET that measures the training; None: the tenth that validates.
        validation_digest: of its images, labels and classes; None without such a data set.
        recipe: the hyperparameters.
        seed: random seed.
        code: digest of the code that trains, see `code_digest`.
        stop_after: epochs after which the training stops before its schedule ends; None: at its end.
    """

    arch: str
    data: tuple[str, ...]
    data_digest: str
    validation: str | None
    validation_digest: str | None
    recipe: Recipe
    seed: int
    code: str
    stop_after: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the trial as JSON."""
        own = {name: getattr(self, name) for name in _NAMES}
        return {**own, "data": list(self.data), "recipe": recipe_to_json(self.recipe)}

    @functools.cached_property
    def configuration(self) -> str:
        """The canonical JSON of the trial."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, as hexadecimal digits."""
        return hashlib.sha256(self.configuration.encode()).hexdigest()

    def __str__(self) -> str:
        return f"the training {self.digest[:12]} ({self.arch}, seed {self.seed})"

    @property
    def epochs(self) -> int:
        """Number of epochs that are trained."""
        return self.recipe.epochs if self.stop_after is None else min(self.stop_after, self.recipe.epochs)

    @functools.cached_property
    def candidate(self) -> str:
        """The canonical JSON without the seed: equal for the trials of one configuration."""
        return replace(self, seed=0).configuration

    def trainer(self, data: Dataset, threads: int = 1) -> Trainer:
        """Prepare the training on the trial's data. Raises LenetError as `prepare` does."""
        return prepare(self.arch, data, self.recipe, TrainingOptions(seed=self.seed, threads=threads))

    def load(self) -> Dataset:
        """Read the data of the training.

        Raises:
            LenetError: they cannot be read, or are other data than those of the sweep.
        """
        data = load_all(self.data, rendering=RENDERING)
        if data_digest(data) != self.data_digest:
            raise DataError(
                f"{', '.join(self.data)}: not the data of this training; give the files of the sweep"
            )
        return data

    @classmethod
    def from_json(cls, value: Any) -> Trial:
        """Return the trial that `to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(value, dict) or value.keys() != set(_NAMES):
            raise ValueError("not the configuration of a training")
        texts = (value["data_digest"], value["code"])
        optional = (value["validation"], value["validation_digest"])
        if not all(type(text) is str for text in texts) or not all(
            text is None or type(text) is str for text in optional
        ):
            raise ValueError("a digest or a name is not a text")
        stop, seed = value["stop_after"], value["seed"]
        if type(seed) is not int or not 0 <= seed < 2**32 or not (stop is None or type(stop) is int):
            raise ValueError("the seed or `stop_after` is not an integer in its range")
        data = check("data", value["data"])
        assert isinstance(data, tuple)
        known = {**value, "arch": str(check("arch", value["arch"])), "data": data}
        return cls(**{**known, "recipe": recipe_from_json(value["recipe"])})


_NAMES = tuple(field.name for field in fields(Trial))
_RECIPE_NAMES = {field.name for field in fields(Recipe)}
_AUGMENTATION_NAMES = {field.name for field in fields(Augmentation)}


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """Return the fields of a recipe, as `asdict` does, but in a tenth of its time."""
    return {**vars(recipe), "augmentation": vars(recipe.augmentation)}


def recipe_from_json(value: Any) -> Recipe:
    """Return the recipe that has these fields. Raises ValueError for something else."""
    if not isinstance(value, dict) or value.keys() != _RECIPE_NAMES:
        raise ValueError("not a recipe")
    if not isinstance(value["augmentation"], dict) or value["augmentation"].keys() != _AUGMENTATION_NAMES:
        raise ValueError("not an augmentation")
    strengths = {name: check(AUGMENTATION + name, one) for name, one in value["augmentation"].items()}
    known = {name: check(name, one) for name, one in value.items() if name in FIELDS}
    changes: dict[str, Any] = {**known, "augmentation": Augmentation(**strengths)}  # type: ignore[arg-type]
    return Recipe(**changes)


def data_digest(data: Dataset) -> str:
    """Return the SHA-256 of images, labels, groups, sources, parts and classes, as hexadecimal digits."""
    digest = hashlib.sha256("".join(data.classes).encode())
    for array in (data.images, data.labels, data.groups, data.sources, data.parts):
        digest.update(array.data)
    return digest.hexdigest()


@functools.cache
def code_digest() -> str:
    """Return a digest of the version, the Python code and the native library that train.

    Weights are bit-identical for one code on one kind of processor, which has its own library.
    """
    package = Path(lenet.__file__).parent
    files = [path for room in CODE_ROOMS for path in sorted((package / room).rglob("*.py"))]
    digest = hashlib.sha256(f"{lenet.__version__} {engine.LANES}".encode())
    for path in [*files, engine.library_path()]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
