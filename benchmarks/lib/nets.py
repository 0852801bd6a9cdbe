"""The networks that are compared, each once in every framework, made from the same weights.

A framework is imported by the function that builds its network, so that the others do without it.
Images go in as the framework likes them best: see each function.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import lenet
from lenet import engine
from lenet.models import ARCHITECTURES, Architecture, Conv, Dense, MaxPool, Relu, Spec, Stage

FONT_LETTERS = Path(lenet.__file__).with_name("datasets") / "assets" / "font_letters.npz"

WIDE = Architecture(
    name="wide",
    origin="wide enough that a framework's matrix products come into their own",
    spec=Spec.from_json(
        {
            "input": [28, 28],
            "layers": [
                {"conv": 32, "kernel": 5, "padding": "same"},  # (32, 28, 28)
                {"relu": {}},
                {"maxpool": 2},  # (32, 14, 14)
                {"conv": 64, "kernel": 5, "padding": "valid"},  # (64, 10, 10)
                {"relu": {}},
                {"maxpool": 2},  # (64, 5, 5)
                {"dense": 256},
                {"relu": {}},
                {"dense": 26},
            ],
        }
    ),
    parameters=468_634,
)
NETS: dict[str, Architecture] = {
    **{name: ARCHITECTURES[name] for name in ("holzweber2021", "lenet5-relu")},
    WIDE.name: WIDE,
}
"""Of layers that every framework has, at its fastest."""

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]


def forward_macs(stage: Stage) -> int:
    """Multiply-accumulates of one image through a layer: each output times its weights."""
    if not stage.tensors:
        return 0
    *inputs, _ = stage.tensors[0].shape
    return math.prod(stage.output) * math.prod(inputs)


def training_flop(spec: Spec) -> int:
    """Nominal floating-point operations of one image in a training step, two a multiply-accumulate.

    Every product counts, also with the zeros of padding and of a maximum's gradient, which an
    engine may leave out. A layer with weights counts three times: its output, the gradient of its
    weights and that of its input; the first layer's input needs no gradient. Biases, relu, pooling,
    loss and the optimizer are left out: together they are a few per cent.
    """
    macs = [forward_macs(stage) for stage in spec.stages if stage.tensors]
    return 2 * (3 * sum(macs) - macs[0])


def core_network(net: str) -> engine.Network:
    """A network of NETS in this project's engine."""
    return NETS[net].spec.network()


class Letters(NamedTuple):
    """Images uint8 (n, 28, 28) and labels uint8 (n,), 0..25."""

    images: ByteArray
    labels: ByteArray


def written_letters(count: int) -> Letters:
    """The package's font letters in a random order, over and over; the same in every process.

    Not noise: how many gradients are zero, which the engine leaves out, depends on what a network
    is shown, and noise closes relus for good.
    """
    with np.load(FONT_LETTERS) as letters:
        images, labels = letters["images"], letters["labels"]
    order = np.resize(np.random.default_rng(0).permutation(len(images)), count)
    return Letters(images[order], (labels[order] - 1).astype(np.uint8))


def random_letters(count: int) -> Letters:
    """Noise, the same in every process."""
    rng = np.random.default_rng(0)
    return Letters(rng.integers(0, 256, (count, 28, 28), np.uint8), rng.integers(0, 26, count, np.uint8))


class Weighted(NamedTuple):
    """A layer, its weights in this project's layout (core/lenet.h), empty if it has none.

    before  shape of what goes in: (channels, rows, columns) or (inputs,)
    """

    stage: Stage
    weight: FloatArray
    bias: FloatArray
    before: tuple[int, ...]


def layers(spec: Spec, parameters: FloatArray) -> Iterator[Weighted]:
    """The layers of a network with their parts of the flat parameters."""
    none = np.empty(0, np.float32)
    before: tuple[int, ...] = (1, *spec.input)
    start = 0
    for stage in spec.stages:
        parts = []
        for tensor in stage.tensors:
            size = math.prod(tensor.shape)
            parts.append(parameters[start : start + size].reshape(tensor.shape))
            start += size
        weight, bias = parts or (none, none)
        yield Weighted(stage, weight, bias, before)
        before = stage.output


