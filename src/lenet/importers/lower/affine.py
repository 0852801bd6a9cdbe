"""What lies between two layers until one takes it in: scale * x + shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lenet.engine.abi import MAX_LEVEL
from lenet.importers.ir import Array

_ROUNDING = 1e-7  # what float32 makes of a factor that two programs wrote down is no factor


@dataclass(frozen=True, eq=False)
class Waiting:
    """The file's activation is scale * x + shift, x being ours: each () or, of a map, (1 or
    channels, 1 or rows, 1 or columns), of a flat activation (1 or units,)."""

    scale: Array
    shift: Array

    @classmethod
    def of(cls, scale: float, shift: float) -> Waiting:
        """The same for all of an activation."""
        return cls(np.array(scale, np.float64), np.array(shift, np.float64))

    def then(self, scale: Array, shift: Array) -> Waiting:
        """What waits when the file scales once more."""
        return Waiting(self.scale * scale, self.shift * scale + shift)

    @property
    def nothing(self) -> bool:
        """Whether the file's activation is ours."""
        return bool((abs(self.scale - 1) <= _ROUNDING).all() and (self.shift == 0).all())

    def per_channel(self, count: int) -> tuple[Array, Array] | None:
        """Scale and shift (count,) of a map's channels or of units; None where they differ from
        place to place in a map."""
        scale, shift = per_channel(self.scale, count), per_channel(self.shift, count)
        return None if scale is None or shift is None else (scale, shift)

    def level(self, value: float) -> float | None:
        """What of ours is `value` in the file's; None where no one number is, or none within the
        engine's limits."""
        scale, shift = np.unique(self.scale), np.unique(self.shift)
        if value == 0 and not shift.any():
            return 0.0
        if scale.size > 1 or shift.size > 1 or scale[0] == 0:
            return None
        level = float((value - shift[0]) / scale[0])
        return level if abs(level) <= MAX_LEVEL else None

    def flat(self, shape: tuple[int, ...]) -> Waiting:
        """The same for each unit of a map of this shape."""
        scale, shift = (np.broadcast_to(x, shape).ravel() for x in (self.scale, self.shift))
        return Waiting(scale, shift)


NOTHING = Waiting.of(1.0, 0.0)


def per_channel(values: Array, count: int) -> Array | None:
    """(count,) of values as `Waiting` has them; None where they differ from place to place."""
    if values.size > 1 and any(size > 1 for size in values.shape[1:]):
        return None
    return np.broadcast_to(values.ravel(), (count,))


def spreads(shape: tuple[int, ...], over: tuple[int, ...]) -> bool:
    """Whether numbers of `shape` go with an activation of shape `over`."""
    return len(shape) == len(over) and all(a in (1, b) for a, b in zip(shape, over, strict=True))
