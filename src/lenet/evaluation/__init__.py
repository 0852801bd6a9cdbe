"""How good a model's answers are: pure functions of probabilities and labels."""

from lenet.evaluation.accuracy import Evaluation, score, wilson
from lenet.evaluation.calibration import Reliability, fit_temperature, reliability, tempered
from lenet.evaluation.comparison import Paired, mcnemar
from lenet.evaluation.rejection import RiskCoverage, auroc, risk_coverage

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
