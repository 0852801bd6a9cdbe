"""Describes a shared library: its processor, the oldest system it runs on, its imports and exports."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import lief

MACHINES = {
    lief.Header.ARCHITECTURES.X86_64: "x86_64",
    lief.Header.ARCHITECTURES.ARM64: "aarch64",
}

OWN_NAME = lief.MachO.LoadCommand.TYPE.ID_DYLIB  # the command that names the library itself

lief.logging.disable()  # a file that it cannot read is an error here, not a line of its log


class Binary(NamedTuple):
    """A shared library."""

    format: str
    """`ELF`, `Mach-O` or `PE`."""
    machine: str
    """The processor family."""
    minimum: tuple[int, ...]
    """The oldest system: ELF's newest GLIBC version asked for, or macOS; () if it names none."""
    libraries: set[str]
    imports: set[str]
    exports: set[str]
    signed: bool = False
    """True if there is a code signature, which macOS requires on arm64."""


def read(path: Path) -> Binary:
    """Describe a library; raise ValueError for another file, format or processor."""
    library = lief.parse(path)
    if isinstance(library, lief.Binary):
        machine = MACHINES.get(library.abstract.header.architecture)
        with suppress(UnicodeDecodeError):  # a damaged name
            match library:
                case lief.ELF.Binary() if machine and _is_whole(library):
                    return _elf(library, machine)
                case lief.MachO.Binary() if machine:
                    return _macho(library, machine)
                case lief.PE.Binary() if machine:
                    return _pe(library, machine)
    raise ValueError(f"{path.name}: not a library of ELF, Mach-O or PE for {' or '.join(MACHINES.values())}")


def _is_whole(library: lief.ELF.Binary) -> bool:
    """Return whether the table of sections is there, which is at the end of the file."""
    return len(library.sections) == library.header.numberof_sections > 0


def _elf(library: lief.ELF.Binary, machine: str) -> Binary:
    versions = [
        _glibc(str(version.name))
        for requirement in library.symbols_version_requirement
        for version in requirement.get_auxiliary_symbols()
    ]
    return Binary(
        "ELF",
        machine,
        max(versions, default=()),
        set(map(str, library.libraries)),
        {str(symbol.name) for symbol in library.imported_symbols},
        {str(symbol.name) for symbol in library.exported_symbols},
    )


def _glibc(name: str) -> tuple[int, ...]:
    """Return the numbers of a GLIBC version; 999 stands for a private one."""
    parts = name.removeprefix("GLIBC_").split(".")
    return tuple(int(part) if part.isdecimal() else 999 for part in parts)


def _macho(library: lief.MachO.Binary, machine: str) -> Binary:
    if library.build_version:
        minimum = library.build_version.minos
    else:
        minimum = library.version_min.version if library.version_min else []
    return Binary(
        "Mach-O",
        machine,
        tuple(minimum[:2]),
        {loaded.name for loaded in library.libraries if loaded.command != OWN_NAME},
        {str(symbol.name).removeprefix("_") for symbol in library.imported_symbols},
        {str(symbol.name).removeprefix("_") for symbol in library.exported_symbols},
        library.has_code_signature,
    )


def _pe(library: lief.PE.Binary, machine: str) -> Binary:
    exported = library.get_export()
    return Binary(
        "PE",
        machine,
        (),
        {str(imported.name) for imported in library.imports},
        {str(entry.name) for imported in library.imports for entry in imported.entries},
        {str(entry.name) for entry in exported.entries} if exported else set(),
    )
