"""Model files that are refused: each in one line that names the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet import engine
from lenet._util.bounded import MAX_BYTES
from lenet.errors import LenetError
from lenet.labels import LETTERS
from lenet.models.file import load_model
from made import FUZZ
from model_files import ArrayChange, packed, refusal, rewrite, saved

Change = Callable[[dict[str, Any]], object]
BAD_HEADERS: dict[str, tuple[Change, str]] = {
    "no metadata": (
        lambda h: h.pop("__metadata__"),
        "safetensors, not a model of this program; convert it with `lenet import",
    ),
    "metadata list": (lambda h: h.update(__metadata__=[]), "__metadata__"),
    "metadata number": (lambda h: h["__metadata__"].update(labels=3), "__metadata__"),
    "another format": (lambda h: h["__metadata__"].update(format="pt"), "its format is 'pt'"),
    "a later format": (
        lambda h: h["__metadata__"].update(format="lenet-model/3"),
        "its format is 'lenet-model/3', not 'lenet-model/2'",
    ),
    "another ink": (
        lambda h: h["__metadata__"].update(rasterizer_version="77"),
        f"made for rasterizer version 77, this program has {engine.RASTERIZER_VERSION}",
    ),
    "no ink": (lambda h: h["__metadata__"].pop("rasterizer_version"), 'no "rasterizer_version"'),
    "ink 1.0": (lambda h: h["__metadata__"].update(rasterizer_version="1.0"), "is not a number"),
    "no labels": (lambda h: h["__metadata__"].pop("labels"), 'no "labels"'),
    "few labels": (lambda h: h["__metadata__"].update(labels="AB"), "26 outputs for 2 labels"),
    "half label": (lambda h: h["__metadata__"].update(labels="\ud800" + LETTERS[1:]), "not JSON"),
    "temperature 0": (
        lambda h: h["__metadata__"].update(temperature="0"),
        "of 0.01..100",
    ),
    "pen 2": (lambda h: h["__metadata__"].update(pen_width="2"), "not a number of 0.02..1"),
    "pen thin": (lambda h: h["__metadata__"].update(pen_width="thin"), "is not a number"),
    "probability 2": (lambda h: h["__metadata__"].update(min_probability="2"), "not a number of 0..1"),
    "entropy below": (lambda h: h["__metadata__"].update(max_entropy="-1"), "is not a number"),
    "temperature nan": (lambda h: h["__metadata__"].update(temperature="nan"), "is not a number"),
    "temperature 1e999": (lambda h: h["__metadata__"].update(temperature="1e999"), "not a number of"),
    "temperature 1_0": (lambda h: h["__metadata__"].update(temperature="1_0"), "is not a number"),
    "temperature -1": (lambda h: h["__metadata__"].update(temperature="-1"), "is not a number"),
    "no architecture": (lambda h: h["__metadata__"].pop("architecture"), 'no "architecture"'),
    "architecture": (
        lambda h: h["__metadata__"].update(architecture='{"input": [28, 28], "layers": []}'),
        "architecture:",
    ),
    "architecture list": (lambda h: h["__metadata__"].update(architecture="[]"), "JSON object"),
    "architecture deep": (
        lambda h: h["__metadata__"].update(architecture='{"input": ' + "[" * 100_000),
        "nested too deeply",
    ),
    "training broken": (lambda h: h["__metadata__"].update(training="{"), "training is not JSON"),
    "training NaN": (lambda h: h["__metadata__"].update(training='{"a": NaN}'), "not a number"),
    "training 1e999": (lambda h: h["__metadata__"].update(training='{"a": 1e999}'), "not JSON"),
    "training long": (
        lambda h: h["__metadata__"].update(training='{"a": %s}' % ("9" * 9_000)),
        "not JSON",
    ),
    "training twice": (
        lambda h: h["__metadata__"].update(training='{"a": 1, "a": 2}'),
        "a key occurs twice",
    ),
    "training labels": (
        lambda h: h["__metadata__"].update(training='{"labels": "B"}'),
        '"training" must not contain "labels"',
    ),
    "missing": (lambda h: h.pop("dense1.bias"), "longer than its tensors"),
    "extra": (lambda h: h.update({"x\n": h["dense1.bias"]}), "overlap or leave gaps"),
    "no entry": (lambda h: h.update({"dense1.bias": 5}), "missing or of a wrong kind"),
    "dtype": (lambda h: h["dense1.bias"].update(dtype="F64"), "dense1.bias has wrong data_offsets"),
    "unknown dtype": (lambda h: h["dense1.bias"].update(dtype="C64"), "dense1.bias is C64"),
    "shape": (lambda h: h["dense1.bias"].update(shape=[13, 2]), "dense1.bias has shape [13, 2]"),
    "shape word": (lambda h: h["dense1.bias"].update(shape="26"), "dense1.bias: '26' is not a shape"),
    "shape 26.0": (lambda h: h["dense1.bias"].update(shape=[26.0]), "'[26.0]' is not a shape"),
    "no offsets": (lambda h: h["dense1.bias"].pop("data_offsets"), "has no data_offsets"),
    "offset true": (lambda h: h["conv1.bias"].update(data_offsets=[True, 9]), "no data_offsets"),
    "one offset": (lambda h: h["conv1.bias"].update(data_offsets=[8]), "no data_offsets"),
    "short": (lambda h: h["dense1.bias"].update(data_offsets=[0, 1]), "wrong data_offsets"),
    "negative": (lambda h: h["dense1.bias"].update(data_offsets=[-104, 0]), "wrong data_offsets"),
    "overlap": (
        lambda h: h["dense1.bias"].update(data_offsets=[0, 104]),
        "overlap or leave gaps",
    ),
    "far": (
        lambda h: h["dense1.bias"].update(data_offsets=[10**30, 10**30 + 104]),
        "overlap or leave gaps",
    ),
}


@pytest.mark.parametrize(("change", "expected"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_refuses_a_header(tmp_path: Path, change: Change, expected: str) -> None:
    path = tmp_path / "f"
    header, data = saved(path)
    change(header)
    path.write_bytes(packed(header, data))
    assert expected in refusal(path)


BAD_TENSORS: dict[str, tuple[ArrayChange, str]] = {
    "missing": (lambda a: a.pop("dense1.bias"), "no tensor dense1.bias"),
    "extra": (lambda a: a.update({"x\n": np.ones(2, "f4")}), "a tensor 'x\\n'"),
    "float64": (lambda a: a.update({"dense1.bias": np.ones(26)}), "dense1.bias is not float32"),
    "int8": (lambda a: a.update({"dense1.bias": np.ones(26, "i1")}), "dense1.bias is not float32"),
}


@pytest.mark.parametrize(("change", "expected"), BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_refuses_tensors(tmp_path: Path, change: ArrayChange, expected: str) -> None:
    path = tmp_path / "f"
    saved(path)
    rewrite(path, change)
    assert expected in refusal(path)


def test_refuses_a_header_that_is_not_json(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for header, expected in {
        b"{": "header: not JSON",
        b'{"a": \xff}': "header: not JSON",
        b'{"a": 1, "a": 1}': "a key occurs twice",
        b'{"a": ' + b"[" * 200_000: "header: nested too deeply",
        b'{"a": ' + b'{"a": ' * 100_000: "header: nested too deeply",
        b"[]": "not a safetensors file",
    }.items():
        path.write_bytes(packed(header, b""))
        assert expected in refusal(path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS, not a model of"),
        (b"<!DOCTYPE html><html></html>", "a web page (HTML), not a model of this program"),
        (b"\x89HDF\r\n\x1a\n" + bytes(90), "convert it with `lenet import`, then give it as --model"),
        (b"\x1c\0\0\0TFL3" + bytes(90), "a TensorFlow Lite (LiteRT) model, not a model of this program"),
    ],
)
def test_names_what_the_file_is(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "f").write_bytes(data)
    assert expected in refusal(tmp_path / "f")


def test_refuses_a_cut_or_longer_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    saved(path)
    whole = path.read_bytes()
    for data, expected in (
        (b"", "an empty file, not a model of this program"),
        (whole[:7], "not a safetensors file"),
        (whole[:8], "not a safetensors file"),
        (whole[:100], "cut short within the header"),
        (whole[:-1], "cut short"),
        (whole + b"\0", "longer than its tensors"),
        ((2**20 + 1).to_bytes(8, "little") + whole[8:], "header is larger than 1 MiB"),
        (b"\xff" * 8 + whole[8:], "header is larger than 1 MiB"),
        (b"\x80\x04." + whole, "a pickle, not a model of this program"),
    ):
        path.write_bytes(data)
        assert expected in refusal(path)
    with path.open("wb") as stream:
        stream.write(whole)
        stream.truncate(MAX_BYTES + 1)
    assert "larger than 64 MiB" in refusal(path)
    assert "no such file" in refusal(tmp_path / "absent")
    assert "a folder, not a model of this program" in refusal(tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_refuses_weights_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    path = tmp_path / "f"
    header, data = saved(path)
    path.write_bytes(packed(header, data[:-4] + np.float32(value).tobytes()))
    assert "NaN or infinite" in refusal(path)


@FUZZ
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused(tmp_path: Path, data: bytes, headed: bool) -> None:
    path = tmp_path / "f"
    path.write_bytes(packed(b"{" + data, data) if headed else data)
    refusal(path)


@FUZZ
@given(st.data())
def test_any_damage_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "f"
    header, body = saved(path)
    mutable = bytearray(packed(header, body))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(mutable) - len(body) - 1))
        mutable[place] = data.draw(st.integers(0, 255))
    path.write_bytes(mutable)
    try:
        load_model(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@pytest.mark.slow
@FUZZ
@given(st.sampled_from(["__metadata__", "conv1.weight", "dense1.bias"]), st.text(), values)
def test_any_header_value_is_read_or_refused(tmp_path: Path, entry: str, key: str, value: object) -> None:
    path = tmp_path / "f"
    header, body = saved(path)
    header[entry][key] = value
    for changed in (header, {**header, entry: value}):
        path.write_bytes(packed(changed, body))
        try:
            load_model(path)
        except LenetError as error:
            assert "\n" not in str(error)  # noqa: PT017
