"""LiteRT's files: what its own interpreter answers, and what its own schema reads in them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import odd_networks
from lenet import exporters
from lenet.cli import main as cli
from lenet.datasets import train_test_split
from lenet.exporters import interpreter, quantize
from lenet.exporters.fold import fold
from lenet.exporters.ir import Affine, Convolution
from lenet.exporters.litert import float32 as litert
from lenet.exporters.litert import int8 as litert_int8
from lenet.exporters.litert import network as litert_network
from lenet.models import DEFAULT_MODEL, load_model
from made import NETWORKS, blots, letters, real_letters, refusal, untrained, without

pytestmark = pytest.mark.runtime

# The same networks each time: over some rare ones LiteRT ends the process, which no test catches.
FEW = settings(max_examples=30, deadline=None, derandomize=True)


def network(name: str) -> exporters.Graph:
    model = untrained(name)
    return exporters.lower(model, blots(model))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_interpreter_answers_as_the_engine(name: str, tmp_path: Path) -> None:
    graph = network(name)
    meant = graph.probabilities(graph.sample)
    paths = litert.write(graph, tmp_path)
    assert [path.name for path in paths] == ["model.tflite"]
    answers = litert.run(paths, graph.sample)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers, meant, rtol=0, atol=1e-5)
    paths = litert_int8.write(graph, tmp_path)
    assert [path.name for path in paths] == ["model-int8.tflite"]
    # A step of the answers is 1 / 256.
    assert np.abs(litert_int8.run(paths, graph.sample) - meant).mean() < 0.0025


@FEW
@given(odd_networks.SPECS)
def test_any_network_in_any_order(tmp_path_factory: pytest.TempPathFactory, spec: Any) -> None:
    folder = tmp_path_factory.mktemp("odd")
    graph = odd_networks.graph(spec)
    meant = graph.probabilities(graph.sample)
    assert np.abs(litert.run(litert.write(graph, folder), graph.sample) - meant).max() < 1e-5
    probabilities = litert_int8.run(litert_int8.write(graph, folder), graph.sample)
    assert np.abs(probabilities - meant).mean() < 0.1


@pytest.mark.parametrize("name", NETWORKS)
def test_folding_leaves_no_affine_step_and_the_same_answers(name: str) -> None:
    graph = network(name)
    whole = fold(graph)
    assert not any(isinstance(node.operation, Affine) for node in whole.nodes)
    *_, (_, values) = interpreter.activations(whole, graph.sample)
    assert np.abs(values - graph.probabilities(graph.sample)).max() < 1e-5


def test_real_letters_are_read_as_well_in_8_bits(tmp_path: Path) -> None:
    glyphs = real_letters()
    model = load_model(DEFAULT_MODEL)
    names = ["litert", "litert-int8"]
    exact, rounded = exporters.export(model, names, tmp_path, train_test_split(glyphs))
    assert exact.verification is not None
    assert exact.verification.difference < 2e-6
    assert exact.verification.runtime.startswith("LiteRT ")
    assert rounded.verification is not None
    assert rounded.verification.before is not None
    assert rounded.verification.after is not None
    assert rounded.verification.before - rounded.verification.after < 0.005
    # Microcontrollers have the reference kernels.
    images = glyphs.images[:60]
    outputs, meant = (
        reference_answers(rounded.files[0], images),
        litert_int8.run(rounded.files, images),
    )
    assert np.abs(outputs - meant).max() < 0.1


def reference_answers(path: Path, images: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = OpResolverType.BUILTIN_REF
    interpreter = Interpreter(str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    [first], [last] = interpreter.get_input_details(), interpreter.get_output_details()
    outputs = []
    for image in images:  # one at a time: the shape that the file has
        interpreter.set_tensor(first["index"], (image.astype(int) - 128).astype(np.int8)[None])
        interpreter.invoke()
        scale, zero = last["quantization"]
        outputs.append(scale * (interpreter.get_tensor(last["index"])[0].astype(np.float32) - zero))
    return np.array(outputs)


# ---- What the schema reads ---------------------------------------------------------------------


def read(data: bytes) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    assert schema.Model.ModelBufferHasIdentifier(data, 0)
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))


def operators(model: Any) -> list[tuple[str, int]]:
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    names = {number: name for name, number in vars(BuiltinOperator).items()}
    codes = [(names[code.builtinCode], code.version) for code in model.operatorCodes]
    return [codes[operator.opcodeIndex] for operator in model.subgraphs[0].operators]


def by_name(model: Any) -> dict[str, Any]:
    return {tensor.name.decode(): tensor for tensor in model.subgraphs[0].tensors}


RESIZED = [("CONV_2D", 1), ("RESHAPE", 1)] * 2
BIASED = [("PADV2", 1), ("CONV_2D", 1), ("ADD", 1), ("TANH", 1)]
MAPS = [("CONV_2D", 3), ("MAX_POOL_2D", 2)]
DENSE = ("FULLY_CONNECTED", 4)


@pytest.mark.parametrize(
    ("name", "in_8_bits", "expected"),
    [
        (
            "lecun1989",
            False,
            [
                *[("DEQUANTIZE", 1), ("RESHAPE", 1), *RESIZED, *BIASED, *BIASED],
                *[("RESHAPE", 1), ("FULLY_CONNECTED", 1), ("TANH", 1)],
                *[("FULLY_CONNECTED", 1), ("SOFTMAX", 1)],
            ],
        ),
        (
            "holzweber2021",
            True,
            [("RESHAPE", 1), *MAPS, *MAPS, ("RESHAPE", 1), DENSE, DENSE, ("SOFTMAX", 2)],
        ),
    ],
)
def test_operators_and_their_versions(name: str, in_8_bits: bool, expected: list[tuple[str, int]]) -> None:
    assert operators(read(litert_network.file_bytes(network(name), in_8_bits))) == expected


def test_any_number_of_images_goes_in_and_constants_are_aligned() -> None:
    data = litert_network.file_bytes(network("lenet5"), in_8_bits=False)
    assert data[4:8] == b"TFL3"
    model = read(data)
    assert model.version == 3
    [graph] = model.subgraphs
    first, last = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    assert (first.name, last.name) == (b"image", b"probabilities")
    assert first.shape.tolist() == [1, 28, 28]
    assert first.shapeSignature.tolist() == [-1, 28, 28]
    assert last.shapeSignature.tolist() == [-1, 26]
    assert model.buffers[0].data is None
    for buffer in model.buffers[1:]:
        assert (buffer.data.ctypes.data - np.frombuffer(data, np.uint8).ctypes.data) % 16 == 0


def test_weights_are_8_bits_an_output_and_sums_32() -> None:
    graph = fold(network("holzweber2021"))
    model = read(litert_network.file_bytes(graph, in_8_bits=True))
    tensors = by_name(model)
    layer = next(node.operation for node in graph.nodes if node.name == "conv2")
    assert isinstance(layer, Convolution)
    weight, bias = tensors["conv2.weight"], tensors["conv2.bias"]
    assert weight.quantization.zeroPoint.tolist() == 16 * [0]
    scales = weight.quantization.scale[:, None, None, None]
    codes = model.buffers[weight.buffer].data.view(np.int8).reshape(weight.shape)
    meant = layer.weight.transpose(0, 2, 3, 1)
    assert (np.abs(codes * scales - meant) <= 0.501 * scales).all()
    assert (np.abs(codes.astype(int)).max(axis=(1, 2, 3)) == 127).all()
    inputs = tensors["maxpool1"].quantization.scale
    assert np.allclose(bias.quantization.scale, scales.ravel() * inputs, rtol=1e-6)
    sums = model.buffers[bias.buffer].data.view(np.int32)
    assert np.abs(sums * bias.quantization.scale - layer.bias).max() < 2e-5
    assert tensors["image"].quantization.scale == [1]
    assert tensors["image"].quantization.zeroPoint == [-128]
    assert tensors["probabilities"].quantization.scale == [1 / 256]
    assert tensors["probabilities"].quantization.zeroPoint == [-128]


def test_ranges_hold_zero_and_both_ends() -> None:
    for low, high in [(-3.0, 1.0), (0.0, 7.5), (2.0, 5.0), (-4.0, -1.0), (0.0, 0.0)]:
        quantization = quantize.asymmetric(low, high)
        codes = quantize.codes(np.array([low, 0.0, high], np.float32), quantization)
        values = (codes.astype(int) - quantization.zero_point) * quantization.scale
        assert np.abs(values - [low, 0.0, high]).max() <= 0.501 * quantization.scale[0]
        assert values[1] == 0


def test_a_channel_without_weights_keeps_its_bias() -> None:
    weight, bias = np.zeros((2, 3), np.float32), np.array([1.5, 0.0], np.float32)
    weights = quantize.weights(weight, bias, quantize.UINT8_PIXELS, axis=0, per_channel=True)
    assert np.allclose(weights.bias * weights.sums.scale, bias)
    assert np.isfinite(weights.quantization.scale).all()


def test_what_must_be_known_is_in_the_file() -> None:
    model = load_model(DEFAULT_MODEL)
    data = litert_network.file_bytes(exporters.lower(model, letters(9).images), in_8_bits=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("labels.txt").decode().split("\n") == [*model.labels, ""]
        record = json.loads(archive.read("lenet.json"))
        alone = data[: archive.infolist()[0].header_offset]
    assert (record["labels"], record["pen_width"]) == (model.labels, model.pen_width)
    assert record["attributions"] == list(model.training.attributions)
    assert len(alone) < 1.3 * len(model.parameters)
    whole = read(alone)
    assert whole.subgraphs[0].name == b"modern-s"
    assert b"upright" in whole.description


@pytest.mark.parametrize("in_8_bits", [False, True])
def test_the_same_model_gives_the_same_bytes(in_8_bits: bool) -> None:
    once, twice = (litert_network.file_bytes(network("lenet1"), in_8_bits) for _ in range(2))
    assert once == twice


def test_without_litert_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "ai_edge_litert")
    message = refusal(litert.write, network("lenet1"), tmp_path)
    assert 'pip install "lenet[litert]"' in message
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_both(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--model", "holzweber2021", "--to", "litert,litert-int8"]
    assert cli.main(["export", *options, str(tmp_path)]) == 0
    output = capfd.readouterr().out
    assert "model.tflite" in output
    assert "(float32: " in output
