"""State dicts of PyTorch with a stated architecture, and what is refused: pickles among them."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from safetensors.numpy import save

from lenet.importers import ImportOptions, import_model
from lenet.models import Spec, get_spec
from lenet.models.layers import Conv
from made import refusal
from made_models import IMAGES, answers, softmax, write_safetensors

TOLERANCE = 1e-5
SPEC: dict[str, Any] = {
    "input": [28, 28],
    "layers": [
        {"scale": [-1, 1]},
        {"conv": 3, "kernel": 5, "padding": "same"},
        {"batchnorm": {}},
        {"relu": {}},
        {"maxpool": 2},
        {"kernel": 3, "stride": 2, "conv": 4},
        {"plain-tanh": {}},
        {"averagepool": 2},
        {"dense": 9},
        {"sigmoid": {}},
        {"batchnorm": {}},
        {"dense": 26},
    ],
}


def tensors(prefix: str = "") -> dict[str, np.ndarray]:
    random = np.random.default_rng(4)
    shapes = {
        **{"conv1.weight": (3, 1, 5, 5), "conv1.bias": (3,), "conv2.weight": (4, 3, 3, 3)},
        **{"fc1.weight": (9, 36), "fc1.bias": (9,), "fc2.weight": (26, 9), "fc2.bias": (26,)},
        **{f"bn1.{kind}": (3,) for kind in ("weight", "bias", "running_mean", "running_var")},
        **{f"bn2.{kind}": (9,) for kind in ("weight", "bias", "running_mean", "running_var")},
    }
    made = {
        prefix + name: random.uniform(0.2 if "var" in name else -0.4, 0.6, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    return {**made, f"{prefix}bn1.num_batches_tracked": np.array(7)}


def forward(t: dict[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """The network of SPEC as PyTorch computes it, in float64."""

    def conv(x: np.ndarray, name: str, stride: int = 1) -> np.ndarray:
        weight = t[f"{name}.weight"].astype(np.float64)
        windows = sliding_window_view(x, weight.shape[2:], (2, 3))[:, :, ::stride, ::stride]
        bias = t.get(f"{name}.bias", np.zeros(len(weight)))
        return np.einsum("nirckl,oikl->norc", windows, weight) + bias[:, None, None]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        mean, var, gamma, beta = (
            t[f"{name}.{kind}"].astype(np.float64).reshape(-1, *(1,) * (x.ndim - 2))
            for kind in ("running_mean", "running_var", "weight", "bias")
        )
        return gamma * (x - mean) / np.sqrt(var + 1e-5) + beta

    def parts(x: np.ndarray) -> np.ndarray:
        n, channels, rows, columns = x.shape
        x = x[:, :, : rows // 2 * 2, : columns // 2 * 2]
        return x.reshape(n, channels, rows // 2, 2, columns // 2, 2)

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ t[f"{name}.weight"].T.astype(np.float64) + t[f"{name}.bias"]

    x = np.pad(images[:, None] / 127.5 - 1, ((0, 0), (0, 0), (2, 2), (2, 2)))
    x = parts(np.maximum(norm(conv(x, "conv1"), "bn1"), 0)).max((3, 5))
    x = parts(np.tanh(conv(x, "conv2", 2))).mean((3, 5))
    x = norm(1 / (1 + np.exp(-linear(x.reshape(len(x), -1), "fc1"))), "bn2")
    return softmax(linear(x, "fc2"))


def options(spec: Any = SPEC) -> ImportOptions:
    return ImportOptions(architecture=spec)


@pytest.mark.parametrize("prefix", ["", "module.net."])
def test_what_pytorch_has_and_we_have_not(tmp_path: Path, prefix: str) -> None:
    path = write_safetensors(tmp_path / "state.safetensors", tensors(prefix))
    imported = import_model(path, options())
    expected = forward(tensors(), IMAGES)
    np.testing.assert_allclose(answers(imported.model), expected, rtol=0, atol=TOLERANCE)
    assert imported.input_range == (-1, 1)


def sequential(name: str, halves: bool = False) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The tensors of a torch.nn.Sequential of a named network, and the engine's parameters."""
    random = np.random.default_rng(3)
    made, flat = {}, []
    shape: tuple[int, ...] = (1, 28, 28)
    for number, stage in enumerate(get_spec(name).stages):
        for tensor in stage.tensors:
            array = random.normal(0, 0.1, tensor.shape).astype(np.float16 if halves else np.float32)
            flat.append(array.ravel())
            if len(array.shape) == 4:  # (in, row, column, out)
                array = array.transpose(3, 0, 1, 2)
            elif len(array.shape) == 2:
                array = array.T
            made[f"{number}.{tensor.name.split('.')[1]}"] = array
        shape = stage.output
    assert shape == (26,)
    return made, np.concatenate(flat).astype(np.float32)


