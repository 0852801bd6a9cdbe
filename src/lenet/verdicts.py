"""What an answer amounts to: a letter, perhaps a letter, or none; and from which thresholds on.

Two scores decide, both functions of the probabilities alone. Their entropy tells letters from other
drawings better than the highest probability does; that, being calibrated, tells right from wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lenet import architectures
from lenet.datasets import Dataset
from lenet.datasets.nonletters import make_nonletters
from lenet.evaluation import auroc, fit_temperature, risk_coverage, tempered
from lenet.model_file import Model

LETTER, UNSURE, NOT_A_LETTER, EMPTY = "letter", "unsure", "not-a-letter", "empty"

REJECTED = 0.015  # share of the validation letters taken for none
RISK = 0.02  # share of errors among the validation letters that are called certain
LEAST = 0.5  # a less probable answer is never certain: it is rather wrong than right
MADE = 1200  # non-letters, to say in the model file what the thresholds reject


@dataclass(frozen=True)
class Fit:
    """What was fitted on letters that a model was not trained on.

    temperature      what divides the logits
    max_entropy      nats; a drawing of more is not a letter
    min_probability  0..1; a letter of less is unsure
    auroc            letters against made non-letters, by their entropy
    rejected         share of the made non-letters beyond max_entropy
    """

    temperature: float
    max_entropy: float
    min_probability: float
    auroc: float
    rejected: float


def entropy(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Shannon's entropy in nats, float64 (n,), of probabilities (n, classes)."""
    shares = probabilities.astype(np.float64)
    return np.asarray(-(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1))


def judge(probabilities: npt.NDArray[np.floating], model: Model) -> list[str]:
    """The verdict on each of the answers (n, classes) that a model gave with its temperature. A
    threshold that the model does not carry is not applied."""
    verdicts = np.full(len(probabilities), LETTER, dtype=object)
    if model.min_probability is not None:
        verdicts[probabilities.max(axis=1) < model.min_probability] = UNSURE
    if model.max_entropy is not None:
        verdicts[entropy(probabilities) > model.max_entropy] = NOT_A_LETTER
    return list(verdicts)


def fit(
    letters: npt.NDArray[np.floating],
    labels: npt.NDArray[np.integer],
    others: npt.NDArray[np.floating],
) -> Fit:
    """Finds temperature and thresholds.

    letters  probabilities (n, classes) at temperature 1 of letters that were not trained on
    labels   (n,), 0..classes-1
    others   probabilities (m, classes) at temperature 1 of drawings that are no letter

    `max_entropy` is exceeded by 1.5 % of the letters. `min_probability` is the least, but at least
    one half, with which at most 2 % of the letters that reach it are read wrongly.
    """
    temperature = fit_temperature(letters, labels)
    inside, outside = tempered(letters, temperature), tempered(others, temperature)
    max_entropy = float(np.quantile(entropy(inside), 1 - REJECTED))
    curve = risk_coverage(inside.max(axis=1), inside.argmax(axis=1) == labels)
    accepted = curve.threshold[curve.risk <= RISK]
    return Fit(
        temperature,
        max_entropy,
        max(LEAST, float(accepted.min(initial=1.0))),
        auroc(-entropy(inside), -entropy(outside)),
        float((entropy(outside) > max_entropy).mean()),
    )


def calibrated(model: Model, letters: Dataset, *, seed: int = 0) -> Model:
    """The model with temperature and thresholds fitted on letters that it was not trained on, and
    on non-letters made of them; what they achieve there goes into its metadata."""
    network = architectures.network(model.architecture)
    made, _ = make_nonletters(MADE, letters, seed=seed)
    shares, others = (network.predict(model.parameters, x) for x in (letters.images, made))
    found = fit(shares, letters.labels, others)
    metadata = {
        **model.metadata,
        "temperature": round(found.temperature, 6),
        "max_entropy": round(found.max_entropy, 6),
        "min_probability": round(found.min_probability, 6),
        "calibration": {
            "letters": len(letters),
            "made_nonletters": MADE,
            "auroc": found.auroc,
            "made_nonletters_rejected": found.rejected,
        },
    }
    return replace(model, metadata=metadata)
