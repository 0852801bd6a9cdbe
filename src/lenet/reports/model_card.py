"""A model's card: what it is, what it learned from, what it is for and what not, as Markdown.

After Mitchell et al. 2019, Model cards for model reporting. All of it comes from the model file,
but for the figures on other data, which come from whoever measured them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lenet import __version__, metrics
from lenet.datasets.records import record_of
from lenet.errors import LenetError
from lenet.evaluation.comparability import comparability
from lenet.evaluation.evaluate import predict_dataset
from lenet.inference.recognizer import Recognizer
from lenet.labels import LETTERS
from lenet.metrics.decision import Verdict, judge
from lenet.models import ARCHITECTURES, DEFAULT_MODEL, PRETRAINED_DIR, Architecture, layer_table
from lenet.models.file import Model

FEW = 5  # credits that are shown without being asked for


@dataclass(frozen=True)
class Figure:
    """What a model reached on a data set.

    data      how the set is called
    n, right  images, and those read rightly
    i_l       errors that are an I for an L or the reverse; None: nobody counted
    ece       expected calibration error, 0..1; None: nobody measured
    rejected  images taken for no letter; None: nobody counted
    about     what kind of data it is
    """

    data: str
    n: int
    right: int
    i_l: int | None = None
    ece: float | None = None
    rejected: int | None = None
    about: str = ""


def measure(recognizer: Recognizer, spec: str) -> Figure:
    """A model's figure on the data set of a SPEC. Raises LenetError as `predict_dataset`."""
    answers = predict_dataset(recognizer, spec)
    data, shares = answers.data, answers.probabilities
    found = metrics.classification_metrics(shares, data.labels, data.classes)
    stands = comparability(data, recognizer.model)
    return Figure(
        stands.official or spec,
        found.n,
        found.correct,
        found.confusions_between("I", "L"),
        metrics.reliability(shares.max(axis=1), answers.correct).ece,
        judge(shares, recognizer.model.min_probability, recognizer.model.max_entropy).count(
            Verdict.NOT_A_LETTER
        ),
        "; ".join(stands.caveats()),
    )


def card(model: Model, reference: str, figures: Sequence[Figure] = (), notes: str = "") -> str:
    """The card of a model.

    reference  what to write after --model to use it
    figures    what it reached on other data than its own
    notes      Markdown that follows the figures
    """
    name = _text(model.training.name or "a model")
    sections = {
        "Network": _network(model),
        "What it learned from": _data(model),
        "How it was trained": _training(model),
        "How well it reads": _figures(model, reference, figures) + (f"\n{notes}" if notes else ""),
        "What its answers mean": _answers(model),
        "Intended use": _USE,
        "Limits": _limits(model),
        "Using and citing it": _citing(model, reference, name),
    }
    count, labels = len(model.parameters), model.labels
    usual = " It answers where no model is named." if reference == DEFAULT_MODEL.stem else ""
    head = (
        f"# Model card: {name}\n\nA network of {count:,} parameters that reads one handwritten "
        f"character at a time, one of {len(labels)}: {_text(labels)}.{usual} Made from the model "
        "file by `lenet model-card`.\n"
    )
    return head + "".join(f"\n## {title}\n\n{text}" for title, text in sections.items())


# ---- What it is ------------------------------------------------------------------------------


def _network(model: Model) -> str:
    known = _architecture(model)
    rows = [[name, shape, f"{n:,}" if n else ""] for name, shape, n in layer_table(model.spec)]
    rows.append(["all", "", f"{len(model.parameters):,}"])
    origin = f"`{known.name}`: {known.origin}.\n\n" if known else ""
    return origin + markdown(["layer", "output", "parameters"], rows)


def _architecture(model: Model) -> Architecture | None:
    """The network that goes by name and is this one, whatever the metadata say."""
    for known in ARCHITECTURES.values():
        try:
            spec = known.spec.with_num_classes(len(model.labels))
        except LenetError:  # too few codes for so many classes
            continue
        if spec == model.spec:
            return known
    return None


