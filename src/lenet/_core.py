"""The engine as NumPy sees it: loads the native library and calls core/lenet.h through ctypes.

The only module that knows the library. Arrays are checked and made contiguous here; what the engine
refuses becomes a LenetError.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from lenet.errors import LenetError

INTERFACE = 1
SIDE = 28
CONV, MAXPOOL, DENSE, RELU = 1, 2, 3, 4
SGD, ADAMW = 0, 1
CONSTANT, ONE_CYCLE = 0, 1

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

IMAGES_A_THREAD = 256
"""Fewer are answered sooner than a thread starts to help."""

_VARIANTS = ("baseline", "avx2", "avx512")  # in the order of lenet_cpu()
_MESSAGES = {
    -1: "an argument is out of its range",
    -2: "the layers do not fit together; see core/lenet.h for their limits",
    -3: "a coordinate is not a number, infinite, or beyond 1e9; scale the drawing down",
    -4: "too large: a drawing has at most 100,000 points, a picture at most 16,384 pixels a side",
    -5: "a label or an image index is out of range",
}


class Layer(NamedTuple):
    """One layer, as `lenet_layer` in core/lenet.h: kind CONV, MAXPOOL, DENSE or RELU."""

    kind: int
    size: int = 0
    kernel: int = 0
    stride: int = 1
    padding: int = 0


class Augmentation(ctypes.Structure):
    """Strengths of the random changes, as `lenet_augmentation` in core/lenet.h."""

    _fields_ = [
        (name, ctypes.c_float)
        for name in ("rotation", "scale", "shear", "shift", "elastic", "thicken", "thin")
    ]


class Recipe(ctypes.Structure):
    """How to train, as `lenet_recipe` in core/lenet.h."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in ("optimizer", "schedule", "batch", "steps")),
        *(
            (name, ctypes.c_float)
            for name in (
                "rate",
                "warmup",
                "momentum",
                "beta2",
                "epsilon",
                "weight_decay",
                "smoothing",
            )
        ),
        ("seed", ctypes.c_uint32),
        ("augmentation", Augmentation),
    ]


def _path(variant: str) -> Path:
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return Path(__file__).parent / "_native" / f"core-{variant}{suffix}"


def _open(variant: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(_path(variant)))
    except OSError as error:
        raise ImportError(
            f"lenet: the native library is missing or broken ({error}); remedy: pip install . again"
        ) from None
    if library.lenet_interface() != INTERFACE:
        raise ImportError(
            "lenet: the native library is of another version; remedy: pip install . again"
        )
    return library


def _supported() -> tuple[str, ...]:
    best = int(_open("baseline").lenet_cpu())
    return tuple(name for name in _VARIANTS[: best + 1] if _path(name).exists())


def _load() -> ctypes.CDLL:
    wanted = os.environ.get("LENET_ISA", SUPPORTED[-1])
    if wanted not in SUPPORTED:
        raise ImportError(
            f"LENET_ISA={wanted}: this processor and build offer {', '.join(SUPPORTED)}"
        )
    return _open(wanted)


SUPPORTED = _supported()
"""The instruction sets of this build that this processor runs, best last; LENET_ISA picks one."""

_library = _load()
_pointer, _i32, _i64, _u32 = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_uint32


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    function = getattr(_library, f"lenet_{name}")
    function.restype, function.argtypes = result, arguments
    return cast(Callable[..., Any], function)


