"""Networks: planned from layers; their probabilities, activations and gradients."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.engine import abi
from lenet.engine.abi import SIDE, Bias, Kind
from lenet.engine.library import (
    ByteArray,
    FloatArray,
    at,
    block,
    checked,
    function,
)
from lenet.errors import LenetError

CONV, MAXPOOL, DENSE, RELU = Kind.CONV, Kind.MAXPOOL, Kind.DENSE, Kind.RELU
TANH, SUBSAMPLE, RBF = Kind.TANH, Kind.SUBSAMPLE, Kind.RBF
SCALE, RESIZE = Kind.SCALE, Kind.RESIZE
CHANNEL, UNIT = Bias.PER_CHANNEL, Bias.PER_UNIT

IMAGES_A_THREAD = 256
"""With fewer images for each thread, starting a thread costs more than it saves."""

_network_bytes = function("network_bytes")
_network_init = function("network_init")
_parameters = function("parameters")
_classes = function("classes")
_initialise = function("initialise")
_predict_bytes = function("predict_bytes")
_predict = function("predict")
_activations_count = function("activations_count")
_activations = function("activations")
_gradient_bytes = function("gradient_bytes")
_gradient = function("gradient")


class Layer(NamedTuple):
    """One layer, as `lenet_layer` in core/lenet.h. Fields that its kind does not use keep their defaults.

    `table` holds its entries, 0 or 1 each, where C has their number.
    """

    kind: int
    out_channels: int = 0
    kernel: int = 0
    stride: int = 1
    padding: int = 0
    biases: int = CHANNEL
    window: int = 0
    side: int = 0
    pad_value: float = 0.0
    low: float = 0.0
    high: float = 1.0
    table: bytes = b""


def _packed(layers: Sequence[Layer]) -> ctypes.Array[abi.Layer]:
    """Return the layers as an array of `lenet_layer`."""
    packed = (abi.Layer * len(layers))()
    for n, layer in enumerate(layers):
        fields = layer._asdict()
        table = fields.pop("table")
        packed[n] = abi.Layer(**fields, table_size=len(table))
    return packed


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _helpers() -> ThreadPoolExecutor:
    """Return threads that stay; starting them takes as long as predicting 300 images."""
    return ThreadPoolExecutor(processors(), "lenet-predict")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # a child process does not have these threads


def shares(images: int, threads: int | None = None) -> int:
    """Return among how many threads images are shared, by default at most one a processor."""
    most = images // IMAGES_A_THREAD
    return 1 if most < 2 else max(1, min(threads or processors(), most))


def in_shares(work: Callable[[int, int], int], images: int, threads: int | None = None) -> None:
    """Call `work(first, end)` on shares of some images; each returns a status of the engine.

    Raises:
        LenetError: a status is an error.
    """
    count, whole = shares(images, threads), images // IMAGES_A_THREAD
    if count < 2:
        checked(work(0, images))
        return
    ends = [whole * n // count * IMAGES_A_THREAD for n in range(count)] + [images]
    for status in _helpers().map(work, ends[:-1], ends[1:]):
        checked(status)


class Network:
    """A planned network without weights, which are passed as one flat float32 array."""

    def __init__(self, layers: Sequence[Layer], height: int = SIDE, width: int = SIDE) -> None:
        """Plan the layers for images of height x width; LenetError if they do not fit together."""
        self.height, self.width, self._layers = height, width, len(layers)
        self._plan = block(_network_bytes())
        packed = _packed(layers)
        tables = np.frombuffer(b"".join(layer.table for layer in layers), np.uint8)
        checked(_network_init(at(self._plan), packed, len(packed), height, width, at(tables)))
        self.parameters = int(_parameters(at(self._plan)))
        self.classes = int(_classes(at(self._plan)))

    @property
    def address(self) -> int:
        """Return the address of the plan."""
        return at(self._plan)

    def weights(self, parameters: FloatArray) -> FloatArray:
        """Return the parameters as contiguous float32 (parameters,); LenetError for another shape."""
        parameters = np.ascontiguousarray(parameters, np.float32)
        if parameters.shape != (self.parameters,):
            raise LenetError(f"the network has {self.parameters} parameters, not {parameters.shape}")
        return parameters

    def images(self, images: ByteArray) -> ByteArray:
        """Return the images as contiguous uint8 (n, height, width); LenetError for another shape."""
        images = np.ascontiguousarray(images)
        if images.dtype != np.uint8 or images.shape[1:] != (self.height, self.width):
            raise LenetError(
                f"images must be uint8 (n, {self.height}, {self.width}), not {images.dtype} {images.shape}"
            )
        return images

    def dataset(
        self, images: ByteArray, labels: ByteArray, targets: FloatArray | None = None
    ) -> tuple[abi.Dataset, tuple[NDArray[Any] | None, ...]]:
        """Return images with what the network shall answer, and the arrays, which must outlive it.

        Args:
            images: uint8 (n, height, width).
            labels: uint8 (n,).
            targets: float32 (n, classes), 0..1, or None for the labels.

        Raises:
            LenetError: arrays of other types or shapes.
        """
        images, labels = self.images(images), np.ascontiguousarray(labels, np.uint8)
        if labels.shape != (len(images),):
            raise LenetError(f"{len(images)} images need as many labels, not {labels.shape}")
        if targets is not None:
            targets = np.ascontiguousarray(targets, np.float32)
            if targets.shape != (len(images), self.classes):
                raise LenetError(f"targets must be one row of each image, not {targets.shape}")
        addresses = at(images), at(labels), None if targets is None else at(targets)
        return abi.Dataset(*addresses, len(images)), (images, labels, targets)

    def initialise(self, seed: int) -> FloatArray:
        """Return initial parameters, float32 (parameters,), as core/lenet.h says; seed 0..2^32-1."""
        parameters = np.empty(self.parameters, np.float32)
        checked(_initialise(self.address, seed, at(parameters)))
        return parameters

    def predict(
        self,
        parameters: FloatArray,
        images: ByteArray,
        temperature: float = 1.0,
        threads: int | None = None,
    ) -> FloatArray:
        """Return the probabilities, softmax(logits / temperature): float32 (n, classes).

        Args:
            parameters: float32 (parameters,).
            images: uint8 (n, height, width).
            temperature: divides the logits.
            threads: share many images, by default one a processor; no bit depends on it.
        """
        parameters, images = self.weights(parameters), self.images(images)
        probabilities = np.empty((len(images), self.classes), np.float32)

        def share(first: int, end: int) -> int:
            space = block(_predict_bytes(self.address))
            part, result = at(images[first:end]), at(probabilities[first:end])
            return int(
                _predict(self.address, at(parameters), part, end - first, temperature, result, at(space))
            )

        in_shares(share, len(images), threads)
        return probabilities

    def activations(self, parameters: FloatArray, image: ByteArray) -> list[FloatArray]:
        """Compute the values inside the network for one image, by plain loops in float64.

        Args:
            parameters: float32 (parameters,).
            image: uint8 (height, width).

        Returns:
            The input, 0..1, and the output of every layer, float32 (channels, rows, columns) each;
            the last are the logits.
        """
        parameters, images = self.weights(parameters), self.images(image[np.newaxis])
        shapes = np.empty((1 + self._layers, 3), np.int32)
        values = np.empty(checked(_activations_count(self.address, at(shapes))), np.float32)
        checked(_activations(self.address, at(parameters), at(images), at(values)))
        parts = np.split(values, np.cumsum(shapes.prod(axis=1))[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def gradient(
        self,
        parameters: FloatArray,
        images: ByteArray,
        labels: ByteArray,
        smoothing: float = 0.0,
        targets: FloatArray | None = None,
    ) -> tuple[FloatArray, float]:
        """Return the gradient of the mean cross-entropy, float32 (parameters,), and the loss in nats.

        Args:
            parameters: float32 (parameters,).
            images: uint8 (n, height, width).
            labels: uint8 (n,).
            smoothing: label smoothing, 0..1.
            targets: float32 (n, classes), 0..1: soft targets instead of the smoothed labels.
        """
        parameters = self.weights(parameters)
        dataset, _arrays = self.dataset(images, labels, targets)
        gradient, loss = np.empty(self.parameters, np.float32), np.empty(1, np.float64)
        space = block(_gradient_bytes(self.address))
        checked(
            _gradient(
                self.address,
                at(parameters),
                ctypes.byref(dataset),
                smoothing,
                at(gradient),
                at(loss),
                at(space),
            )
        )
        return gradient, float(loss[0])