def _data(model: Model) -> str:
    names, weights = model.training.data, model.training.data_weights
    if len(weights) != len(names):
        weights = len(names) * (0.0,)
    total = sum(weights)
    rows = [
        [
            f"`{_text(name)}`",
            _percent(weight / total, 0) if total else "-",
            record.license if (record := record_of(name)) else "not told",
        ]
        for name, weight in zip(names, weights, strict=True)
    ]
    text = markdown(["data", "share of an epoch", "whose, and their terms"], rows) if rows else ""
    counts = [
        f"{count:,} {words}"
        for count, words in (
            (model.training.num_train_images, "images to train on"),
            (model.training.validation_images, "of the same sources held back to validate"),
            (model.training.num_outliers, "made drawings that are no letter, to be declined"),
        )
        if count
    ]
    text += f"\n{', '.join(counts)}.\n" if counts else ""
    if teachers := model.training.teachers:
        text += f"\nTaught by {_counted(map(_text, teachers))}.\n"
    return (text or "The model file does not tell.\n") + _credits(model)


def _counted(names: Iterable[str]) -> str:
    """A list in which what comes several times stands once."""
    counts = Counter(names).items()
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in counts)


def _credits(model: Model) -> str:
    lines = [f"- {_text(line)}\n" for line in model.training.attributions]
    listed, count = "".join(lines), len(lines)
    if count > FEW:
        return f"\n<details><summary>{count} credits</summary>\n\n{listed}\n</details>\n"
    return f"\nCredits:\n\n{listed}" if lines else ""


def _training(model: Model) -> str:
    record = model.training
    recipe = dict(record.recipe)
    augmentation = recipe.pop("augmentation", None)
    recipe.pop("epochs", None)  # those that were trained stand above
    if not record.teachers:
        recipe.pop("distillation_alpha", None)
    epochs, planned = record.epochs or 0, record.num_epochs or 0
    early = f" of {planned:,}: it was stopped" if planned > epochs else ""
    rows = [
        ["epochs", f"{epochs:,}{early}" if epochs else ""],
        ["seed", _text("" if record.seed is None else record.seed)],
        ["recipe", _listed(recipe)],
        ["augmentation", _listed(augmentation) or ("none" if recipe else "")],
        ["commit", _text(record.commit or "")],
    ]
    if record.imported:
        return f"By another program; imported from its file: {_listed(record.imported)}.\n"
    if not any(told for _, told in rows):
        return "The model file does not tell.\n"
    return (
        markdown(["", ""], [row for row in rows if row[1]])
        + "\nNumbers that are 0 are left out; `lenet/training/recipes.py` says what each is.\n"
    )


# ---- How good it is ----------------------------------------------------------------------------


def _figures(model: Model, reference: str, figures: Sequence[Figure]) -> str:
    n = model.training.validation_images
    accuracy = model.training.metrics.get("validation_accuracy")
    text = ""
    if isinstance(accuracy, int | float) and n:
        text = (
            f"Of what was held back of its own sources it read {_percent(accuracy)} "
            f"(n = {n:,}); wrong labels count against it.\n"
        )
    if not figures:
        return text + (
            f"\nNothing else was measured for this card: `lenet model-card --model {reference} --data "
            "DATASET...` does.\n"
        )
    rows = []
    for one in figures:
        low, high = metrics.wilson_interval(one.right, one.n)
        share = f"{_percent(one.right / one.n)} ({100 * low:.1f} to {100 * high:.1f})"
        forgiven = "-" if one.i_l is None else _percent((one.right + one.i_l) / one.n)
        ece = "-" if one.ece is None else _percent(one.ece)
        rejected = "-" if one.rejected is None else _percent(one.rejected / one.n)
        rows.append([f"`{one.data}`", one.about, f"{one.n:,}", share, forgiven, ece, rejected])
    head = ["data", "", "n", "right (95 % interval)", "I and L forgiven", "calibration error"]
    return f"{text}\n{markdown([*head, 'taken for no letter'], rows)}"