@pytest.mark.parametrize("name", ["holzweber2021", "modern-s", "lenet5-relu"])
@pytest.mark.parametrize("halves", [False, True])
def test_a_sequential_is_read_in_the_order_of_its_numbers(tmp_path: Path, name: str, halves: bool) -> None:
    """10 comes after 9, though safetensors sorts names as text."""
    made, parameters = sequential(name, halves)
    assert any(int(key.split(".")[0]) > 9 for key in made) or name == "holzweber2021"
    path = write_safetensors(tmp_path / "state.safetensors", made)
    model = import_model(path, options(get_spec(name).to_json())).model
    assert model.spec == get_spec(name)
    np.testing.assert_array_equal(model.parameters, parameters)


def test_tables_codes_and_backgrounds(tmp_path: Path) -> None:
    """A padding that is not zero is said; what PyTorch has no layer for is refused."""
    spec = {
        "input": [28, 28],
        "layers": [
            {"scale": [-0.1, 1.175]},
            {"conv": 2, "kernel": 5, "padding": "same", "pad_value": -0.1},
            {"tanh": {}},
            {"subsample": 2},
            {"tanh": {}},
            {"dense": 26},
        ],
    }
    random = np.random.default_rng(1)
    shapes = {"c.weight": (2, 1, 5, 5), "c.bias": (2,), "d.weight": (26, 392), "d.bias": (26,)}
    shapes |= {"s.weight": (2,), "s.bias": (2,)}
    made = {k: random.normal(0, 0.2, s).astype(np.float32) for k, s in shapes.items()}
    path = write_safetensors(tmp_path / "state.safetensors", made)
    model = import_model(path, options(spec)).model
    second = model.spec.layers[1]
    assert isinstance(second, Conv)
    assert second.pad_value == -0.1
    assert model.spec == Spec.from_json(spec)
    expected = np.concatenate(
        [
            made["c.weight"].transpose(1, 2, 3, 0).ravel(),
            made["c.bias"],
            made["s.weight"],
            made["s.bias"],
            made["d.weight"].T.ravel(),
            made["d.bias"],
        ]
    )
    np.testing.assert_allclose(model.parameters, expected, rtol=2e-7)
    for name in ("lecun1989", "lenet5"):
        assert "PyTorch has no r" in refusal(import_model, path, options(get_spec(name).to_json()))


# ---- What is refused ---------------------------------------------------------------------------


def without(name: str) -> dict[str, np.ndarray]:
    return {key: array for key, array in tensors().items() if key != name}


BAD: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "missing": (without("fc2.weight"), "no weights of 26 x ? for dense2"),
    "no mean": (without("bn1.running_mean"), "no weights of 3 for batchnorm"),
    "left over": ({**tensors(), "more.weight": np.ones((7, 7), "f4")}, "weights more"),
    "two of one shape": (
        {**tensors(), "other.weight": np.ones((9, 36), "f4")},
        "could both be dense1; number them",
    ),
    "bias": ({**tensors(), "fc1.bias": np.ones(8, "f4")}, "its bias has the shape (8,)"),
    "inputs": ({**tensors(), "fc1.weight": np.ones((9, 35), "f4")}, "for 35 inputs, and gets 36"),
    "variance": (
        {**tensors(), "bn1.running_var": np.full(3, -1, "f4")},
        "a variance is below 0",
    ),
    "NaN": ({**tensors(), "fc1.bias": np.full(9, np.nan, "f4")}, "fc1.bias: a weight is NaN"),
    "bytes": ({**tensors(), "fc1.bias": np.ones(9, "u1")}, "tensor fc1.bias is U8"),
}


