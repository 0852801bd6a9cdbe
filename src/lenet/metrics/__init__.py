"""How good a model's answers are: pure functions of probabilities and labels."""

from lenet.metrics.calibration import Reliability, fit_temperature, reliability, tempered
from lenet.metrics.classification import Evaluation, score, wilson
from lenet.metrics.selective import RiskCoverage, auroc, risk_coverage
from lenet.metrics.significance import Paired, mcnemar

__all__ = [
    "Evaluation",
    "Paired",
    "Reliability",
    "RiskCoverage",
    "auroc",
    "fit_temperature",
    "mcnemar",
    "reliability",
    "risk_coverage",
    "score",
    "tempered",
    "wilson",
]
