"""Write what Python, TypeScript and the C++ core copy from core/lenet.h.

    python tools/codegen/abi.py

src/lenet/engine/abi.py    enums, constants, ctypes structures, signatures
web/src/engine/abi.gen.ts  enums, constants, signatures, writers of structs into memory
core/abi.gen.hpp           assertions that the compiler lays structs out as both assume

The files are checked in; a test compares them with what this tool makes.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

from header import PREFIX, SCALARS, Constant, Enum, Function, Interface, Struct, parse

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "core" / "lenet.h"
PYTHON = ROOT / "src" / "lenet" / "engine" / "abi.py"
TYPESCRIPT = ROOT / "web" / "src" / "engine" / "abi.gen.ts"
ASSERTIONS = ROOT / "core" / "abi.gen.hpp"

WIDTH = 120  # columns of a generated line
DO_NOT_EDIT = "Generated from core/lenet.h by tools/codegen/abi.py; do not edit."

# ---- Python ----------------------------------------------------------------------------------


def python(interface: Interface) -> str:
    """Return the text of `abi.py`."""
    blocks = [
        f'"""Constants, structs and functions of the engine\'s interface.\n\n{DO_NOT_EDIT}\n"""',
        "from __future__ import annotations",
        "import ctypes\nfrom enum import IntEnum\nfrom typing import Any, Final",
        "\n".join(line for c in interface.constants for line in _python_constant(c)),
        *(_python_enum(enum) for enum in interface.named_enums),
        *(_python_struct(struct) for struct in interface.structs),
        _python_functions(interface.functions),
    ]
    return "\n\n".join(blocks) + "\n"


def _python_constant(constant: Constant) -> Iterator[str]:
    yield from _commented("# ", constant.comment)
    yield f"{constant.name}: Final = {constant.value}"


def _python_enum(enum: Enum) -> str:
    lines = [
        "",
        f"class {_camel(enum.name)}(IntEnum):",
        f'    """`enum {PREFIX}{enum.name}`."""',
        "",
    ]
    for constant in enum.constants:
        lines += _commented("    # ", constant.comment)
        lines.append(f"    {constant.name} = {constant.value}")
    return "\n".join(lines)


def _python_struct(struct: Struct) -> str:
    lines = [
        "",
        f"class {_camel(_bare(struct.name))}(ctypes.Structure):",
        f'    """`{struct.name}`."""',
        "",
    ]
    lines.append("    _fields_ = [")
    for field in struct.fields:
        lines += _commented("        # ", field.comment)
        kind = f"ctypes.{SCALARS[field.type].ctypes}" if field.type in SCALARS else _camel(_bare(field.type))
        kind += f" * {field.length}" if field.length else ""
        lines.append(f'        ("{field.name}", {kind}),')
    return "\n".join([*lines, "    ]"])


def _python_functions(functions: tuple[Function, ...]) -> str:
    lines = ["", "FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {"]
    lines.append("    # name without prefix: type of the result, types of the arguments")
    for function in functions:
        arguments = "".join(f"{_ctypes(kind)}, " for _, kind in function.arguments).rstrip()
        arguments = arguments.rstrip(",") if len(function.arguments) > 1 else arguments
        whole = f'    "{function.name}": ({_ctypes(function.result)}, ({arguments})),'
        if len(whole) <= 100:
            lines.append(whole)
            continue
        lines += [f'    "{function.name}": (', f"        {_ctypes(function.result)},", "        ("]
        lines += [f"            {_ctypes(kind)},  # {name}" for name, kind in function.arguments]
        lines += ["        ),", "    ),"]
    return "\n".join([*lines, "}"])


def _ctypes(kind: str) -> str:
    return f"ctypes.{SCALARS[kind].ctypes}"


# ---- TypeScript ------------------------------------------------------------------------------


def typescript(interface: Interface) -> str:
    """Return the text of `abi.gen.ts`."""
    blocks = [
        f"// Constants, structs and functions of the engine's interface.\n// {DO_NOT_EDIT}",
        "\n".join(line for c in interface.constants for line in _typescript_constant(c)),
        *(_typescript_enum(enum) for enum in interface.named_enums),
        *(_typescript_struct(struct) for struct in interface.structs),
        _typescript_functions(interface.functions),
    ]
    return "\n\n".join(blocks) + "\n"


def _typescript_constant(constant: Constant) -> Iterator[str]:
    yield from _documented("", constant.comment)
    yield f"export const {constant.name} = {constant.value};"


