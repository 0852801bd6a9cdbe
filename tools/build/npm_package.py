"""Builds the npm package into build/package: modules, their types, and what goes with them.

    python tools/build/npm_package.py

The modules are those of the page (web/src); the engine, build/lenet.wasm, and the shipped model,
its weights in 8 bits, lie in them as text.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace

import build
from lenet.errors import LenetError
from lenet.models import DEFAULT_MODEL, TrainingRecord, load_model, save_model
from platforms import BuildError

WEB = build.ROOT / "web"
PACKAGE = build.BUILD / "package"
MODEL = build.BUILD / "model.safetensors"
TYPES = build.BUILD / "types"


def small_model() -> None:
    """Write the model that the package carries, without the account of its training."""
    model = load_model(DEFAULT_MODEL)
    kept = replace(model.metadata, training=TrainingRecord(name=model.training.name))
    save_model(MODEL, replace(model, metadata=kept), quantize="int8")


def declarations() -> dict[str, str]:
    """Return the types: index.d.ts with its re-exports, and element.d.ts."""
    local = re.compile(r'^(?:import|export)[^;]* from "\.{1,2}/[^"]*";\n', re.MULTILINE)
    modules = ("i18n/errors", "engine/types", "model/types", "entries/package")
    parts = [TYPES / f"{name}.d.ts" for name in modules]
    index = "".join(local.sub("", part.read_text(encoding="utf-8")) for part in parts)
    element = (TYPES / "entries" / "element.d.ts").read_text(encoding="utf-8")
    return {"index.d.ts": index, "element.d.ts": element.replace("./package.js", "./index.js")}


def build_package() -> None:
    """Build everything that is missing, and the package.

    Raises BuildError and LenetError where that fails.
    """
    build.install_packages(WEB)
    if not (build.BUILD / "lenet.wasm").exists():
        build.build_wasm()
    small_model()
    build.npm("run", "build:package", cwd=WEB)
    for name, text in declarations().items():
        (PACKAGE / name).write_text(text, encoding="utf-8", newline="\n")
    own = (WEB / "package" / name for name in ("package.json", "README.md"))
    for path in (*own, build.ROOT / "LICENSE", build.ROOT / "NOTICE"):
        shutil.copyfile(path, PACKAGE / path.name)


def main() -> int:
    """Command line."""
    try:
        build_package()
    except (BuildError, LenetError) as error:
        print(f"npm_package: {error}", file=sys.stderr)
        return 1
    print(PACKAGE.relative_to(build.ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
