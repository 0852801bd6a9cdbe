"""A network's weights as tensors of a model file, in 32 or 8 bits (docs/reference/model-file.md)."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lenet.errors import ModelFileError
from lenet.models.safetensors import Contents, Entry
from lenet.models.spec import Spec, Tensor

LEVELS = 63  # steps to either side of zero: fewer make a smaller file, more read as in 32 bits


class Stored(NamedTuple):
    """A tensor as it lies in a file: `dtype` is "F32" or "I8"."""

    name: str
    shape: tuple[int, ...]
    dtype: str


Quantize = Literal["int8"]
"""How the weights of a model file are rounded."""

# ---- To tensors ----------------------------------------------------------------------------


def pack(
    spec: Spec, parameters: npt.NDArray[np.float32], quantize: Quantize | None
) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of a model file, in the engine's order.

    Args:
        spec: The network.
        parameters: float32 (n,), in the engine's order.
        quantize: With "int8" weights become int8, each in steps of 1/LEVELS of the largest that leads to the
            same output; they follow the tensors that stay float32, which keeps these aligned.
    """
    kept: dict[str, npt.NDArray[Any]] = {}
    rounded: dict[str, npt.NDArray[Any]] = {}
    start = 0
    for tensor in spec.tensors:
        stop = start + math.prod(tensor.shape)
        values = parameters[start:stop].reshape(tensor.shape)
        start = stop
        if quantize and _is_weight(tensor.name) and len(tensor.shape) > 1:
            rounded[tensor.name], kept[_scale_of(tensor).name] = quantised(values)
        else:
            kept[tensor.name] = values
    return kept | rounded


def quantised(
    values: npt.NDArray[np.float32], levels: int = LEVELS
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return weights as whole steps, and the size of a step for each place of the last axis.

    Args:
        values: weights of any shape.
        levels: steps to either side of zero.

    Returns:
        int8 of the same shape, and float32 (last side,), above 0.
    """
    largest = np.abs(values).max(axis=tuple(range(values.ndim - 1)))
    step = np.maximum(largest / np.float32(levels), np.finfo(np.float32).tiny)
    # Rounded up to 8 significant bits: half of each number is zeros, which compress.
    step = ((step.view(np.uint32) + 0xFFFF) & 0xFFFF0000).view(np.float32)
    return np.rint(values / step).astype(np.int8), step


def _is_weight(name: str) -> bool:
    return name.endswith(".weight")


def _scale_of(weight: Tensor | Stored) -> Stored:
    """Return the tensor with the sizes of a weight's steps."""
    return Stored(f"{weight.name.removesuffix('weight')}scale", weight.shape[-1:], "F32")


# ---- From tensors --------------------------------------------------------------------------


def unpack(spec: Spec, contents: Contents) -> npt.NDArray[np.float32]:
    """Return the parameters in the engine's order, from tensors that are found by their names.

    Args:
        spec: The network.
        contents: The file's tensors.

    Raises:
        LenetError: A tensor that the network does not have, a missing one, or one of another type or
            shape.
    """
    entries = contents.entries
    expected = [stored for tensor in spec.tensors for stored in _stored(tensor, entries)]
    for tensor in expected:
        _check(entries.get(tensor.name), tensor)
    if extra := set(entries) - {tensor.name for tensor in expected}:
        raise ModelFileError(f"a tensor {min(extra)!r:.40} that its architecture lacks; remove it")
    return np.concatenate([_values(tensor, contents) for tensor in spec.tensors])


def _stored(tensor: Tensor, entries: dict[str, Entry]) -> list[Stored]:
    """Return how a tensor must lie in a file with these entries: with its scale where it is in 8 bits."""
    entry = entries.get(tensor.name)
    small = entry is not None and entry.dtype == "I8" and _is_weight(tensor.name)
    return [Stored(*tensor, "I8"), _scale_of(tensor)] if small else [Stored(*tensor, "F32")]


def _check(entry: Entry | None, tensor: Stored) -> None:
    if entry is None:
        raise ModelFileError(f"no tensor {tensor.name}, which its architecture has; save it again")
    if entry.dtype != tensor.dtype:
        raise ModelFileError(f"tensor {tensor.name} is not float32 (F32); convert it")
    if entry.shape != tensor.shape:
        raise ModelFileError(
            f"tensor {tensor.name} has shape {list(entry.shape)!s:.60}, not {list(tensor.shape)}; "
            "its architecture is another one"
        )


def _values(tensor: Tensor, contents: Contents) -> npt.NDArray[np.float32]:
    values = contents.array(tensor.name).astype(np.float32)
    if contents.entries[tensor.name].dtype == "F32":
        return values.ravel()
    scale = contents.array(_scale_of(tensor).name).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # whether all are finite is asked of the whole
        return (values * scale).ravel()
