"""The engine of core/lenet.h as NumPy sees it.

Only this room knows the native library. It checks arrays and makes them contiguous. A status of the
engine that is an error becomes a LenetError.
"""

from lenet.engine.abi import RASTERIZER_VERSION, SIDE, Augmentation, Recipe
from lenet.engine.library import LANES, SUPPORTED
from lenet.engine.network import (
    CHANNEL,
    CONV,
    DENSE,
    IMAGES_A_THREAD,
    MAXPOOL,
    RBF,
    RELU,
    RESIZE,
    SCALE,
    SUBSAMPLE,
    TANH,
    UNIT,
    Layer,
    Network,
    processors,
)
from lenet.engine.rasterizer import (
    DEFAULT_PEN,
    PackedStrokes,
    clean_picture,
    grey_picture,
    ink_drawings,
    ink_picture,
    ink_strokes,
)
from lenet.engine.recognizer import RECOGNITION, RawRecognition, Recognizer, Settings, judge, unpack
from lenet.engine.trainer import (
    ADAMW,
    CONSTANT,
    ONE_CYCLE,
    SGD,
    Batch,
    State,
    Trainer,
    augment,
    draw_order,
    learning_rate,
)

__all__ = [
    "ADAMW",
    "CHANNEL",
    "CONSTANT",
    "CONV",
    "DEFAULT_PEN",
    "DENSE",
    "IMAGES_A_THREAD",
    "LANES",
    "MAXPOOL",
    "ONE_CYCLE",
    "RASTERIZER_VERSION",
    "RBF",
    "RECOGNITION",
    "RELU",
    "RESIZE",
    "SCALE",
    "SGD",
    "SIDE",
    "SUBSAMPLE",
    "SUPPORTED",
    "TANH",
    "UNIT",
    "Augmentation",
    "Batch",
    "Layer",
    "Network",
    "PackedStrokes",
    "RawRecognition",
    "Recipe",
    "Recognizer",
    "Settings",
    "State",
    "Trainer",
    "augment",
    "clean_picture",
    "draw_order",
    "grey_picture",
    "ink_drawings",
    "ink_picture",
    "ink_strokes",
    "judge",
    "learning_rate",
    "processors",
    "unpack",
]
