"""Weights in 8 bits: what is stored, that it is read as the format says, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lenet.inference.recognizer import Recognizer
from lenet.models import ARCHITECTURES, DEFAULT_MODEL, get_spec
from lenet.models.file import load_model, save_model
from lenet.models.packing import LEVELS, quantised
from model_files import ArrayChange, model, packed, refusal, rewrite


def compact(path: Path) -> tuple[dict[str, Any], bytes]:
    """Header and data of a small model in 8 bits, read by hand."""
    save_model(path, model(name="small"), quantize="int8")
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size]), data[8 + size :]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_is_read_is_what_the_format_says(tmp_path: Path, name: str) -> None:
    """Put together from what the safetensors package reads; within half a step of the weights."""
    path, original = tmp_path / "model.safetensors", model(get_spec(name))
    save_model(path, original, quantize="int8")
    tensors = safetensors.numpy.load_file(path)
    expected, start = [], 0
    for tensor, shape in original.spec.tensors:
        stored = tensors.pop(tensor)
        assert stored.shape == shape
        values, step = stored, np.zeros(1, np.float32)
        if stored.dtype == np.int8:
            step = tensors.pop(tensor.replace("weight", "scale"))
            assert tensor.endswith(".weight")
            values = stored.astype(np.float32) * step
        exact = original.parameters[start : start + stored.size].reshape(shape)
        start += stored.size
        assert (np.abs(values - exact) <= 0.5001 * step).all()
        expected.append(values.ravel())
    assert not tensors
    again = load_model(path)
    np.testing.assert_array_equal(again.parameters, np.concatenate(expected))
    assert again.metadata == original.metadata


def test_the_shipped_model_becomes_a_quarter_and_answers_alike(tmp_path: Path) -> None:
    path, whole = tmp_path / "model.safetensors", load_model(DEFAULT_MODEL)
    save_model(path, whole, quantize="int8")
    numbers = 4 * len(whole.parameters)
    overhead = DEFAULT_MODEL.stat().st_size - numbers
    assert path.stat().st_size - overhead < 0.27 * numbers
    drawing = [[(0, 0), (0, 10)], [(0, 10), (6, 10)]]
    first, second = Recognizer(whole).recognize(drawing), Recognizer(load_model(path)).recognize(drawing)
    assert first.letter == second.letter == "L"
    assert first != second


@settings(max_examples=100, deadline=None)
@given(
    arrays.arrays(np.float32, arrays.array_shapes(min_dims=2), elements=st.floats(-(2**99), 2**99, width=32))
)
def test_any_weights_are_within_half_a_step(values: np.ndarray) -> None:
    levels, step = quantised(values)
    assert (np.abs(levels) <= LEVELS).all()
    assert (step > 0).all()
    exact = values.astype(np.float64)
    assert (np.abs(levels * step.astype(np.float64) - exact) <= 0.5001 * step).all()


BAD: dict[str, tuple[ArrayChange, str]] = {
    "no scale": (lambda a: a.pop("dense1.scale"), "no tensor dense1.scale"),
    "a scale too many": (
        lambda a: a.update({"dense1.weight": a["dense1.weight"].astype("f4")}),
        "a tensor 'dense1.scale'",
    ),
    "scale of bytes": (
        lambda a: a.update({"dense1.scale": np.ones(26, "i1")}),
        "scale is not float32",
    ),
    "scale of another shape": (
        lambda a: a.update({"dense1.scale": np.ones(2, "f4")}),
        "scale has shape [2]",
    ),
    "bias of bytes": (
        lambda a: a.update({"dense1.bias": np.ones(26, "i1")}),
        "bias is not float32",
    ),
    "unsigned": (
        lambda a: a.update({"dense1.weight": a["dense1.weight"].view("u1")}),
        "dense1.weight is not float32",
    ),
}


@pytest.mark.parametrize(("change", "expected"), BAD.values(), ids=BAD)
def test_refuses_tensors(tmp_path: Path, change: ArrayChange, expected: str) -> None:
    path = tmp_path / "f"
    compact(path)
    rewrite(path, change)
    assert expected in refusal(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_refuses_scales_that_give_no_numbers(tmp_path: Path, value: float) -> None:
    path = tmp_path / "f"
    header, data = compact(path)
    start, stop = header["dense1.scale"]["data_offsets"]
    scale = np.full((stop - start) // 4, value, "<f4").tobytes()
    path.write_bytes(packed(header, data[:start] + scale + data[stop:]))
    assert "NaN or infinite" in refusal(path)
