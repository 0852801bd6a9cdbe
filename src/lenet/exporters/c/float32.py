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
    for pass_ in earlier:
        _add(program, pass_)
    _add(program, last, "probabilities")
    program.steps.append("lenet_softmax(probabilities, LENET_CLASSES);")
    path = folder / program.file
    path.write_bytes(header.text(graph, program).encode())
    return [path]


def _add(program: Program, pass_: Pass, to: str = "") -> None:
    """Add a pass; its numbers go to the other buffer or to `to`."""
    match pass_.operation:
        case None:
            program.call("pixels", pass_, pass_.numbers)
        case Convolution():
            program.layer("convolution", pass_, *_weights(program, pass_), pass_.biases)
            program.call("convolve", pass_)
        case Depthwise():
            program.layer("subsampling", pass_, *_weights(program, pass_))
            program.call("subsample", pass_)
        case Dense():
            program.layer("dense_layer", pass_, *_weights(program, pass_))
            program.call("dense", pass_, to=to)
        case Resize(rows, columns):
            down = program.array(f"{pass_.name}_down", rows)
            program.layer("reduction", pass_, down, program.array(f"{pass_.name}_along", columns))
            program.call("resize", pass_)
        case MaxPool(window):
            program.call("greatest", pass_, *last_axis(pass_.input), window)
    for operation in pass_.pointwise:
        at = f"{program.here}, {pass_.numbers}"
        match operation:
            case Affine(factor, offset):
                numbers = f"{source.number(factor)}, {source.number(offset)}"
                program.steps.append(f"lenet_affine({at}, {numbers});")
            case Relu():
                program.steps.append(f"lenet_relu({at});")
            case Tanh():
                program.steps.append(f"lenet_tanh({at});")


def _weights(program: Program, pass_: Pass) -> tuple[str, str]:
    """Add a layer's weights and biases as arrays; return their names."""
    assert pass_.bias is not None
    weight = program.array(f"{pass_.name}_weight", pass_.weight)
    return weight, program.array(f"{pass_.name}_bias", pass_.bias)
