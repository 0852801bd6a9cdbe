"""Installs wheels where there is nothing else, and asks them all the same.

    python tools/build/check_wheels.py                            # those of Linux, in dist/
    python tools/build/check_wheels.py linux-x86_64 --dist DIR    # some, in another folder

On Linux and x86-64, with apt-get and qemu-user:
  linux-x86_64   in an empty environment: the package, its commands, the ink vectors, a training
  linux-aarch64  the same under qemu-user, with Debian's Python and NumPy's own wheel; the answers
                 must be those of linux-x86_64
  musl-...       Debian has no Python on musl: a C program replays the ink vectors on its musl
  windows-x86_64 the same program under Wine, where it is installed; not by default
Debian's packages are unpacked into a temporary folder; nothing is installed on this machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from build import ROOT
from lenet.engine import SUPPORTED
from platforms import PLATFORMS, VARIANTS, BuildError

TESTS = ROOT / "tests"
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
PACKAGES = {"apt-get": "apt", "dpkg-deb": "dpkg", "qemu-aarch64": "qemu-user"}
WINE = "/usr/lib/wine/wine64"
CLOSE = 1e-5  # probabilities on two processors


def run(command: Sequence[object], cwd: Path) -> str:
    """Return the output of a command; raise BuildError with the output if it fails or is missing."""
    program = str(command[0])
    if shutil.which(program) is None:
        package = PACKAGES.get(program, program)
        raise BuildError(f"{program} is missing; it comes with Debian's package {package}")
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"{' '.join(map(str, command[:5]))} failed\n{done.stdout}")
    return done.stdout.strip()


def unpack_debian(architecture: str, packages: Sequence[str], place: Path) -> Path:
    """Unpack packages and their dependencies into the root of a system, without installing them."""
    lists, cache, root = place / "lists", place / "cache", place / "root"
    for folder in (lists / "partial", cache / "archives" / "partial", root):
        folder.mkdir(parents=True)
    (place / "status").touch()  # nothing is installed yet
    options = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "root",
        "Dir::State::Lists": lists,
        "Dir::State::Status": place / "status",
        "Dir::Cache": cache,
        "Debug::NoLocking": 1,
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
    run([*apt, "update"], place)
    download = ["install", "--yes", "--no-install-recommends", "--download-only"]
    run([*apt, *download, *packages], place)
    for package in sorted((cache / "archives").glob("*.deb")):
        run(["dpkg-deb", "--extract", package, root], place)
    return root


def ask(python: Sequence[object], place: Path) -> str:
    """Run tests/packaging/installed.py in isolation; return its output. It writes found.npz."""
    return run([*python, "-I", TESTS / "packaging" / "installed.py", "found.npz"], place)


def in_empty_environment(wheel: Path, place: Path) -> str:
    """As a user installs it, with what it depends on."""
    venv.create(place / "empty", with_pip=True)
    binaries = place / "empty" / "bin"
    run([binaries / "python", "-m", "pip", "install", "--quiet", wheel], place)
    summary = ask([binaries / "python"], place)
    drawing = {"strokes": [[[0, 0], [0, 9], [6, 9]]]}
    (place / "l.jsonl").write_text(json.dumps(drawing) + "\n", encoding="utf-8")
    version = run([binaries / "lenet", "--version"], place)
    answer = run([binaries / "lenet", "predict", "l.jsonl"], place)
    if version.split()[-1] != wheel.name.split("-")[1] or answer.split("\t")[1] != "L":
        raise BuildError(f"its commands answer {version!r} and {answer!r}")
    return summary


def under_qemu(wheel: Path, place: Path) -> str:
    """By Debian's Python for aarch64, with the wheels for aarch64 that it depends on."""
    root = unpack_debian("arm64", ["python3", "libstdc++6"], place)
    python = next((root / "usr" / "bin").glob("python3.[0-9]*"))
    packages = root / "usr" / "lib" / "python3" / "dist-packages"
    version = python.name.removeprefix("python")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(packages)]
    pip += ["--only-binary", ":all:", "--python-version", version]
    for glibc in ("2014", "_2_27", "_2_28"):
        pip += ["--platform", f"manylinux{glibc}_aarch64"]
    run([*pip, wheel], place)
    return ask(["qemu-aarch64", "-L", root, python], place)


