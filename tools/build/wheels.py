"""Builds wheels and the source distribution into dist/, checks them and writes SHA256SUMS.

    python tools/build/wheels.py                 # of all platforms, from this one machine
    python tools/build/wheels.py linux-x86_64    # of these; `here` is this machine's
    python tools/build/wheels.py --again         # all again from the source distribution: the same bytes?

The bytes depend on the sources alone. SOURCE_DATE_EPOCH dates what is inside; 2020-02-02 is usual.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import binaries
import build
from platforms import PLATFORMS, VARIANTS, BuildError, here

ROOT = build.ROOT
SUMS = "SHA256SUMS"
FORMATS = {".so": "ELF", ".dylib": "Mach-O", ".dll": "PE"}
# Functions of every version of every C library; the engine has the others itself.
SYSTEM = {"memcpy", "memset", "bzero", "__bzero", "sched_yield", "dyld_stub_binder"}
LIBRARIES = {
    "linux": r"libc\.so\.6",
    "musl": r"libc\.so",
    "macos": r"/usr/lib/libSystem\.B\.dylib",
    "windows": r"KERNEL32\.dll|api-ms-win-crt-[a-z]+-l1-1-0\.dll",  # Windows 10 has the latter
}
LINKERS_OWN = {"_mh_dylib_header", "__dso_handle"}  # what ld adds to each library of macOS
CARRIED = {
    "py.typed",
    "datasets/assets/font_letters.npz",
    "models/pretrained/modern-s.safetensors",
    "reports/templates/base.html.j2",
    "server/static/index.html",
    "server/static/model.safetensors",
}


def functions() -> set[str]:
    """The names that core/lenet.h declares."""
    header = (ROOT / "core" / "lenet.h").read_text(encoding="utf-8")
    return set(re.findall(r"^LENET_API \w+ (lenet_\w+)\(", header, re.MULTILINE))


def faults(library: binaries.Binary, name: str) -> list[str]:
    """Why a library is not what a platform's wheel may hold; empty where nothing is wrong."""
    platform, system = PLATFORMS[name], name.split("-")[0]
    oldest = tuple(map(int, re.findall(r"\d+", platform.tags)[:2]))
    foreign = {x for x in library.libraries if not re.fullmatch(LIBRARIES[system], x)}
    unknown = library.imports - SYSTEM if system != "windows" else set()
    problems = []
    if (library.format, library.machine) != (FORMATS[platform.suffix], platform.family):
        problems.append(f"is {library.format} for {library.machine}")
    if system in ("linux", "macos") and library.minimum > oldest:
        problems.append(f"needs version {'.'.join(map(str, library.minimum))} of the system")
    if foreign or unknown:
        problems.append(f"asks for {', '.join(sorted(foreign | unknown))}")
    if odd := (library.exports - LINKERS_OWN) ^ functions():
        problems.append(f"differs from lenet.h in {', '.join(sorted(odd))}")
    if (system, platform.family) == ("macos", "aarch64") and not library.signed:
        problems.append("is not signed")
    return problems


