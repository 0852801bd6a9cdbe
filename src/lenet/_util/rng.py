"""Counter-based random numbers: each depends only on its key and its position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lenet.errors import LenetError

# Second half of the key: it makes the uses of one seed independent. Pen widths take 0, 1, ...
CHOICE_OF_DRAWINGS = 2**32
VALIDATION_SPLIT = 2**32 + 1
OUTLIERS = 2**32 + 2
NOISE = 2**32 + 3
CLUTTER = 2**32 + 4
FOLDS = 2**32 + 5
SAMPLES = 2**32 + 6
STROKE_JITTER = 2**33  # and the following numbers, one for each render of a drawing
SWEEP = 2**34  # and the following 2^32 numbers, one for each field of a configuration


def uniform(count: int, seed: int, use: int) -> npt.NDArray[np.float64]:
    """Return random numbers in 0..1 (1 excluded), float64 (count,).

    The generator is Philox (Salmon et al. 2011). Its raw bits are the same in all versions of NumPy.

    Args:
        count: how many numbers; a longer array begins with the shorter one.
        seed: 0..2^32-1.
        use: one of the constants of this module.

    Raises:
        LenetError: the seed is out of range.
    """
    if not 0 <= seed < 2**32:
        raise LenetError(f"seed {seed} is out of range; give 0..{2**32 - 1}")
    bits = np.random.Philox(key=np.array([seed, use], dtype=np.uint64)).random_raw(count)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
