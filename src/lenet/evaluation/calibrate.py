"""Calibrate a model: fit its temperature and thresholds on letters that it was not trained on."""

from __future__ import annotations

from dataclasses import replace

from lenet.datasets import Dataset
from lenet.datasets.synthetic.outliers import make_outliers
from lenet.metrics.decision import fit_decision
from lenet.models.file import Model

MADE = 1200  # non-letters, to say in the model file what the thresholds reject


def calibrated(model: Model, letters: Dataset, *, seed: int = 0) -> Model:
    """The model with temperature and thresholds fitted on letters that it was not trained on, and
    on non-letters made of them; what they achieve there goes into its metadata."""
    network = model.spec.network()
    made, _ = make_outliers(MADE, letters, seed=seed)
    shares, others = (network.predict(model.parameters, x) for x in (letters.images, made))
    found = fit_decision(shares, letters.labels, others)
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