def torch_net(spec: Spec, parameters: FloatArray) -> Any:
    """A torch.nn.Module from float32 (n, 1, rows, columns), 0..1, to logits."""
    import torch
    from torch import nn

    modules: list[nn.Module] = []
    for stage, weight, bias, before in layers(spec, parameters):
        layer = stage.layer
        if isinstance(layer, Relu):
            modules.append(nn.ReLU())
        elif isinstance(layer, MaxPool):
            modules.append(nn.MaxPool2d(layer.window))
        else:
            if isinstance(layer, Conv):
                shape = {"kernel_size": layer.kernel, "stride": layer.stride}
                module: Any = nn.Conv2d(before[0], layer.out_channels, padding=layer.pad, **shape)
                weight = weight.transpose(3, 0, 1, 2)
            else:
                assert isinstance(layer, Dense)
                if len(before) == 3:
                    modules.append(nn.Flatten())
                module = nn.Linear(math.prod(before), layer.out_channels)
                weight = weight.T
            with torch.no_grad():
                module.weight.copy_(torch.from_numpy(weight.copy()))
                module.bias.copy_(torch.from_numpy(bias.copy()))
            modules.append(module)
    net = nn.Sequential(*modules)
    assert sum(p.numel() for p in net.parameters()) == len(parameters)
    return net


def keras_net(spec: Spec, parameters: FloatArray) -> Any:
    """A keras.Model from float32 (n, rows, columns, 1), 0..1, to logits."""
    import keras

    stack: list[Any] = [keras.Input((*spec.input, 1))]
    weights: list[FloatArray] = []
    for stage, weight, bias, before in layers(spec, parameters):
        layer = stage.layer
        if isinstance(layer, Relu):
            stack.append(keras.layers.ReLU())
        elif isinstance(layer, MaxPool):
            stack.append(keras.layers.MaxPooling2D(layer.window))
        elif isinstance(layer, Conv):
            stack.append(keras.layers.Conv2D(layer.out_channels, layer.kernel, layer.stride, layer.padding))
            weights += [weight.transpose(1, 2, 0, 3), bias]
        elif isinstance(layer, Dense):
            if len(before) == 3:  # flattened it counts row, column, channel
                stack.append(keras.layers.Flatten())
                weight = weight.reshape(*before, -1).transpose(1, 2, 0, 3).reshape(weight.shape)
            stack.append(keras.layers.Dense(layer.out_channels))
            weights += [weight, bias]
    model = keras.Sequential(stack)
    model.set_weights(weights)
    assert model.count_params() == len(parameters)
    return model


def onnx_net(spec: Spec, parameters: FloatArray, temperature: float) -> bytes:
    """An ONNX file from "images" uint8 (n, rows, columns) to "probabilities" float32."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: Any) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind: str, *inputs: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [f"x{len(nodes)}"], **attributes))
        return str(nodes[-1].output[0])

    x = node("Cast", "images", to=TensorProto.FLOAT)
    x = node("Unsqueeze", x, constant("channel", np.array([1])))
    x = node("Div", x, constant("white", np.float32(255)))
    for stage, weight, bias, before in layers(spec, parameters):
        layer, name = stage.layer, stage.name
        if isinstance(layer, Relu):
            x = node("Relu", x)
        elif isinstance(layer, MaxPool):
            sides = [layer.window] * 2
            x = node("MaxPool", x, kernel_shape=sides, strides=sides)
        elif isinstance(layer, Conv):
            tensors = constant(name + ".w", weight.transpose(3, 0, 1, 2)), constant(name, bias)
            shape = {"pads": [layer.pad] * 4, "strides": [layer.stride] * 2}
            x = node("Conv", x, *tensors, **shape)
        else:
            x = node("Flatten", x) if len(before) == 3 else x
            x = node("Gemm", x, constant(name + ".w", weight), constant(name, bias))
    x = node("Div", x, constant("temperature", np.float32(temperature)))
    node("Softmax", x, axis=1)
    nodes[-1].output[0] = "probabilities"
    assert sum(math.prod(c.dims) for c in constants) - 3 == len(parameters)
    graph = helper.make_graph(
        nodes,
        "lenet",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", *spec.input])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 26])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
