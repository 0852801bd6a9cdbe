"""How good a model's answers are: pure functions of probabilities and labels."""

from lenet.metrics.calibration import Reliability, apply_temperature, fit_temperature, reliability
from lenet.metrics.classification import Evaluation, classification_metrics, wilson
from lenet.metrics.selective import RiskCoverage, auroc, risk_coverage
from lenet.metrics.significance import McNemarResult, mcnemar

__all__ = [
    "Evaluation",
    "McNemarResult",
    "Reliability",
    "RiskCoverage",
    "apply_temperature",
    "auroc",
    "classification_metrics",
    "fit_temperature",
    "mcnemar",
    "reliability",
    "risk_coverage",
    "wilson",
]
