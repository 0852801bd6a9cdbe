"""Write the report of `lenet evaluate --report`: a page, and the same figures as JSON."""

from lenet.reports.evaluation.write import write

__all__ = ["write"]
