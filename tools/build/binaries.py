"""Reads what a shared library is: what it runs on, what it asks for and what it offers.

The three formats: ELF (System V ABI, chapters 4 and 5), Mach-O (Apple's mach-o/loader.h) and PE
(Microsoft's PE format), each for 64 bits, little-endian.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

MACHINES = {
    "ELF": {62: "x86_64", 183: "aarch64"},
    "Mach-O": {0x01000007: "x86_64", 0x0100000C: "aarch64"},
    "PE": {0x8664: "x86_64", 0xAA64: "aarch64"},
}


class Binary(NamedTuple):
    """A shared library."""

    format: str
    """`ELF`, `Mach-O` or `PE`."""
    machine: str
    """The processor family."""
    minimum: tuple[int, ...]
    """The oldest system: ELF's newest GLIBC version asked for (none: ()), macOS, Windows."""
    libraries: set[str]
    imports: set[str]
    exports: set[str]
    signed: bool = False
    """True if there is a code signature, which macOS requires on arm64."""


class _Bytes:
    """A file's bytes, read as C structs."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def at(self, offset: int, form: str) -> tuple[Any, ...]:
        return struct.unpack_from("<" + form, self.data, offset)

    def one(self, offset: int, form: str) -> int:
        return int(self.at(offset, form)[0])

    def text(self, offset: int) -> str:
        return self.data[offset : self.data.index(b"\0", offset)].decode("ascii")


def read(path: Path) -> Binary:
    """Parse a library; raise ValueError for another file or an unknown format."""
    file = _Bytes(path.read_bytes())
    try:
        if file.data[:6] == b"\x7fELF\x02\x01":
            return _elf(file)
        if file.data[:4] == b"\xcf\xfa\xed\xfe":
            return _macho(file)
        if file.data[:2] == b"MZ":
            return _pe(file)
    except (KeyError, IndexError, StopIteration, struct.error, ValueError) as error:
        raise ValueError(f"{path.name}: a damaged library ({error!r})") from None
    raise ValueError(f"{path.name}: neither ELF, Mach-O nor PE of 64 bits")


def _elf(file: _Bytes) -> Binary:
    machine = MACHINES["ELF"][file.one(18, "H")]
    table, size, count = file.one(40, "Q"), *file.at(58, "HH")
    # name, type, flags, address, offset, size, link, info, alignment, entry size
    sections = [file.at(table + k * size, "IIQQQQIIQQ") for k in range(count)]
    dynamic, symbols = [next(s for s in sections if s[1] == kind) for kind in (6, 11)]
    strings = sections[symbols[6]][4]

    needed, newest = set(), (0, 0)
    for k in range(dynamic[4], dynamic[4] + dynamic[5], 16):
        tag, value = file.at(k, "QQ")
        if tag == 1:  # DT_NEEDED
            needed.add(file.text(strings + value))
    for section in (s for s in sections if s[1] == 0x6FFFFFFE):  # SHT_GNU_verneed
        newest = max(newest, *_glibc_versions(file, section, strings))

    imports, exports = set[str](), set[str]()
    for k in range(symbols[4] + 24, symbols[4] + symbols[5], 24):
        name, info, _, section = file.at(k, "IBBH")
        if info >> 4:  # not local
            (exports if section else imports).add(file.text(strings + name))
    minimum = newest if any(newest) else ()
    return Binary("ELF", machine, minimum, needed, imports, exports)


def _glibc_versions(file: _Bytes, section: tuple[int, ...], strings: int) -> list[tuple[int, int]]:
    """The GLIBC versions that a section of needed versions names; 999 for a private one."""
    versions, need = [], section[4]
    while True:
        _, count, _, first, following = file.at(need, "HHIII")
        version = need + first
        for _ in range(count):
            _, _, _, name, step = file.at(version, "IHHII")
            parts = file.text(strings + name).removeprefix("GLIBC_").split(".")
            numbers = [int(part) if part.isdecimal() else 999 for part in parts]
            versions.append((numbers[0], numbers[1] if len(numbers) > 1 else 0))
            version += step
        if not following:
            return versions
        need += following


def _macho(file: _Bytes) -> Binary:
    machine = MACHINES["Mach-O"][file.one(4, "I")]
    libraries, imports, exports = set[str](), set[str](), set[str]()
    minimum, signed, place = 0, False, 32
    for _ in range(file.one(16, "I")):
        command, size = file.at(place, "II")
        if command in (0xC, 0x80000018, 0x8000001F):  # LC_LOAD_DYLIB, weak, reexported
            libraries.add(file.text(place + file.one(place + 8, "I")))
        elif command == 0x24:  # LC_VERSION_MIN_MACOSX
            minimum = file.one(place + 8, "I")
        elif command == 0x32:  # LC_BUILD_VERSION
            minimum = file.one(place + 12, "I")
        elif command == 0x1D:  # LC_CODE_SIGNATURE
            signed = True
        elif command == 0x2:  # LC_SYMTAB
            symbols, count, strings, _ = file.at(place + 8, "IIII")
            for k in range(symbols, symbols + 16 * count, 16):
                name, kind = file.at(k, "IB")
                if kind & 1 and not kind & 0xE0:  # external, and not for a debugger
                    known = exports if kind & 0xE else imports
                    known.add(file.text(strings + name).removeprefix("_"))
        place += size
    version = (minimum >> 16, minimum >> 8 & 255)
    return Binary("Mach-O", machine, version, libraries, imports, exports, signed)


def _pe(file: _Bytes) -> Binary:
    header = file.one(0x3C, "I") + 4
    machine, sections = MACHINES["PE"][file.one(header, "H")], file.one(header + 2, "H")
    optional = header + 20
    table = optional + file.one(header + 16, "H")
    minimum = file.at(optional + 48, "HH")  # of the subsystem
    (export, _), (imported, _) = file.at(optional + 112, "II"), file.at(optional + 120, "II")

    def place(address: int) -> int:
        """Where in the file an address of the loaded library lies."""
        for k in range(sections):
            size, start, _, offset = file.at(table + 40 * k + 8, "IIII")
            if start <= address < start + size:
                return int(address - start + offset)
        raise ValueError(f"no section holds {address:#x}")

    count, names = file.one(place(export) + 24, "I"), place(file.one(place(export) + 32, "I"))
    exports = {file.text(place(file.one(names + 4 * k, "I"))) for k in range(count)}
    libraries, imports, entry = set(), set(), place(imported)
    while name := file.one(entry + 12, "I"):
        libraries.add(file.text(place(name)))
        thunk = place(file.one(entry, "I"))
        while value := file.one(thunk, "Q"):
            imports.add(f"#{value & 0xFFFF}" if value >> 63 else file.text(place(value) + 2))
            thunk += 8
        entry += 20
    return Binary("PE", machine, minimum, libraries, imports, exports)
