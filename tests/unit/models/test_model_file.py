"""Model files: exact round trips, agreement with the safetensors package, and refusals."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from lenet import engine
from lenet.errors import LenetError
from lenet.labels import LETTERS
from lenet.models import (
    ARCHITECTURES,
    Calibration,
    Conv,
    Dense,
    ModelMetadata,
    Spec,
    TrainingRecord,
    get_spec,
)
from lenet.models import file as model_file
from lenet.models.file import Model, load, save
from made import metadata

FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
SMALL = Spec((28, 28), (Conv(2, 9, 4), Dense(26)))


def model(spec: Spec = SMALL, **values: object) -> Model:
    count = engine.Network(spec.engine_layers).parameters
    weights = np.random.default_rng(7).standard_normal(count).astype(np.float32)
    return Model(spec, weights, metadata(**values))


def saved(path: Path) -> tuple[dict[str, Any], bytes]:
    """Header and data of a small model file, read by hand."""
    save(path, model(name="small"))
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def packed(header: object, data: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


ArrayChange = Callable[[dict[str, np.ndarray]], object]


def rewrite(path: Path, change: ArrayChange) -> None:
    """Write a file again with other tensors, by the safetensors package."""
    arrays = safetensors.numpy.load_file(path)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    change(arrays)
    safetensors.numpy.save_file(arrays, path, metadata)


def refusal(path: Path) -> str:
    with pytest.raises(LenetError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 250
    return message


# ---- What is written -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_model_survives_a_round_trip(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.safetensors"
    given_ = model(
        get_spec(name), name=name, temperature=1.25, pen_width=0.1, metrics={"accuracy": 0.5}, fonts=["ä"]
    )
    save(path, given_)
    back = load(path)
    assert back.spec == get_spec(name)
    assert back.parameters.dtype == np.float32
    assert back.parameters.flags.writeable
    np.testing.assert_array_equal(back.parameters, given_.parameters)
    assert back.metadata == ModelMetadata(
        LETTERS,
        engine.INK_VERSION,
        temperature=1.25,
        pen_width=0.1,
        training=TrainingRecord(name=name, metrics={"accuracy": 0.5}, extra={"fonts": ["ä"]}),
    )
    assert (back.labels, back.temperature) == (LETTERS, 1.25)
    again = tmp_path / "again"
    save(again, back)
    assert again.read_bytes() == path.read_bytes()


def test_the_safetensors_package_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    given_ = model(get_spec("holzweber2021"), name="n", temperature=0.5)
    save(path, given_)
    arrays = safetensors.numpy.load_file(path)
    flat = [arrays[tensor.name] for tensor in given_.spec.tensors]
    assert [array.shape for array in flat] == [t.shape for t in given_.spec.tensors]
    np.testing.assert_array_equal(np.concatenate([a.ravel() for a in flat]), given_.parameters)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    assert metadata.keys() == {
        *("format", "architecture", "labels", "rasterizer_version", "temperature", "pen_width", "training")
    }
    assert metadata["format"] == "lenet-model/2"
    assert json.loads(metadata["architecture"]) == given_.spec.to_json()
    assert metadata["rasterizer_version"] == str(engine.INK_VERSION)
    assert metadata["temperature"] == "0.5"
    assert json.loads(metadata["training"]) == {"name": "n"}


def test_the_data_are_the_engines_array(tmp_path: Path) -> None:
    header, data = saved(tmp_path / "f")
    assert data == model().parameters.astype("<f4").tobytes()
    assert header["conv1.weight"]["data_offsets"][0] == 0
    assert (tmp_path / "f").stat().st_size % 4 == 0
    assert len((tmp_path / "f").read_bytes()) - len(data) & 7 == 0  # the numbers are aligned


def test_reads_what_the_safetensors_package_writes(tmp_path: Path) -> None:
    """It sorts tensors by name, so biases come first."""
    header, _ = saved(tmp_path / "f")
    spans = np.split(model().parameters, np.cumsum([math.prod(t.shape) for t in SMALL.tensors])[:-1])
    arrays = {t.name: v.reshape(t.shape) for t, v in zip(SMALL.tensors, spans, strict=True)}
    path = tmp_path / "sorted"
    safetensors.numpy.save_file(arrays, path, header["__metadata__"])
    assert path.read_bytes() != (tmp_path / "f").read_bytes()
    np.testing.assert_array_equal(load(path).parameters, model().parameters)


def test_further_metadata_is_ignored_and_training_may_lack(tmp_path: Path) -> None:
    path = tmp_path / "f"
    header, data = saved(path)
    header["__metadata__"]["later"] = "something"
    del header["__metadata__"]["training"]
    path.write_bytes(packed(header, data))
    assert load(path).metadata == ModelMetadata()


# Metadata that `lenet train` of version 0.1 wrote.
OLD_TRAINING = {
    "name": "old",
    "data": ["glyphs", "mine"],
    "credits": ["A font"],
    "images": 90,
    "nonletters": 9,
    "validation_images": 10,
    "epochs": 2,
    "epochs_planned": 3,
    "seed": 4,
    "recipe": {"batch": 64, "rate": 0.01, "decay": 0.0, "smoothing": 0.05, "balance": 1.0, "nonletters": 0.1,
               "trust": 0.7, "transfer": 0, "augmentation": {"scale": 0.15}},
    "shares": [1, 2],
    "teachers": ["big"],
    "teachers_data": ["sd19_letters"],
    "metrics": {"epoch": 2, "rate": 0.001},
    "calibration": {"letters": 10, "made_nonletters": 20, "auroc": 0.9, "made_nonletters_rejected": 0.5},
    "own_letters": 3,
}  # fmt: skip


def test_a_file_of_the_first_format_is_read_and_written_as_the_second(tmp_path: Path) -> None:
    path = tmp_path / "old"
    header, data = saved(path)
    texts = header["__metadata__"]
    texts |= {"format": "lenet-model/1", "max_entropy": "1.5", "training": json.dumps(OLD_TRAINING)}
    texts |= {"ink_version": texts.pop("rasterizer_version"), "pen": "0.25"}
    del texts["pen_width"]
    path.write_bytes(packed(header, data))
    old = load(path)
    assert (old.pen_width, old.max_entropy, old.min_probability) == (0.25, 1.5, None)
    assert old.training == TrainingRecord(
        name="old",
        data=("glyphs", "mine"),
        data_weights=(1, 2),
        attributions=("A font",),
        num_train_images=90,
        validation_images=10,
        num_outliers=9,
        epochs=2,
        num_epochs=3,
        seed=4,
        recipe={
            "batch_size": 64,
            "learning_rate": 0.01,
            "epoch_lr_decay": 0.0,
            "label_smoothing": 0.05,
            "class_balance": 1.0,
            "outlier_ratio": 0.1,
            "distillation_alpha": 0.7,
            "transfer_set_size": 0,
            "augmentation": {"scale": 0.15},
        },
        teachers=("big",),
        teacher_train_data=("sd19_letters",),
        metrics={"epoch": 2, "learning_rate": 0.001},
        calibration=Calibration(10, 20, 0.9, 0.5),
        extra={"own_letters": 3},
    )
    save(tmp_path / "new", old)
    new = load(tmp_path / "new")
    assert new.metadata == old.metadata
    np.testing.assert_array_equal(new.parameters, old.parameters)
    assert b'"lenet-model/2"' in (tmp_path / "new").read_bytes()


def test_a_value_of_another_type_is_kept_beside_the_record(tmp_path: Path) -> None:
    values = {"name": 5, "data": "glyphs", "seed": 1.5, "recipe": [], "calibration": {"auroc": 1}}
    save(tmp_path / "f", model(**values))
    assert load(tmp_path / "f").training == TrainingRecord(extra=values)


# ---- What is never written -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"labels": "ABC"}, "26 outputs for 3 labels"),
        ({"labels": "A" * 26}, "256 different"),
        ({"labels": list(LETTERS)}, "256 different"),
        ({"labels": LETTERS[:-1] + "\n"}, "printable"),
        ({"labels": LETTERS[:-1] + "\U0001f600"}, "basic plane"),
        ({"temperature": 0.0}, "of 0.01..100"),
        ({"temperature": -1.0}, "not a number of"),
        ({"temperature": math.nan}, "not a number of"),
        ({"temperature": math.inf}, "not a number of"),
        ({"temperature": 10**400}, "not a number of"),
        ({"temperature": "1"}, "not a number"),
        ({"pen_width": 0.01}, "not a number of"),
        ({"max_entropy": 11.0}, "not a number of"),
        ({"min_probability": True}, "not a number of"),
        ({"temperature": True}, "not a number"),
        ({"rasterizer_version": engine.INK_VERSION + 1}, "rasterizer version"),
        ({"rasterizer_version": True}, "rasterizer version"),
    ],
)
def test_a_model_is_checked(values: dict[str, object], expected: str) -> None:
    with pytest.raises(LenetError, match=expected):
        model(**values)


def test_parameters_are_checked() -> None:
    values = model().parameters
    for wrong in (values[:-1], values.astype(np.float64), values.reshape(2, -1)):
        with pytest.raises(LenetError, match="must be float32"):
            Model(SMALL, wrong)
    for bad in (np.nan, np.inf):
        with pytest.raises(LenetError, match="NaN or infinite"):
            Model(SMALL, np.where(np.arange(values.size) == 3, np.float32(bad), values))
    ten = Spec((28, 28), (Dense(10),))
    with pytest.raises(LenetError, match="10 outputs for 26 labels"):
        model(ten)


@pytest.mark.parametrize(
    "value", [math.nan, {1, 2}, np.int64(3), "\ud800", "x" * 2**20], ids=lambda value: type(value)
)
def test_metadata_that_is_no_json_or_too_long_writes_nothing(tmp_path: Path, value: object) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"the old one")
    with pytest.raises(LenetError, match="metadata"):
        save(path, model(notes=value))
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


# ---- What is refused -----------------------------------------------------------------------

Change = Callable[[dict[str, Any]], object]
BAD_HEADERS: dict[str, tuple[Change, str]] = {
    "no metadata": (lambda h: h.pop("__metadata__"), "its format is None"),
    "metadata list": (lambda h: h.update(__metadata__=[]), "__metadata__"),
    "metadata number": (lambda h: h["__metadata__"].update(labels=3), "__metadata__"),
    "another format": (lambda h: h["__metadata__"].update(format="pt"), "its format is 'pt'"),
    "a later format": (
        lambda h: h["__metadata__"].update(format="lenet-model/3"),
        "its format is 'lenet-model/3', not 'lenet-model/2'",
    ),
    "another ink": (
        lambda h: h["__metadata__"].update(rasterizer_version="77"),
        f"made for rasterizer version 77, this program has {engine.INK_VERSION}",
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
        "a key comes twice",
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
        b'{"a": 1, "a": 1}': "a key comes twice",
        b'{"a": ' + b"[" * 200_000: "header: nested too deeply",
        b'{"a": ' + b'{"a": ' * 100_000: "header: nested too deeply",
        b"[]": "not a safetensors file",
    }.items():
        path.write_bytes(packed(header, b""))
        assert expected in refusal(path)


def test_refuses_a_cut_or_longer_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    saved(path)
    whole = path.read_bytes()
    for data, expected in (
        (b"", "not a safetensors file"),
        (whole[:7], "not a safetensors file"),
        (whole[:8], "not a safetensors file"),
        (whole[:100], "cut short within the header"),
        (whole[:-1], "cut short"),
        (whole + b"\0", "longer than its tensors"),
        ((2**20 + 1).to_bytes(8, "little") + whole[8:], "header is larger than 1 MiB"),
        (b"\xff" * 8 + whole[8:], "header is larger than 1 MiB"),
        (b"\x80\x04." + whole, "not a safetensors file"),
    ):
        path.write_bytes(data)
        assert expected in refusal(path)
    with path.open("wb") as stream:
        stream.truncate(model_file.MAX_BYTES + 1)
    assert "larger than 64 MiB" in refusal(path)
    assert "No such file" in refusal(tmp_path / "absent")
    assert "cannot be read" in refusal(tmp_path)


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
        load(path)
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
            load(path)
        except LenetError as error:
            assert "\n" not in str(error)  # noqa: PT017
