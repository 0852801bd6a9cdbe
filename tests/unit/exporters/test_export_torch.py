"""PyTorch's files, without PyTorch: the module's text and the tensors. `make verify-exports` runs them."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from lenet import exporters
from lenet.datasets import train_test_split
from lenet.exporters.torch import module as torch_module
from lenet.exporters.torch.source import source
from lenet.models import DEFAULT_MODEL, Model, load_model
from made import NETWORKS, blots, letters, metadata, untrained, without

pytestmark = pytest.mark.runtime


def lower(model: Model) -> exporters.Graph:
    return exporters.lower(model, blots(model))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_module_is_python_and_takes_exactly_the_tensors(name: str, tmp_path: Path) -> None:
    model = untrained(name)
    text, weights = torch_module.write(lower(model), tmp_path)
    assert (text.name, weights.name) == ("model.py", "model.safetensors")
    tree = ast.parse(text.read_text(encoding="utf-8"))
    [network] = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "LeNet"]
    made = {
        node.attr
        for node in ast.walk(network.body[1])
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    tensors = load_file(weights)
    assert {key.split(".")[0] for key in tensors} == made
    learned = [values for key, values in tensors.items() if not key.endswith("codes")]
    assert sum(map(np.count_nonzero, learned)) == len(model.parameters)
    assert max(map(len, text.read_text().splitlines())) <= 100


def test_tensors_lie_as_pytorch_has_them() -> None:
    model = load_model(DEFAULT_MODEL)
    tensors = dict(torch_module.state_dict(lower(model)))
    own = {}
    place = 0
    for name, shape in model.spec.tensors:
        own[name] = model.parameters[place : place + int(np.prod(shape))].reshape(shape)
        place += own[name].size
    assert tensors.keys() == own.keys()
    assert (tensors["conv2.weight"] == own["conv2.weight"].transpose(3, 0, 1, 2)).all()
    assert (tensors["dense1.weight"] == own["dense1.weight"].T).all()
    assert (tensors["dense2.bias"] == own["dense2.bias"]).all()


def test_early_papers_layers_keep_their_own_parameters() -> None:
    tensors = dict(torch_module.state_dict(lower(untrained("lecun1989"))))
    assert tensors["conv1_bias"].shape == (12, 8, 8)
    assert "conv1.bias" not in tensors
    tensors = dict(torch_module.state_dict(lower(untrained("lenet5"))))
    assert tensors["subsample1.weight"].shape == (6,)
    assert np.count_nonzero(tensors["conv2.weight"]) == 60 * 25
    assert set(np.unique(tensors["rbf1.codes"])) == {-1, 1}


def test_forward_reads_as_the_architecture_does() -> None:
    text = source(lower(untrained("lecun1989")))
    for line in (
        "x = PAPER + (INK - PAPER) * images[:, None] / 255  # (n, 1, 28, 28)",
        "x = self.resize1_rows @ x @ self.resize1_columns.T  # (n, 1, 16, 16)",
        "x = F.pad(x, (2, 2, 2, 2), value=-1.0)",
        "x = squash(self.conv2(x) + self.conv2_bias)  # (n, 12, 4, 4)",
        "x = x.flatten(1)  # (n, 192)",
        "return self.dense2(x)",
    ):
        assert f"        {line}\n" in text
    assert "squash" not in source(lower(untrained("modern-s")))


@pytest.mark.parametrize("name", ['"""\nraise SystemExit', "'\\", "{labels}", "naïve 😀\u2028"])
def test_a_hostile_name_is_a_string_and_nothing_else(name: str) -> None:
    model = untrained("lenet1")
    labels = "\"'\\{}#%äß☃" + "ABCDEFGHIJKLMNOP"[: 26 - 10]
    named = Model(model.spec, model.parameters, metadata(name=name, labels=labels))
    tree = ast.parse(source(lower(named)))
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("NAME", "LABELS")
    }
    assert values == {"NAME": name, "LABELS": labels}
    plain = ast.parse(source(lower(model)))
    assert [type(node) for node in tree.body] == [type(node) for node in plain.body]


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        paths = torch_module.write(lower(untrained("lenet5")), folder)
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]


def test_without_pytorch_the_files_are_written_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "torch")
    [one] = exporters.export(untrained("lenet1"), ["torch"], tmp_path, train_test_split(letters(4)))
    assert one.verification is None
    assert one.install_hint == 'torch is not installed; pip install "lenet[torch]"'
    assert [path.relative_to(tmp_path).as_posix() for path in one.files] == [
        "torch/model.py",
        "torch/model.safetensors",
    ]


def test_with_pytorch_the_verification_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = untrained("lenet1")
    monkeypatch.setattr(torch_module, "run", lambda paths, images: lower(model).probabilities(images))
    monkeypatch.setattr(torch_module, "runtime", lambda: "PyTorch 2")
    [one] = exporters.export(model, ["torch"], tmp_path, train_test_split(letters(30)))
    assert one.verification is not None
    assert one.verification.runtime == "PyTorch 2"