def _typescript_enum(enum: Enum) -> str:
    lines = [f"export const {enum.name.upper()} = {{"]
    for constant in enum.constants:
        lines += _documented("  ", constant.comment)
        lines.append(f"  {constant.name}: {constant.value},")
    return "\n".join([*lines, "} as const;"])


def _typescript_struct(struct: Struct) -> str:
    name = _camel(_bare(struct.name))
    lines = [f"export const {_bare(struct.name).upper()}_BYTES = {struct.size};", ""]
    lines += [f"/** The fields of `{struct.name}`. */", f"export interface {name}Fields {{"]
    for field in struct.fields:
        lines += _documented("  ", field.comment)
        kind = (
            SCALARS[field.type].typescript if field.type in SCALARS else f"{_camel(_bare(field.type))}Fields"
        )
        kind = f"readonly {kind}[]" if field.length else kind
        lines.append(f"  readonly {field.name}: {kind};")
    lines += ["}", "", f"/** Writes a `{struct.name}` at a place in memory. */"]
    lines.append(f"export function write{name}(memory: DataView, at: number, fields: {name}Fields): void {{")
    for field in struct.fields:
        place = f"at + {field.offset}" if field.offset else "at"
        if field.length:
            scalar = SCALARS[field.type]
            lines.append(f"  fields.{field.name}.forEach((value, i) => {{")
            lines.append(f"    memory.{scalar.setter}({place} + {scalar.size} * i, value, true);")
            lines.append("  });")
        elif field.type in SCALARS:
            lines.append(f"  memory.{SCALARS[field.type].setter}({place}, fields.{field.name}, true);")
        else:
            lines.append(f"  write{_camel(_bare(field.type))}(memory, {place}, fields.{field.name});")
    return "\n".join([*lines, "}"])


def _typescript_functions(functions: tuple[Function, ...]) -> str:
    lines = [
        "/** The engine's functions; a pointer is an address in its memory. */",
        "export interface Functions {",
    ]
    for function in functions:
        arguments = ", ".join(
            f"{_camel(name, first=False)}: {_typed(kind)}" for name, kind in function.arguments
        )
        whole = f"  {PREFIX}{function.name}({arguments}): {_typed(function.result)};"
        if len(whole) <= WIDTH:
            lines.append(whole)
            continue
        lines.append(f"  {PREFIX}{function.name}(")
        lines += [f"    {_camel(name, first=False)}: {_typed(kind)}," for name, kind in function.arguments]
        lines.append(f"  ): {_typed(function.result)};")
    return "\n".join([*lines, "}"])


def _typed(kind: str) -> str:
    return SCALARS[kind].typescript


# ---- C++ -------------------------------------------------------------------------------------


def assertions(interface: Interface) -> str:
    """Return the text of `abi.gen.hpp`."""
    lines = ["// The layouts that Python and the page assume.", f"// {DO_NOT_EDIT}", "#pragma once"]
    lines += ["#include <stddef.h>", "", '#include "lenet.h"']
    for struct in interface.structs:
        checks = [f"static_assert(sizeof({struct.name}) == {struct.size});"]
        checks += [
            f"static_assert(offsetof({struct.name}, {field.name}) == {field.offset});"
            for field in struct.fields
        ]
        lines += ["", *(checks if struct.is_portable else ["#if defined(__wasm32__)", *checks, "#endif"])]
    return "\n".join(lines) + "\n"


# ---- Words -----------------------------------------------------------------------------------


def _bare(name: str) -> str:
    return name.removeprefix(PREFIX)


def _camel(name: str, first: bool = True) -> str:
    words = name.split("_")
    return "".join(word.capitalize() if i or first else word for i, word in enumerate(words))


def _commented(lead: str, comment: str) -> list[str]:
    return textwrap.wrap(comment, 100, initial_indent=lead, subsequent_indent=lead)


def _documented(indent: str, comment: str) -> list[str]:
    """Return the lines of a TSDoc comment."""
    if not comment:
        return []
    whole = f"{indent}/** {comment} */"
    if len(whole) <= WIDTH:
        return [whole]
    lead = f"{indent} * "
    return [
        f"{indent}/**",
        *textwrap.wrap(comment, WIDTH, initial_indent=lead, subsequent_indent=lead),
        f"{indent} */",
    ]


WRITERS: dict[Path, Callable[[Interface], str]] = {
    PYTHON: python,
    TYPESCRIPT: typescript,
    ASSERTIONS: assertions,
}


def main() -> int:
    """Write all files."""
    interface = parse(HEADER.read_text(encoding="utf-8"))
    for path, write in WRITERS.items():
        path.write_text(write(interface), encoding="utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
