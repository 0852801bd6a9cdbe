"""Read the declarations of core/lenet.h: enums, numbers, structs and functions."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PREFIX = "lenet_"

Number = int | float


@dataclass(frozen=True)
class Scalar:
    """A C type of numbers: its size, and its name in the other languages."""

    size: int
    ctypes: str
    setter: str  # of a DataView
    typescript: str = "number"


POINTER = "pointer"
SCALARS = {
    "int32_t": Scalar(4, "c_int32", "setInt32"),
    "uint32_t": Scalar(4, "c_uint32", "setUint32"),
    "int64_t": Scalar(8, "c_int64", "setBigInt64", "bigint"),
    "float": Scalar(4, "c_float", "setFloat32"),
    "double": Scalar(8, "c_double", "setFloat64"),
    "uint8_t": Scalar(1, "c_uint8", "setUint8"),
    POINTER: Scalar(4, "c_void_p", "setUint32"),  # of WebAssembly
}


@dataclass(frozen=True)
class Constant:
    """A named number and the comment behind it."""

    name: str
    value: Number
    comment: str


@dataclass(frozen=True)
class Enum:
    """A named set of constants; the header's anonymous one has the name ""."""

    name: str
    constants: tuple[Constant, ...]


@dataclass(frozen=True)
class Field:
    """A field of a struct: a key of SCALARS or another struct, and its offset in WebAssembly.

    `length` is the number of values of an array of scalars, None for a single value.
    """

    name: str
    type: str
    offset: int
    comment: str
    length: int | None = None


@dataclass(frozen=True)
class Struct:
    """A struct with its layout in WebAssembly, under C's rules of natural alignment."""

    name: str
    fields: tuple[Field, ...]
    size: int
    alignment: int

    @property
    def is_portable(self) -> bool:
        """Return True if it has the same layout on every platform: it holds no pointer."""
        return all(field.type != POINTER for field in self.fields)


@dataclass(frozen=True)
class Function:
    """A function; types are keys of SCALARS."""

    name: str
    result: str
    arguments: tuple[tuple[str, str], ...]  # name, type


@dataclass(frozen=True)
class Interface:
    """The declarations of a header."""

    enums: tuple[Enum, ...]
    defines: tuple[Constant, ...]
    structs: tuple[Struct, ...]
    functions: tuple[Function, ...]

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The numbers that belong to no named enum."""
        plain = next((enum.constants for enum in self.enums if not enum.name), ())
        return (*plain, *self.defines)

    @property
    def named_enums(self) -> tuple[Enum, ...]:
        """All enums but the anonymous one."""
        return tuple(enum for enum in self.enums if enum.name)


# ---- Reading the header ----------------------------------------------------------------------

_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)


def parse(text: str) -> Interface:
    """Return the declarations of a header. Raises ValueError for what it does not understand."""
    values: dict[str, Number] = {}
    enums = tuple(_enums(text, values))
    structs: dict[str, Struct] = {}
    for match in re.finditer(r"typedef struct (\w+) \{(.*?)\} \1;", text, re.DOTALL):
        struct = _struct(match[1], match[2], structs, values)
        structs[match[1]] = struct
    defines = tuple(_defines(text))
    bare = _COMMENT.sub("", text)
    functions = tuple(
        _function(match[1], match[2], match[3])
        for match in re.finditer(r"LENET_API (\w+) (\w+)\(([^)]*)\);", bare)
    )
    if len(functions) != len(re.findall(r"^LENET_API ", bare, re.MULTILINE)):
        raise ValueError("a function of the header is not understood")
    return Interface(enums, defines, tuple(structs.values()), functions)


def _enums(text: str, values: dict[str, Number]) -> Iterator[Enum]:
    for match in re.finditer(r"^enum (\w*) ?\{(.*?)\};", text, re.DOTALL | re.MULTILINE):
        constants = []
        following = 0
        for entry, comment in _entries(match[2], ","):
            name, _, expression = (part.strip() for part in entry.partition("="))
            value = int(_value(expression, values)) if expression else following
            values[name], following = value, value + 1
            constants.append(Constant(_short(name), value, comment))
        yield Enum(match[1].removeprefix(PREFIX), tuple(constants))


def _defines(text: str) -> Iterator[Constant]:
    """Return the defined numbers; a comment on the lines before belongs to the name after it."""
    pattern = r"(?:/\*((?:(?!\*/).)*)\*/\n)?#define (LENET_\w+) (-?[0-9][0-9.e+-]*)\s"
    for match in re.finditer(pattern, text, re.DOTALL):
        yield Constant(_short(match[2]), _value(match[3], {}), _words(match[1] or ""))


def _entries(body: str, separator: str) -> Iterator[tuple[str, str]]:
    """Return the entries of a body in braces, each with the comment behind it."""
    comments = [_words(text) for text in _COMMENT.findall(body)]
    marked = _COMMENT.sub("\0", body)  # a comment follows the separator, or the last entry
    used = 0
    pieces = re.findall(rf"([^{separator}\0]+){separator}?\s*(\0?)", marked)
    for entry, comment in pieces:
        if entry.strip():
            yield entry.strip(), comments[used] if comment else ""
        used += len(comment)


def _struct(name: str, body: str, known: dict[str, Struct], values: dict[str, Number]) -> Struct:
    fields: list[Field] = []
    offset, alignment = 0, 1
    for entry, comment in _entries(body, ";"):
        declaration, _, length = entry.rstrip("]").partition("[")
        kind, field = _declaration(declaration)
        count = int(_value(length, values)) if length else None
        size, step = _measure(kind, known)
        offset = -(-offset // step) * step
        fields.append(Field(field, kind, offset, comment, count))
        offset, alignment = offset + size * (count or 1), max(alignment, step)
    return Struct(name, tuple(fields), -(-offset // alignment) * alignment, alignment)


def _measure(kind: str, known: dict[str, Struct]) -> tuple[int, int]:
    """Return size and alignment of a type."""
    if kind in known:
        return known[kind].size, known[kind].alignment
    if kind not in SCALARS:
        raise ValueError(f"a field of type {kind} is not understood")
    return SCALARS[kind].size, SCALARS[kind].size


def _declaration(text: str) -> tuple[str, str]:
    """Return type and name of a field or an argument."""
    kind, name = text.replace("*", "* ").rsplit(maxsplit=1)
    kind = kind.replace("const ", "").strip()
    return POINTER if kind.endswith("*") else kind, name


def _function(result: str, name: str, arguments: str) -> Function:
    pairs = []
    for argument in arguments.split(",") if arguments.strip() != "void" else ():
        kind, argument_name = _declaration(argument)
        pairs.append((argument_name, kind))
    for kind in (result, *(kind for _, kind in pairs)):
        if kind not in SCALARS:
            raise ValueError(f"{name}: the type {kind} is not understood")
    return Function(name.removeprefix(PREFIX), result, tuple(pairs))


_OPERATORS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
}


def _value(text: str, names: dict[str, Number]) -> Number:
    """Return what a constant expression of numbers, names and + - * << is."""

    def evaluate(node: ast.expr) -> Number:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -evaluate(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](evaluate(left), evaluate(right))
            case ast.Name(id=name) if name in names:
                return names[name]
            case _:
                raise ValueError(f"the value {text} is not understood")

    return evaluate(ast.parse(text.strip(), mode="eval").body)


def _short(name: str) -> str:
    return name.removeprefix("LENET_")


def _words(comment: str) -> str:
    return " ".join(comment.replace("\n *", "\n").replace("LENET_", "").split())
