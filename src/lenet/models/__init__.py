"""Networks and model files: layers, specifications, registered architectures, weights, metadata.

Rules: imports NumPy, the engine and labels only.
"""

from lenet.models.file import Model, load_model, save_model
from lenet.models.layers import (
    KINDS,
    Conv,
    Dense,
    Layer,
    MaxPool,
    Rbf,
    Relu,
    Resize,
    Scale,
    Subsample,
    Tanh,
)
from lenet.models.metadata import Calibration, ModelMetadata, TrainingRecord
from lenet.models.spec import Spec, Stage, Tensor, layer_table
from lenet.models.zoo import (
    ARCHITECTURES,
    DEFAULT_ARCHITECTURE,
    DEFAULT_MODEL,
    HOLZWEBER2021,
    PRETRAINED_DIR,
    Architecture,
    get_architecture,
    get_spec,
    pretrained_names,
)

__all__ = [
    "ARCHITECTURES",
    "DEFAULT_ARCHITECTURE",
    "DEFAULT_MODEL",
    "HOLZWEBER2021",
    "KINDS",
    "PRETRAINED_DIR",
    "Architecture",
    "Calibration",
    "Conv",
    "Dense",
    "Layer",
    "MaxPool",
    "Model",
    "ModelMetadata",
    "Rbf",
    "Relu",
    "Resize",
    "Scale",
    "Spec",
    "Stage",
    "Subsample",
    "Tanh",
    "Tensor",
    "TrainingRecord",
    "get_architecture",
    "get_spec",
    "layer_table",
    "load_model",
    "pretrained_names",
    "save_model",
]
