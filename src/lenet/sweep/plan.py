"""The plan of a sweep: its trials, with the data that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lenet.datasets import Dataset, load, load_all
from lenet.datasets.registry import DatasetRef, is_for_evaluation
from lenet.errors import DataError
from lenet.sweep.config import Halving, SweepConfig
from lenet.sweep.fields import resolve
from lenet.sweep.shared_data import SharedData, write_shared
from lenet.sweep.trial import RENDERING, Trial, code_digest, data_digest, recipe_from_json, recipe_to_json

CHOOSING = "unipen_dev"
"""The evaluation set on which models are chosen; on the others they are only measured."""

Names = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """The trials of a sweep.

    Attributes:
        trials: each configuration with each seed, all different.
        data: the training data by their DATASETs.
        validation: the letters that measure all trainings; None: the tenth of each.
        halving: how successive halving stops trainings; None: all are trained to the end.
    """

    trials: tuple[Trial, ...]
    data: Mapping[Names, Dataset]
    validation: Dataset | None = None
    halving: Halving | None = None

    @property
    def epochs(self) -> int:
        """Epochs of the full grid: all trials to the end."""
        return sum(trial.recipe.epochs for trial in self.trials)


def make_plan(config: SweepConfig, progress: Callable[[str], object] = lambda name: None) -> Plan:
    """Read the data of a configuration and list its trials.

    Args:
        config: the configuration.
        progress: called with each DATASET before it is read.

    Raises:
        LenetError: data cannot be read, are only for evaluation, or train and measure at once.
    """
    settings = [resolve(values) for values in config.combinations()]
    names = list(dict.fromkeys(setting.data for setting in settings))
    for spec in {spec for group in names for spec in group}:
        if is_for_evaluation(spec):
            raise DataError(f"{spec}: is for evaluation and is not trained on; give other data")
    if config.validation and settings:
        _check_validation(config.validation, {spec for group in names for spec in group})
    data = {group: load_all(group, progress=progress, rendering=RENDERING) for group in names}
    validation = None
    if config.validation and settings:
        progress(config.validation)
        validation = load(config.validation)
    digests = {group: data_digest(dataset) for group, dataset in data.items()}
    of_validation = None if validation is None else data_digest(validation)
    trials = [
        Trial(
            setting.arch,
            setting.data,
            digests[setting.data],
            config.validation,
            of_validation,
            recipe_from_json(recipe_to_json(setting.recipe)),
            seed,
            code_digest(),
        )
        for setting in settings
        for seed in config.seeds
    ]
    return Plan(tuple({trial.digest: trial for trial in trials}.values()), data, validation, config.halving)


def _check_validation(spec: str, training: Iterable[str]) -> None:
    """Refuse a data set on which nothing is chosen, or which shares letters with the training data."""
    if is_for_evaluation(spec) and spec != CHOOSING:
        raise DataError(
            f"{spec}: only measures models that were chosen; give {CHOOSING}, or leave out `validation`"
        )
    validation = DatasetRef.parse(spec)
    if any(validation.overlaps(DatasetRef.parse(name)) for name in training):
        raise DataError(f"{spec}: is trained on, too; give other letters, or leave out `validation`")


@dataclass(frozen=True)
class SharedPlan:
    """Where the processes of a sweep find the data of a trial."""

    data: Mapping[Names, SharedData]
    validation: SharedData | None


def share(plan: Plan, folder: Path) -> SharedPlan:
    """Write the data of a plan below a folder, unless they are there.

    Raises:
        LenetError: they cannot be written.
    """
    digests = {trial.data: trial.data_digest for trial in plan.trials}
    data = {names: write_shared(folder, plan.data[names], digest) for names, digest in digests.items()}
    if plan.validation is None:
        return SharedPlan(data, None)
    return SharedPlan(data, write_shared(folder, plan.validation, data_digest(plan.validation)))