@pytest.mark.parametrize(("made", "expected"), BAD.values(), ids=BAD)
def test_refuses_weights(tmp_path: Path, made: dict[str, np.ndarray], expected: str) -> None:
    path = write_safetensors(tmp_path / "state.safetensors", made)
    assert expected in refusal(import_model, path, options())


Header = dict[str, Any]
BAD_HEADERS: dict[str, tuple[Callable[[Header], object], str]] = {
    "overlap": (lambda h: h["fc1.bias"].update(data_offsets=[0, 36]), "overlap or leave gaps"),
    "far": (lambda h: h["fc1.bias"].update(data_offsets=[10**20, 10**20 + 36]), "leave gaps"),
    "negative": (lambda h: h["fc1.bias"].update(data_offsets=[-36, 0]), "wrong data_offsets"),
    "short": (lambda h: h["fc1.bias"].update(data_offsets=[0, 1]), "wrong data_offsets"),
    "no offsets": (lambda h: h["fc1.bias"].update(data_offsets=[1]), "no data_offsets"),
    "huge": (lambda h: h["fc1.bias"].update(shape=[2**40]), "too large for any model"),
    "empty": (lambda h: h["fc1.bias"].update(shape=[0]), "not a shape"),
    "not an entry": (lambda h: h.update({"fc1.bias": 5}), "missing or of a wrong kind"),
    "many": (lambda h: h.update({f"x{k}": {} for k in range(1001)}), "more than 1000 tensors"),
}


@pytest.mark.parametrize(("change", "expected"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_refuses_a_header(tmp_path: Path, change: Callable[[Header], object], expected: str) -> None:
    data = save(tensors())
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    path = tmp_path / "state.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])
    assert expected in refusal(import_model, path, options())


def test_refuses_a_cut_or_longer_file(tmp_path: Path) -> None:
    path, data = tmp_path / "state.safetensors", save(tensors())
    for damaged, expected in (
        (data[:-1], "cut short"),
        (data + b"\0", "longer than its tensors"),
        (data[:200], "cut short"),
        ((2**21).to_bytes(8, "little") + data[8:], "larger than 1 MiB"),
        (data[:8] + b"{" * 300_000, "its header: not JSON"),
    ):
        path.write_bytes(damaged)
        assert expected in refusal(import_model, path, options())


def test_pickles_are_never_read_whatever_they_are_called(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    for protocol in range(6):
        for name in ("model.pt", "model.safetensors", "model.onnx", "model.h5", "model"):
            path = tmp_path / name
            path.write_bytes(pickle.dumps([Trap()], protocol))
            message = refusal(import_model, path)
            if protocol > 1 or name == "model.pt":
                assert "safetensors.torch.save_file" in message
    for name in ("model.pth", "model.keras"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps([Trap()]))
        assert "safetensors.torch.save_file" in refusal(import_model, tmp_path / name)
    assert not (tmp_path / "sprung").exists()


BAD_SPECS: dict[str, tuple[Any, str]] = {
    "layers": ({"input": [28, 28], "layers": 5}, "--arch: must be an object"),
    "empty": ({"input": [28, 28], "layers": [{}]}, "--arch: must be an object"),
    "unknown": ({"input": [28, 28], "layers": [{"lstm": 5}, {"dense": 26}]}, "layer 1"),
    "more keys": (
        {"input": [28, 28], "layers": [{"averagepool": 2, "x": 1}, {"dense": 26}]},
        "maxpool takes only maxpool",
    ),
    "no input": ({"layers": [{"dense": 26}]}, '"input"'),
    "units": (
        {"input": [28, 28], "layers": [{"conv": 3, "kernel": 5, "bias": "unit"}, {"dense": 26}]},
        "no bias for each unit",
    ),
}


@pytest.mark.parametrize(("spec", "expected"), BAD_SPECS.values(), ids=BAD_SPECS)
def test_refuses_an_architecture(tmp_path: Path, spec: Any, expected: str) -> None:
    path = write_safetensors(tmp_path / "state.safetensors", tensors())
    assert expected in refusal(import_model, path, options(spec))
