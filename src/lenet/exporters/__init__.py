"""Model -> files of other programs, each verified in its own runtime."""

from lenet.exporters.exporter import Callbacks, Exported, Verification, export
from lenet.exporters.ir import Graph, lower
from lenet.exporters.registry import FORMATS

__all__ = ["FORMATS", "Callbacks", "Exported", "Graph", "Verification", "export", "lower"]
