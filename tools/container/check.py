"""Builds the image of the Containerfile and tries it as it is meant to run.

    python tools/build/wheels.py here
    python tools/container/check.py                        # on a base that is made from Debian's packages
    python tools/container/check.py --base docker.io/library/python:3.13-slim-bookworm

The image runs as its own user, without capabilities, on a root that cannot be written to; only /data can.
It must answer a drawing, be healthy by its own health check, and end by SIGTERM.
Needs root, Debian's buildah and, for the base, mmdebstrap. Nothing is left but buildah's cache of the base.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGE, BASE = "localhost/lenet-check", "localhost/lenet-check-base"
BUILDAH = ["buildah", "--storage-driver", "vfs"]
ADDRESS = "http://127.0.0.1:8000"
SECONDS = 60.0
# Runs within its own mounts: the image read-only, and /data as the only place to write to.
ENTER = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=700,uid=10001,gid=10001 tmpfs "$1/data"
cd "$1"; shift
exec chroot . setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all env -i "$@"
"""


def run(*command: str | Path, folder: Path = ROOT) -> str:
    """Return what a command prints; raise CalledProcessError if it fails."""
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def make_base(folder: Path) -> str:
    """Make an image of Debian with Python, and return its name."""
    archive = folder / "base.tar"
    run("mmdebstrap", "--quiet", "--variant=minbase", "--include=python3-venv", "stable", archive)
    container = run(*BUILDAH, "from", "scratch")
    run(*BUILDAH, "add", "--quiet", container, archive, "/")
    run(*BUILDAH, "commit", "--quiet", "--rm", container, BASE)
    return BASE


def build(base: str, folder: Path) -> None:
    """Build the image from the wheel in dist/; its dependencies are downloaded here, by this pip."""
    wheels = [path for path in (ROOT / "dist").glob("lenet-*.whl") if "manylinux" in path.name]
    if not wheels:
        sys.exit("dist/: no wheel; run `python tools/build/wheels.py here`")
    (folder / "dist").mkdir()
    shutil.copy(ROOT / "constraints.txt", folder)
    for wheel in wheels:
        shutil.copy(wheel, folder / "dist")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    run(*download, "-c", "constraints.txt", "-d", "dist", f"{wheels[0]}[serve,collect]", folder=folder)
    arguments = ["--build-arg", f"BASE={base}", "--build-arg", "PIP_OPTIONS=--no-index"]
    file = ROOT / "tools" / "container" / "Containerfile"
    options = ["--isolation", "chroot", "--format", "docker", "-f", str(file), "-t", IMAGE]
    subprocess.run([*BUILDAH, "build", *options, *arguments, "."], cwd=folder, check=True)


@contextmanager
def mounted() -> Iterator[Path]:
    """Mount a container of the image."""
    container = run(*BUILDAH, "from", IMAGE)
    try:
        yield Path(run(*BUILDAH, "mount", container))
    finally:
        run(*BUILDAH, "rm", container)


def within(root: Path, environment: list[str], command: list[str]) -> list[str]:
    """Return a command line that runs a command in the image."""
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-euc", ENTER, "enter"]
    return [*words, str(root), *environment, *command]


def settings() -> tuple[list[str], list[str], list[str]]:
    """Return the environment, the command and the health check that the image states."""
    config = json.loads(run(*BUILDAH, "inspect", "--type", "image", IMAGE))["Docker"]["config"]
    assert config["User"] == "10001:10001", config["User"]
    return config["Env"], [*config["Entrypoint"], *config["Cmd"]], config["Healthcheck"]["Test"][1:]


def answers() -> str:
    """Return the letter that the server reads, or "" while it does not answer."""
    body = json.dumps({"strokes": [[[0, 0], [0, 10], [6, 10]]]}).encode()
    asking = urllib.request.Request(f"{ADDRESS}/v1/recognize", body, {"Content-Type": "application/json"})
    with suppress(OSError), urllib.request.urlopen(asking, timeout=5) as response:
        return str(json.load(response)["letter"])
    return ""


def check() -> None:
    """Try the image."""
    environment, command, health = settings()
    with mounted() as root:
        refused = subprocess.run(within(root, environment, ["touch", "/opt/lenet/x"]), capture_output=True)
        assert refused.returncode != 0, "the root can be written to"
        server = subprocess.Popen(within(root, environment, command), stderr=subprocess.PIPE, text=True)
        try:
            end = time.monotonic() + SECONDS
            while not (letter := answers()) and time.monotonic() < end and server.poll() is None:
                time.sleep(0.5)
            assert letter == "L", f"the server answers {letter!r}"
            subprocess.run(within(root, environment, health), check=True, timeout=SECONDS)
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            os.kill(int(children[0]), 15)
            _, errors = server.communicate(timeout=SECONDS)
        finally:
            server.kill()
    lines = [json.loads(line) for line in errors.splitlines()]
    assert any(line["message"] == "POST /v1/recognize 200" for line in lines), errors
    assert server.returncode in (0, 143), server.returncode
    print("the image answers, is healthy, ends by SIGTERM, and writes to /data alone")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", help="image to build on (default: one that is made from Debian's packages)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = args.base or (BASE if BASE in run(*BUILDAH, "images", "--noheading") else make_base(folder))
        context = folder / "context"
        context.mkdir()
        build(base, context)
    try:
        check()
    finally:
        run(*BUILDAH, "rmi", "--force", IMAGE)


if __name__ == "__main__":
    main()