_ink_strokes = _function("ink_strokes", _i32, _pointer, _pointer, _i32, ctypes.c_double, _pointer)
_ink_picture = _function("ink_picture", _i32, _pointer, _i32, _i32, _pointer)
_network_bytes = _function("network_bytes", _i64)
_network_init = _function("network_init", _i32, _pointer, _pointer, _i32, _i32, _i32)
_parameters = _function("parameters", _i64, _pointer)
_classes = _function("classes", _i32, _pointer)
_initialise = _function("initialise", _i32, _pointer, _u32, _pointer)
_predict_bytes = _function("predict_bytes", _i64, _pointer)
_predict = _function(
    "predict", _i32, _pointer, _pointer, _pointer, _i64, ctypes.c_float, _pointer, _pointer
)
_gradient_bytes = _function("gradient_bytes", _i64, _pointer)
_gradient = _function(
    "gradient",
    _i32,
    _pointer,
    _pointer,
    _pointer,
    _pointer,
    _i64,
    ctypes.c_float,
    _pointer,
    _pointer,
    _pointer,
)
_rate = _function("rate", ctypes.c_float, _pointer, _i32)
_order = _function("order", _i32, _pointer, _i32, _u32, _i32, _pointer, _i32)
_augment_bytes = _function("augment_bytes", _i64, _i32, _i32)
_augment = _function(
    "augment", _i32, _pointer, _i32, _i32, _pointer, _u32, _i64, _pointer, _pointer
)
_trainer_bytes = _function("trainer_bytes", _i64, _pointer, _pointer, _i32)
_trainer_init = _function("trainer_init", _i32, _pointer, _pointer, _pointer, _i32)
_trainer_begin = _function(
    "trainer_begin",
    _i32,
    _pointer,
    _pointer,
    _pointer,
    _pointer,
    _pointer,
    _i32,
    _pointer,
    _i32,
    _i32,
)
_trainer_work = _function("trainer_work", _i32, _pointer, _i32)
_trainer_result = _function("trainer_result", _i32, _pointer, _pointer)

INK_VERSION = int(_library.lenet_ink_version())
LANES = int(_library.lenet_lanes())
DEFAULT_PEN = float(_function("default_pen", ctypes.c_double)())


def _checked(status: int) -> int:
    if status < 0:
        raise LenetError(_MESSAGES.get(status, f"the engine answered {status}"))
    return int(status)


