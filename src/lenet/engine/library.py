"""Finds and opens the native library; what everything that calls it shares."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lenet.errors import LenetError

INTERFACE = 5

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

_VARIANTS = ("baseline", "avx2", "avx512")  # in the order of lenet_cpu()
_MESSAGES = {
    -1: "an argument is out of its range",
    -2: "the layers do not fit together; see core/lenet.h for their limits",
    -3: "a coordinate is not a number, infinite, or beyond 1e9; scale the drawing down",
    -4: "too large: a drawing has at most 100,000 points, a picture at most 16,384 pixels a side",
    -5: "a label or an image index is out of range",
}


def _path(variant: str) -> Path:
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return Path(__file__).parent.parent / "_native" / f"core-{variant}{suffix}"


def _open(variant: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(_path(variant)))
    except OSError as error:
        raise ImportError(
            f"lenet: the native library is missing or broken ({error}); remedy: pip install . again"
        ) from None
    if library.lenet_interface() != INTERFACE:
        raise ImportError("lenet: the native library is of another version; remedy: pip install . again")
    return library


def _supported() -> tuple[str, ...]:
    best = int(_open("baseline").lenet_cpu())
    return tuple(name for name in _VARIANTS[: best + 1] if _path(name).exists())


def _load() -> ctypes.CDLL:
    wanted = os.environ.get("LENET_ISA", SUPPORTED[-1])
    if wanted not in SUPPORTED:
        raise ImportError(f"LENET_ISA={wanted}: this processor and build offer {', '.join(SUPPORTED)}")
    return _open(wanted)


SUPPORTED = _supported()
"""The instruction sets of this build that this processor runs, best last; LENET_ISA picks one."""

_library = _load()
LANES = int(_library.lenet_lanes())

POINTER, I32, I64, U32 = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64, ctypes.c_uint32
F32, F64 = ctypes.c_float, ctypes.c_double


def function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """`lenet_<name>` of core/lenet.h with the types of its result and its arguments."""
    function = getattr(_library, f"lenet_{name}")
    function.restype, function.argtypes = result, arguments
    return cast(Callable[..., Any], function)


def checked(status: int) -> int:
    """What the engine returned; LenetError for what it refused."""
    if status < 0:
        raise LenetError(_MESSAGES.get(status, f"the engine answered {status}"))
    return int(status)


def block(size: int) -> ByteArray:
    """Uninitialised memory for the engine that starts at a multiple of 64 bytes."""
    raw = np.empty(checked(size) + 63, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size]


def at(array: NDArray[Any]) -> int:
    """Where the engine finds an array."""
    return int(array.ctypes.data)