def compile_libraries(names: Sequence[str]) -> None:
    """Compile and check the libraries of platforms, several at once."""

    def one(name: str) -> None:
        for path in build.build_core(name, build.LIBRARIES / name):
            if problems := faults(binaries.read(path), name):
                raise BuildError(f"{name}/{path.name} {'; '.join(problems)}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = {pool.submit(one, name): name for name in names}
        for done, task in enumerate(as_completed(tasks), 1):
            task.result()
            say(f"compiled {done}/{len(tasks)}: {tasks[task]}")


def make_wheel(name: str, folder: Path) -> Path:
    """A platform's wheel, by the hook that pip calls too."""
    os.environ["LENET_PLATFORM"] = name
    wheel = Path(next(WheelBuilder(str(ROOT)).build(directory=str(folder))))
    platform = PLATFORMS[name]
    native = {f"core-{variant}{platform.suffix}" for variant in VARIANTS[platform.family]}
    with zipfile.ZipFile(wheel) as archive:
        held = {x.removeprefix("lenet/") for x in archive.namelist()}
    if missing := CARRIED - held:
        raise BuildError(f"{wheel.name} lacks {', '.join(sorted(missing))}")
    if {x.removeprefix("_native/") for x in held if x.startswith("_native/")} != native:
        raise BuildError(f"{wheel.name} does not hold {', '.join(sorted(native))} alone")
    say(f"made {wheel.name} ({wheel.stat().st_size / 1e6:.1f} MB)")
    return wheel


def check_choice(wheel: Path, name: str) -> None:
    """Let pip choose for a platform among the wheels beside this one."""
    for tag in PLATFORMS[name].tags.split("."):
        with tempfile.TemporaryDirectory() as chosen:
            command = [sys.executable, "-m", "pip", "download", "--isolated", "--quiet"]
            command += ["--no-index", "--no-deps", "--only-binary", ":all:", "--platform", tag]
            command += ["--find-links", str(wheel.parent), "--dest", chosen, "lenet"]
            process = subprocess.run(command, text=True, capture_output=True, check=False)
            if process.returncode or [x.name for x in Path(chosen).iterdir()] != [wheel.name]:
                raise BuildError(f"pip does not choose {wheel.name} for {tag}:\n{process.stderr}")


def write_sums(files: Iterable[Path], folder: Path) -> None:
    """SHA256SUMS as `sha256sum --check` reads it."""
    lines = (f"{hashlib.sha256(x.read_bytes()).hexdigest()}  {x.name}\n" for x in sorted(files))
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def make(names: Sequence[str], folder: Path) -> None:
    """All of it for these platforms; what an earlier run left in the folder goes."""
    for old in (*folder.glob("lenet-*.whl"), *folder.glob("lenet-*.tar.gz"), folder / SUMS):
        old.unlink(missing_ok=True)
    say("building the page")
    build.build_wasm()
    build.build_page()
    compile_libraries(names)
    sources = [Path(next(SdistBuilder(str(ROOT)).build(directory=str(folder))))]
    say(f"made {sources[0].name}")
    wheels = {name: make_wheel(name, folder) for name in names}
    for name, wheel in wheels.items():
        check_choice(wheel, name)
    write_sums([*sources, *wheels.values()], folder)
    say(f"checked all; {folder / SUMS} names them")


def make_again(names: Sequence[str], folder: Path) -> None:
    """Make all from the source distribution alone, at another place, with an empty cache."""
    expected = (folder / SUMS).read_text(encoding="ascii")
    with tempfile.TemporaryDirectory() as place:
        with tarfile.open(folder / re.findall(r"lenet-\S+\.tar\.gz", expected)[0]) as archive:
            archive.extractall(place, filter="data")
        sources = next(Path(place).iterdir())
        (sources / "PKG-INFO").unlink()  # Hatchling writes it, and would copy this one too
        caches = {f"ZIG_{kind}_CACHE_DIR": f"{place}/zig" for kind in ("LOCAL", "GLOBAL")}
        command = [sys.executable, "tools/build/wheels.py", "--out", f"{place}/dist", *names]
        subprocess.run(command, cwd=sources, env=os.environ | caches, check=True)
        sums = (Path(place) / "dist" / SUMS).read_text(encoding="ascii")
    if differing := set(sums.splitlines()) - set(expected.splitlines()):
        names = sorted(line.split()[1] for line in differing)
        raise BuildError(f"not the same bytes again: {', '.join(names)}")
    say("the same bytes again")


def say(text: str) -> None:
    """A line of progress with the seconds that have passed."""
    print(f"{time.monotonic() - START:5.0f} s  {text}", flush=True)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = f"here, {', '.join(PLATFORMS)}"
    parser.add_argument("platform", nargs="*", help=f"{known}; all when none is given")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder; dist")
    parser.add_argument("--again", action="store_true", help="compare with what is in the folder")
    arguments = parser.parse_args()
    names = [here() if x == "here" else x for x in arguments.platform] or list(PLATFORMS)
    for name in names:
        if name not in PLATFORMS:
            parser.error(f"unknown platform {name!r}; choose from {known}")
    try:
        (make_again if arguments.again else make)(names, arguments.out)
    except (BuildError, OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"wheels: {error}", file=sys.stderr)
        return 1
    return 0


START = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
