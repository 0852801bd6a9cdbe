"""What a report says, as plain data: the content of report.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import metrics
from lenet.datasets import Dataset
from lenet.datasets.synthetic.ood_characters import digits
from lenet.datasets.synthetic.outliers import KINDS, make_outliers
from lenet.evaluation.comparability import comparability
from lenet.evaluation.corruptions import CORRUPTIONS, LEVELS
from lenet.evaluation.evaluate import Predictions
from lenet.inference.recognizer import Recognizer
from lenet.metrics.decision import Verdict, entropy, judge
from lenet.training.history import Epoch

FORMAT = "lenet-report/1"
PAIRS, PICTURES = 6, 12  # most confused pairs of a data set, and the errors shown of each
MADE = 300  # non-letters of each kind
CHANGED = 5000  # images of a data set that are changed for robustness, evenly spread over it
POINTS = 200  # of a curve
BINS = 20  # of a histogram

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

# What a data set was written with, by how the names of known ones begin.
_DOMAINS = {
    "scanned": ("sd19", "az_", "emnist"),
    "pen": ("unipen",),
    "mouse": ("omniglot",),
    "font": ("glyphs",),
}


def steps(sets: int) -> int:
    """How often `measure` calls its `progress`."""
    return sets * len(CORRUPTIONS) + 1


def measure(
    recognizer: Recognizer,
    answered: Sequence[Predictions],
    *,
    others: Mapping[str, Sequence[Images]] | None = None,
    against: tuple[Recognizer, Sequence[Predictions]] | None = None,
    history: Sequence[Epoch] = (),
    progress: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """The whole report; JSON can hold it.

    answered  what the model answered, at least one data set
    others    drawings that are no letter, uint8 (28, 28) each, by their name; made ones and digits
              are added
    against   another model, and its answers to the same data sets in the same order
    history   the epochs of the model's training
    """
    sets = [_describe(answers, recognizer) for answers in answered]
    rejection = _rejection(recognizer, answered, others or {})
    progress()
    return {
        "format": FORMAT,
        "model": _model(recognizer),
        "sets": sets,
        "not_letters": rejection,
        "robustness": [
            _robustness(recognizer, answers, name, progress) for answers in answered for name in CORRUPTIONS
        ],
        "history": [asdict(row) for row in history],
        "against": _compare(answered, *against) if against else None,
    }


def _model(recognizer: Recognizer) -> dict[str, Any]:
    metadata = recognizer.model.metadata
    known = ("name", "data", "images", "nonletters", "epochs", "seed", "commit", "calibration")
    return {
        **{key: metadata[key] for key in known if key in metadata},
        "labels": recognizer.labels,
        "parameters": len(recognizer.model.parameters),
        "temperature": recognizer.model.temperature,
        "pen": recognizer.model.pen,
        "max_entropy": recognizer.model.max_entropy,
        "min_probability": recognizer.model.min_probability,
    }


def _domain(name: str) -> str | None:
    known = (domain for domain, begins in _DOMAINS.items() if name.startswith(begins))
    return next(known, None)


def _describe(answers: Predictions, recognizer: Recognizer) -> dict[str, Any]:
    """A data set's figures."""
    data, shares, right = answers.data, answers.probabilities, answers.correct
    found = metrics.classification_metrics(shares, data.labels, data.classes)
    before = metrics.apply_temperature(shares, 1 / recognizer.model.temperature)
    said = judge(shares, recognizer.model.min_probability, recognizer.model.max_entropy)
    curve = metrics.risk_coverage(shares.max(axis=1), right)
    return {
        "data": answers.name,
        "domain": next(filter(None, map(_domain, (answers.name, *data.names))), None),
        **asdict(comparability(data, recognizer.model)),
        **found.summary(),
        "accuracy_i_l_forgiven": found.accuracy_merging("I", "L"),
        "classes": "".join(data.classes),
        "per_class": _per_class(found),
        "confusion": found.confusion.tolist(),
        "confused": [list(pair) for pair in found.top_confusions(PAIRS)],
        "calibration": {
            name: _reliability(some, right) for name, some in (("before", before), ("after", shares))
        },
        "risk_coverage": _thinned(curve),
        "verdicts": {verdict: _verdict(said, right, verdict) for verdict in _VERDICTS},
    }


_VERDICTS = (Verdict.LETTER, Verdict.UNSURE, Verdict.NOT_A_LETTER)


def _per_class(found: metrics.Evaluation) -> dict[str, Any]:
    counts, hits = found.confusion.sum(axis=1).tolist(), np.diag(found.confusion).tolist()
    return {
        name: {"n": n, "right": right, "interval": list(metrics.wilson_interval(right, n))}
        for name, n, right in zip(found.classes, counts, hits, strict=True)
        if n
    }


