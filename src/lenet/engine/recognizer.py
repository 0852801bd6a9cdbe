"""Recognition in one call: strokes or images to verdicts and the most probable classes."""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from struct import Struct
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from lenet.engine import abi
from lenet.engine.abi import CANDIDATES, Verdict
from lenet.engine.library import ByteArray, FloatArray, at, block, checked, function
from lenet.engine.network import Network, in_shares, shares
from lenet.engine.rasterizer import PackedStrokes
from lenet.errors import DataError

_recognize_bytes = function("recognize_bytes")
_recognize = function("recognize")
_recognize_images = function("recognize_images")
_judge = function("judge")

RECOGNITION = cast("np.dtype[np.void]", np.dtype(abi.Recognition))
"""The fields of `lenet_recognition`: verdict, candidates, classes (5,) and probabilities (5,)."""

RawRecognition = tuple[int, tuple[int, ...], tuple[float, ...]]
"""`abi.Verdict`, the most probable classes, best first, and their probabilities."""

_EMPTY = np.array((Verdict.EMPTY, 0, [-1] * CANDIDATES, [0] * CANDIDATES), RECOGNITION)
_FIELDS = Struct(f"=2i{CANDIDATES}i{CANDIDATES}f")
_CLASSES = 2  # the first of a recognition's classes among its fields
_PROBABILITIES = _CLASSES + CANDIDATES
_RESERVED = 64  # recognitions for which a call needs no new memory


class Settings(NamedTuple):
    """How the probabilities of a network are read.

    Attributes:
        temperature: divides the logits.
        min_probability: 0..1; a lower highest probability is unsure; None: no such threshold.
        max_entropy: nats; a higher entropy is not a letter; None: no such threshold.
        pen: pen width of drawings, see `ink_strokes`.
    """

    temperature: float
    min_probability: float | None
    max_entropy: float | None
    pen: float


class _Memory:
    """Memory of one call at a time: a workspace, and some recognitions."""

    def __init__(self, workspace: int) -> None:
        self._workspace = block(workspace)
        self._recognitions = np.empty(_RESERVED, RECOGNITION)
        self.bytes = self._recognitions.data.cast("B")
        self.workspace = ctypes.c_void_p(at(self._workspace))
        self.recognitions = ctypes.c_void_p(at(self._recognitions))


class Recognizer:
    """A network with its weights that recognizes drawings and images; threads may share it."""

    def __init__(self, network: Network, parameters: FloatArray, settings: Settings) -> None:
        """Keep the network and its parameters, float32 (parameters,), which must not change.

        Raises:
            LenetError: the parameters are not the network's.
        """
        self._network, self._parameters = network, network.weights(parameters)
        self._recognizer = abi.Recognizer(
            network.address,
            at(self._parameters),
            settings.temperature,
            *_thresholds(settings.min_probability, settings.max_entropy),
            settings.pen,
        )
        self._address = ctypes.c_void_p(ctypes.addressof(self._recognizer))
        self._workspace_bytes = checked(_recognize_bytes(network.address))
        self._unused: list[_Memory] = []  # appending and popping are atomic

    def _memory(self) -> _Memory:
        """Return memory that no call uses; a call that succeeds puts it back."""
        try:
            return self._unused.pop()
        except IndexError:
            return _Memory(self._workspace_bytes)

    def strokes(self, drawings: Sequence[PackedStrokes]) -> list[RawRecognition]:
        """Recognize drawings: one call of the engine for all.

        Raises:
            LenetError: coordinates, sizes or a pen width that the engine refuses, or a network whose
                images are not 28x28.
        """
        count = len(drawings)
        points = b"".join([drawing.points for drawing in drawings])
        lengths = [drawing.lengths for drawing in drawings]
        stroke_ends = array("i", chain.from_iterable(map(accumulate, lengths)))
        drawing_ends = array("i", accumulate(map(len, lengths)))
        memory = self._memory()
        recognitions = np.empty(count, RECOGNITION) if count > _RESERVED else None
        checked(
            _recognize(
                self._address,
                points,
                stroke_ends.buffer_info()[0],
                drawing_ends.buffer_info()[0],
                count,
                memory.recognitions if recognitions is None else at(recognitions),
                memory.workspace,
            )
        )
        result = _unpack(memory.bytes[: count * _FIELDS.size] if recognitions is None else recognitions.data)
        self._unused.append(memory)
        return result

    def images(self, images: ByteArray) -> NDArray[np.void]:
        """Recognize images, uint8 (n, height, width); many are shared among threads.

        Returns:
            RECOGNITION (n,).

        Raises:
            LenetError: images of another dtype or shape.
        """
        images = self._network.images(images)
        if shares(len(images)) < 2:
            return self._images(images)
        recognitions = np.full(len(images), _EMPTY)
        inked = images.any(axis=(1, 2))  # groups of images, and so the last bits, must not depend on threads
        recognitions[inked] = self._images(images if inked.all() else images[inked])
        return recognitions

    def _images(self, images: ByteArray) -> NDArray[np.void]:
        recognitions = np.empty(len(images), RECOGNITION)

        def share(first: int, end: int) -> int:
            memory = self._memory()
            part, result = at(images[first:end]), at(recognitions[first:end])
            status = int(_recognize_images(self._address, part, end - first, result, memory.workspace))
            self._unused.append(memory)
            return status

        in_shares(share, len(images))
        return recognitions


def unpack(recognitions: NDArray[np.void]) -> list[RawRecognition]:
    """Return recognitions, RECOGNITION (n,), as values of Python."""
    return _unpack(recognitions.data)


def _unpack(recognitions: memoryview) -> list[RawRecognition]:
    return [
        (
            values[0],
            values[_CLASSES : _CLASSES + values[1]],
            values[_PROBABILITIES : _PROBABILITIES + values[1]],
        )
        for values in _FIELDS.iter_unpack(recognitions)
    ]


def judge(
    probabilities: FloatArray, min_probability: float | None = None, max_entropy: float | None = None
) -> NDArray[np.void]:
    """Decide by probabilities that a network has computed.

    Args:
        probabilities: float32 (n, classes).
        min_probability: 0..1; a lower highest probability is unsure; None applies no such threshold.
        max_entropy: nats; a higher entropy is not a letter; None applies no such threshold.

    Returns:
        RECOGNITION (n,); none is empty.

    Raises:
        LenetError: a threshold out of its range, or probabilities of another shape.
    """
    probabilities = np.ascontiguousarray(probabilities, np.float32)
    if probabilities.ndim != 2:
        raise DataError(f"probabilities must be (n, classes), not {probabilities.shape}")
    recognitions = np.empty(len(probabilities), RECOGNITION)
    thresholds = _thresholds(min_probability, max_entropy)
    checked(_judge(at(probabilities), *probabilities.shape, *thresholds, at(recognitions)))
    return recognitions


def _thresholds(min_probability: float | None, max_entropy: float | None) -> tuple[float, float]:
    """Return thresholds as the engine takes them, which has a number for none, too."""
    return min_probability or 0.0, math.inf if max_entropy is None else max_entropy
