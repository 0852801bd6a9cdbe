"""Models in the formats of other programs."""

from lenet.exporting.exporter import Exported, Proof, export
from lenet.exporting.formats import FORMATS
from lenet.exporting.graph import Graph, lowered

__all__ = ["FORMATS", "Exported", "Graph", "Proof", "export", "lowered"]