def _block(size: int) -> ByteArray:
    """Uninitialised memory for the engine that starts at a multiple of 64 bytes."""
    raw = np.empty(_checked(size) + 63, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _helpers() -> ThreadPoolExecutor:
    """Threads that stay: to start them anew would take as long as answering 300 images."""
    return ThreadPoolExecutor(processors(), "lenet-predict")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # a child has none of them


def _at(array: NDArray[Any]) -> int:
    return int(array.ctypes.data)


def _is_state(array: NDArray[Any], length: int) -> bool:
    """Whether the engine may update the array in place."""
    return array.dtype == np.float32 and array.shape == (length,) and array.flags.carray


# ---- Ink --------------------------------------------------------------------------------------


def ink_strokes(
    points: NDArray[np.float64], ends: NDArray[np.int32], pen: float
) -> ByteArray | None:
    """Rasterises a drawing to uint8 (28, 28), ink bright; None for a drawing without a point.

    `points` is float64 (n, 2), x right and y down; `ends` int32 (strokes,): the index after each
    stroke's last point; `pen` the pen width as a share of the longer side of the points' bounding
    box, 0.02..1. LenetError for coordinates or sizes that the engine refuses.
    """
    points = np.ascontiguousarray(points, np.float64)
    ends = np.ascontiguousarray(ends, np.int32)
    if (int(ends[-1]) if len(ends) else 0) != len(points) or (
        len(points) and points.shape[1:] != (2,)
    ):
        raise LenetError("the strokes' ends do not match the points")
    image = np.empty((SIDE, SIDE), np.uint8)
    return (
        image
        if _checked(_ink_strokes(_at(points), _at(ends), len(ends), pen, _at(image)))
        else None
    )


def ink_picture(picture: ByteArray) -> ByteArray | None:
    """Brings a grey picture, uint8 (height, width), to uint8 (28, 28); None if it is blank."""
    picture = np.ascontiguousarray(picture, np.uint8)
    if picture.ndim != 2:
        raise LenetError(f"a picture has two dimensions, this array {picture.ndim}")
    image = np.empty((SIDE, SIDE), np.uint8)
    return image if _checked(_ink_picture(_at(picture), *picture.shape, _at(image))) else None


# ---- Networks ---------------------------------------------------------------------------------


class Network:
    """A planned network; it holds no weights, these are passed as one flat float32 array."""

    def __init__(self, layers: Sequence[Layer], height: int = SIDE, width: int = SIDE) -> None:
        """Plans the layers for images of height x width; LenetError if they do not fit together."""
        self.height, self.width = height, width
        self._plan = _block(_network_bytes())
        packed = np.array([tuple(layer) for layer in layers], np.int32).reshape(-1, 5)
        _checked(_network_init(_at(self._plan), _at(packed), len(packed), height, width))
        self.parameters = int(_parameters(_at(self._plan)))
        self.classes = int(_classes(_at(self._plan)))

    @property
    def address(self) -> int:
        """Where the engine finds the plan."""
        return _at(self._plan)

    def _weights(self, parameters: FloatArray) -> FloatArray:
        parameters = np.ascontiguousarray(parameters, np.float32)
        if parameters.shape != (self.parameters,):
            raise LenetError(
                f"the network has {self.parameters} parameters, not {parameters.shape}"
            )
        return parameters

    def images(self, images: ByteArray) -> ByteArray:
        """The images as contiguous uint8 (n, height, width); LenetError for any other shape."""
        images = np.ascontiguousarray(images)
        if images.dtype != np.uint8 or images.shape[1:] != (self.height, self.width):
            raise LenetError(
                f"images must be uint8 (n, {self.height}, {self.width}), "
                f"not {images.dtype} {images.shape}"
            )
        return images

    def initialise(self, seed: int) -> FloatArray:
        """He-initialised parameters, float32 (parameters,); seed 0..2^32-1."""
        parameters = np.empty(self.parameters, np.float32)
        _checked(_initialise(self.address, seed, _at(parameters)))
        return parameters

    def predict(
        self,
        parameters: FloatArray,
        images: ByteArray,
        temperature: float = 1.0,
        threads: int | None = None,
    ) -> FloatArray:
        """softmax(logits / temperature), float32 (n, classes); images uint8 (n, height, width).

        Many images are shared among `threads`, by default one a processor; no bit depends on it.
        """
        parameters, images = self._weights(parameters), self.images(images)
        probabilities = np.empty((len(images), self.classes), np.float32)

        def share(first: int, end: int) -> int:
            space = _block(_predict_bytes(self.address))
            part, answers = images[first:end], probabilities[first:end]
            return int(
                _predict(
                    *(self.address, _at(parameters), _at(part), len(part), temperature),
                    *(_at(answers), _at(space)),
                )
            )

        count = min(threads or processors(), len(images) // IMAGES_A_THREAD)
        if count < 2:
            _checked(share(0, len(images)))
        else:
            whole = len(images) // IMAGES_A_THREAD
            ends = [whole * n // count * IMAGES_A_THREAD for n in range(count)] + [len(images)]
            for status in _helpers().map(share, ends[:-1], ends[1:]):
                _checked(status)
        return probabilities

    def gradient(
        self, parameters: FloatArray, images: ByteArray, labels: ByteArray, smoothing: float = 0.0
    ) -> tuple[FloatArray, float]:
        """Gradient float32 (parameters,) of the mean cross-entropy, and that loss in nats."""
        parameters, images = self._weights(parameters), self.images(images)
        labels = np.ascontiguousarray(labels, np.uint8)
        if labels.shape != (len(images),):
            raise LenetError(f"{len(images)} images need as many labels, not {labels.shape}")
        gradient, loss = np.empty(self.parameters, np.float32), np.empty(1, np.float64)
        space = _block(_gradient_bytes(self.address))
        _checked(
            _gradient(
                *(self.address, _at(parameters), _at(images), _at(labels), len(images), smoothing),
                *(_at(gradient), _at(loss), _at(space)),
            )
        )
        return gradient, float(loss[0])


# ---- Training ---------------------------------------------------------------------------------


def learning_rate(recipe: Recipe, step: int) -> float:
    """Learning rate of a step, 0..steps-1."""
    return float(_rate(ctypes.byref(recipe), step))


def draw_order(
    weights: NDArray[np.float64], seed: int, epoch: int, draws: int
) -> NDArray[np.int32]:
    """`draws` indices into `weights`, in proportion to them, shuffled; int32 (draws,)."""
    weights = np.ascontiguousarray(weights, np.float64)
    order = np.empty(draws, np.int32)
    _checked(_order(_at(weights), len(weights), seed, epoch, _at(order), draws))
    return order


def augment(image: ByteArray, augmentation: Augmentation, seed: int, sample: int) -> FloatArray:
    """One augmented copy of an image uint8 (h, w), as training sees it; float32 (h, w), 0..1."""
    image = np.ascontiguousarray(image, np.uint8)
    augmented = np.empty(image.shape, np.float32)
    space = _block(_augment_bytes(*image.shape))
    _checked(
        _augment(
            _at(image),
            *image.shape,
            ctypes.byref(augmentation),
            seed,
            sample,
            _at(augmented),
            _at(space),
        )
    )
    return augmented


class Trainer:
    """Runs training steps on `threads` threads of its own; a context manager."""

    def __init__(self, network: Network, recipe: Recipe, threads: int) -> None:
        """LenetError if the recipe or the number of threads (1..64) is out of range."""
        self._network, self._batch, self.threads = network, int(recipe.batch), threads
        self._block = _block(_trainer_bytes(network.address, ctypes.byref(recipe), threads))
        _checked(_trainer_init(_at(self._block), network.address, ctypes.byref(recipe), threads))
        self._pool = ThreadPoolExecutor(threads, "lenet")

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def _work(self, thread: int, start: Future[bool], arrays: tuple[NDArray[Any], ...]) -> int:
        """One thread's part; `arrays` are kept alive for the engine, which has only addresses."""
        return int(_trainer_work(_at(self._block), thread)) if start.result() else 0

    def run(
        self,
        parameters: FloatArray,
        moments: FloatArray,
        images: ByteArray,
        labels: ByteArray,
        order: NDArray[np.int32],
        first_step: int,
    ) -> tuple[float, float]:
        """Takes len(order) / batch steps; returns mean loss (nats) and accuracy before each update.

        `parameters` float32 (p,) and `moments` float32 (2p,) are updated in place; `images` uint8
        (n, height, width), `labels` uint8 (n,), `order` int32: batches of indices.
        """
        size = self._network.parameters
        if not _is_state(parameters, size) or not _is_state(moments, 2 * size):
            raise LenetError(
                "parameters and moments must be contiguous float32 of the network's size"
            )
        images = self._network.images(images)
        labels, order = (
            np.ascontiguousarray(labels, np.uint8),
            np.ascontiguousarray(order, np.int32),
        )
        if labels.shape != (len(images),) or len(order) == 0 or len(order) % self._batch:
            raise LenetError("each image needs a label, and the order whole batches")
        _checked(
            _trainer_begin(
                *(
                    _at(self._block),
                    _at(parameters),
                    _at(moments),
                    _at(images),
                    _at(labels),
                    len(images),
                ),
                *(_at(order), first_step, len(order) // self._batch),
            )
        )
        arrays = (parameters, moments, images, labels, order)
        start: Future[bool] = Future()  # threads wait for one another: all begin, or none
        running: list[Future[int]] = []
        try:
            for thread in range(self.threads):
                running.append(self._pool.submit(self._work, thread, start, arrays))
            start.set_result(True)
            for work in running:
                _checked(work.result())
        finally:  # after Ctrl-C too, the parameters are those of a whole run
            if not start.done():
                start.set_result(False)
            for work in running:
                work.exception()
        result = np.empty(2, np.float64)
        _checked(_trainer_result(_at(self._block), _at(result)))
        return float(result[0]), float(result[1])
