"""Measure predictions: pure functions of probabilities and labels.

Rules: this room imports NumPy, `lenet.labels` and the constants of `lenet.engine.abi` only.
Probabilities are floats 0..1 of shape (n, classes) whose rows sum to 1; labels are integers
0..classes-1 of shape (n,).
"""

from lenet.metrics.calibration import Reliability, apply_temperature, fit_temperature, reliability
from lenet.metrics.classification import Evaluation, classification_metrics, wilson_interval
from lenet.metrics.selective import RiskCoverage, auroc, risk_coverage
from lenet.metrics.significance import (
    McNemarResult,
    PairedDifference,
    holm,
    mcnemar,
    paired_difference,
    sign_flip_test,
)

__all__ = [
    "Evaluation",
    "McNemarResult",
    "PairedDifference",
    "Reliability",
    "RiskCoverage",
    "apply_temperature",
    "auroc",
    "classification_metrics",
    "fit_temperature",
    "holm",
    "mcnemar",
    "paired_difference",
    "reliability",
    "risk_coverage",
    "sign_flip_test",
    "wilson_interval",
]
