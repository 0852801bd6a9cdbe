"""Builder of a C program: arrays, layers, statements, and two buffers that alternate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from lenet.exporters.c import source
from lenet.exporters.c.passes import Pass, last_axis
from lenet.exporters.ir import Convolution, Depthwise, Resize


@dataclass
class Program:
    """The format's part of a header.

    file     the header's name
    kind     description of its numbers
    number   C type of the scratch memory
    library  file of templates/ with its functions
    data     text of arrays and layers
    steps    statements that turn `image` into `probabilities`
    bytes    size of the arrays
    here     the buffer with the values after the statements so far
    numbers  sizes of the buffers a and b
    """

    file: str
    kind: str
    number: str
    library: str
    data: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    bytes: int = 0
    here: str = "image"
    numbers: list[int] = field(default_factory=lambda: [1, 1])

    def array(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add a constant array; return its name."""
        self.data.append(source.array(f"lenet_{name}", values))
        self.bytes += values.nbytes
        return f"lenet_{name}"

    def layer(self, kind: str, pass_: Pass, *fields: Any) -> None:
        """Add a layer: its sizes and then `fields`, in the order of its type in the library."""
        values = ", ".join(_initialiser(value) for value in (*sizes(pass_), *fields))
        self.data.append(f"static const lenet_{kind} lenet_{pass_.name} = {{\n  {values}}};\n")

    def call(self, function: str, pass_: Pass, *arguments: int | str, to: str = "") -> None:
        """Add a call that computes a pass from `here` into the other buffer, or into `to`.

        The call gets the pass's layer or, instead, `arguments`.
        """
        count, arguments = pass_.numbers, arguments or (f"&lenet_{pass_.name}",)
        turn = int(self.here == "scratch->a")
        if not to:
            self.numbers[turn] = max(self.numbers[turn], count)
            to = f"scratch->{'ab'[turn]}"
        values = ", ".join(map(str, (*arguments, self.here, to)))
        shape = " x ".join(map(str, last_axis(pass_.output)))
        self.steps.append(f"lenet_{function}({values}); /* {shape} */")
        self.here = to


def sizes(pass_: Pass) -> tuple[int, ...]:
    """Return the first fields of a layer's type in the library."""
    seen = last_axis(pass_.input)
    match pass_.operation:
        case Convolution(weight, _, stride, padding):
            return (*seen, len(weight), weight.shape[-1], stride, padding, pass_.pool)
        case Depthwise(weight):
            return (*seen, weight.shape[-1])
        case Resize(rows, columns):
            return (*seen, len(rows), len(columns))
    return (math.prod(pass_.input), *pass_.output)


def _initialiser(value: Any) -> str:
    if isinstance(value, str | int):
        return str(value)
    return "{" + ", ".join(map(_initialiser, value)) + "}"
