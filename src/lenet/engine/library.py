"""The native library: found, opened, and called with checked results."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lenet.engine.abi import (
    FUNCTIONS,
    INTERFACE,
    MAX_COORDINATE,
    MAX_MULTIPLY_ADDS,
    MAX_PICTURE_SIDE,
    MAX_POINTS,
    Status,
)
from lenet.errors import DataError, EngineError, LenetError, UnsupportedError

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

_VARIANTS = ("baseline", "avx2", "avx512")  # in the order of lenet_cpu()
_MESSAGES: dict[int, str] = {
    Status.BAD_ARGUMENT: "an argument is out of its range",
    Status.BAD_NETWORK: "the layers do not fit together; see core/lenet.h for their limits",
    Status.BAD_COORDINATE: (
        f"a coordinate is not a number, infinite, or beyond {MAX_COORDINATE:.0e}; scale the drawing down"
    ),
    Status.TOO_LARGE: (
        f"too large: a drawing has at most {MAX_POINTS:,} points, "
        f"a picture at most {MAX_PICTURE_SIDE:,} pixels a side, "
        f"a network at most {MAX_MULTIPLY_ADDS:,} multiply-adds an image"
    ),
    Status.BAD_LABEL: "a label or an image index is out of range",
}
_KINDS: dict[int, type[LenetError]] = {
    Status.BAD_ARGUMENT: LenetError,
    Status.BAD_NETWORK: UnsupportedError,
    Status.BAD_COORDINATE: DataError,
    Status.TOO_LARGE: DataError,
    Status.BAD_LABEL: DataError,
}


def _path(variant: str) -> Path:
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return Path(__file__).parent.parent / "_native" / f"core-{variant}{suffix}"


def _open(variant: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(_path(variant)))
        interface = library.lenet_interface()
    except (OSError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise EngineError(
            f"the native library is missing or damaged ({reason}); install the package again"
        ) from None
    if interface != INTERFACE:
        raise EngineError("the native library is of another version; install the package again")
    return library


def _supported() -> tuple[str, ...]:
    best = int(_open("baseline").lenet_cpu())
    return tuple(name for name in _VARIANTS[: best + 1] if _path(name).exists())


def _chosen() -> str:
    wanted = os.environ.get("LENET_ISA", SUPPORTED[-1])
    if wanted not in SUPPORTED:
        raise EngineError(f"LENET_ISA={wanted}: not available here; choose one of {', '.join(SUPPORTED)}")
    return wanted


SUPPORTED = _supported()
"""Instruction sets that this build has and this processor runs, best last; LENET_ISA picks one."""

ISA = _chosen()
"""Instruction set of the library that is open."""

_library = _open(ISA)
LANES = int(_library.lenet_lanes())


def library_path(isa: str = ISA) -> Path:
    """Return the file of the native library of an instruction set; by default the one that is open."""
    return _path(isa)


def function(name: str) -> Callable[..., Any]:
    """Return `lenet_<name>` of core/lenet.h with the types of its result and its arguments."""
    function = getattr(_library, f"lenet_{name}")
    function.restype, function.argtypes = FUNCTIONS[name]
    return cast(Callable[..., Any], function)


def checked(status: int) -> int:
    """Return the status that the engine returned. Raises LenetError for an error."""
    if status < 0:
        kind = _KINDS.get(status, EngineError)
        raise kind(_MESSAGES.get(status, f"the engine returned the status {status}"))
    return int(status)


def block(size: int) -> ByteArray:
    """Return uninitialized memory for the engine: uint8 (size,), aligned to 64 bytes."""
    raw = np.empty(checked(size) + 63, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size]


def at(array: NDArray[Any]) -> int:
    """Return the address of an array."""
    return int(array.ctypes.data)
