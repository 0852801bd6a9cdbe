"""Calibrate a model: fit its temperature and thresholds on letters that it was not trained on."""

from __future__ import annotations

from dataclasses import replace

from lenet.datasets import Dataset
from lenet.datasets.synthetic.outliers import make_outliers
from lenet.metrics.decision import fit_decision
from lenet.models import Calibration
from lenet.models.file import Model

NUM_OUTLIERS = 1200  # to record in the model file what the thresholds reject


def calibrated(model: Model, letters: Dataset, *, seed: int = 0) -> Model:
    """Return the model with temperature and thresholds fitted on letters and synthetic outliers.

    Args:
        model: a trained model.
        letters: letters that it was not trained on, such as its validation set.
        seed: random seed of the outliers.
    """
    network = model.spec.network()
    outliers, _ = make_outliers(NUM_OUTLIERS, letters, seed=seed)
    inside, outside = (network.predict(model.parameters, images) for images in (letters.images, outliers))
    decision = fit_decision(inside, letters.labels, outside)
    calibration = Calibration(len(letters), NUM_OUTLIERS, decision.auroc, decision.rejected)
    metadata = replace(
        model.metadata,
        temperature=round(decision.temperature, 6),
        max_entropy=round(decision.max_entropy, 6),
        min_probability=round(decision.min_probability, 6),
        training=replace(model.training, calibration=calibration),
    )
    return replace(model, metadata=metadata)
