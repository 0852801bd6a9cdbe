"""Records hashes of what the package computes, and names what differs from an earlier record.

    python tools/fingerprint.py --write tools/fingerprint.json
    python tools/fingerprint.py --compare tools/fingerprint.json
    python tools/fingerprint.py --compare tools/fingerprint.json --only weights,exports

Behaviour that must stay equal while code is moved is recorded before and compared after. Only
numbers enter a hash; names, metadata and digests do not. The engine's baseline instruction set
computes everything, because the last bits of a sum differ between instruction sets.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exported_tensors import READERS, digest, safetensors

os.environ["LENET_ISA"] = "baseline"  # before the package opens its library

# ---- The package: a renamed module or function changes only this section ------------------------

from lenet import ink
from lenet._util.paths import shared_folder
from lenet.datasets import Dataset, Rendering, load, train_test_split, train_validation_split
from lenet.datasets.splits import holdout_mask
from lenet.errors import LenetError, MissingDependencyError
from lenet.evaluation.calibrate import calibrated
from lenet.evaluation.evaluate import predict_dataset
from lenet.evaluation.measure import measure_report
from lenet.exporters import FORMATS, export
from lenet.inference.recognizer import Recognizer
from lenet.inference.recognizer import load as load_recognizer
from lenet.models import Model, save_model
from lenet.training.options import TrainingOptions
from lenet.training.recipes import Recipe
from lenet.training.trainer import Trainer, prepare

SHARED = ("omniglot_latin", "unipen_dev")
PRETRAINED = ("modern-s", "modern-l", "holzweber2021")


def train_sgd(data: Dataset) -> Trainer:
    """A network of 1998 (tanh, subsampling, connection table, RBF) with augmentation."""
    recipe = Recipe(optimizer="sgd", schedule="constant", batch_size=32, learning_rate=0.02, epochs=2)
    return trained(prepare("lenet5", data, recipe, TrainingOptions(seed=1)))


def train_adamw(data: Dataset) -> Trainer:
    """The default architecture with augmentation and outliers."""
    recipe = Recipe(batch_size=64, epochs=2, outlier_ratio=0.25)
    return trained(prepare("modern-s", data, recipe, TrainingOptions(seed=2)))


def train_distilled(data: Dataset) -> Trainer:
    """A student of one teacher on a transfer set."""
    recipe = Recipe(batch_size=64, epochs=2, transfer_set_size=1500)
    teachers = (load_recognizer("modern-s").model,)
    return trained(prepare("holzweber2021", data, recipe, TrainingOptions(seed=3, teachers=teachers)))


def trained(training: Trainer) -> Trainer:
    """The training after its last epoch."""
    for _ in training.epochs():
        pass
    return training


def thresholds(training: Trainer) -> list[float | None]:
    """Temperature and thresholds, as fitted to the validation part."""
    model = calibrated(training.model(), training.validation)
    return [model.temperature, model.max_entropy, model.min_probability]


def training_images() -> Images:
    """The package's traced letters drawn at random pen widths, by a steady and an unsteady hand."""
    rendering = Rendering((0.07, 0.22), renders_per_drawing=2, stroke_jitter=(0, 1), seed=4)
    return load("font-strokes", rendering=rendering).images


def report(spec: str) -> dict[str, Any]:
    """The parts of an evaluation report that are measured, without what it says of the model."""
    recognizer = load_recognizer("modern-s")
    measured = measure_report(recognizer, [predict_dataset(recognizer, spec)]).to_json()
    return {
        "sets": measured["datasets"],
        "not_letters": [measured["rejection"], measured["blank"]],
        "robustness": measured["robustness"],
    }


# ---- Hashes -------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "tests" / "data" / "vectors" / "ink.json"
FORMAT = "lenet-fingerprint/1"
FAILED = "failed: "
INSTRUCTIONS_MARGIN = 0.01

Images = npt.NDArray[np.uint8]
Value = str | int
Measured = Iterator[tuple[str, Callable[[], Value]]]


