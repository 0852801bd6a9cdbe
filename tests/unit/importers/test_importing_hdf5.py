"""Keras's HDF5 and zip files: what is hostile, damaged or odd is refused."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenet.importers import Imported, import_model
from made import refusal
from made_models import (
    dense_topology,
    dense_weights,
    keras,
    keras_model,
    saved,
)

# Keras's own, of NumPy 2 and of numbers that are large before a sigmoid.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:overflow encountered in exp:RuntimeWarning"),
]


def write_h5(path: Path, change: Callable[[h5py.Group], object] = lambda group: None) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(dense_topology())
        inner = file.create_group("model_weights").create_group("d").create_group("d")
        for name, array in dense_weights():
            inner[name.split("/")[1] + ":0"] = array
        change(inner)
    return path


def replaced(name: str, make: Callable[[h5py.Group], object]) -> Callable[[h5py.Group], object]:
    def apply(inner: h5py.Group) -> None:
        del inner[name]
        make(inner)

    return apply


def virtual(inner: h5py.Group) -> None:
    layout = h5py.VirtualLayout((26,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (26,))
    inner.create_virtual_dataset("bias:0", layout)


def newer(path: Path) -> Path:
    with h5py.File(path, "w", libver="latest") as file:
        file.create_group("model_weights")
    return path


BAD_H5: dict[str, tuple[Callable[[h5py.Group], object], str]] = {
    "soft link": (
        replaced("bias:0", lambda g: g.update({"bias:0": h5py.SoftLink("/model_weights")})),
        "with a link in it",
    ),
    "external link": (
        replaced("bias:0", lambda g: g.update({"bias:0": h5py.ExternalLink("/etc/x.h5", "/")})),
        "newer layout",
    ),
    "cycle": (lambda g: g.update({"again": g.parent}), "go in circles"),
    "twice": (lambda g: g.update({"again": g["bias:0"]}), "go in circles"),
    "external data": (
        replaced(
            "bias:0",
            lambda g: g.create_dataset("bias:0", (26,), "f4", external=[("/etc/passwd", 0, 104)]),
        ),
        "lies in another file",
    ),
    "virtual": (replaced("bias:0", virtual), "lies in chunks, or elsewhere"),
    "chunked": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", (26,), "f4", chunks=(26,))),
        "lies in chunks",
    ),
    "huge chunks": (
        replaced(
            "bias:0",
            lambda g: g.create_dataset("bias:0", (2**40,), "f4", chunks=(2**20,)),
        ),
        "too large for any model",
    ),
    "compressed": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data=np.ones(26, "f4"), compression=9)),
        "compressed",
    ),
    "huge": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", (10**7,), "f8")),
        "cut short or damaged",
    ),
    "text": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data="words")),
        "neither integers nor floats",
    ),
    "a type of its own": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data=np.ones(26, "f4,f4"))),
        "neither integers nor floats",
    ),
    "NaN": (
        replaced("bias:0", lambda g: g.create_dataset("bias:0", data=np.full(26, np.nan, "f4"))),
        "NaN",
    ),
    "missing": (replaced("bias:0", lambda g: None), "has no weights bias"),
}


def test_refuses_arrays_that_overlap(tmp_path: Path) -> None:
    """A thousand headers for one megabyte are a gigabyte."""
    path, size = tmp_path / "model.h5", 2**20

    def many(inner: h5py.Group) -> None:
        inner["large"] = np.ones(size // 8)
        for k in range(9):
            inner.create_dataset(f"none{k}", (size // 8,), "f8")  # lies nowhere

    write_h5(path, many)
    with h5py.File(path) as file:
        large = file["model_weights/d/d/large"].id.get_offset()
    nowhere, there = (struct.pack("<QQ", place, size) for place in (2**64 - 1, large))
    whole = path.read_bytes()
    assert whole.count(nowhere) == 9
    path.write_bytes(whole.replace(nowhere, there))
    assert "parts overlap" in refusal(import_model, path)


@pytest.mark.parametrize(("change", "expected"), BAD_H5.values(), ids=BAD_H5)
def test_refuses_an_hdf5_file(tmp_path: Path, change: Callable[[h5py.Group], object], expected: str) -> None:
    path = tmp_path / "model.h5"
    assert len(import_model(write_h5(path)).model.parameters) == 785 * 26
    assert expected in refusal(import_model, write_h5(path, change))


def test_numbers_of_16_and_64_bits_in_either_order(tmp_path: Path) -> None:
    for kind in ("<f2", ">f4", ">f8", "<f8"):
        biases = {"bias:0": np.ones(26, kind)}
        path = write_h5(
            tmp_path / "model.h5",
            replaced("bias:0", methodcaller("update", biases)),
        )
        assert (import_model(path).model.parameters[-26:] == 1).all()


def test_refuses_hdf5_of_a_newer_layout_and_weights_alone(tmp_path: Path) -> None:
    assert "save it again" in refusal(import_model, newer(tmp_path / "newer.h5"))
    path = write_h5(tmp_path / "weights.h5")
    with h5py.File(path, "a") as file:
        del file.attrs["model_config"]
    assert "holds weights alone" in refusal(import_model, path)
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "no group model_weights" in refusal(import_model, path)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_damage_to_hdf5_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "model.h5"
    if not path.exists():
        write_h5(path)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, 8000))
        whole[place] = data.draw(st.integers(0, 255))
    other = tmp_path / "other.h5"
    other.write_bytes(whole)
    accepted_or_refused(other)


def accepted_or_refused(path: Path) -> Imported | None:
    from lenet.errors import LenetError

    try:
        return import_model(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return None


# ---- .keras ------------------------------------------------------------------------------------


def packed(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.slow
def test_refuses_odd_zips(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    layers = keras().layers

    good = saved(keras_model([layers.Flatten(), layers.Dense(26)]), tmp_path, "keras")
    with zipfile.ZipFile(good) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    both = [("config.json", config), ("model.weights.h5", weights)]
    path = tmp_path / "odd.keras"
    path.write_bytes(packed(both))
    assert import_model(path).model.labels[0] == "A"
    lying = bytearray(packed(both, zipfile.ZIP_STORED))
    place = lying.index(b"PK\x01\x02")
    lying[place + 24 : place + 28] = struct.pack("<I", 5)  # its size unpacked
    encrypted = bytearray(packed(both))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = packed([*both, both[0]])
    for data, expected in {
        packed(both[:1]): "0 members model.weights.h5",
        packed(both[1:]): "0 members config.json",
        twice: "2 members config.json",
        packed([("config.json", bytes(2**27)), both[1]]): "too large",
        packed(both, zipfile.ZIP_BZIP2): "unusual way",
        bytes(encrypted): "encrypted",
        bytes(lying): "config.json",
        packed([(f"{k}", b"") for k in range(1001)]): "more than 1000 members",
        packed(both)[:-30]: "damaged zip",
        packed([("config.json", config), ("model.weights.h5", bytes(99))]): "HDF5 of a layout",
    }.items():
        path.write_bytes(data)
        assert expected in refusal(import_model, path)


@pytest.mark.slow
def test_the_groups_of_tensorflow_2_12(tmp_path: Path) -> None:
    """Which called them otherwise."""
    layers = keras().layers
    new = saved(keras_model([layers.Flatten(), layers.Dense(26)]), tmp_path, "keras")
    with zipfile.ZipFile(new) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    (tmp_path / "weights.h5").write_bytes(weights)
    with h5py.File(tmp_path / "weights.h5", "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    older = [("config.json", config), ("model.weights.h5", (tmp_path / "weights.h5").read_bytes())]
    old = tmp_path / "old.keras"
    old.write_bytes(packed(older))
    np.testing.assert_array_equal(import_model(old).model.parameters, import_model(new).model.parameters)