def _answers(model: Model) -> str:
    lines = [f"Probabilities are softmax(logits / {model.temperature:g})."]
    if model.max_entropy is not None:
        lines.append(f"An answer of more than {model.max_entropy:.2f} nats of entropy is no letter.")
    if model.min_probability is not None:
        lines.append(f"A letter of less than {_percent(model.min_probability)} is unsure.")
    if calibration := model.training.calibration:
        lines.append(
            "These were fitted on what was held back to validate; of made drawings that are no "
            f"letter {_percent(calibration.outliers_rejected, 0)} are then declined."
        )
    lines.append(
        f"Strokes are cropped, centred and drawn {model.pen_width:g} of their longer side wide (ink "
        f"version {model.metadata.rasterizer_version})."
    )
    return "\n".join(lines) + "\n"


# ---- What it is for ------------------------------------------------------------------------------

_USE = (
    "Single characters drawn with a pen, a finger or a mouse, or a picture of one: to learn how "
    "such networks work, to play, to demonstrate, and to enter text where a person sees the answer "
    "and can correct it.\n"
)


def _limits(model: Model) -> str:
    lines = ["One character at a time: no words, no lines, no pages."]
    if model.labels == LETTERS:
        lines += [
            "Latin letters A to Z without accents. Upper and lower case are one class: the answer "
            "is the capital, whichever was drawn.",
            "A bare bar is an I or an l: part of the errors cannot be avoided.",
        ]
    lines.append(
        "Other signs get an answer too, unless they are declined; some are not, with confidence."
        if model.max_entropy is not None
        else "Other signs get an answer too: nothing is declined."
    )
    lines += [
        "Pictures show one character on evenly lit paper; shadows and strong noise mislead it.",
        "How well it reads the hands of children, of the old, of the left-handed or of people who "
        "learned another script first, nobody measured.",
        "Not for decisions about people: no marking, no forms that nobody checks, no identifying "
        "of writers, nothing medical.",
    ]
    records = {name: record_of(name) for name in model.trained_on}
    if shared := [name for name, record in records.items() if record and record.contains_sd19]:
        lines.append(
            f"It learned from {', '.join(f'`{_text(name)}`' for name in shared)}, which may share "
            "images with the official tests of EMNIST: no accuracy on them can be claimed."
        )
    return "".join(f"- {line}\n" for line in lines)


def _citing(model: Model, reference: str, name: str) -> str:
    shipped = (PRETRAINED_DIR / f"{reference}.safetensors").is_file()
    seed, commit = model.training.seed, model.training.commit
    made = [f"seed {_text(seed)}" if seed is not None else "", f"commit {_text(commit)[:12]}"]
    facts = ", ".join(filter(None, made if commit else made[:1]))
    licence = (
        "MIT, as the package that it comes with"
        if shipped
        else "whoever trained it decides, within the terms of the data"
    )
    return (
        f"    lenet predict --model {reference} photo.png\n    lenet serve --model {reference}\n\n"
        f"In Python `lenet.load({reference!r}).recognize(strokes)`. Licence: {licence}; the "
        f"credits above go with it. To cite it: lenet {__version__}, model {name}"
        + (f" ({facts})" if facts else "")
        + ".\n"
    )


# ---- Words ---------------------------------------------------------------------------------------

_ESCAPED = {"<": "&lt;", "&": "&amp;"}


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _text(value: Any) -> str:
    """Whatever a model file tells, as text of one line that Markdown takes for nothing else."""
    line = " ".join(str(value).split()).replace("`", "'")
    return re.sub(r"[\\|\[\]*<&]", lambda sign: _ESCAPED.get(sign[0], "\\" + sign[0]), line)


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _listed(values: Any) -> str:
    """Named values in a line, without those that are 0; nothing for what is no object."""
    items = values.items() if isinstance(values, dict) else ()
    return ", ".join(f"{_text(key).replace('_', ' ')} {_text(value)}" for key, value in items if value)
