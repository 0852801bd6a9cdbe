"""Architectures: specifications, and the networks that go by name."""

from lenet.architectures.family import (
    ARCHITECTURES,
    HOLZWEBER2021,
    Architecture,
    architecture,
    named,
    with_outputs,
)
from lenet.architectures.specification import (
    Stage,
    Tensor,
    network,
    parse,
    plan,
    table,
    tensors,
)

__all__ = [
    "ARCHITECTURES",
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
