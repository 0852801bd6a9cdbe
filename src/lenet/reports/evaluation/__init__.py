"""`lenet evaluate --report`: what a model can do, as a page and as JSON."""

from lenet.reports.evaluation.writing import write

__all__ = ["write"]
