"""Configurations of sweeps: combinations, draws, and errors that name the key."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from lenet.errors import DataError
from lenet.sweep.config import MAX_TRIALS, Halving, Range, RungSchedule, SweepConfig, read_config
from lenet.sweep.fields import resolve
from lenet.sweep.plan import make_plan
from lenet.training.recipes import NO_AUGMENTATION, Augmentation, Recipe, get_recipe
from made_sweep import plan


def read(folder: Path, text: str) -> SweepConfig:
    path = folder / "sweep.toml"
    path.write_text(text)
    return read_config(path)


def test_a_grid_is_every_combination_with_every_seed(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        'seeds = [3, 5]\n[fixed]\nepochs = 2\n[grid]\narch = ["lenet1", "lenet5"]\nbatch_size = [8, 16, 32]',
    )
    assert config.num_trials == 12
    combinations = list(config.combinations())
    assert len(combinations) == 6
    assert {(c["arch"], c["batch_size"], c["epochs"]) for c in combinations} == {
        (arch, size, 2) for arch in ("lenet1", "lenet5") for size in (8, 16, 32)
    }


def test_draws_are_counted_random_numbers(tmp_path: Path) -> None:
    text = """[random]
draws = DRAWS
seed = 7
learning_rate = { min = 1e-4, max = 1e-1, log = true }
batch_size = { min = 3, max = 5 }
optimizer = ["sgd", "adamw"]
"""
    few, many = (list(read(tmp_path, text.replace("DRAWS", n)).combinations()) for n in ("20", "400"))
    assert many[:20] == few
    assert {values["batch_size"] for values in many} == {3, 4, 5}
    assert {values["optimizer"] for values in many} == {"sgd", "adamw"}
    rates = np.array([values["learning_rate"] for values in many], float)
    assert 1e-4 <= rates.min() <= rates.max() <= 1e-1
    assert np.histogram(np.log10(rates), 3, (-4, -1))[0].min() > 100
    other = list(read(tmp_path, text.replace("DRAWS", "20").replace("seed = 7", "seed = 8")).combinations())
    assert other != few


def test_a_range_of_integers_reaches_both_ends() -> None:
    source = Range(1, 8, is_log=True, is_integer=True)
    values = [source.at(fraction) for fraction in np.linspace(0, 1, 1000, endpoint=False)]
    assert set(values) == set(range(1, 9))
    assert values.count(1) > 3 * values.count(8)


def test_values_make_a_recipe() -> None:
    setting = resolve({"augmentation_strength": 0.5, "augmentation.rotation": 3.0, "learning_rate": 0.1})
    half = {name: value / 2 for name, value in vars(Augmentation()).items()}
    assert setting.recipe == Recipe(learning_rate=0.1, augmentation=Augmentation(**{**half, "rotation": 3.0}))
    assert setting.arch == "modern-s"
    assert resolve({"augmentation_strength": 0.0}).recipe.augmentation == NO_AUGMENTATION
    assert resolve({"recipe": "holzweber2021", "epochs": 3}).recipe.optimizer == "sgd"
    assert resolve({"recipe": "holzweber2021"}).recipe == get_recipe("holzweber2021")


def test_halving(tmp_path: Path) -> None:
    assert read(tmp_path, "").halving is None
    assert read(tmp_path, "[halving]").halving == Halving(3, 1, RungSchedule.OWN)
    config = read(tmp_path, '[halving]\neta = 2\nmin_epochs = 4\nschedule = "shared"')
    assert config.halving == Halving(2, 4, RungSchedule.SHARED)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = b", "not TOML ("),
        ("sedes = [1]", "sedes: no such key; did you mean seeds?"),
        ("seeds = [1, 1]", "seeds: is not a list of different integers"),
        ("seeds = [-1]", "seeds: -1 is not an integer of 0..4294967295"),
        ("seeds = [true]", "seeds: True is not an integer"),
        ("validation = 3", "validation: is not the name of a data set"),
        ("grid = 3", "grid: is not a table; write [grid]"),
        ("[grid]\nlearning_rte = [1]", "grid.learning_rte: no such key; did you mean learning_rate?"),
        ("[grid]\nlearning_rate = 1", "grid.learning_rate: is not a list"),
        ("[grid]\nlearning_rate = [0.1, 0.1]", "grid.learning_rate: has a value twice"),
        ("[grid]\nbatch_size = [8.5]", "grid.batch_size: 8.5 is not an integer"),
        ("[grid]\nbatch_size = [0]", "grid.batch_size: 0 is out of range; give 1..65536"),
        ("[fixed]\nlearning_rate = nan", "fixed.learning_rate: nan is out of range"),
        ("[fixed]\nwarmup = true", "fixed.warmup: True is not a number"),
        ("[fixed]\narch = 'lenet'", "fixed.arch: lenet: "),
        ("[fixed]\noptimizer = 'adam'", "fixed.optimizer: 'adam' is not one of sgd, adamw"),
        ("[fixed]\nrecipe = 'best'", "fixed.recipe: best: no such recipe"),
        ("[fixed]\ndata = 'font-letters'", "fixed.data: 'font-letters' is not a list of data sets"),
        ("[fixed.augmentation]\nrotate = 1", "fixed.augmentation.rotate: no such key; did you mean"),
        ("[fixed]\nepochs = 1\n[grid]\nepochs = [1]", "grid.epochs: is in [fixed], too"),
        ("[random]\nepochs = [1, 2]", "random.draws: is missing"),
        ("[random]\ndraws = 1\nepochs = 3", "random.epochs: is not a list of values"),
        ("[random]\ndraws = 1\narch = { min = 1, max = 2 }", "random.arch: is not a list of values"),
        ("[random]\ndraws = 1\nepochs = { min = 1 }", "random.epochs: is not a range"),
        ("[random]\ndraws = 1\nepochs = { min = 1, maxi = 2 }", "random.epochs.maxi: no such key"),
        ("[random]\ndraws = 1\nepochs = { min = 3, max = 2 }", "random.epochs: min is greater than max"),
        ("[random]\ndraws = 1\nwarmup = { min = 0, max = 1, log = true }", "or not positive with log"),
        ("[halving]\neta = 1", "halving.eta: 1 is not an integer of 2..100"),
        ("[halving]\nschedule = 'x'", "halving.schedule: 'x' is not one of own, shared"),
        ("[random]\ndraws = 100000\nepochs = [1]\n[grid]\nbatch_size = [1, 2]", "200,000 trainings"),
    ],
)
def test_errors_name_the_file_and_the_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'sweep.toml'}: ")
    assert message in line
    assert "\n" not in line


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such file"):
        read_config(tmp_path / "sweep.toml")


def test_sets_for_evaluation_are_neither_trained_nor_chosen_on(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unipen_dev: is for evaluation and is not trained on"):
        plan_of(tmp_path, '[fixed]\ndata = ["unipen_dev"]')
    for name in ("omniglot_latin", "not_letters_dev"):
        with pytest.raises(DataError, match=f"{name}: only measures models that were chosen"):
            plan_of(tmp_path, f'validation = "{name}"')


def test_training_data_do_not_measure_a_training(tmp_path: Path) -> None:
    fixed = '[fixed]\ndata = ["font-letters{}", "font-strokes"]'
    with pytest.raises(DataError, match="font-letters:train: is trained on, too; give other letters"):
        plan_of(tmp_path, f'validation = "font-letters:train"\n{fixed.format("")}')
    with pytest.raises(DataError, match="font-letters: is trained on, too"):
        plan_of(tmp_path, f'validation = "font-letters"\n{fixed.format(":train")}')


def plan_of(folder: Path, text: str) -> None:
    """Make a plan; the sets for evaluation are files that exist."""
    for name in ("unipen_dev", "omniglot_latin", "not_letters_dev"):
        place = folder / "shared" / "strokes" / f"{name}.jsonl.gz"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LENET_SHARED", str(folder / "shared"))
        make_plan(read(folder, text))


def test_ten_thousand_trials_are_planned_quickly(tmp_path: Path) -> None:
    begin = time.process_time()
    trials = plan(
        tmp_path,
        'seeds = [0, 1]\n[fixed]\ndata = ["LETTERS"]\n[random]\ndraws = 5000\n'
        "learning_rate = { min = 0.0001, max = 1 }\nweight_decay = { min = 0, max = 1 }",
    ).trials
    assert len({trial.digest for trial in trials}) == 10_000
    assert time.process_time() - begin < 10
    assert MAX_TRIALS >= 10_000


def test_no_trial(tmp_path: Path) -> None:
    for text in ("seeds = []", "[grid]\narch = []", "[random]\ndraws = 0\nepochs = [1]"):
        assert plan(tmp_path, text).trials == ()
