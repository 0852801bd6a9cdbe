"""The data set that a DATASET names."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from lenet.datasets import Dataset, Rendering, load, load_all, registry
from lenet.datasets.readers import npz
from lenet.datasets.registry import find
from lenet.errors import LenetError
from made import (
    GOOD_IMAGES,
    GOOD_LABELS,
    letters,
    refusal,
    write_idx,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared folder with a stroke file, letters and IDX files."""
    for name in ("strokes", "letters", "emnist", "work"):
        (tmp_path / "shared" / name).mkdir(parents=True)
    shared = tmp_path / "shared"
    record = {"writer": "d", "label": "f", "strokes": [[[0, 0], [0, 9]], [[0, 0], [5, 0]]]}
    line = json.dumps(record).encode() + b"\n"
    (shared / "strokes" / "pens_dev.jsonl.gz").write_bytes(gzip.compress(line * 3))
    npz.write_letters(shared / "letters" / "made.npz", letters())
    write_idx(shared / "emnist", GOOD_IMAGES, GOOD_LABELS, packed=True)
    monkeypatch.setenv("LENET_SHARED", str(shared))
    monkeypatch.chdir(shared / "work")
    return shared


def test_a_spec_is_a_name_or_a_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (("pens_dev", 3), ("made", 40), ("emnist-letters-train", 2)):
        data = load(name)
        assert (len(data), data.names) == (count, (name,))
        assert load(str(find(name))).names == (name,)
    both = load_all(["made", "pens_dev"], rendering=Rendering(renders_per_drawing=2))
    assert (len(both), both.names) == (46, ("made", "pens_dev"))
    monkeypatch.delenv("LENET_SHARED")
    os.chdir(folder / "letters")
    os.chdir("../..")
    (folder.parent / "here").mkdir()
    os.chdir("here")
    assert len(load("made")) == 40  # ../shared


def test_content_decides_not_the_name(folder: Path) -> None:
    odd = folder / "odd.txt"
    odd.write_bytes(gzip.decompress((folder / "strokes" / "pens_dev.jsonl.gz").read_bytes()))
    assert len(load(str(odd))) == 3
    odd.write_bytes((folder / "letters" / "made.npz").read_bytes())
    assert len(load(str(odd))) == 40


def test_a_spec_that_names_nothing_is_told_what_there_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(load, "pen_dev") == (
        "pen_dev: no such file or data set; did you mean pens_dev? known names: "
        "emnist-letters-train, font-letters, font-strokes, made, pens_dev, emnist:letters"
    )
    monkeypatch.chdir(folder)
    assert "did you mean letters/?" in refusal(load, "letters")  # a folder needs its slash
    assert "no such file" in refusal(load, "../pens_dev")
    assert "no such file" in refusal(load, "pens_dev.jsonl")
    assert "File name too long" in refusal(load, "n" * 300)
    assert "given twice" in refusal(load_all, ["made", str(folder / "letters" / "made.npz")])


@pytest.mark.parametrize("has_shared", [True, False])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("font-leters", "font-letters"),
        ("Font_Letters", "font-letters"),
        ("font-letters:tset", "font-letters:test"),
        ("fontstrokes:test", "font-strokes"),
        ("emnist-leters", "emnist:letters"),
        ("EMNIST:letters", "emnist:letters"),
        ("mnist", "emnist:mnist"),
    ],
)
def test_a_misspelt_name_is_told_the_name_that_is_meant(
    folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str, has_shared: bool
) -> None:
    if not has_shared:
        monkeypatch.setattr(registry, "shared_folder", lambda: None)
    message = refusal(load, typed)
    assert f": no such file or data set; did you mean {meant}? known names: " in message
    assert "LENET_SHARED" not in message
    assert str(folder) not in message


def test_emnist_without_a_split_is_told_to_name_one(folder: Path) -> None:
    assert refusal(load, "emnist") == "emnist: no such file or data set; name a split: emnist:letters"
    assert "did you mean letters? there are byclass" in refusal(load, "emnist:leters")


def test_a_file_of_another_kind_is_refused(folder: Path) -> None:
    labels = folder / "emnist" / "emnist-letters-train-labels-idx1-ubyte.gz"
    assert "IDX labels, not a file of letters" in refusal(load, str(labels))
    for data in (b"", b"hello", b"\x89PNG\r\n\x1a\n"):
        (folder / "f").write_bytes(data)
        assert "not a file of letters" in refusal(load, str(folder / "f"))
    (folder / "f").write_bytes(gzip.compress(b"{}")[:-9])
    assert "gzip" in refusal(load, str(folder / "f"))
    npz.write_letters(folder / "none.npz", letters(1).take([]))
    assert "holds no letters" in refusal(load, str(folder / "none.npz"))


def test_reads_the_shared_sets(shared: Path) -> None:
    """The counts that the folder's README gives."""
    assert load(str(shared / "strokes" / "omniglot_latin.jsonl.gz")).counts().tolist() == [20] * 26
    assert len(load(str(shared / "strokes" / "unipen_dev.jsonl.gz"))) == 1_614
    sd19 = load(str(shared / "letters" / "sd19_letters.npz"))
    assert len(sd19) == 14_019
    assert sd19.counts()[[0, 4, 8, 14, 20]].tolist() == [2_000] * 5
    assert len(load(str(shared / "letters" / "az_sample.npz"))) == 5_934


# ---- The held-out fifth ------------------------------------------------------------------------


def test_a_fifth_is_held_out_by_the_images_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    images = random.integers(0, 256, (2000, 28, 28), np.uint8)
    images[1000:1100] = images[:100]  # the same image twice is on one side
    whole = Dataset(images, np.arange(2000, dtype=np.uint8) % 26)
    path = tmp_path / "letters.npz"
    npz.write_letters(path, whole)
    fifth, rest = load(f"{path}:test"), load(f"{path}:train")
    assert len(fifth) + len(rest) == 2000
    assert 330 < len(fifth) < 480
    sides = [{image.tobytes() for image in part.images} for part in (fifth, rest)]
    assert not sides[0] & sides[1]
    assert len(sides[0] | sides[1]) == 1900
    with pytest.raises(LenetError, match="given twice"):
        load_all([f"{path}:train", str(path)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("font-letters:fifth", "font-letters:test"),
        ("font-letters:rest", "font-letters:train"),
        ("glyphs", "font-letters"),
    ],
)
def test_old_names_of_sets_and_parts_work_with_a_warning(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=r" is now .*; the old name goes in the next version"):
        data = load(old)
    expected = load(new)
    assert data.names == expected.names
    np.testing.assert_array_equal(data.images, expected.images)


def test_a_name_is_looked_up_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counting(name: str) -> Path:
        calls.append(name)
        return find(name)

    monkeypatch.setattr("lenet.datasets.registry.find", counting)
    load("made:test")
    load_all(["made", "pens_dev"])
    assert calls == ["made", "made", "pens_dev"]
