"""Pending affine step between two layers, until one absorbs it: scale * x + shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lenet.engine.abi import MAX_LEVEL
from lenet.importers.ir import Array

_ROUNDING = 1e-7  # relative; a factor this close to 1 comes from rounding to float32


@dataclass(frozen=True, eq=False)
class Waiting:
    """The file's activation as scale * x + shift of the translated network's activation x.

    Both are (), (1 or channels, 1 or rows, 1 or columns) for a map, or (1 or units,) if flat.
    """

    scale: Array
    shift: Array

    @classmethod
    def of(cls, scale: float, shift: float) -> Waiting:
        """Return one scale and shift for a whole activation."""
        return cls(np.array(scale, np.float64), np.array(shift, np.float64))

    def then(self, scale: Array, shift: Array) -> Waiting:
        """Return the composition with a further affine step of the file."""
        return Waiting(self.scale * scale, self.shift * scale + shift)

    @property
    def nothing(self) -> bool:
        """Return True if the step is the identity."""
        return bool((abs(self.scale - 1) <= _ROUNDING).all() and (self.shift == 0).all())

    def per_channel(self, count: int) -> tuple[Array, Array] | None:
        """Return scale and shift, (count,), of channels or units; None if they vary within a map."""
        scale, shift = per_channel(self.scale, count), per_channel(self.shift, count)
        return None if scale is None or shift is None else (scale, shift)

    def level(self, value: float) -> float | None:
        """Return the x whose image is `value`; None if there is not one within the engine's limits."""
        scale, shift = np.unique(self.scale), np.unique(self.shift)
        if value == 0 and not shift.any():
            return 0.0
        if scale.size > 1 or shift.size > 1 or scale[0] == 0:
            return None
        level = float((value - shift[0]) / scale[0])
        return level if abs(level) <= MAX_LEVEL else None

    def flat(self, shape: tuple[int, ...]) -> Waiting:
        """Return the step for each unit of a flattened map of this shape."""
        scale, shift = (np.broadcast_to(x, shape).ravel() for x in (self.scale, self.shift))
        return Waiting(scale, shift)


NOTHING = Waiting.of(1.0, 0.0)


def per_channel(values: Array, count: int) -> Array | None:
    """Broadcast values to (count,); None if they vary within a map."""
    if values.size > 1 and any(size > 1 for size in values.shape[1:]):
        return None
    return np.broadcast_to(values.ravel(), (count,))


def spreads(shape: tuple[int, ...], over: tuple[int, ...]) -> bool:
    """Return True if `shape` broadcasts to an activation of shape `over`."""
    return len(shape) == len(over) and all(a in (1, b) for a, b in zip(shape, over, strict=True))
