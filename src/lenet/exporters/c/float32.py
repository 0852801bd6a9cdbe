"""The format `c`: model.h, in float32."""

from __future__ import annotations

from pathlib import Path

from lenet.exporters.c import header, source
from lenet.exporters.c.compiler import run, runtime
from lenet.exporters.c.passes import Pass, last_axis, passes
from lenet.exporters.c.program import Program
from lenet.exporters.ir import (
    Affine,
    Convolution,
    Dense,
    Depthwise,
    Graph,
    MaxPool,
    Relu,
    Resize,
    Tanh,
)

__all__ = ["run", "runtime", "write"]


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write model.h."""
    program = Program("model.h", "float32", "float", "float32.c")
    *earlier, last = passes(graph)
    for one in earlier:
        _add(program, one)
    _add(program, last, "probabilities")
    program.steps.append("lenet_softmax(probabilities, LENET_CLASSES);")
    path = folder / program.file
    path.write_bytes(header.text(graph, program).encode())
    return [path]


def _add(program: Program, one: Pass, to: str = "") -> None:
    """Add a pass; its numbers go to the other buffer or to `to`."""
    match one.operation:
        case None:
            program.call("pixels", one, one.numbers)
        case Convolution():
            program.layer("convolution", one, *_weights(program, one), one.biases)
            program.call("convolve", one)
        case Depthwise():
            program.layer("subsampling", one, *_weights(program, one))
            program.call("subsample", one)
        case Dense():
            program.layer("dense_layer", one, *_weights(program, one))
            program.call("dense", one, to=to)
        case Resize(rows, columns):
            down = program.array(f"{one.name}_down", rows)
            program.layer("reduction", one, down, program.array(f"{one.name}_along", columns))
            program.call("resize", one)
        case MaxPool(window):
            program.call("greatest", one, *last_axis(one.input), window)
    for operation in one.pointwise:
        at = f"{program.here}, {one.numbers}"
        match operation:
            case Affine(factor, offset):
                numbers = f"{source.number(factor)}, {source.number(offset)}"
                program.steps.append(f"lenet_affine({at}, {numbers});")
            case Relu():
                program.steps.append(f"lenet_relu({at});")
            case Tanh():
                program.steps.append(f"lenet_tanh({at});")


def _weights(program: Program, one: Pass) -> tuple[str, str]:
    """Add a layer's weights and biases as arrays; return their names."""
    assert one.bias is not None
    weight = program.array(f"{one.name}_weight", one.weight)
    return weight, program.array(f"{one.name}_bias", one.bias)
