"""Models in the formats of other programs."""

from lenet.exporters.exporter import Exported, Proof, export
from lenet.exporters.ir import Graph, lowered
from lenet.exporters.registry import FORMATS

__all__ = ["FORMATS", "Exported", "Graph", "Proof", "export", "lowered"]
