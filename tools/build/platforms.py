"""The platforms that the native library is compiled for, and how each is called elsewhere."""

from __future__ import annotations

import os
import platform
import sysconfig
from typing import NamedTuple

# The oldest processor each variant runs on; the engine room picks by what lenet_cpu() says.
VARIANTS = {
    "x86_64": {"baseline": "x86_64", "avx2": "x86_64_v3", "avx512": "x86_64_v4"},
    "aarch64": {"baseline": "generic"},
}


class BuildError(RuntimeError):
    """A step of the build failed; the message says which and what to do."""


class Platform(NamedTuple):
    """A platform with the oldest system that is supported."""

    target: str
    """Zig's name."""
    tags: str
    """Platform tag of a wheel's name; several are joined by dots (PEP 425, 600 and 656)."""
    suffix: str
    """File name suffix of its libraries."""

    @property
    def family(self) -> str:
        """The processor family, a key of VARIANTS."""
        return self.target.split("-")[0]


PLATFORMS = {
    "linux-x86_64": Platform("x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64.manylinux2014_x86_64", ".so"),
    "linux-aarch64": Platform(
        "aarch64-linux-gnu.2.17", "manylinux_2_17_aarch64.manylinux2014_aarch64", ".so"
    ),
    "musl-x86_64": Platform("x86_64-linux-musl", "musllinux_1_1_x86_64", ".so"),
    "musl-aarch64": Platform("aarch64-linux-musl", "musllinux_1_1_aarch64", ".so"),
    "macos-x86_64": Platform("x86_64-macos.10.13", "macosx_10_13_x86_64", ".dylib"),
    "macos-aarch64": Platform("aarch64-macos.11.0", "macosx_11_0_arm64", ".dylib"),
    "windows-x86_64": Platform("x86_64-windows-gnu", "win_amd64", ".dll"),
    "windows-aarch64": Platform("aarch64-windows-gnu", "win_arm64", ".dll"),
}


def here() -> str:
    """The platform of this Python."""
    system, _, family = sysconfig.get_platform().partition("-")  # as in macosx-11.0-arm64
    family = family.split("-")[-1]
    if family.startswith("universal"):  # this process is one of the two
        family = platform.machine()
    if system == "linux" and platform.libc_ver()[0] != "glibc":
        system = "musl"
    system = {"macosx": "macos", "win": "windows"}.get(system, system)
    return f"{system}-{ {'amd64': 'x86_64', 'arm64': 'aarch64'}.get(family.lower(), family) }"


def wanted() -> str:
    """Return the platform to build for: LENET_PLATFORM, or this machine's."""
    name = os.environ.get("LENET_PLATFORM") or here()
    if name not in PLATFORMS:
        raise BuildError(f"no build for the platform {name!r}; known: {', '.join(PLATFORMS)}")
    return name
