"""OpenVINO's files in OpenVINO: `make verify-exports`. pytest does not collect this file by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
from hypothesis import given, settings

import odd_networks
from lenet import exporters as exporting
from lenet.datasets import train_test_split
from lenet.exporters import openvino_model
from lenet.models import PRETRAINED_DIR
from lenet.models import file as model_file
from made import NETWORKS, blots, real_letters, untrained


def network(name: str) -> exporting.Graph:
    model = untrained(name)
    return exporting.lowered(model, blots(model))


@pytest.mark.parametrize("name", NETWORKS)
def test_openvino_answers_as_the_engine(name: str, tmp_path: Path) -> None:
    graph = network(name)
    images = graph.sample
    paths = openvino_model.write(graph, tmp_path)
    assert [path.name for path in paths] == ["model.xml", "model.bin"]
    answers = openvino_model.run(paths, images)
    assert np.abs(answers - graph.probabilities(images)).max() < 1e-5


@settings(max_examples=60, deadline=None)
@given(odd_networks.SPECS)
def test_any_network_in_any_order(tmp_path_factory: pytest.TempPathFactory, spec: Any) -> None:
    graph = odd_networks.graph(spec)
    paths = openvino_model.write(graph, tmp_path_factory.mktemp("odd"))
    meant = graph.probabilities(graph.sample)
    assert np.abs(openvino_model.run(paths, graph.sample) - meant).max() < 1e-5


def test_the_file_says_what_goes_in_and_what_comes_out(tmp_path: Path) -> None:
    path = openvino_model.write(network("modern-s"), tmp_path)[0]
    model = openvino.Core().read_model(path)
    assert model.friendly_name == "modern-s"
    assert model.input("image").partial_shape.to_string() == "[?,28,28]"
    assert model.input("image").element_type == openvino.Type.u8
    assert model.output("probabilities").partial_shape.to_string() == "[?,26]"
    assert model.get_rt_info(["model_info", "labels"]).astype(str) == "".join(map(chr, range(65, 91)))


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        paths = openvino_model.write(network("lenet5"), folder)
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]


@pytest.mark.parametrize("path", sorted(PRETRAINED_DIR.glob("*.safetensors")))
def test_models_of_the_package_are_proven(path: Path, tmp_path: Path) -> None:
    [one] = exporting.export(model_file.load(path), ["openvino"], tmp_path, train_test_split(real_letters()))
    assert one.proof is not None
    assert one.proof.runtime.startswith("OpenVINO ")
