"""Trains the nets that were found here, several seeds each, and measures them.

    python -m benchmarks.accuracy.recipes                          # trains the missing models, about an hour
    python -m benchmarks.accuracy.recipes --nets modern-l --seeds 1 2
    python -m benchmarks.accuracy.recipes --again                  # measures what was trained before, again
    python -m benchmarks.accuracy.recipes --ship                   # puts the best seeds into the package
    python -m benchmarks.accuracy.recipes --only-table             # measures nothing

Models go to build/recipes, figures to benchmarks/results/recipes.json after each training, and the
table to benchmarks/README.md. What a net is measured on it was not trained on: other writers
(unipen_dev), the held-out fifths of the scans, and other people with a mouse (omniglot_latin). The
best seed has the highest accuracy on unipen_dev; omniglot_latin chooses nothing.

The largest net learns from the labels. The others learn from what its seeds together answer to a
transfer set (`Recipe.transfer_set_size`).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.lib.measuring import (
    RESULTS,
    ROOT,
    Benchmark,
    arguments,
    machine,
    measured_on,
    read_json,
    write_json,
)
from tqdm import tqdm

from lenet import ink, metrics, models
from lenet._util import markdown
from lenet.datasets import Dataset, Rendering, load
from lenet.datasets.registry import find
from lenet.evaluation.calibrate import calibrated
from lenet.inference.recognizer import Recognizer
from lenet.metrics.decision import Verdict, entropy
from lenet.models import PRETRAINED_DIR, Model, load_model, save_model
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Augmentation, Recipe
from lenet.training.trainer import prepare

NAME = "recipes"
TEACHER = "modern-l"
NETS = (TEACHER, "modern-s", "holzweber2021")
SEEDS = (1, 2, 3, 4, 5)
THREADS = 2
ROUGH = "unipen_rough"  # of which 5 to 15 % have another label than they should
# Sources and how much of an epoch each makes up: chosen on unipen_dev and the held-out fifths.
DATA = {
    "unipen_train": 0.45,
    ROUGH: 0.1,
    "sd19_letters:train": 0.25,
    "az_sample:train": 0.08,
    "font-letters": 0.12,
}
RENDERS_PER_DRAWING = {"unipen_train": 8, ROUGH: 2}
STROKE_JITTER = (0, 1)  # strength for each render, in turn
PENS, PEN = (0.06, 0.2), 0.1
MILDER = Augmentation(rotation=10, scale=0.12, shear=0.2, shift=0.02, elastic=0.05, thicken=0.16, thin=0.1)
ALONE = Recipe(epochs=10, class_balance=0.5, outlier_ratio=0.1, augmentation=MILDER)
TAUGHT = replace(ALONE, transfer_set_size=600_000, distillation_alpha=1)
NO_LETTERS = "not_letters_dev"
TESTS = ("unipen_dev", "sd19_letters:test", "az_sample:test", "omniglot_latin")
DRAWN = ("unipen_dev", "omniglot_latin")  # by people with a pen or a mouse
BARS = ("unipen_dev", "sd19_letters:test")  # where there are bare bars
MODELS = ROOT / "build" / NAME


def letters() -> Dataset:
    """Load the training data."""
    return Dataset.concatenate(
        [
            load(name, rendering=Rendering(PENS, RENDERS_PER_DRAWING.get(name, 1), STROKE_JITTER))
            for name in DATA
        ]
    )


def teachers() -> tuple[Model, ...]:
    """All seeds of the net that teaches. Raises SystemExit for one that was not trained here."""
    paths = [MODELS / f"{TEACHER}-{seed}.safetensors" for seed in SEEDS]
    if missing := [path.name for path in paths if not path.exists()]:
        raise SystemExit(f"recipes: no {missing[0]} in {MODELS}; train {TEACHER} first")
    return tuple(map(load_model, paths))


def well_labelled(validation: Dataset) -> Dataset:
    """Return the letters for temperature and thresholds.

    Wrong labels are left out, because they would make a network look overconfident.
    """
    return validation.take(validation.sources != list(DATA).index(ROUGH))


def trained(net: str, seed: int, data: Dataset) -> tuple[Model, float]:
    """A model, and the seconds that it took."""
    begin = time.perf_counter()
    about = f"{net}, seed {seed}"
    with tqdm(desc=f"{about}: asking teachers", unit="image", disable=None, leave=False) as bar:
        training = prepare(
            net,
            data,
            ALONE if net == TEACHER else TAUGHT,
            TrainingOptions(
                seed=seed,
                threads=THREADS,
                teachers=() if net == TEACHER else teachers(),
                data_weights=tuple(DATA.values()),
                pen_width=PEN,
            ),
            progress=bar.update,
        )
    with tqdm(total=training.steps * training.num_epochs, desc=about, unit="step", disable=None) as bar:
        for _ in training.epochs(bar.update):
            pass
    model = calibrated(training.model(), well_labelled(training.validation))
    return model, time.perf_counter() - begin


def measured(model: Model, tests: dict[str, Dataset], others: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """How much of each test a model reads, how true its probabilities are, and what it declines.

    others  uint8 (n, 28, 28), drawings that are no letter
    """
    recognizer = Recognizer(model)
    figures: dict[str, Any] = {}
    outside = recognizer.probabilities(others)
    for name, data in tests.items():
        inside = recognizer.probabilities(data.images)
        score = metrics.classification_metrics(inside, data.labels)
        sure = metrics.reliability(inside.max(axis=1), inside.argmax(axis=1) == data.labels)
        figures[name] = {
            "n": score.n,
            "right": score.correct,
            "il": score.confusions_between("I", "L"),
            "rejected": recognizer.verdicts(inside).count(Verdict.NOT_A_LETTER),
            "ece": sure.ece,
            "auroc": metrics.auroc(-entropy(inside), -entropy(outside)),
        }
        if name in DRAWN:
            figures[name]["missed"] = np.flatnonzero(inside.argmax(axis=1) != data.labels).tolist()
    declined = recognizer.verdicts(outside).count(Verdict.NOT_A_LETTER)
    figures[NO_LETTERS] = {"n": len(others), "rejected": declined}
    return figures


def no_letters() -> npt.NDArray[np.uint8]:
    """Drawings of other scripts, none a Latin letter; they chose nothing."""
    drawings = ink.read_drawings(find(NO_LETTERS))
    return np.stack([np.asarray(ink.rasterize(drawing.strokes, PEN)) for drawing in drawings])


def accuracy(run: dict[str, Any], test: str) -> float:
    """In per cent."""
    return share(run, test, "right")


def accuracy_merging_i_l(run: dict[str, Any], test: str) -> float:
    """Accuracy in per cent if I and L were one class; a bare bar is either."""
    return accuracy(run, test) + share(run, test, "il")


def share(run: dict[str, Any], test: str, figure: str) -> float:
    """In per cent of the test's drawings."""
    return 100 * float(run["found"][test][figure]) / float(run["found"][test]["n"])