def replayed(wheel: Path, place: Path, system: str, family: str) -> str:
    """By a C program, linked with the wheel's library and run by musl's own loader or by Wine."""
    if system == "musl":
        root = unpack_debian(DEBIAN[family], ["musl"], place)
        launcher = [str(next((root / "lib").glob("ld-musl-*"))), "--library-path", str(place)]
        if family == "aarch64":
            launcher = ["qemu-aarch64", "-L", str(root), *launcher]
        target, suffix = f"{family}-linux-musl", ".so"
    else:
        launcher = ["env", f"WINEPREFIX={place / 'wine'}", "WINEDEBUG=-all", WINE]
        target, suffix = f"{family}-windows-gnu", ".dll"
    compiler = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-dynamic", "-O2"]
    compiler += ["-Wall", "-Wextra", str(TESTS / "data" / "replay.c")]
    write_vectors(place / "vectors")
    summaries = []
    with zipfile.ZipFile(wheel) as archive:
        for variant in sorted(set(VARIANTS[family]) & set(SUPPORTED)):
            library, program = place / f"core-{variant}{suffix}", place / f"{variant}.exe"
            library.write_bytes(archive.read(f"lenet/_native/{library.name}"))
            run([*compiler, library.name, "-o", program], place)
            last = run([*launcher, program, "vectors"], place).splitlines()[-1]
            summaries.append(f"{variant}: {last}")
    return "; ".join(summaries)


def compare(ours: Path, theirs: Path) -> str:
    """How far what two processors found is apart; BuildError where it is too far."""
    with np.load(ours) as a, np.load(theirs) as b:
        apart = {name: float(np.abs(a[name] - b[name]).max()) for name in a}
    if apart["answers"] > CLOSE or any(apart[name] for name in apart if name.startswith("first ")):
        raise BuildError(f"answers differently from linux-x86_64: {apart}")
    trained = max(apart[name] for name in apart if name.startswith("trained "))
    return f"probabilities {apart['answers']:.0e} and trained weights {trained:.0e} from x86-64's"


def check(names: Sequence[str], dist: Path, place: Path) -> None:
    """Check the wheels of platforms, one after another, with a line for each."""
    for name in names:
        wheels = list(dist.glob(f"lenet-*-{PLATFORMS[name].tags}.whl"))
        if len(wheels) != 1:
            raise BuildError(f"{len(wheels)} wheels for {name} in {dist}; run tools/build/wheels.py")
        own = place / name
        own.mkdir()
        if name == "linux-x86_64":
            summary = in_empty_environment(wheels[0], own)
        elif name == "linux-aarch64":
            summary = under_qemu(wheels[0], own)
            summary += "; " + compare(place / "linux-x86_64" / "found.npz", own / "found.npz")
        else:
            summary = replayed(wheels[0], own, *name.split("-"))
        print(f"{name}: {summary}", flush=True)


def write_vectors(path: Path) -> None:
    """The committed ink vectors as tests/data/replay.c reads them."""
    known = json.loads((TESTS / "data" / "vectors" / "ink.json").read_text(encoding="utf-8"))
    parts = []
    for vector in known["strokes"]:
        strokes = vector["strokes"]
        ends = np.cumsum([len(stroke) for stroke in strokes], dtype=np.int32)
        points = np.concatenate([np.reshape(stroke, (-1, 2)) for stroke in strokes]).astype(float)
        parts += [struct.pack("=3id", 0, len(ends), len(points), vector["pen"]), ends.tobytes()]
        parts += [points.tobytes(), bytes.fromhex(vector["image"])]
    for vector in known["pictures"]:
        parts += [struct.pack("=3i", 1, vector["height"], vector["width"])]
        parts += [bytes.fromhex(vector["picture"]), bytes.fromhex(vector["image"])]
    path.write_bytes(b"".join(parts))


def main() -> int:
    """Command line."""
    usual = [name for name in PLATFORMS if name.startswith(("linux", "musl"))]
    runnable = [*usual, "windows-x86_64"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("platform", nargs="*", help=f"of {', '.join(runnable)}")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the wheels are")
    arguments = parser.parse_args()
    if unknown := set(arguments.platform) - set(runnable):
        parser.error(f"no way to run {', '.join(sorted(unknown))}; choose from {runnable}")
    chosen = set(arguments.platform or usual)
    if "linux-aarch64" in chosen:
        chosen.add("linux-x86_64")  # is compared with it
    try:
        with tempfile.TemporaryDirectory() as place:
            check([x for x in runnable if x in chosen], arguments.dist.resolve(), Path(place))
    except (BuildError, OSError) as error:
        print(f"check_wheels: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
