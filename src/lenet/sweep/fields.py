"""The fields of a training that a sweep sets: their types, their limits, and how they make a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import NamedTuple

from lenet.engine.abi import MAX_BATCH_SIZE, MAX_LEARNING_RATE
from lenet.models import DEFAULT_ARCHITECTURE, get_spec
from lenet.training.recipes import OPTIMIZERS, SCHEDULES, Augmentation, Recipe, get_recipe

Value = str | int | float | tuple[str, ...]
"""The value of a field; that of `data` is a tuple of DATASETs that make one training set."""

AUGMENTATION = "augmentation."
STRENGTH = "augmentation_strength"
DEFAULT_DATA = ("font-letters",)


@dataclass(frozen=True)
class Field:
    """The type of a field's values and their limits.

    Attributes:
        kind: int, float, str, or tuple for a list of texts.
        low: least number.
        high: greatest number.
        choices: the texts that are allowed; empty: any.
    """

    kind: type
    low: float = 0
    high: float = 1
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> Value:
        """Return a value read from TOML or JSON.

        Raises:
            ValueError: another type, or out of range; the message says what to give.
        """
        if self.kind is tuple:
            texts = value if isinstance(value, list | tuple) else ()
            if not texts or not all(isinstance(text, str) for text in texts):
                raise ValueError(f"{value!r:.60} is not a list of data sets; give names in brackets")
            return tuple(texts)
        if self.kind is str:
            if not isinstance(value, str) or (self.choices and value not in self.choices):
                raise ValueError(f"{value!r:.60} is not one of {', '.join(self.choices)}")
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{value!r:.60} is not a number")
        if self.kind is int and not isinstance(value, int):
            raise ValueError(f"{value!r:.60} is not an integer")
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} is out of range; give {self.low:.12g}..{self.high:.12g}")
        return value if self.kind is int else float(value)


FIELDS: dict[str, Field] = {
    "arch": Field(str),
    "data": Field(tuple),
    "recipe": Field(str),
    STRENGTH: Field(float, 0, 10),
    "optimizer": Field(str, choices=tuple(OPTIMIZERS)),
    "schedule": Field(str, choices=tuple(SCHEDULES)),
    "epochs": Field(int, 1, 100_000),
    "batch_size": Field(int, 1, MAX_BATCH_SIZE),
    "learning_rate": Field(float, 0, MAX_LEARNING_RATE),
    "warmup": Field(float),
    "momentum": Field(float),
    "beta2": Field(float),
    "epsilon": Field(float),
    "weight_decay": Field(float, 0, 100),
    "label_smoothing": Field(float),
    "class_balance": Field(float),
    "epoch_lr_decay": Field(float, 0, 1000),
    "outlier_ratio": Field(float, 0, 10),
    AUGMENTATION + "rotation": Field(float, 0, 180),
    **{AUGMENTATION + name: Field(float) for name in ("scale", "shear", "shift", "elastic")},
    **{AUGMENTATION + name: Field(float) for name in ("thicken", "thin")},
}
"""Every field by its name in a configuration. `recipe` is the recipe that the others change."""

RECIPE_FIELDS = [name for name in FIELDS if name in {field.name for field in fields(Recipe)}]


class Setting(NamedTuple):
    """The meaning of a combination of values: architecture, data sets and recipe."""

    arch: str
    data: tuple[str, ...]
    recipe: Recipe


def check(name: str, value: object) -> Value:
    """Return the value of a field; see `Field.check`.

    Raises:
        ValueError: as for `Field.check`, or an architecture or recipe that does not exist.
    """
    result = FIELDS[name].check(value)
    if name == "arch":
        get_spec(str(result))
    elif name == "recipe":
        get_recipe(str(result))
    return result


def resolve(values: Mapping[str, Value]) -> Setting:
    """Return what values of fields mean; a field that is missing has the recipe's value."""
    recipe = get_recipe(str(values.get("recipe", "default")))
    strength = values.get(STRENGTH, 1.0)
    augmentation = asdict(recipe.augmentation)
    if strength != 1.0:
        augmentation = {name: strength * value for name, value in augmentation.items()}
    for name, value in values.items():
        if name.startswith(AUGMENTATION):
            augmentation[name.removeprefix(AUGMENTATION)] = value
    changes: dict[str, object] = {name: values[name] for name in RECIPE_FIELDS if name in values}
    recipe = replace(recipe, augmentation=Augmentation(**augmentation), **changes)  # type: ignore[arg-type]
    arch, data = values.get("arch", DEFAULT_ARCHITECTURE), values.get("data", DEFAULT_DATA)
    return Setting(str(arch), tuple(data) if isinstance(data, tuple) else (str(data),), recipe)
