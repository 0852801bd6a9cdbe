"""ONNX: a graph that is a chain, from one image to logits or probabilities.

The `onnx` package reads the protobuf; nothing of a graph is run. Nodes on constants alone are
computed, because weights may come transposed, and shapes in parts.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lenet._util.bounded import MAX_AXES, MAX_BYTES, read_bytes, shape_of, shown
from lenet.errors import LenetError, MissingDependencyError, ModelFileError, UnsupportedError
from lenet.importers.ir import Chain, Pair, Step
from lenet.importers.readers.axes import Axes
from lenet.importers.readers.onnx_nodes import Node, steps_of
from lenet.importers.readers.onnx_tensors import Values, WeightFiles, array_of, attributes_of, evaluated

if TYPE_CHECKING:
    import onnx

FORMAT = "ONNX"
MAX_NODES = 500
MAX_FILE = 2**24  # bytes: a file of empty messages takes fifty times its size in memory
_BYTES = 2  # TensorProto.UINT8


def read(path: Path) -> tuple[Chain, list[bytes]]:
    """Return the chain of an .onnx file, and the bytes of it and of the files of weights beside it.

    Raise LenetError for a damaged file, data in files of other folders, graphs that branch, and, naming the
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
    files = WeightFiles(path.parent)
    return _chain(model.graph, files), [data, *files.contents.values()]


def _chain(graph: onnx.GraphProto, files: WeightFiles) -> Chain:
    if len(graph.node) > MAX_NODES or len(graph.initializer) > MAX_NODES or graph.sparse_initializer:
        raise UnsupportedError(f"has more than {MAX_NODES} nodes, or sparse weights")
    constants = {tensor.name: array_of(tensor, files) for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise UnsupportedError("must have one input, the image, and one output")
    name, kind = inputs[0].name, inputs[0].type.tensor_type.elem_type
    sides, axes = _input(inputs[0])
    steps: list[Step] = []
    after = _after(_needed(graph, constants, name), constants, name)
    while name != graph.output[0].name:
        node = after.get(name)
        if node is None:
            raise UnsupportedError("its graph does not lead from the input to the output")
        more, axes = steps_of(node, axes)
        steps += more
        name = node.output
    return Chain(FORMAT, sides, steps, (0.0, 255.0) if kind == _BYTES else None)


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
    return (rows, columns), Axes(axes, (rows, columns))


def _needed(
    graph: onnx.GraphProto, constants: Collection[str], image: str
) -> list[tuple[str, onnx.NodeProto]]:
    """Return the nodes on which the output depends, each after its inputs' nodes.

    Files list nodes in any order; others have no effect and may be of any kind.

    Returns:
        The name of each node in messages, and the node.
    """
    sources: dict[str, tuple[str, onnx.NodeProto]] = {}
    for position, node in enumerate(graph.node, 1):
        place = f"node {position} ({shown(node.op_type)} {shown(node.name)})"
        for name in node.output:
            if name in sources or name in constants or name == image:
                raise UnsupportedError(f"{place}: its outputs are those of another node")
            if name:
                sources[name] = place, node
    ordered: dict[str, tuple[str, onnx.NodeProto]] = {}  # by place; complete when all inputs are
    open_places: set[str] = set()
    stack = [graph.output[0].name]
    while stack:
        name = stack[-1]
        if name not in sources or sources[name][0] in ordered:
            stack.pop()
            continue
        place, node = sources[name]
        missing = [other for other in node.input if other in sources and sources[other][0] not in ordered]
        if missing and place in open_places:
            raise UnsupportedError(f"{place}: its graph goes in circles")
        if missing:
            open_places.add(place)
            stack += missing
        else:
            ordered[place] = place, node
    return list(ordered.values())


def _after(
    nodes: Sequence[tuple[str, onnx.NodeProto]], constants: dict[str, Values], image: str
) -> dict[str, Node]:
    """Return the node that consumes each activation; add the results of constant nodes to `constants`."""
    after: dict[str, Node] = {}
    computed = {image}
    room = 4 * MAX_BYTES
    for place, node in nodes:
        if node.domain not in ("", "ai.onnx"):
            raise UnsupportedError(f"{place}: of {shown(node.domain)}, which is not known")
        inputs = list(node.input)
        activations = [name for name in inputs if name and name not in constants]
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
        start, end = (attributes_of(node).get(key) for key in ("start", "end"))
        sizes = np.array([0, *[-2] * (MAX_AXES - 1)])
        if all(bound is None or isinstance(bound, int) for bound in (start, end)):
            return sizes[start:end]
        raise UnsupportedError(f"{place}: its start and end must be numbers")
    inputs: Sequence[Values] = [constants[name] for name in node.input if name]
    try:
        values = evaluated(node.op_type, attributes_of(node), inputs)
    except LenetError as error:
        raise UnsupportedError(f"{place}: {error}") from None
    if values is None:
        raise UnsupportedError(f"{place}: has only constant inputs, which is not supported")
    return values
