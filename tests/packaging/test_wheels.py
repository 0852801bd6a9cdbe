"""The checks of libraries in tools/build/wheels.py, on small ones compiled for every platform."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repository import ROOT

TOOLS = ROOT / "tools" / "build"
sys.path.insert(0, str(TOOLS))

import platforms  # noqa: E402

if TYPE_CHECKING:
    import binaries

SOURCE = """
#if defined(_WIN32)
#define API __declspec(dllexport)
__declspec(dllimport) void Sleep(unsigned);
API int lenet_cpu(void) { Sleep(0); return 0; }
int DllMainCRTStartup(void* module, unsigned reason, void* reserved) { return 1; }
#else
#define API __attribute__((visibility("default")))
int sched_yield(void);
API int lenet_cpu(void) { return sched_yield(); }
#endif
"""
LIBC = {"linux": "libc.so.6", "musl": "libc.so", "macos": "/usr/lib/libSystem.B.dylib"}


def read(path: Path) -> binaries.Binary:
    """Describe a library; LIEF takes half a second to import, so only the tests that need it wait."""
    import binaries

    return binaries.read(path)


def faults(library: binaries.Binary, name: str) -> list[str]:
    import wheels

    return wheels.faults(library, name)


def compiled(folder: Path, target: str, extra: str = "", without: str = "lenet_cpu") -> Path:
    """Compile a library with empty functions of lenet.h, except the ones in `without`."""
    path = folder / "library"
    import wheels

    names = sorted(wheels.functions() - {without, "lenet_cpu"})
    lines = [f"API int {name}(void) {{ return 0; }}\n" for name in names]
    (folder / "library.c").write_text(SOURCE + "".join(lines) + extra, encoding="ascii")
    windows = ["-nostdlib", "-lkernel32"] if "windows" in target else []
    command = [sys.executable, "-m", "ziglang", "cc", "-shared", "-fPIC", "-O2", "-s"]
    command += ["-fvisibility=hidden", "-target", target, *windows, "library.c", "-o", str(path)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return path


@pytest.mark.parametrize("name", platforms.PLATFORMS)
def test_a_library_is_read_as_what_was_compiled(name: str, tmp_path: Path) -> None:
    import wheels

    platform, system = platforms.PLATFORMS[name], name.split("-")[0]
    library = read(compiled(tmp_path, platform.target))
    assert library.machine == platform.family
    assert library.exports - wheels.LINKERS_OWN == wheels.functions()
    assert library.imports - {"dyld_stub_binder"} == {"Sleep" if system == "windows" else "sched_yield"}
    assert library.libraries == {LIBC.get(system, "KERNEL32.dll")}
    if system == "macos":
        assert ".".join(map(str, library.minimum)) in platform.target
    assert faults(library, name) == []
    for other in platforms.PLATFORMS:
        if other != name:
            assert faults(library, other), f"{name} passes for {other}"


@pytest.mark.parametrize(
    ("name", "target", "extra", "without", "fault"),
    [
        (
            "linux-x86_64",
            "",
            "",
            "lenet_learning_rate",
            "differs from lenet.h in lenet_learning_rate",
        ),
        ("linux-x86_64", "", "API int other;", "", "differs from lenet.h in other"),
        (
            *("linux-aarch64", "aarch64-linux-gnu.2.34"),
            *("int thrd_yield(void); API int lenet_lanes(void) { return thrd_yield(); }",),
            *("lenet_lanes", "needs version 2.28 of the system; asks for thrd_yield"),
        ),
        ("macos-aarch64", "aarch64-macos.14.0", "", "", "needs version 14.0 of the system"),
    ],
)
def test_what_a_wheel_may_not_hold_is_named(
    name: str, target: str, extra: str, without: str, fault: str, tmp_path: Path
) -> None:
    path = compiled(tmp_path, target or platforms.PLATFORMS[name].target, extra, without)
    assert "; ".join(faults(read(path), name)) == fault


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    wasm = b"\0asm\x01\0\0\0"
    for content in (
        b"",
        b"MZ",
        b"\x7fELF\x02\x01",
        b"\xcf\xfa\xed\xfe",
        b"\x7fELF\x01\x01",
        wasm,
        b"text" * 99,
    ):
        (tmp_path / "library").write_bytes(content)
        with pytest.raises(ValueError, match=r"^library: not a library of ELF, Mach-O or PE for x86_64 or "):
            read(tmp_path / "library")


@pytest.mark.parametrize("name", ["linux-x86_64", "musl-aarch64", "macos-aarch64"])
def test_a_library_that_was_cut_short_is_refused_or_faulty(name: str, tmp_path: Path) -> None:
    path = compiled(tmp_path, platforms.PLATFORMS[name].target)
    whole = path.read_bytes()
    for missing in range(1, len(whole), 501):
        path.write_bytes(whole[:-missing])
        try:
            problems = faults(read(path), name)
        except ValueError:
            continue
        assert problems, f"{missing} bytes are missing"


@pytest.fixture(scope="module", params=["linux-x86_64", "macos-x86_64", "windows-x86_64"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("library")
    path = compiled(folder, platforms.PLATFORMS[request.param].target)
    return path, path.read_bytes()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_library_is_read_or_refused(library: tuple[Path, bytes], data: st.DataObject) -> None:
    path, whole = library
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, 2000), max_size=20)):
        if place < len(damaged):
            damaged[place] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    try:
        read(path)
    except ValueError as error:
        assert str(error).startswith("library: ")  # noqa: PT017


@pytest.mark.parametrize(
    ("python", "machine", "libc", "name"),
    [
        ("linux-x86_64", "x86_64", "glibc", "linux-x86_64"),
        ("linux-aarch64", "aarch64", "", "musl-aarch64"),
        ("macosx-11.0-arm64", "arm64", "", "macos-aarch64"),
        ("macosx-10.9-universal2", "arm64", "", "macos-aarch64"),
        ("macosx-10.9-universal2", "x86_64", "", "macos-x86_64"),
        ("win-amd64", "AMD64", "", "windows-x86_64"),
        ("win-arm64", "ARM64", "", "windows-aarch64"),
    ],
)
def test_this_platform_is_what_python_says(
    python: str, machine: str, libc: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LENET_PLATFORM", raising=False)
    monkeypatch.setattr("sysconfig.get_platform", lambda: python)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    assert platforms.wanted() == name


def test_an_unknown_platform_is_named_with_those_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET_PLATFORM", "plan9-mips")
    with pytest.raises(platforms.BuildError, match=r"'plan9-mips'; known: linux-x86_64, .*$"):
        platforms.wanted()
