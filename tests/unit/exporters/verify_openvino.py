"""The exported ONNX file in OpenVINO: `make verify-exports`. pytest does not collect this file by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino
import pytest
from hypothesis import given, settings

import odd_networks
from lenet import exporters
from lenet.exporters import onnx_file
from lenet.models import PRETRAINED_DIR, Spec, load_model
from made import NETWORKS, blots, real_letters, untrained


def check(graph: exporters.Graph, folder: Path) -> None:
    """Compare OpenVINO's probabilities with the engine's. Without the hint it may compute in bf16."""
    [path] = onnx_file.write(graph, folder)
    model = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answers: npt.NDArray[np.float32] = model(graph.sample)["probabilities"]
    assert np.abs(answers - graph.probabilities(graph.sample)).max() < 1e-5


@pytest.mark.parametrize("name", NETWORKS)
def test_openvino_reproduces_the_engine(name: str, tmp_path: Path) -> None:
    model = untrained(name)
    check(exporters.lower(model, blots(model)), tmp_path)


@settings(max_examples=60, deadline=None)
@given(odd_networks.SPECS)
def test_any_network_in_any_order(tmp_path_factory: pytest.TempPathFactory, spec: Spec) -> None:
    check(odd_networks.graph(spec), tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("path", sorted(PRETRAINED_DIR.glob("*.safetensors")), ids=lambda path: path.stem)
def test_pretrained_models_are_reproduced(path: Path, tmp_path: Path) -> None:
    check(exporters.lower(load_model(path), real_letters(300).images), tmp_path)


def test_openvino_finds_names_types_and_shapes(tmp_path: Path) -> None:
    model = untrained("modern-s")
    [path] = onnx_file.write(exporters.lower(model, blots(model)), tmp_path)
    network = openvino.Core().read_model(path)
    assert network.input("image").partial_shape.to_string() == "[?,28,28]"
    assert network.input("image").element_type == openvino.Type.u8
    assert network.output("probabilities").partial_shape.to_string() == "[?,26]"
