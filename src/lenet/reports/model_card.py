"""Write a model's card as Markdown: training, accuracy, intended use and limits.

Mitchell et al. 2019, Model cards for model reporting. The model file tells all of it except the
figures on other data sets, which the caller measures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lenet import __version__, metrics
from lenet._util import markdown
from lenet._util.counts import counted
from lenet.datasets.records import current_name, record_of
from lenet.errors import LenetError
from lenet.evaluation.comparability import comparability
from lenet.evaluation.evaluate import predict_dataset
from lenet.inference.recognizer import Recognizer
from lenet.labels import LETTERS
from lenet.metrics.decision import Verdict
from lenet.models import ARCHITECTURES, DEFAULT_MODEL, PRETRAINED_DIR, Architecture, layer_table
from lenet.models.file import Model

MAX_ATTRIBUTIONS = 5  # more are shown on demand
UNKNOWN = "The model file does not say.\n"


@dataclass(frozen=True)
class CardFigures:
    """A model's figures on a data set: a row of the card.

    Attributes:
        data: name of the data set, or of the official test.
        n: number of images.
        correct: images whose predicted class is the label.
        confusions_i_l: images of I predicted as L, and of L as I; None: not counted.
        ece: expected calibration error, 0..1; None: not measured.
        rejected: images with the verdict `not-a-letter`; None: not counted.
        about: what kind of data it is, or which caveats hold.
    """

    data: str
    n: int
    correct: int
    confusions_i_l: int | None = None
    ece: float | None = None
    rejected: int | None = None
    about: str = ""


def measure(recognizer: Recognizer, name: str) -> CardFigures:
    """Measure a model on a data set.

    Args:
        recognizer: the model.
        name: a DATASET, see `lenet.datasets.load`.

    Returns:
        The figures, with the caveats of `comparability`.

    Raises:
        DataError: the data set cannot be read, or its classes are not the model's.
    """
    predictions, model = predict_dataset(recognizer, name), recognizer.model
    figures, probabilities = predictions.evaluate(), predictions.probabilities
    comparable = comparability(predictions.data, model)
    verdicts = recognizer.verdicts(probabilities)
    return CardFigures(
        data=comparable.official or name,
        n=figures.n,
        correct=figures.correct,
        confusions_i_l=figures.confusions_between("I", "L"),
        ece=metrics.reliability(probabilities.max(axis=1), predictions.correct).ece,
        rejected=verdicts.count(Verdict.NOT_A_LETTER),
        about="; ".join(comparable.caveats()),
    )


def card(model: Model, reference: str, figures: Sequence[CardFigures] = (), notes: str = "") -> str:
    """Write the card of a model.

    Args:
        model: the model.
        reference: what `--model` is given to use it.
        figures: its figures on other data sets.
        notes: Markdown that follows the figures.

    Returns:
        Markdown.
    """
    name = _text(model.training.name or "unnamed")
    sections = {
        "Network": _network(model),
        "Training data": _data(model),
        "Training": _training(model),
        "Evaluation": _evaluation(model, reference, figures) + (f"\n{notes}" if notes else ""),
        "Probabilities and verdicts": _decision(model),
        "Intended use": _USE,
        "Limits": _limits(model),
        "Use and citation": _citation(model, reference, name),
    }
    default = "It is the default model.\n" if reference == DEFAULT_MODEL.stem else ""
    head = (
        f"# Model card: {name}\n\n"
        f"A network with {len(model.parameters):,} parameters that recognizes one handwritten character "
        f"at a time, out of {len(model.labels)} classes: {_text(model.labels)}.\n{default}"
        "`lenet model-card` makes this page from the model file.\n"
    )
    return head + "".join(f"\n## {title}\n\n{text}" for title, text in sections.items())


# ---- Network and training --------------------------------------------------------------------


def _network(model: Model) -> str:
    known = _architecture(model)
    rows = [[name, shape, f"{n:,}" if n else ""] for name, shape, n in layer_table(model.spec)]
    rows.append(["all", "", f"{len(model.parameters):,}"])
    origin = f"`{known.name}`: {known.origin}.\n\n" if known else ""
    return origin + markdown.table(["layer", "output", "parameters"], rows)


def _architecture(model: Model) -> Architecture | None:
    """Find the registered architecture with these layers, whatever the metadata say."""
    for known in ARCHITECTURES.values():
        try:
            spec = known.spec.with_num_classes(len(model.labels))
        except LenetError:  # too few codes for these classes
            continue
        if spec == model.spec:
            return known
    return None


def _data(model: Model) -> str:
    record = model.training
    names, weights = record.data, record.data_weights
    if len(weights) != len(names):
        weights = len(names) * (0.0,)
    total = sum(weights)
    rows = [
        [f"`{_text(current_name(name))}`", _percent(weight / total, 0) if total else "-", _licence(name)]
        for name, weight in zip(names, weights, strict=True)
    ]
    text = markdown.table(["data set", "share of an epoch", "source and licence"], rows) if rows else ""
    counts = {
        "training images": record.num_train_images,
        "validation images of the same sources": record.validation_images,
        "synthetic outliers": record.num_outliers,
    }
    listed = ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    text += f"\n{listed}.\n" if listed else ""
    if record.teachers:
        text += f"\nDistilled from {_counted(map(_text, record.teachers))}.\n"
    if number := record.withdrawn_contributors:
        text += f"\nTrained without {counted(number, 'withdrawn contributor')}.\n"
    return (text or UNKNOWN) + _attributions(record.attributions)


def _licence(name: str) -> str:
    record = record_of(name)
    return record.license if record else "unknown"


def _counted(names: Iterable[str]) -> str:
    """List names, each once with its count."""
    counts = Counter(names).items()
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in counts)


def _attributions(attributions: Sequence[str]) -> str:
    listed = "".join(f"- {_text(line)}\n" for line in attributions)
    if len(attributions) > MAX_ATTRIBUTIONS:
        summary = f"<summary>{len(attributions)} attributions</summary>"
        return f"\n<details>{summary}\n\n{listed}\n</details>\n"
    return f"\nAttributions:\n\n{listed}" if attributions else ""


def _training(model: Model) -> str:
    record = model.training
    recipe = dict(record.recipe)
    augmentation = recipe.pop("augmentation", None)
    recipe.pop("epochs", None)  # the epochs that were trained stand above
    if not record.teachers:
        recipe.pop("distillation_alpha", None)
    epochs, planned = record.epochs or 0, record.num_epochs or 0
    stopped = f" of {planned:,} (stopped early)" if planned > epochs else ""
    rows = [
        ["epochs", f"{epochs:,}{stopped}" if epochs else ""],
        ["seed", _text("" if record.seed is None else record.seed)],
        ["recipe", _settings(recipe)],
        ["augmentation", _settings(augmentation) or ("none" if recipe else "")],
        ["commit", _text(record.commit or "")],
    ]
    if record.imported:
        return f"Another program trained it; it was imported from {_settings(record.imported)}.\n"
    known = [row for row in rows if row[1]]
    if not known:
        return UNKNOWN
    return (
        markdown.table(["setting", "value"], known)
        + "\nSettings that are 0 are left out; `lenet/training/recipes.py` explains each.\n"
    )


# ---- Evaluation --------------------------------------------------------------------------------


def _evaluation(model: Model, reference: str, figures: Sequence[CardFigures]) -> str:
    n, accuracy = model.training.validation_images, model.training.metrics.get("validation_accuracy")
    text = ""
    if isinstance(accuracy, int | float) and n:
        text = f"Accuracy on the validation set: {_percent(accuracy)} (n = {n:,}); wrong labels lower it.\n"
    if not figures:
        return text + (
            "\nNo other data set was measured for this card; "
            f"`lenet model-card --model {reference} --data DATASET...` does.\n"
        )
    head = [
        "data set",
        "about",
        "n",
        "accuracy (95 % interval)",
        "accuracy, I and L merged",
        "ECE",
        "rejected",
    ]
    return f"{text}\n{markdown.table(head, map(_figures_row, figures))}"


def _figures_row(row: CardFigures) -> list[str]:
    low, high = metrics.wilson_interval(row.correct, row.n)
    accuracy = f"{_percent(row.correct / row.n)} ({100 * low:.1f} to {100 * high:.1f})"
    merged = "-" if row.confusions_i_l is None else _percent((row.correct + row.confusions_i_l) / row.n)
    ece = "-" if row.ece is None else _percent(row.ece)
    rejected = "-" if row.rejected is None else _percent(row.rejected / row.n)
    return [f"`{row.data}`", row.about, f"{row.n:,}", accuracy, merged, ece, rejected]


def _decision(model: Model) -> str:
    lines = [f"Probabilities are softmax(logits / {model.temperature:g})."]
    if model.max_entropy is not None:
        lines.append(f"An entropy above {model.max_entropy:.2f} nats gives the verdict `not-a-letter`.")
    if model.min_probability is not None:
        lines.append(f"A confidence below {_percent(model.min_probability)} gives the verdict `unsure`.")
    if calibration := model.training.calibration:
        rejected = _percent(calibration.outliers_rejected, 0)
        lines.append(
            f"These values were fitted on the validation set; they reject {rejected} of the synthetic "
            "outliers."
        )
    lines.append(
        f"Strokes are cropped, centred and drawn with a pen width of {model.pen_width:g} of their longer "
        f"side (rasterizer version {model.metadata.rasterizer_version})."
    )
    return "\n".join(lines) + "\n"


# ---- Use ---------------------------------------------------------------------------------------

_USE = (
    "Recognizing single characters that were drawn with a pen, a finger or a mouse, or photographed.\n"
    "It is meant for learning, for demonstrations, and for text entry where a person checks the result.\n"
)


def _limits(model: Model) -> str:
    lines = ["One character at a time: no words, lines or pages."]
    if model.labels == LETTERS:
        lines += [
            "Latin letters A to Z without accents. Upper and lower case are one class, named by the capital.",
            "A bare bar is an I or an l, so part of these errors cannot be avoided.",
        ]
    lines.append(
        "Characters of other scripts get a prediction too, unless they are rejected; "
        "some are not, even with high confidence."
        if model.max_entropy is not None
        else "Characters of other scripts get a prediction too: this model rejects nothing."
    )
    lines += [
        "Pictures must show one character on evenly lit paper; shadows and strong noise lower the accuracy.",
        "The accuracy was not measured for children, for old or left-handed people, or for people who "
        "learned another script first.",
        "Do not use it for decisions about people: grading, unchecked forms, identifying writers, "
        "or medical purposes.",
    ]
    records = {name: record_of(name) for name in model.trained_on}
    if shared := [name for name, record in records.items() if record and record.contains_sd19]:
        names = ", ".join(f"`{_text(name)}`" for name in shared)
        lines.append(
            f"It was trained on {names}, which may share images with the official tests of EMNIST: "
            "an accuracy on these is not an official one."
        )
    return "".join(f"- {line}\n" for line in lines)


def _citation(model: Model, reference: str, name: str) -> str:
    record = model.training
    facts = [f"seed {record.seed}"] if record.seed is not None else []
    facts += [f"commit {_text(record.commit)[:12]}"] if record.commit else []
    licence = (
        "MIT, like the package"
        if (PRETRAINED_DIR / f"{reference}.safetensors").is_file()
        else "whoever trained it decides, within the terms of the data"
    )
    return (
        f"    lenet predict --model {reference} photo.png\n    lenet serve --model {reference}\n\n"
        f"In Python: `lenet.load({reference!r}).recognize(strokes)`.\n"
        f"Licence: {licence}; the attributions above belong to it.\n"
        f"Cite it as lenet {__version__}, model {name}" + (f" ({', '.join(facts)})" if facts else "") + ".\n"
    )


# ---- Text --------------------------------------------------------------------------------------

_ESCAPED = {"<": "&lt;", "&": "&amp;"}


def _text(value: object) -> str:
    """Escape a value of a model file, so that Markdown shows it as text in one line."""
    line = " ".join(str(value).split()).replace("`", "'")
    return re.sub(r"[\\|\[\]*<&]", lambda sign: _ESCAPED.get(sign[0], "\\" + sign[0]), line)


def _percent(fraction: float, digits: int = 1) -> str:
    return f"{100 * fraction:.{digits}f} %"


def _settings(values: Any) -> str:
    """List the settings of a JSON object in a line, without zeros; "" for another JSON value."""
    items = values.items() if isinstance(values, Mapping) else ()
    return ", ".join(f"{_text(key).replace('_', ' ')} {_text(value)}" for key, value in items if value)