def spread(values: list[float], digits: int = 1) -> str:
    """Mean and standard deviation."""
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"


def table(results: dict[str, Any]) -> str:
    """Two tables, a line for each net: what it reads, and what its confidence is worth."""
    nets: dict[str, list[dict[str, Any]]] = {}
    for run in results["runs"]:
        nets.setdefault(run["net"], []).append(run)
    first = results["runs"][0]["found"]
    head = ["net", "parameters", "seeds"]
    head += [f"`{test}`, n = {first[test]['n']:,}" for test in TESTS]
    head += [f"`{test}`, I and L merged" for test in BARS]
    head += ["best seed on `unipen_dev`: `omniglot_latin`"]
    reading, judging = [], []
    for net, runs in nets.items():
        best = max(runs, key=lambda run: accuracy(run, "unipen_dev"))
        parameters = models.ARCHITECTURES[net].parameters
        reading.append(
            [
                *(net, f"{parameters:,}", str(len(runs))),
                *(spread([accuracy(run, test) for run in runs]) for test in TESTS),
                *(spread([accuracy_merging_i_l(run, test) for run in runs]) for test in BARS),
                f"{best['seed']}: {accuracy(best, 'omniglot_latin'):.1f}",
            ]
        )
        cells = [spread([100 * run["found"][test]["ece"] for run in runs]) for test in DRAWN]
        cells += [spread([share(run, test, "rejected") for run in runs]) for test in DRAWN]
        cells += [spread([share(run, NO_LETTERS, "rejected") for run in runs])]
        cells += [spread([run["found"][test]["auroc"] for run in runs], 3) for test in DRAWN]
        judging.append([net, *cells])
    other = ["net", "ECE, `unipen_dev`", "`omniglot_latin`"]
    other += ["rejected: `unipen_dev`", "`omniglot_latin`", f"`{NO_LETTERS}`"]
    other += [f"AUROC against `{NO_LETTERS}`: `unipen_dev`", "`omniglot_latin`"]
    about = "Per cent (AUROC: 0 to 1), mean and standard deviation over the seeds."
    return (
        f"{markdown.table(head, reading)}\n{markdown.table(other, judging)}\n"
        f"{in_common(results['runs'])}\n\n{about} {measured_on(results['machine'])}\n"
    )


