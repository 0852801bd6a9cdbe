"""ONNX: a graph that is a chain, from one image to logits or probabilities.

The `onnx` package reads the protobuf; nothing of a graph is run. Nodes on constants alone are
computed, because weights may come transposed, and shapes in parts.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lenet._util.bounded import MAX_BYTES, read_bytes, shape_of, shown
from lenet.errors import LenetError, MissingDependencyError, ModelFileError, UnsupportedError
from lenet.importers.ir import Chain, Pair, Step
from lenet.importers.readers.onnx_nodes import Axes, Node, steps_of
from lenet.importers.readers.onnx_tensors import Values, array_of, attributes_of, evaluated

if TYPE_CHECKING:
    import onnx

FORMAT = "ONNX"
MAX_NODES = 500
MAX_FILE = 2**24  # bytes: a file of empty messages takes fifty times its size in memory
_BYTES = 2  # TensorProto.UINT8


def read(path: Path) -> tuple[Chain, list[bytes]]:
    """Return the chain of an .onnx file, and its bytes.

    Raise LenetError for a damaged file, data in other files, graphs that branch, and, naming the
    node, for unknown operators and settings; MissingDependencyError without the onnx package.
    """
    data = read_bytes(path, limit=MAX_FILE)
    if importlib.util.find_spec("onnx") is None:
        raise MissingDependencyError('onnx is not installed; pip install "lenet[onnx]"')
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise ModelFileError("damaged, or no ONNX file; copy it again") from None
    if model.functions or not model.graph.node:
        raise ModelFileError("has functions of its own, or no graph; save it without")
    return _chain(model.graph), [data]


def _chain(graph: onnx.GraphProto) -> Chain:
    if len(graph.node) > MAX_NODES or len(graph.initializer) > MAX_NODES or graph.sparse_initializer:
        raise UnsupportedError(f"has more than {MAX_NODES} nodes, or sparse weights")
    constants = {tensor.name: array_of(tensor) for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise UnsupportedError("must have one input, the image, and one output")
    name, kind = inputs[0].name, inputs[0].type.tensor_type.elem_type
    sides, axes = _input(inputs[0])
    steps: list[Step] = []
    after = _after(graph, constants, name)
    for _ in range(MAX_NODES):
        if name == graph.output[0].name:
            input_range = (0.0, 255.0) if kind == _BYTES else None
            return Chain(FORMAT, sides, steps, input_range)
        node = after.get(name)
        if node is None:
            raise UnsupportedError("its graph does not lead from the input to the output")
        more, axes = steps_of(node, axes)
        steps += more
        name = node.output
    raise UnsupportedError("its graph goes in circles")


def _input(value: onnx.ValueInfoProto) -> tuple[Pair, Axes]:
    """Return rows and columns of the image, and the order of its axes after the first."""
    dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim][1:]
    match dims:
        case [1, rows, columns]:
            axes = "CHW"
        case [rows, columns, 1]:
            axes = "HWC"
        case [rows, columns]:
            axes = "HW"
        case [units] if round(max(units, 0) ** 0.5) ** 2 == units:
            rows, columns, axes = *(round(units**0.5),) * 2, "U"
        case _:
            dims = [0]
    if not dims or min(dims) < 1:
        raise UnsupportedError(
            f"its input {shown(value.name)} must be an image of known size, [n, 1, 28, 28]"
        )
    shape_of([rows, columns], "its input")
    return (rows, columns), Axes(axes, rows * columns)


def _after(graph: onnx.GraphProto, constants: dict[str, Values], image: str) -> dict[str, Node]:
    """Return the node that consumes each activation; add the results of constant nodes to `constants`."""
    after: dict[str, Node] = {}
    computed = {image}
    room = 4 * MAX_BYTES
    for position, node in enumerate(graph.node, 1):
        place = f"node {position} ({shown(node.op_type)} {shown(node.name)})"
        if node.domain not in ("", "ai.onnx"):
            raise UnsupportedError(f"{place}: of {shown(node.domain)}, which is not known")
        inputs = list(node.input)
        activations = [name for name in inputs if name and name not in constants]
        if not node.output or any(name in constants or name in computed for name in node.output):
            raise UnsupportedError(f"{place}: its outputs are those of another node")
        if not activations or node.op_type == "Shape":
            values = constants[node.output[0]] = _computed(node, place, constants)
            room -= values.nbytes
            if room < 0:
                raise ModelFileError(f"{place}: with it constants are too large for any model")
            continue
        if len(activations) > 1 or activations[0] not in computed:
            raise UnsupportedError(f"{place}: must take one activation, made before it; no branches")
        if activations[0] in after:
            raise UnsupportedError(f"{place}: takes what another node takes; no branches")
        after[activations[0]] = Node(
            place,
            node.op_type,
            node.output[0],
            attributes_of(node),
            [constants.get(name) for name in inputs],
        )
        computed.add(node.output[0])
    return after


def _computed(node: onnx.NodeProto, place: str, constants: dict[str, Values]) -> Values:
    if node.op_type == "Shape":  # in a Reshape, 0 keeps the size: that of the batch
        return np.array([0, -2, -2, -2, -2])
    inputs: Sequence[Values] = [constants[name] for name in node.input if name]
    try:
        values = evaluated(node.op_type, attributes_of(node), inputs)
    except LenetError as error:
        raise UnsupportedError(f"{place}: {error}") from None
    if values is None:
        raise UnsupportedError(f"{place}: of constants alone, which is not known")
    return values
