"""C source: numbers, arrays and comments as text; of a library the functions that are called."""

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
    """A file of templates/, with values for the names that it has behind dollar signs."""
    text = (TEMPLATES / file).read_text(encoding="utf-8")
    return Template(text).substitute(values) if values else text


def library(name: str, calling: str) -> str:
    """Of a file of templates/, the functions and types that some code names, and what these name.

    In the file they are parted by blank lines and come before what names them.
    """
    wanted, kept = calling, []
    for block in reversed(template(name).strip().split("\n\n")):
        defined = _DEFINED.search(block)
        if defined and re.search(rf"\b{defined[1]}\b", wanted):
            kept.append(block)
            wanted += block
    return "\n\n".join(reversed(kept)) + "\n"


def number(value: float) -> str:
    """A float32 as the shortest decimal that is read as the same. LenetError beyond float32."""
    return _numbers(np.array([value], np.float32))[0]


def array(name: str, values: npt.NDArray[Any]) -> str:
    """A constant array of float32, int8, uint8, uint16 or int32, its sides spelled out."""
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
    """A text that cannot end the comment that it stands in, on one line."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"[*\\]|\?(?=\?)", " ", shown)


def comment(text: str) -> str:
    """A text as a comment; each line is wrapped, but for those that are indented."""
    lines = [part for line in text.split("\n") for part in wrapped(line)]
    return "\n".join(["/* " + lines[0], *(f" * {line}".rstrip() for line in lines[1:]), " */"])


def wrapped(line: str) -> list[str]:
    """A line as it stands in a comment."""
    if line.startswith("    ") or not line:
        return [line]
    return textwrap.wrap(line, WIDTH - 3, break_on_hyphens=False)


def string(text: str) -> str:
    """A text as a string of C, in UTF-8; what is not plain ASCII in octal."""
    plain = (
        chr(b) if chr(b).isascii() and (chr(b).isalnum() or chr(b) in " -_.") else f"\\{b:03o}"
        for b in text.encode()
    )
    return f'"{"".join(plain)}"'
