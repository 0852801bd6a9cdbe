"""Metadata of a model: how its answers are read, and how it was trained.

The JSON names are those of `lenet-model/2` (docs/reference/model-file.md). `OLD_NAMES` maps those of
`lenet-model/1`, which are read for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from lenet import engine
from lenet.engine.abi import MAX_PEN, MAX_TEMPERATURE, MIN_PEN, MIN_TEMPERATURE
from lenet.errors import ModelFileError
from lenet.labels import LETTERS, MAX_CLASSES

TEMPERATURES = (MIN_TEMPERATURE, MAX_TEMPERATURE)
PEN_WIDTHS = (MIN_PEN, MAX_PEN)
ENTROPIES = (0.0, 10.0)  # nats; 256 classes have at most 5.5
PROBABILITIES = (0.0, 1.0)

Json = dict[str, Any]

OLD_NAMES: dict[str, dict[str, str]] = {
    "metadata": {"ink_version": "rasterizer_version", "pen": "pen_width"},
    "training": {
        "credits": "attributions",
        "images": "num_train_images",
        "nonletters": "num_outliers",
        "shares": "data_weights",
        "epochs_planned": "num_epochs",
        "teachers_data": "teacher_train_data",
    },
    "recipe": {
        "batch": "batch_size",
        "rate": "learning_rate",
        "smoothing": "label_smoothing",
        "balance": "class_balance",
        "decay": "epoch_lr_decay",
        "nonletters": "outlier_ratio",
        "trust": "distillation_alpha",
        "transfer": "transfer_set_size",
    },
    "metrics": {"rate": "learning_rate"},
    "calibration": {
        "letters": "num_letters",
        "made_nonletters": "num_outliers",
        "made_nonletters_rejected": "outliers_rejected",
    },
}
"""For each JSON object of the metadata, the new name of each renamed key."""

_NESTED = ("recipe", "metrics", "calibration")  # objects in "training"


def with_new_names(place: str, value: Mapping[str, Any]) -> Json:
    """Return a JSON object of `lenet-model/1` with the names of `lenet-model/2`.

    Args:
        place: a key of `OLD_NAMES`.
        value: the object; of "training" the objects in it too.
    """
    names = OLD_NAMES[place]
    renamed = {}
    for key, item in value.items():
        if place == "training" and key in _NESTED and isinstance(item, dict):
            item = with_new_names(key, item)
        renamed[names.get(key, key)] = item
    return renamed


@dataclass(frozen=True)
class Calibration:
    """Figures of the thresholds on the letters that they were fitted on.

    Attributes:
        num_letters: number of validation letters.
        num_outliers: number of synthetic outliers.
        auroc: area under the ROC curve of the entropy, letters against outliers, 0..1.
        outliers_rejected: fraction of the outliers above the maximum entropy, 0..1.
    """

    num_letters: int
    num_outliers: int
    auroc: float
    outliers_rejected: float

    @classmethod
    def from_json(cls, value: Any) -> Self | None:
        """Read a JSON object; None for anything else."""
        names = [field.name for field in fields(cls)]
        if not isinstance(value, dict) or set(value) != set(names):
            return None
        return cls(**value) if all(_number(value[name]) is not None for name in names) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> tuple[str, ...] | None:
    right = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return tuple(value) if right else None


def _integer(value: Any) -> int | None:
    return value if type(value) is int else None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _numbers(value: Any) -> tuple[float, ...] | None:
    right = isinstance(value, list | tuple) and all(_number(item) is not None for item in value)
    return tuple(value) if right else None


def _object(value: Any) -> Json | None:
    return value if isinstance(value, dict) else None


@dataclass(frozen=True)
class TrainingRecord:
    """How a model was trained, as far as it is known.

    Attributes:
        name: the architecture's or the model's name.
        data: names of the data sets.
        data_weights: each data set's relative weight in an epoch; empty: by its size.
        attributions: whose work the data are, a line each.
        num_train_images: images of the training set, without outliers.
        validation_images: images of the validation set.
        num_outliers: synthetic outliers in the training set.
        epochs: epochs trained.
        num_epochs: epochs planned.
        seed: random seed.
        recipe: fields of `lenet.training.recipes.Recipe`, as JSON.
        teachers: names of the teacher models.
        teacher_train_data: names of the data sets that the teachers were trained on.
        metrics: the last row of the history, as JSON.
        calibration: what the thresholds achieve.
        withdrawn_contributors: contributors who withdrew, without whose drawings it was trained.
        imported: the file that the model was imported from, as JSON.
        commit: Git commit of the program.
        extra: whatever else the model file tells, as JSON.
    """

    name: str | None = None
    data: tuple[str, ...] = ()
    data_weights: tuple[float, ...] = ()
    attributions: tuple[str, ...] = ()
    num_train_images: int | None = None
    validation_images: int | None = None
    num_outliers: int | None = None
    epochs: int | None = None
    num_epochs: int | None = None
    seed: int | None = None
    recipe: Json = field(default_factory=dict)
    teachers: tuple[str, ...] = ()
    teacher_train_data: tuple[str, ...] = ()
    metrics: Json = field(default_factory=dict)
    calibration: Calibration | None = None
    withdrawn_contributors: int | None = None
    imported: Json = field(default_factory=dict)
    commit: str | None = None
    extra: Json = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read a JSON object; what has another type than its field is kept in `extra`."""
        read = {key: reader(value[key]) for key, reader in _READERS.items() if key in value}
        known = {key: item for key, item in read.items() if item is not None}
        return cls(**known, extra={key: item for key, item in value.items() if key not in known})

    def to_json(self) -> Json:
        """Return the JSON object, without what is not known."""
        values = {key: getattr(self, key) for key in _READERS}
        if self.calibration is not None:
            values["calibration"] = asdict(self.calibration)
        known = {key: value for key, value in values.items() if value not in (None, (), {})}
        return {**{key: list(v) if isinstance(v, tuple) else v for key, v in known.items()}, **self.extra}


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "data": _texts,
    "data_weights": _numbers,
    "attributions": _texts,
    "num_train_images": _integer,
    "validation_images": _integer,
    "num_outliers": _integer,
    "epochs": _integer,
    "num_epochs": _integer,
    "seed": _integer,
    "recipe": _object,
    "teachers": _texts,
    "teacher_train_data": _texts,
    "metrics": _object,
    "calibration": Calibration.from_json,
    "withdrawn_contributors": _integer,
    "imported": _object,
    "commit": _text,
}
"""For each key of the JSON object, what makes a field of its value; None: another type."""