class NotMeasuredError(Exception):
    """A value needs data or a package that is missing."""


def digest_of_json(value: Any) -> str:
    """SHA-256 of the numbers in a JSON value, sorted: keys, their order and texts do not enter."""
    numbers = sorted(f"{number:.10g}" for number in _numbers(value))
    return hashlib.sha256("\n".join(numbers).encode()).hexdigest()


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


# ---- What is measured ---------------------------------------------------------------------------


def letters(count: int) -> Dataset:
    """Letters of fonts that come with the package, evenly spread over them."""
    data = load("font-letters")
    return data.take(np.linspace(0, len(data) - 1, count).astype(int))


def weights() -> Measured:
    """Weights after short trainings, and the thresholds fitted to them."""
    data = letters(1000)
    for name, train in (
        ("SGD, lenet5", train_sgd),
        ("AdamW, modern-s, outliers", train_adamw),
        ("AdamW, holzweber2021, distilled", train_distilled),
    ):
        training = train(data)
        yield name, partial(digest, training.model().parameters)
        yield f"{name}: thresholds", partial(digest_of_json, thresholds(training))


def ink_images() -> dict[str, Images]:
    """The ink vectors as they are rasterized now."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    strokes = [ink.rasterize(vector["strokes"], vector["pen"]) for vector in vectors["strokes"]]
    pictures = [
        ink.rasterize_picture(
            np.frombuffer(bytes.fromhex(vector["picture"]), np.uint8).reshape(vector["height"], -1)
        )
        for vector in vectors["pictures"]
    ]
    return {"strokes": np.stack(strokes), "pictures": np.stack(pictures)}  # type: ignore[arg-type]


def inks() -> Measured:
    """Rasterized images."""
    for name, images in ink_images().items():
        yield f"vectors, {name}", partial(digest, images)
    yield "images to train on", lambda: digest(training_images())


def probabilities() -> Measured:
    """Probabilities of the pretrained models."""
    for name in PRETRAINED:
        recognizer = load_recognizer(name)
        images = np.concatenate(list(ink_images().values()))
        yield f"{name} on the ink vectors", partial(digest, recognizer.probabilities(images))
        for spec in ("font-strokes:test", *SHARED):
            yield f"{name} on {spec}", partial(_answers, recognizer, spec)


def _answers(recognizer: Recognizer, spec: str) -> str:
    if spec in SHARED and shared_folder() is None:
        raise NotMeasuredError("no shared folder with the data sets")
    pen = recognizer.model.pen_width
    return digest(recognizer.probabilities(load(spec, rendering=Rendering((pen, pen))).images))


def exports() -> Measured:
    """Tensors of the files in every format, of a network of today and of one of 1998."""
    data = letters(1000)
    classic = train_sgd(letters(3000)).model()
    for name, model in (
        ("modern-s", load_recognizer("modern-s").model),
        ("lenet5", classic),
    ):
        for format_ in FORMATS:
            yield f"{name} to {format_}", partial(_exported, model, format_, data)
        yield f"{name}, model file of 8 bits", partial(_saved, model)


def _exported(model: Model, name: str, data: Dataset) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            written = export(model, [name], Path(folder), train_test_split(data))
        except MissingDependencyError as reason:
            raise NotMeasuredError(str(reason)) from None
        read = [READERS[p.suffix](p) for exported in written for p in exported.files if p.suffix in READERS]
    if not read:
        raise NotMeasuredError("no reader for its files")
    return hashlib.sha256(" ".join(read).encode()).hexdigest()


def _saved(model: Model) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_model(path, model, quantize="int8")
        return safetensors(path)


def reports() -> Measured:
    """The numbers of an evaluation report, in any order."""
    figures = report("font-strokes:test")
    for name in figures:
        yield name.replace("_", " "), partial(digest_of_json, figures[name])


def splits() -> Measured:
    """Which images validate, and which are held out for good."""
    for name in ("font-letters", "font-strokes"):
        data = load(name)
        for seed in (0, 1):
            part = train_validation_split(data, 0.1, seed)[1]
            yield f"validation of {name}, seed {seed}", partial(digest, part.images, part.labels)
        yield f"fifth of {name}", partial(digest, holdout_mask(data))


def instructions() -> Measured:
    """Instructions of the engine's calls, counted by Valgrind."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NotMeasuredError("counted on x86-64 Linux alone")
    if not shutil.which("valgrind"):
        raise NotMeasuredError("valgrind is not installed")
    sys.path.insert(0, str(ROOT))
    from benchmarks.engine import instructions as benchmark

    calls = [call for call in benchmark.possible() if call[0] == "baseline"]
    try:
        counts = benchmark.count(calls)
    except SystemExit as reason:
        raise LenetError(str(reason)) from None
    for (_, case), count in counts.items():
        yield case, partial(int, count)