def in_common(runs: list[dict[str, Any]]) -> str:
    """How many letters are misread by many: what another net would hardly read either."""
    sentences = []
    for test in DRAWN:
        times = Counter(place for run in runs for place in run["found"][test]["missed"])
        every = sum(count == len(runs) for count in times.values())
        most = sum(2 * count > len(runs) for count in times.values())
        n = runs[0]["found"][test]["n"]
        sentences.append(f"{every} letters of `{test}` by all, {most} by most, of {n:,}")
    return f"Misread by these {len(runs)} networks: {'; '.join(sentences)}."


def missing(nets: list[str], seeds: list[int], runs: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Return the networks and seeds that are not trained yet."""
    done = {(run["net"], run["seed"]) for run in runs}
    return [(net, seed) for net in nets for seed in seeds if (net, seed) not in done]


def measure(nets: list[str], seeds: list[int]) -> None:
    """Train and record the missing networks, one after another."""
    path = RESULTS / f"{NAME}.json"
    runs = read_json(NAME)["runs"] if path.exists() else []
    wanted = missing(nets, seeds, runs)
    if not wanted:
        return
    where = machine(timed=False)
    data = letters()
    questions = asked()
    MODELS.mkdir(parents=True, exist_ok=True)
    for net, seed in wanted:
        model, seconds = trained(net, seed, data)
        save_model(MODELS / f"{net}-{seed}.safetensors", model)
        figures = measured(model, *questions)
        runs.append({"net": net, "seed": seed, "seconds": round(seconds, 1), "found": figures})
        runs.sort(key=lambda run: (NETS.index(run["net"]), run["seed"]))
        write_json(NAME, {"machine": where, "runs": runs})


def measure_again() -> None:
    """Measure all models on record, as they were trained."""
    results, questions = read_json(NAME), asked()
    for run in results["runs"]:
        model = load_model(MODELS / f"{run['net']}-{run['seed']}.safetensors")
        run["found"] = measured(model, *questions)
    write_json(NAME, results)


def asked() -> tuple[dict[str, Dataset], npt.NDArray[np.uint8]]:
    """The letters that measure, and drawings that are none."""
    return {name: load(name, rendering=Rendering((PEN, PEN))) for name in TESTS}, no_letters()


def ship(nets: list[str]) -> None:
    """Put the seed that reads most of unipen_dev of each net into the package."""
    for net in nets:
        runs = [run for run in read_json(NAME)["runs"] if run["net"] == net]
        if not runs:
            continue
        best = max(runs, key=lambda run: accuracy(run, "unipen_dev"))
        model = load_model(MODELS / f"{net}-{best['seed']}.safetensors")
        save_model(PRETRAINED_DIR / f"{net}.safetensors", model)
        print(f"{PRETRAINED_DIR.relative_to(ROOT) / net}.safetensors: seed {best['seed']}")


BENCHMARK = Benchmark("accuracy/recipes.py", NAME, table, timed=False)


def main() -> int:
    """Trains, records, and writes the table."""
    parser = arguments(__doc__)
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS), metavar="NET")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--again", action="store_true", help="train nothing; measure again")
    parser.add_argument("--ship", action="store_true", help="train nothing; choose and copy")
    options = parser.parse_args()
    if options.ship:
        ship(options.nets)
        return 0
    if options.again:
        measure_again()
    elif not options.only_table:
        measure(options.nets, options.seeds)
    return BENCHMARK.publish(None)


if __name__ == "__main__":
    sys.exit(main())