@dataclass(frozen=True)
class ModelMetadata:
    """How a model's answers are read, and how it was trained.

    Attributes:
        labels: class names, one character for each output.
        rasterizer_version: version of the rasterization that the training images were made with.
        temperature: divides the logits before the softmax, 0.01..100.
        pen_width: stroke width at inference, a fraction of the drawing's longer side, 0.02..1.
        max_entropy: nats; a higher entropy is `not-a-letter`; None: no threshold.
        min_probability: 0..1; a lower confidence is `unsure`; None: no threshold.
        training: how the model was trained.

    Raises:
        LenetError: a value out of range, or another rasterizer version than this build's: the
            network would see other images than it was trained on.
    """

    labels: str = LETTERS
    rasterizer_version: int = engine.RASTERIZER_VERSION
    temperature: float = 1.0
    pen_width: float = engine.DEFAULT_PEN
    max_entropy: float | None = None
    min_probability: float | None = None
    training: TrainingRecord = field(default_factory=TrainingRecord)

    def __post_init__(self) -> None:
        _check_labels(self.labels)
        if type(self.rasterizer_version) is not int or self.rasterizer_version != engine.RASTERIZER_VERSION:
            raise ModelFileError(
                f"made for rasterizer version {self.rasterizer_version!r:.20}, this program has "
                f"{engine.RASTERIZER_VERSION}; train it again or use the program's other version"
            )
        _check_number("temperature", self.temperature, TEMPERATURES)
        _check_number("pen_width", self.pen_width, PEN_WIDTHS)
        if self.max_entropy is not None:
            _check_number("max_entropy", self.max_entropy, ENTROPIES)
        if self.min_probability is not None:
            _check_number("min_probability", self.min_probability, PROBABILITIES)


FIELDS = tuple(field.name for field in fields(ModelMetadata) if field.name != "training")
"""The keys of the metadata that are not in "training"."""


def _check_number(name: str, value: Any, limits: tuple[float, float]) -> None:
    low, high = limits
    if _number(value) is None or not low <= value <= high:
        raise ModelFileError(f"{name} {value!r:.20} is not a number of {low:g}..{high:g}; correct it")


def _check_labels(labels: Any) -> None:
    known = isinstance(labels, str) and len(set(labels)) == len(labels)
    if not known or not 2 <= len(labels) <= MAX_CLASSES:
        raise ModelFileError(f'labels must be 2..{MAX_CLASSES} different characters, as "ABC...Z"')
    if not labels.isprintable() or max(labels) > "\uffff":  # one unit each in JavaScript too
        raise ModelFileError("labels must be printable characters of Unicode's basic plane")
