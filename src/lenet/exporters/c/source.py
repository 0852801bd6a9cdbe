"""C source text: numbers, arrays, comments, and the called functions of a library."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.errors import ModelFileError

WIDTH = 100
TEMPLATES = Path(__file__).with_name("templates")
TYPES = {
    np.dtype(np.float32): "float",
    np.dtype(np.int8): "int8_t",
    np.dtype(np.uint8): "uint8_t",
    np.dtype(np.uint16): "uint16_t",
    np.dtype(np.int32): "int32_t",
}

_DEFINED = re.compile(r"^(?:static .*?|typedef struct )(lenet_\w+)[ (]", re.MULTILINE)


def template(file: str, **values: Any) -> str:
    """Return a file of templates/ with values for its $names."""
    text = (TEMPLATES / file).read_text(encoding="utf-8")
    return Template(text).substitute(values) if values else text


def library(name: str, calling: str) -> str:
    """Return the functions and types of a template that some code uses, directly or indirectly.

    In the file they are separated by blank lines and come before their users.
    """
    wanted, kept = calling, []
    for block in reversed(template(name).strip().split("\n\n")):
        defined = _DEFINED.search(block)
        if defined and re.search(rf"\b{defined[1]}\b", wanted):
            kept.append(block)
            wanted += block
    return "\n\n".join(reversed(kept)) + "\n"


def number(value: float) -> str:
    """Return the shortest decimal of a float32; UnsupportedError if it is not finite."""
    return _numbers(np.array([value], np.float32))[0]


def array(name: str, values: npt.NDArray[Any]) -> str:
    """Return the definition of a constant array of float32, int8, uint8, uint16 or int32."""
    items = _numbers(values.ravel())
    row = max(1, (WIDTH - 2) // (max(map(len, items)) + 2))
    lines = (", ".join(items[k : k + row]) for k in range(0, len(items), row))
    sides = " * ".join(map(str, values.shape))
    body = ",\n  ".join(lines)
    return f"static const {TYPES[values.dtype]} {name}[{sides}] = {{\n  {body}}};\n"


def _numbers(values: npt.NDArray[Any]) -> list[str]:
    if values.dtype != np.float32:
        return list(map(str, values.tolist()))
    if not np.isfinite(values).all():
        raise ModelFileError("a number of the network is beyond float32; train it again")
    return [f"{value!s}f" for value in values]


def text_in_comment(text: str) -> str:
    """Return the text on one line, without anything that ends a comment."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"[*\\]|\?(?=\?)", " ", printable)


def comment(text: str) -> str:
    """Return a comment; each line is wrapped, except indented lines."""
    lines = [part for line in text.split("\n") for part in wrapped(line)]
    return "\n".join(["/* " + lines[0], *(f" * {line}".rstrip() for line in lines[1:]), " */"])


def wrapped(line: str) -> list[str]:
    """Wrap a line of a comment."""
    if line.startswith("    ") or not line:
        return [line]
    return textwrap.wrap(line, WIDTH - 3, break_on_hyphens=False)


def string(text: str) -> str:
    """Return a string literal of C in UTF-8; all but plain ASCII is in octal."""
    plain = (
        chr(b) if chr(b).isascii() and (chr(b).isalnum() or chr(b) in " -_.") else f"\\{b:03o}"
        for b in text.encode()
    )
    return f'"{"".join(plain)}"'