GROUPS: dict[str, Callable[[], Measured]] = {
    "weights": weights,
    "ink": inks,
    "probabilities": probabilities,
    "exports": exports,
    "report": reports,
    "splits": splits,
    "instructions": instructions,
}


def measure(groups: list[str]) -> dict[str, dict[str, Value]]:
    """The values of each group by their names; says what could not be measured.

    What the package refuses to compute is a value too, "failed: ..." and why.
    """
    values: dict[str, dict[str, Value]] = {}
    for group in groups:
        print(f"{group} ...", file=sys.stderr, flush=True)
        values[group] = {}
        try:
            for name, value in GROUPS[group]():
                try:
                    values[group][name] = value()
                except LenetError as error:
                    values[group][name] = f"{FAILED}{error}"
                except NotMeasuredError as reason:
                    print(f"not measured: {group}: {name}: {reason}", file=sys.stderr)
        except LenetError as error:
            values[group][group] = f"{FAILED}{error}"
        except NotMeasuredError as reason:
            print(f"not measured: {group}: {reason}", file=sys.stderr)
    return values


def differences(
    recorded: Mapping[str, Mapping[str, Value]], measured: Mapping[str, Mapping[str, Value]]
) -> list[str]:
    """A line for each value that differs from its record or was never recorded."""
    lines = []
    for group, values in measured.items():
        for name, value in values.items():
            before = recorded.get(group, {}).get(name)
            if str(value).startswith(FAILED):
                lines.append(f"{group}: {name}: {value}")
            elif before is None:
                lines.append(f"{group}: {name}: never recorded")
            elif isinstance(before, int) and isinstance(value, int):
                if abs(value - before) > INSTRUCTIONS_MARGIN * before:
                    lines.append(f"{group}: {name}: {before:,} -> {value:,}")
            elif value != before:
                lines.append(f"{group}: {name}: differs")
    return lines


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path, metavar="FILE", help="record into a file")
    action.add_argument(
        "--compare", type=Path, metavar="FILE", help="name each difference; exit status 1 if any"
    )
    parser.add_argument(
        "--only", metavar="GROUP[,GROUP...]", help=f"some of {', '.join(GROUPS)} (default: all)"
    )
    options = parser.parse_args()
    groups = options.only.split(",") if options.only else list(GROUPS)
    if unknown := set(groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; known: {', '.join(GROUPS)}")
    recorded: dict[str, Any] = {}
    if options.compare or options.write.exists():
        recorded = json.loads((options.compare or options.write).read_text(encoding="utf-8"))
    measured = measure(groups)
    if options.write and (failed := [line for line in differences({}, measured) if FAILED in line]):
        raise SystemExit("nothing written; " + "; ".join(failed))
    if options.write:
        machine = f"{platform.system()} {platform.machine()}, NumPy {np.__version__}"
        whole = {**recorded, "format": FORMAT, "measured on": machine, **measured}
        options.write.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {options.write}")
        return 0
    lines = differences(recorded, measured)
    equal = sum(map(len, measured.values())) - len(lines)
    absent = sum(name not in measured[group] for group in measured for name in recorded.get(group, {}))
    print(*lines, f"{equal} values equal to {options.compare}, {absent} not measured", sep="\n")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
