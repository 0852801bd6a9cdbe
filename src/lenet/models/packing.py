"""A network's weights as tensors of a model file, in 32 or 8 bits (docs/reference/model-file.md).

Every limit is checked before memory is spent.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt

from lenet.errors import LenetError
from lenet.models.spec import Tensor, tensors

LEVELS = 63  # steps to either side of zero: fewer make a smaller file, more read as in 32 bits


class Stored(NamedTuple):
    """A tensor as it lies in a file: `dtype` is "F32" or "I8"."""

    name: str
    shape: tuple[int, ...]
    dtype: str


# ---- To tensors ----------------------------------------------------------------------------


def pack(
    architecture: Any, parameters: npt.NDArray[np.float32], compact: bool
) -> tuple[dict[str, dict[str, Any]], bytes]:
    """The entries of a header and the numbers that they tell of, in the engine's order.

    compact  the weights in 8 bits, each in steps of 1/LEVELS of the largest that leads to the same
             output, after all that stays in 32 bits and so aligned
    """
    kept: list[tuple[str, npt.NDArray[Any]]] = []
    rounded: list[tuple[str, npt.NDArray[Any]]] = []
    start = 0
    for tensor in tensors(architecture):
        stop = start + math.prod(tensor.shape)
        values = parameters[start:stop].reshape(tensor.shape)
        start = stop
        if compact and _is_weight(tensor.name) and len(tensor.shape) > 1:
            steps, scale = quantised(values)
            kept.append((_scale_of(tensor).name, scale))
            rounded.append((tensor.name, steps))
        else:
            kept.append((tensor.name, values))
    entries: dict[str, dict[str, Any]] = {}
    parts, end = [], 0
    for name, array in kept + rounded:
        dtype, form = ("I8", "i1") if array.dtype == np.int8 else ("F32", "<f4")
        parts.append(array.astype(form).tobytes())
        start, end = end, end + len(parts[-1])
        entries[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [start, end]}
    return entries, b"".join(parts)


def quantised(
    values: npt.NDArray[np.float32], levels: int = LEVELS
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Weights as whole steps, int8 of the same shape, and how large a step is for each place of
    the last axis, float32 above 0."""
    largest = np.abs(values).max(axis=tuple(range(values.ndim - 1)))
    step = np.maximum(largest / np.float32(levels), np.finfo(np.float32).tiny)
    # Rounded up to 8 significant bits: half of each number is zeros, which compress.
    step = ((step.view(np.uint32) + 0xFFFF) & 0xFFFF0000).view(np.float32)
    return np.rint(values / step).astype(np.int8), step


def _is_weight(name: str) -> bool:
    return name.endswith(".weight")


def _scale_of(weight: Tensor | Stored) -> Stored:
    """The tensor with the sizes of a weight's steps."""
    return Stored(f"{weight.name.removesuffix('weight')}scale", weight.shape[-1:], "F32")


# ---- From tensors --------------------------------------------------------------------------


def unpack(architecture: Any, entries: dict[str, Any], data: memoryview) -> npt.NDArray[np.float32]:
    """The parameters in the engine's order, from tensors that are found by their names.

    Raises LenetError for tensors that the architecture has not or that are missing, that overlap,
    leave gaps or do not end where the data end.
    """
    expected = [stored for tensor in tensors(architecture) for stored in _stored(tensor, entries)]
    if missing := [tensor.name for tensor in expected if tensor.name not in entries]:
        raise LenetError(f"no tensor {missing[0]}, which its architecture has; save it again")
    if extra := set(entries) - {tensor.name for tensor in expected}:
        raise LenetError(f"a tensor {min(extra)!r:.40} that its architecture has not; remove it")
    spans = [_span(entries[tensor.name], tensor) for tensor in expected]
    end = 0
    for start, stop in sorted(spans):
        if start != end:
            raise LenetError("its tensors overlap or leave gaps; copy the file again")
        end = stop
    if end != len(data):
        relation = "cut short" if end > len(data) else "longer than its tensors"
        raise LenetError(f"{relation}: {len(data)} bytes instead of {end}; copy the file again")
    values = {
        tensor.name: np.frombuffer(data[start:stop], "i1" if tensor.dtype == "I8" else "<f4")
        for tensor, (start, stop) in zip(expected, spans, strict=True)
    }
    return np.concatenate([_values(tensor, values) for tensor in tensors(architecture)])


def _stored(tensor: Tensor, entries: dict[str, Any]) -> list[Stored]:
    """How a tensor must lie in a file with these entries: with its scale where it is in 8 bits."""
    entry = entries.get(tensor.name)
    small = isinstance(entry, dict) and entry.get("dtype") == "I8" and _is_weight(tensor.name)
    return [Stored(*tensor, "I8"), _scale_of(tensor)] if small else [Stored(*tensor, "F32")]


def _values(tensor: Tensor, values: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    found = values[tensor.name].astype(np.float32)
    scale = values.get(_scale_of(tensor).name) if _is_weight(tensor.name) else None
    if scale is None:
        return found
    with np.errstate(over="ignore", invalid="ignore"):  # whether all are finite is asked of the whole
        return (found.reshape(-1, len(scale)) * scale.astype(np.float32)).ravel()


def _span(entry: Any, tensor: Stored) -> tuple[int, int]:
    """Where a tensor lies in the data, its dtype and shape being right."""
    given = entry if isinstance(entry, dict) else {}
    if given.get("dtype") != tensor.dtype or not _are_integers(shape := given.get("shape")):
        raise LenetError(f"tensor {tensor.name} is not float32 (F32); convert it")
    if tuple(shape) != tensor.shape:
        raise LenetError(
            f"tensor {tensor.name} has shape {shape!s:.60}, not {list(tensor.shape)}; "
            "its architecture is another one"
        )
    if not _are_integers(offsets := given.get("data_offsets")) or len(offsets) != 2:
        raise LenetError(f"tensor {tensor.name} has no data_offsets; copy the file again")
    start, stop = offsets
    size = 1 if tensor.dtype == "I8" else 4
    if start < 0 or stop - start != size * math.prod(tensor.shape):
        raise LenetError(f"tensor {tensor.name} has wrong data_offsets; copy the file again")
    return start, stop


def _are_integers(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(item) is int for item in value)
