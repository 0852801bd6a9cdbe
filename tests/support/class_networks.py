"""Model files of networks with any labels, whose weights are random."""

from __future__ import annotations

from pathlib import Path

from lenet import models
from lenet.models import ModelMetadata
from lenet.models.file import Model, save_model

DIGITS = "0123456789"


def save_network(path: Path, labels: str = DIGITS, max_entropy: float | None = None) -> Path:
    """Write a network with these labels; return the path."""
    spec = models.get_spec("lenet1").with_num_classes(len(labels))
    metadata = ModelMetadata(labels, max_entropy=max_entropy)
    save_model(path, Model(spec, spec.network().initialise(1), metadata))
    return path