def _reliability(shares: npt.NDArray[np.floating], right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    found = metrics.reliability(shares.max(axis=1), right)
    return {
        "ece": found.ece,
        "counts": found.counts.tolist(),
        "confidence": [None if np.isnan(x) else float(x) for x in found.confidence],
        "accuracy": [None if np.isnan(x) else float(x) for x in found.accuracy],
    }


def _thinned(curve: metrics.RiskCoverage) -> dict[str, Any]:
    """A curve with at most `POINTS` points, its ends among them."""
    last = len(curve.coverage) - 1
    rows = np.unique(np.linspace(0, last, POINTS).round().astype(int))
    return {
        "area": curve.area,
        "coverage": curve.coverage[rows].tolist(),
        "risk": curve.risk[rows].tolist(),
    }


def _verdict(said: Sequence[str], right: npt.NDArray[np.bool_], verdict: str) -> dict[str, int]:
    rows = np.array(said) == verdict
    return {"n": int(rows.sum()), "right": int(right[rows].sum())}


# ---- Not a letter --------------------------------------------------------------------------


def _rejection(
    recognizer: Recognizer, answered: Sequence[Predictions], others: Mapping[str, Sequence[Images]]
) -> list[dict[str, Any]]:
    """How letters and other drawings are told apart: a row a kind of drawing, letters first."""
    letters = Dataset.concatenate([answers.data for answers in answered])
    images, kinds = make_outliers(MADE * len(KINDS), letters)
    groups: dict[str, Sequence[Images]] = {
        f"made: {kind}": list(images[[given == kind for given in kinds]]) for kind in KINDS
    }
    groups |= {"digits": list(digits()), **others}
    of_letters = {answers.name: entropy(answers.probabilities) for answers in answered}
    rows = [_entropies(name, of_letters[name], {}, recognizer) for name in of_letters]
    for name, group in groups.items():
        found = entropy(recognizer.probabilities(np.stack(group)))
        rows.append(_entropies(name, found, of_letters, recognizer))
    blank = recognizer.recognize_images([np.zeros_like(images[0])])[0].verdict
    return [*rows, {"drawings": "blank", "letters": False, "n": 1, "verdict": blank}]


def _entropies(
    name: str, found: Floats, letters: Mapping[str, Floats], recognizer: Recognizer
) -> dict[str, Any]:
    """A group of drawings; `letters` are the data sets to tell it from, none if it is one."""
    limit, highest = recognizer.model.max_entropy, np.log(len(recognizer.labels))
    counts, _ = np.histogram(np.minimum(found, highest), bins=BINS, range=(0, highest))
    return {
        "drawings": name,
        "letters": not letters,
        "n": len(found),
        "rejected": None if limit is None else int((found > limit).sum()),
        "auroc": {other: metrics.auroc(-own, -found) for other, own in letters.items()},
        "entropy_counts": counts.tolist(),
    }


# ---- Robustness and comparison -------------------------------------------------------------


def _robustness(
    recognizer: Recognizer, answers: Predictions, name: str, progress: Callable[[], None]
) -> dict[str, Any]:
    """Accuracy from strength 0 on."""
    change, n = CORRUPTIONS[name], len(answers.data)
    rows = np.unique(np.linspace(0, n - 1, min(n, CHANGED)).round().astype(int))
    images, labels = answers.data.images[rows], answers.data.labels[rows]
    right = [int(answers.correct[rows].sum())]
    for level in range(LEVELS):
        shares = recognizer.probabilities(change.apply(images, change.strengths[level]))
        right.append(int((shares.argmax(axis=1) == labels).sum()))
    progress()
    return {
        "change": name,
        "unit": change.unit,
        "data": answers.name,
        "n": len(rows),
        "strengths": [0, *change.strengths],
        "accuracy": [hits / len(rows) for hits in right],
    }


def _compare(
    answered: Sequence[Predictions], other: Recognizer, others: Sequence[Predictions]
) -> dict[str, Any]:
    return {
        "model": _model(other),
        "sets": [
            {
                "data": ours.name,
                "accuracy": float(ours.correct.mean()),
                "accuracy_against": float(theirs.correct.mean()),
                **asdict(metrics.mcnemar(ours.correct, theirs.correct)),
            }
            for ours, theirs in zip(answered, others, strict=True)
        ],
    }


def errors(answers: Predictions) -> list[tuple[str, str, int, Images]]:
    """The most confused pairs: (label, answer, how often, some of the images), most often first;
    of the images those that the model was surest of, uint8 (k, 28, 28), k at most `PICTURES`."""
    data, given = answers.data, answers.probabilities.argmax(axis=1)
    found = metrics.classification_metrics(answers.probabilities, data.labels, data.classes)
    pairs = []
    for label, said, count in found.top_confusions(PAIRS):
        a, b = data.classes.index(label), data.classes.index(said)
        rows = np.flatnonzero((data.labels == a) & (given == b))
        surest = rows[np.argsort(-answers.probabilities[rows, b], kind="stable")][:PICTURES]
        pairs.append((label, said, count, data.images[surest]))
    return pairs
