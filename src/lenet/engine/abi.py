"""Constants, structs and functions of the engine's interface.

Generated from core/lenet.h by tools/codegen/abi.py; do not edit.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import Any, Final

# changes with any incompatible change of this file
INTERFACE: Final = 7
# changes with any change of a rasterized byte
RASTERIZER_VERSION: Final = 1
# rows and columns of a rasterized image
SIDE: Final = 28
MAX_LAYERS: Final = 32
# rows and columns of a network's input
MAX_SIDE: Final = 512
# output channels of one layer
MAX_CHANNELS: Final = 4096
# rows and columns of a convolution's kernel
MAX_KERNEL: Final = 15
# of a convolution
MAX_STRIDE: Final = 8
# of a network
MAX_PARAMETERS: Final = 67108864
# numbers of all activations of one image together
MAX_ACTIVATION: Final = 16777216
# of a network, for one image
MAX_MULTIPLY_ADDS: Final = 1073741824
# entries of a network's tables together
MAX_TABLE: Final = 16384
# magnitude of low, high and pad_value of a layer
MAX_LEVEL: Final = 100
MAX_THREADS: Final = 64
MAX_BATCH_SIZE: Final = 65536
# steps announced at once
MAX_RUN: Final = 1048576
# of one drawing
MAX_POINTS: Final = 100000
# pixels
MAX_PICTURE_SIDE: Final = 16384
# pixels, of a picture that is cleaned
MAX_CLEANED_SIDE: Final = 2048
MAX_COORDINATE: Final = 1000000000
# most probable classes in a recognition
CANDIDATES: Final = 5
# Pen width at which drawn letters have the mean ink of NIST's scanned ones, about 0.18 of full: a
# fraction of the longer side of the points' bounding box.
DEFAULT_PEN: Final = 0.17
# A thinner pen could slip between the cells of the ink mask.
MIN_PEN: Final = 0.02
MAX_PEN: Final = 1.0
# Range of the temperature, which divides a network's logits. Beyond it float32 probabilities lose
# their meaning.
MIN_TEMPERATURE: Final = 0.01
MAX_TEMPERATURE: Final = 100.0
# Range of a temperature that is fitted on a validation set. Beyond it the set is too small.
MIN_FITTED_TEMPERATURE: Final = 0.1
MAX_FITTED_TEMPERATURE: Final = 10.0
MAX_LEARNING_RATE: Final = 1000000.0


class Status(IntEnum):
    """`enum lenet_status`."""

    OK = 0
    # a null pointer, or a number out of its documented range
    BAD_ARGUMENT = -1
    # the layers do not fit together, or are beyond the limits below
    BAD_NETWORK = -2
    # NaN, infinite, or beyond +-MAX_COORDINATE
    BAD_COORDINATE = -3
    # more points, pixels or multiply-adds than the limits below
    TOO_LARGE = -4
    # a label >= classes, or an index outside the images
    BAD_LABEL = -5


class Kind(IntEnum):
    """`enum lenet_kind`."""

    # convolution (cross-correlation) with zero or constant padding
    CONV = 1
    # max pooling, stride = window
    MAXPOOL = 2
    # fully connected layer
    DENSE = 3
    RELU = 4
    # scaled: 1.7159 tanh(2/3 x) (LeCun et al. 1998, appendix A)
    TANH = 5
    # trainable subsampling, stride = window: a window's sum times a coefficient plus a bias, both
    # per channel (LeCun et al. 1998, section II.B)
    SUBSAMPLE = 6
    # last layer: -|x - code|^2 for each class, less the terms that all classes share (LeCun et al.
    # 1998, equation 7)
    RBF = 7
    # first layer: maps pixels to low..high; without it pixels are 0..1
    SCALE = 8
    # first layer, or after SCALE: shrinks the image by area averaging
    RESIZE = 9


class Bias(IntEnum):
    """`enum lenet_bias`."""

    PER_CHANNEL = 0
    PER_UNIT = 1


class Verdict(IntEnum):
    """`enum lenet_verdict`."""

    LETTER = 0
    # a letter that may be another one
    UNSURE = 1
    # rejected
    NOT_A_LETTER = 2
    # without ink
    EMPTY = 3


class Optimizer(IntEnum):
    """`enum lenet_optimizer`."""

    SGD = 0
    ADAMW = 1


class Schedule(IntEnum):
    """`enum lenet_schedule`."""

    CONSTANT = 0
    ONE_CYCLE = 1


class Layer(ctypes.Structure):
    """`lenet_layer`."""

    _fields_ = [
        # lenet_kind
        ("kind", ctypes.c_int32),
        # conv, dense, rbf: output channels, 1..MAX_CHANNELS
        ("out_channels", ctypes.c_int32),
        # conv: rows = columns of the kernel, 1..MAX_KERNEL
        ("kernel", ctypes.c_int32),
        # conv: 1..MAX_STRIDE
        ("stride", ctypes.c_int32),
        # conv: rows and columns added on each side, 0..kernel-1
        ("padding", ctypes.c_int32),
        # conv: lenet_bias
        ("biases", ctypes.c_int32),
        # maxpool, subsample: rows = columns = stride of the pooling window
        ("window", ctypes.c_int32),
        # resize: rows = columns of the result, at most those of the input
        ("side", ctypes.c_int32),
        # conv: value of the padding, +-MAX_LEVEL
        ("pad_value", ctypes.c_float),
        # scale: network input for pixel value 0, +-MAX_LEVEL
        ("low", ctypes.c_float),
        # scale: network input for pixel value 255, +-MAX_LEVEL
        ("high", ctypes.c_float),
        # number of this layer's entries in `tables`; conv: 0, or inputs x outputs; rbf: outputs x
        # inputs; others: 0
        ("table_size", ctypes.c_int32),
    ]


class Dataset(ctypes.Structure):
    """`lenet_dataset`."""

    _fields_ = [
        # (count, height, width)
        ("images", ctypes.c_void_p),
        # (count)
        ("labels", ctypes.c_void_p),
        # null, or (count, classes), 0..1 each: target probabilities that replace label and label
        # smoothing, e.g. a teacher's soft targets (Hinton et al. 2015). The sum of a row is the
        # weight of its image
        ("targets", ctypes.c_void_p),
        # 1 or more
        ("count", ctypes.c_int32),
    ]


class Recognizer(ctypes.Structure):
    """`lenet_recognizer`."""

    _fields_ = [
        # planned
        ("network", ctypes.c_void_p),
        # finite
        ("parameters", ctypes.c_void_p),
        # divides the logits, MIN_TEMPERATURE..MAX_TEMPERATURE
        ("temperature", ctypes.c_float),
        # 0..1; a lower highest probability is unsure; 0: no such threshold
        ("min_probability", ctypes.c_float),
        # nats; a higher entropy is not a letter; infinity: no such threshold
        ("max_entropy", ctypes.c_double),
        # pen width of drawings, MIN_PEN..MAX_PEN
        ("pen", ctypes.c_double),
    ]


class Recognition(ctypes.Structure):
    """`lenet_recognition`."""

    _fields_ = [
        # lenet_verdict; not a letter takes precedence over unsure
        ("verdict", ctypes.c_int32),
        # number of candidates: as many as classes, at most CANDIDATES; 0 if empty
        ("candidates", ctypes.c_int32),
        # the most probable classes, best first, equal ones in their order; -1 beyond the candidates
        ("classes", ctypes.c_int32 * 5),
        # of these classes; 0 beyond the candidates
        ("probabilities", ctypes.c_float * 5),
    ]


class Augmentation(ctypes.Structure):
    """`lenet_augmentation`."""

    _fields_ = [
        # uniform in +-rotation, radians
        ("rotation", ctypes.c_float),
        # each axis by e^u, u uniform in +-scale; the longer side stays, so the aspect ratio changes
        ("scale", ctypes.c_float),
        # horizontal, uniform in +-shear
        ("shear", ctypes.c_float),
        # each axis, uniform in +-shift, fraction of the image side
        ("shift", ctypes.c_float),
        # standard deviation of a smooth displacement, fraction of half the image side
        ("elastic", ctypes.c_float),
        # probability of a blend with the 3x3 maximum (dilation)
        ("thicken", ctypes.c_float),
        # probability of a blend with the 3x3 minimum (erosion)
        ("thin", ctypes.c_float),
    ]


class Recipe(ctypes.Structure):
    """`lenet_recipe`."""

    _fields_ = [
        # lenet_optimizer
        ("optimizer", ctypes.c_int32),
        # lenet_schedule
        ("schedule", ctypes.c_int32),
        # images per step, 1..MAX_BATCH_SIZE
        ("batch_size", ctypes.c_int32),
        # of the whole training: the length of the schedule
        ("steps", ctypes.c_int32),
        # 0..MAX_LEARNING_RATE; one-cycle: its peak
        ("learning_rate", ctypes.c_float),
        # one-cycle: fraction of the steps before the peak, 0..1
        ("warmup", ctypes.c_float),
        # SGD: momentum; AdamW: beta1; 0..0.9999999
        ("momentum", ctypes.c_float),
        # AdamW, 0..0.9999999
        ("beta2", ctypes.c_float),
        # AdamW, 10^-12..1
        ("epsilon", ctypes.c_float),
        # AdamW: decoupled (Loshchilov & Hutter 2019); SGD: L2; 0..10^6
        ("weight_decay", ctypes.c_float),
        # 0..1
        ("label_smoothing", ctypes.c_float),
        ("seed", ctypes.c_uint32),
        # number of leading parameters that are not trained, fewer than all
        ("frozen", ctypes.c_int32),
        ("augmentation", Augmentation),
    ]


FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    # name without prefix: type of the result, types of the arguments
    "interface": (ctypes.c_int32, ()),
    "rasterizer_version": (ctypes.c_int32, ()),
    "lanes": (ctypes.c_int32, ()),
    "default_pen": (ctypes.c_double, ()),
    "cpu": (ctypes.c_int32, ()),
    "ink_strokes": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # points
            ctypes.c_void_p,  # stroke_ends
            ctypes.c_int32,  # strokes
            ctypes.c_double,  # pen
            ctypes.c_void_p,  # image
        ),
    ),
    "ink_drawings": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # points
            ctypes.c_void_p,  # stroke_ends
            ctypes.c_void_p,  # drawing_ends
            ctypes.c_int32,  # count
            ctypes.c_void_p,  # pens
            ctypes.c_void_p,  # images
        ),
    ),
    "ink_picture": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # picture
            ctypes.c_int32,  # height
            ctypes.c_int32,  # width
            ctypes.c_void_p,  # image
        ),
    ),
    "grey_picture": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # rgb
            ctypes.c_int32,  # height
            ctypes.c_int32,  # width
            ctypes.c_void_p,  # grey
        ),
    ),
    "clean_picture_bytes": (ctypes.c_int64, (ctypes.c_int32, ctypes.c_int32)),
    "clean_picture": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # picture
            ctypes.c_int32,  # height
            ctypes.c_int32,  # width
            ctypes.c_int32,  # one_letter
            ctypes.c_void_p,  # cleaned
            ctypes.c_void_p,  # workspace
        ),
    ),
    "network_bytes": (ctypes.c_int64, ()),
    "network_init": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # network
            ctypes.c_void_p,  # layers
            ctypes.c_int32,  # count
            ctypes.c_int32,  # height
            ctypes.c_int32,  # width
            ctypes.c_void_p,  # tables
        ),
    ),
    "parameters": (ctypes.c_int64, (ctypes.c_void_p,)),
    "classes": (ctypes.c_int32, (ctypes.c_void_p,)),
    "initialise": (ctypes.c_int32, (ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)),
    "predict_bytes": (ctypes.c_int64, (ctypes.c_void_p,)),
    "predict": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # network
            ctypes.c_void_p,  # parameters
            ctypes.c_void_p,  # images
            ctypes.c_int64,  # count
            ctypes.c_float,  # temperature
            ctypes.c_void_p,  # probabilities
            ctypes.c_void_p,  # workspace
        ),
    ),
    "activations_count": (ctypes.c_int64, (ctypes.c_void_p, ctypes.c_void_p)),
    "activations": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # network
            ctypes.c_void_p,  # parameters
            ctypes.c_void_p,  # image
            ctypes.c_void_p,  # activations
        ),
    ),
    "gradient_bytes": (ctypes.c_int64, (ctypes.c_void_p,)),
    "gradient": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # network
            ctypes.c_void_p,  # parameters
            ctypes.c_void_p,  # dataset
            ctypes.c_float,  # label_smoothing
            ctypes.c_void_p,  # gradient
            ctypes.c_void_p,  # loss
            ctypes.c_void_p,  # workspace
        ),
    ),
    "recognize_bytes": (ctypes.c_int64, (ctypes.c_void_p,)),
    "recognize": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # recognizer
            ctypes.c_void_p,  # points
            ctypes.c_void_p,  # stroke_ends
            ctypes.c_void_p,  # drawing_ends
            ctypes.c_int32,  # count
            ctypes.c_void_p,  # recognitions
            ctypes.c_void_p,  # workspace
        ),
    ),
    "recognize_images": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # recognizer
            ctypes.c_void_p,  # images
            ctypes.c_int32,  # count
            ctypes.c_void_p,  # recognitions
            ctypes.c_void_p,  # workspace
        ),
    ),
    "judge": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # probabilities
            ctypes.c_int32,  # count
            ctypes.c_int32,  # classes
            ctypes.c_float,  # min_probability
            ctypes.c_double,  # max_entropy
            ctypes.c_void_p,  # recognitions
        ),
    ),
    "learning_rate": (ctypes.c_float, (ctypes.c_void_p, ctypes.c_int32)),
    "sample_order": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # weights
            ctypes.c_int32,  # count
            ctypes.c_uint32,  # seed
            ctypes.c_int32,  # epoch
            ctypes.c_void_p,  # order
            ctypes.c_int32,  # draws
        ),
    ),
    "augment_bytes": (ctypes.c_int64, (ctypes.c_int32, ctypes.c_int32)),
    "augment": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # image
            ctypes.c_int32,  # height
            ctypes.c_int32,  # width
            ctypes.c_void_p,  # recipe
            ctypes.c_int64,  # sample
            ctypes.c_void_p,  # augmented
            ctypes.c_void_p,  # workspace
        ),
    ),
    "trainer_bytes": (ctypes.c_int64, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)),
    "trainer_init": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # trainer
            ctypes.c_void_p,  # network
            ctypes.c_void_p,  # recipe
            ctypes.c_int32,  # threads
        ),
    ),
    "trainer_begin": (
        ctypes.c_int32,
        (
            ctypes.c_void_p,  # trainer
            ctypes.c_void_p,  # parameters
            ctypes.c_void_p,  # moments
            ctypes.c_void_p,  # dataset
            ctypes.c_void_p,  # order
            ctypes.c_int32,  # first_step
            ctypes.c_int32,  # steps
        ),
    ),
    "trainer_work": (ctypes.c_int32, (ctypes.c_void_p, ctypes.c_int32)),
    "trainer_result": (ctypes.c_int32, (ctypes.c_void_p, ctypes.c_void_p)),
}
