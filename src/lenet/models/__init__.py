"""Architectures: specifications, and the networks that go by name."""

from lenet.models.spec import Stage, Tensor, network, parse, plan, table, tensors
from lenet.models.zoo import (
    ARCHITECTURES,
    DEFAULT_ARCHITECTURE,
    HOLZWEBER2021,
    Architecture,
    architecture,
    named,
    with_outputs,
)

__all__ = [
    "ARCHITECTURES",
    "DEFAULT_ARCHITECTURE",
    "HOLZWEBER2021",
    "Architecture",
    "Stage",
    "Tensor",
    "architecture",
    "named",
    "network",
    "parse",
    "plan",
    "table",
    "tensors",
    "with_outputs",
]
