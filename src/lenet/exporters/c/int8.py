"""The format `c-int8`: model-int8.h, in integers up to the softmax."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lenet.datasets import Dataset
from lenet.exporters.c import header, source
from lenet.exporters.c.compiler import run, runtime
from lenet.exporters.c.passes import Pass, last_axis
from lenet.exporters.c.program import Program
from lenet.exporters.c.quantized import QuantizedPass, Weights, quantize_passes
from lenet.exporters.ir import Array, Convolution, Dense, Depthwise, Graph, MaxPool, Resize

if TYPE_CHECKING:
    from lenet.exporters.exporter import Verification

__all__ = ["record_accuracy", "run", "runtime", "write"]

UNMEASURED = "The accuracy in 8 bits was not measured."


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write model-int8.h."""
    program = Program("model-int8.h", "8-bit integers", "uint8_t", "int8.c")
    *earlier, last = quantize_passes(graph)
    for quantized in earlier:
        _add(program, quantized)
    _add_last(program, last)
    program.steps.append("lenet_softmax(probabilities, LENET_CLASSES);")
    path = folder / program.file
    path.write_bytes(header.text(graph, program, [UNMEASURED]).encode())
    return [path]


def record_accuracy(paths: Sequence[Path], verification: Verification, letters: Dataset) -> None:
    """Write the accuracies of the header and of float32 on the letters into the header."""
    assert verification.before is not None
    assert verification.after is not None
    names = source.text_in_comment(", ".join(letters.names))
    sentence = (
        f"Accuracy on {len(letters):,} letters ({names}): {100 * verification.after:.2f} %; of float32: "
        f"{100 * verification.before:.2f} %."
    )
    lines = "\n * ".join(source.wrapped(sentence))
    text = paths[0].read_text(encoding="utf-8")
    paths[0].write_bytes(text.replace(UNMEASURED, lines, 1).encode())


def _add(program: Program, quantized: QuantizedPass) -> None:
    """Add a pass."""
    pass_, weights = quantized.pass_, quantized.weights
    match pass_.operation:
        case Convolution():
            zero, weight, bias, coding = _weights(program, pass_, weights)
            program.layer("convolution", pass_, zero, weight, bias, pass_.biases, coding)
            program.call("convolve", pass_)
        case Depthwise():
            program.layer("subsampling", pass_, *_weights(program, pass_, weights))
            program.call("subsample", pass_)
        case Dense():
            program.layer("dense_layer", pass_, *_weights(program, pass_, weights))
            program.call("dense", pass_)
        case Resize(rows, columns):
            down = program.array(f"{pass_.name}_down", _shares(rows))
            program.layer("reduction", pass_, down, program.array(f"{pass_.name}_along", _shares(columns)))
            program.call("resize", pass_)
        case MaxPool(window):
            program.call("greatest", pass_, *last_axis(pass_.input), window)
    if quantized.table is not None:
        table = program.array(f"{pass_.name}_table", quantized.table)
        to = program.here if program.here != "image" else ""
        program.call("look_up", pass_, table, pass_.numbers, to=to)


def _add_last(program: Program, quantized: QuantizedPass) -> None:
    """Add the last pass, a dense layer that gives logits in float32."""
    pass_, weights = quantized.pass_, quantized.weights
    assert weights is not None
    sums = _sums(program, pass_, weights)
    program.layer("last_layer", pass_, *sums, program.array(f"{pass_.name}_scale", weights.scale))
    program.call("logits", pass_, to="probabilities")


def _weights(program: Program, pass_: Pass, weights: Weights | None) -> tuple[Any, ...]:
    """Add a layer's numbers as arrays; return the fields that every layer has."""
    assert weights is not None
    multiplier = program.array(f"{pass_.name}_multiplier", weights.multiplier)
    return (*_sums(program, pass_, weights), (multiplier, weights.shift, weights.output_zero_point))


def _sums(program: Program, pass_: Pass, weights: Weights) -> tuple[int, str, str]:
    """Return the fields of a sum: the input's zero point, weights, biases."""
    weight = program.array(f"{pass_.name}_weight", weights.weight)
    return weights.input_zero_point, weight, program.array(f"{pass_.name}_bias", weights.bias)


def _shares(shares: Array) -> npt.NDArray[np.uint16]:
    """Return shares in units of 1/32768; those of a row still sum to 1."""
    ends = np.round(np.cumsum(shares, axis=1, dtype=np.float64) * 2**15)
    return np.diff(ends, prepend=0).astype(np.uint16)
