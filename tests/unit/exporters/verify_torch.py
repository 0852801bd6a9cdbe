"""The exported module in PyTorch: `make verify-exports`. pytest does not collect this file by itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import odd_networks
from lenet import exporters
from lenet.datasets import train_test_split
from lenet.exporters.torch import module as torch_module
from lenet.models import PRETRAINED_DIR, load_model
from made import NETWORKS, blots, real_letters, untrained


def module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("model", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def network(name: str) -> exporters.Graph:
    model = untrained(name)
    return exporters.lower(model, blots(model))


@pytest.mark.parametrize("name", NETWORKS)
def test_pytorch_answers_as_the_engine_also_exported(name: str, tmp_path: Path) -> None:
    graph = network(name)
    images = graph.sample
    meant = graph.probabilities(images)
    paths = torch_module.write(graph, tmp_path)
    assert np.abs(torch_module.run(paths, images) - meant).max() < 1e-5
    eager = module(paths[0]).load()
    some = torch.from_numpy(images)
    sizes = {"images": {0: torch.export.Dim("n", min=1, max=4096)}}
    program = torch.export.export(eager, (some[:3],), dynamic_shapes=sizes)
    assert torch.allclose(program.module()(some), eager(some), rtol=1e-5, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(odd_networks.SPECS)
def test_any_network_in_any_order(tmp_path_factory: pytest.TempPathFactory, spec: Any) -> None:
    graph = odd_networks.graph(spec)
    paths = torch_module.write(graph, tmp_path_factory.mktemp("odd"))
    meant = graph.probabilities(graph.sample)
    assert np.abs(torch_module.run(paths, graph.sample) - meant).max() < 1e-5


@pytest.mark.parametrize("name", ["lenet5", "modern-s"])
def test_it_trains_and_a_connection_table_stays(name: str, tmp_path: Path) -> None:
    graph = network(name)
    eager = module(torch_module.write(graph, tmp_path)[0]).load().train()
    before = {key: value.clone() for key, value in eager.state_dict().items()}
    optimiser = torch.optim.SGD(eager.parameters(), 0.01)
    images, labels = torch.from_numpy(graph.sample), torch.arange(len(graph.sample))
    loss = torch.nn.functional.cross_entropy(eager(images), labels)
    loss.backward()
    optimiser.step()
    after = eager.state_dict()
    for key, value in before.items():
        assert torch.equal(value, after[key]) == key.endswith("codes")
        if key == "conv2.weight" and name == "lenet5":
            assert torch.equal(value == 0, after[key] == 0)


@pytest.mark.parametrize("path", sorted(PRETRAINED_DIR.glob("*.safetensors")))
def test_pretrained_models_are_verified(path: Path, tmp_path: Path) -> None:
    model = load_model(path)
    [one] = exporters.export(model, ["torch"], tmp_path, train_test_split(real_letters()))
    assert one.verification is not None
    assert one.verification.runtime == f"PyTorch {torch.__version__}"
