"""`lenet evaluate --report`: what a model can do, as a page and as JSON."""

from lenet.report.findings import Answers
from lenet.report.writing import write

__all__ = ["Answers", "write"]
