"""EMNIST from every form that it is spread in: one result, and the traps of each."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emnist_made import MAPPING, PARTS, StandIn
from lenet.cli.main import main
from lenet.datasets import Dataset, load, load_all
from lenet.datasets.emnist.splits import SPLITS, EmnistSplit, objection, official_name
from lenet.datasets.readers import kaggle, npz
from lenet.errors import LenetError
from lenet.labels import LETTERS
from lenet.models import save_model
from lenet.training.options import TrainingOptions
from lenet.training.trainer import prepare
from made import FUZZ, F, L, idx_images, idx_labels, letters, refusal

ROWS = 300
"""Of each part in the small files of the other forms."""


def csv(images: np.ndarray, labels: np.ndarray) -> bytes:
    """Return the CSV of Kaggle: no header, a label and 784 transposed pixels a line."""
    table = np.column_stack([labels, images.transpose(0, 2, 1).reshape(len(images), -1)])
    return b"".join(b",".join(b"%d" % v for v in row) + b"\n" for row in table)


@pytest.fixture(scope="module")
def small(stand_in: StandIn) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Every 60th row of each part."""
    return {p: (stand_in.images[p][::60][:ROWS], stand_in.labels[p][::60][:ROWS]) for p in PARTS}


@pytest.mark.parametrize(
    "form", ["gz", "plain", "zip", "csv", "csv.gz", "dotted", "dotted.gz", "torchvision"]
)
@pytest.mark.parametrize("part", PARTS)
def test_every_form_gives_the_same(
    tmp_path: Path, small: dict[str, tuple[np.ndarray, np.ndarray]], form: str, part: str
) -> None:
    images, labels = small[part]
    files = {
        "images-idx3-ubyte": idx_images(images),
        "labels-idx1-ubyte": idx_labels(labels),
    }
    stem = f"emnist-letters-{part}"
    if form == "zip":
        with zipfile.ZipFile(tmp_path / "gzip.zip", "w") as archive:
            for name, data in files.items():
                archive.writestr(f"gzip/{stem}-{name}.gz", gzip.compress(data))
            archive.writestr("gzip/emnist-letters-mapping.txt", MAPPING)
    elif form.startswith("csv"):
        data = csv(images, labels)
        (tmp_path / f"{stem}.{form}").write_bytes(gzip.compress(data) if form.endswith("gz") else data)
    else:
        folder = tmp_path / "EMNIST" / "raw" if form == "torchvision" else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            name = name.replace("-idx", ".idx") if form.startswith("dotted") else name
            end = ".gz" if form.endswith("gz") else ""
            (folder / f"{stem}-{name}{end}").write_bytes(gzip.compress(data) if end else data)
    spec = f"emnist:letters:{part}@{tmp_path}"
    for dataset in (load(spec), load(spec)):  # the second comes from the cache
        np.testing.assert_array_equal(dataset.images, images)
        np.testing.assert_array_equal(dataset.labels, labels - 1)
        assert (dataset.names, dataset.classes) == ((stem,), tuple(LETTERS))
        assert "Cohen" in dataset.attributions[0]
    if not form.startswith("dotted"):
        assert f"give emnist:letters:{part}@{tmp_path}" in refusal(load, f"{tmp_path}/")
    files_there = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    file = next(path for path in files_there if "labels" not in path.name)
    np.testing.assert_array_equal(load(f"emnist:letters:{part}@{file}").images, images)


@pytest.mark.parametrize(("name", "split"), SPLITS.items())
def test_each_split_has_its_classes(tmp_path: Path, name: str, split: EmnistSplit) -> None:
    count = len(split.classes)
    assert count == {"byclass": 62, "letters": 26, "digits": 10, "mnist": 10}.get(name, 47)
    numbers = np.arange(count) + split.first
    stem = tmp_path / f"emnist-{name}-train"
    images = np.stack([F if k % 2 else L for k in range(count)])
    Path(f"{stem}-images-idx3-ubyte").write_bytes(idx_images(images))
    Path(f"{stem}-labels-idx1-ubyte").write_bytes(idx_labels(numbers))
    mapping = tmp_path / f"emnist-{name}-mapping.txt"
    mapping.write_text("".join(f"{n} {ord(c)}\n" for n, c in zip(numbers, split.classes, strict=True)))
    data = load(f"emnist:{name}@{tmp_path}")
    assert data.classes == tuple(split.classes)
    assert data.labels.tolist() == list(range(count))
    np.testing.assert_array_equal(data.images, images)


def test_a_mapping_that_says_otherwise_is_refused(tmp_path: Path) -> None:
    stem = tmp_path / "emnist-letters-train"
    Path(f"{stem}-images-idx3-ubyte").write_bytes(idx_images(np.stack([F])))
    Path(f"{stem}-labels-idx1-ubyte").write_bytes(idx_labels(np.array([6])))
    mapping = tmp_path / "emnist-letters-mapping.txt"
    for text in (MAPPING.replace("1 65 97\n", "1 66 97\n"), MAPPING[:-10], "", "words\n", "1\n"):
        mapping.write_text(text)
        assert "mapping" in refusal(load, f"emnist:letters@{tmp_path}")


@pytest.mark.slow
def test_the_stand_in_is_whole(stand_in: StandIn) -> None:
    for part, rows in (("train", 124_800), ("test", 20_800)):
        data = load(f"emnist:letters:{part}@{stand_in.folder}")
        assert len(data) == rows
        np.testing.assert_array_equal(data.images, stand_in.images[part])
        np.testing.assert_array_equal(data.labels + 1, stand_in.labels[part])


def test_the_cache_is_read_anew_when_its_source_changed(
    tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "emnist-letters-train.csv"
    path.write_bytes(csv(np.stack([F, L]), np.array([6, 12])))
    spec = f"emnist:letters@{tmp_path}"
    assert load(spec).labels.tolist() == [5, 11]
    with monkeypatch.context() as patch:
        patch.setattr(kaggle, "read", lambda _: pytest.fail("read again"))
        assert load(spec).labels.tolist() == [5, 11]
    cache = max((data_folder / "cache").glob("emnist-letters-train.*"), key=lambda p: p.stat().st_mtime)
    for damaged in (cache.read_bytes()[:-1], b"", b"\x93NUMPY\x01\x00"):
        cache.write_bytes(damaged)
        np.testing.assert_array_equal(load(spec).images, [F, L])
    path.write_bytes(csv(np.stack([F]), np.array([1])))
    assert load(spec).labels.tolist() == [0]
    monkeypatch.setenv("LENET_DATA", str(path))  # a file: no cache can be written below it
    assert load(spec).labels.tolist() == [0]


# ---- Kaggle --------------------------------------------------------------------------------


def pandas_header(first: bytes) -> bytes:
    """Return the first row as pandas writes it when it is read as names: repeated ones are numbered."""
    seen: dict[bytes, int] = {}
    names = []
    for word in first.strip().split(b","):
        names.append(word + b".%d" % seen[word] if word in seen else word)
        seen[word] = seen.get(word, 0) + 1
    return b",".join(names) + b"\n"


def test_a_row_that_pandas_made_the_header_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "emnist-letters-train.csv"
    whole = csv(np.stack([F, L, F]), np.array([6, 12, 3]))
    first, rest = whole.split(b"\n", 1)
    names = pandas_header(first)
    assert b"0.1," in names
    for text, labels in (
        (names + rest, [6, 12, 3]),
        (b"label," + b",".join(b"pixel%03d" % n for n in range(784)) + b"\n" + rest, [12, 3]),
        (b",".join(b"%d" % n for n in range(785)) + b"\n" + rest, [12, 3]),
        (rest, [12, 3]),
        (whole.replace(b"\n", b"\r\n"), [6, 12, 3]),
        (whole[:-1], [6, 12, 3]),
        (b"\xef\xbb\xbf" + whole, [6, 12, 3]),
        (b"", []),
    ):
        path.write_bytes(text)
        images, numbers = kaggle.read(path)
        assert numbers.tolist() == labels
        glyphs = {6: F, 12: L, 3: F}
        for image, number in zip(images, labels, strict=True):
            np.testing.assert_array_equal(image.reshape(28, 28).T, glyphs[number])


def test_chunks_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = letters(60)
    path = tmp_path / "emnist-letters-train.csv"
    path.write_bytes(csv(data.images, data.labels + 1))
    for rows in (1, 7, 60):
        monkeypatch.setattr(kaggle, "ROWS", rows)
        images, numbers = kaggle.read(path)
        np.testing.assert_array_equal(numbers, data.labels + 1)
        np.testing.assert_array_equal(images.reshape(-1, 28, 28).transpose(0, 2, 1), data.images)


LINE = b",".join([b"7"] * 785) + b"\n"
BAD_CSV = {
    "index": (LINE + b"0," + LINE, ":2: 786 columns"),
    "few": (LINE * 3 + LINE[2:], ":4: 784 columns"),
    "empty line": (LINE + b"\n" + LINE, ":2: 1 columns"),
    "large": (LINE + LINE.replace(b"7,", b"256,", 1), ":2: a value"),
    "nothing": (LINE + LINE.replace(b"7,7", b"7,", 1), ":2: a value"),
    "word": (LINE + LINE.replace(b"7,", b"x,", 1), ":2: a value"),
    "minus": (LINE + LINE.replace(b"7,", b"-7,", 1), ":2: a value"),
    "float": (LINE + LINE.replace(b"7,", b"7.0,", 1), ":2: a value"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(9_000), ":1: "),
    "no lines": (b"1" * 50_000, ":1: a value"),
}


@pytest.mark.parametrize(("text", "expected"), BAD_CSV.values(), ids=BAD_CSV)
def test_csv_is_strict(tmp_path: Path, text: bytes, expected: str) -> None:
    path = tmp_path / "emnist-letters-train.csv"
    path.write_bytes(text)
    message = refusal(kaggle.read, path)
    assert message.startswith(str(path))
    assert expected in message


@settings(FUZZ, max_examples=40)
@given(st.binary(min_size=784, max_size=784), st.integers(0, 255))
def test_any_row_survives(tmp_path: Path, pixels: bytes, label: int) -> None:
    path = tmp_path / "emnist-letters-train.csv"
    image = np.frombuffer(pixels, np.uint8).reshape(1, 28, 28)
    path.write_bytes(csv(image, np.array([label])) * 2)
    images, labels = kaggle.read(path)
    assert labels.tolist() == [label] * 2
    np.testing.assert_array_equal(images.reshape(-1, 28, 28).transpose(0, 2, 1), [image[0]] * 2)


@FUZZ
@given(st.binary(max_size=200), st.booleans())
def test_any_csv_is_read_or_refused(tmp_path: Path, data: bytes, headed: bool) -> None:
    path = tmp_path / "emnist-letters-train.csv"
    path.write_bytes((LINE if headed else b"") + data)
    try:
        kaggle.read(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "name", ["gzip.zip", "emnist-letters-train.csv", "emnist-letters-train-images-idx3-ubyte"]
)
def test_a_page_or_a_pointer_in_the_place_of_a_file_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("<!DOCTYPE html>\n<html><head><title>503</title></head></html>")
    path.with_name("emnist-letters-train-labels-idx1-ubyte").touch()
    assert "a web page (HTML), not a" in refusal(load, f"emnist:letters:train@{path}")
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n")
    assert "run `git lfs pull`" in refusal(load, f"emnist:letters:train@{path}")


def test_a_matlab_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "emnist-letters.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file")
    assert "a MATLAB file, not a file of EMNIST; give EMNIST's IDX files" in refusal(
        load, f"emnist:letters@{path}"
    )


# ---- SPECs ---------------------------------------------------------------------------------


def test_what_is_missing_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET_DATA", str(tmp_path))
    monkeypatch.setenv("LENET_SHARED", str(tmp_path))
    assert "lenet data fetch emnist --split digits" in refusal(load, "emnist:digits")
    assert "there are byclass" in refusal(load, "emnist:capitals")
    for wrong in ("emnist:", "emnist:letters:dev", "emnist:letters:test:x"):
        assert "emnist:" in refusal(load, wrong)
    (tmp_path / "emnist-letters-test.csv").write_bytes(LINE)
    assert "named letters test" in refusal(load, f"emnist:letters@{tmp_path}/emnist-letters-test.csv")
    (tmp_path / "gzip.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    assert "no images of emnist-letters-train" in refusal(load, f"emnist:letters@{tmp_path}/gzip.zip")
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in (
            ("images-idx3", idx_images(np.stack([F]))),
            ("labels-idx1", idx_labels(np.array([6]))),
        ):
            archive.writestr(f"emnist-letters-train-{name}-ubyte.gz", gzip.compress(data))
    assert len(load(f"emnist:letters@{whole}")) == 1
    damaged = bytearray(whole.read_bytes())
    damaged[90:100] = bytes(10)
    whole.write_bytes(damaged)
    assert refusal(load, f"emnist:letters@{whole}").startswith(f"{whole}: damaged")


@pytest.mark.slow
def test_a_test_part_is_opened_by_evaluation_alone(stand_in: StandIn, tmp_path: Path) -> None:
    place = f"@{stand_in.folder}"
    assert len(load("emnist:letters" + place)) == 124_800
    assert len(load("emnist:letters" + place, part="test")) == 20_800
    test = stand_in.folder / "emnist-letters-test-images-idx3-ubyte.gz"
    assert load(str(test)).names == ("emnist-letters-test",)
    for spec in ("emnist:letters:test" + place, str(test)):
        assert "a test part is not trained on" in refusal(load_all, [spec])
    train = str(test).replace("letters-test", "letters-train")
    assert "given twice" in refusal(load_all, ["emnist:letters" + place, train])
    shutil.copy(stand_in.archive, tmp_path / "gzip.zip")
    assert len(load_all([f"emnist:letters@{tmp_path}"])) == 124_800


# ---- What may be called an accuracy on the official test -----------------------------------


def test_only_the_whole_test_is_the_official_one(stand_in: StandIn) -> None:
    test = load(f"emnist:letters:test@{stand_in.folder}")
    assert official_name(test, ["emnist-letters-train"]) == "EMNIST Letters test"
    assert objection(test) is None
    for rows in (14_800, 14_799):
        first = test.take(np.arange(20_800)[14_800 - rows : 14_800])
        assert first.counts()[18] == 400
        assert not first.counts()[19:].any()
        other = Dataset(first.images, first.labels, ("mine",))
        for prefix in (first, other):
            assert official_name(prefix) is None
            assert "without a single T to Z" in str(objection(prefix))
    assert "not the whole test" in str(objection(test.take(range(800, 20_800))))
    twice = test.take(np.r_[:799, 800, 800:20_800])
    assert "not 800 images of each letter" in str(objection(twice))
    assert "trained on sd19" in str(objection(test, ["font-letters", "sd19_letters"]))
    assert official_name(test, ["sd19_letters"]) is None
    for mine in (letters(14_800), letters(50), load("font-letters")):
        assert objection(mine) is None
        assert official_name(mine) is None


@pytest.mark.slow
def test_evaluate_calls_it_by_that_name_only_where_it_is_true(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = load(f"emnist:letters:test@{stand_in.folder}")
    first = test.take(np.arange(14_800))
    npz.write_letters(tmp_path / "some.npz", first)
    model = prepare(
        "holzweber2021", letters(400), options=TrainingOptions(num_epochs=1)
    ).model()  # learned nothing of them
    save_model(tmp_path / "m.safetensors", model)
    whole, some = f"emnist:letters@{stand_in.folder}", str(tmp_path / "some.npz")
    command = ["evaluate", "--model", str(tmp_path / "m.safetensors"), "--data", whole, some]
    assert main(command) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[0].startswith("EMNIST Letters test: ")
    assert "of 20,800" in output[0]
    begin = next(number for number, line in enumerate(output) if line.startswith(f"{some}: accuracy "))
    caveat = "  not an accuracy on an official test: 14,800 of the 20,800 rows"
    assert [line.startswith(caveat) for line in output[begin:]].count(True) == 1
    assert not any(line.startswith(caveat) for line in output[:begin])
    assert main([*command, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["official"] for row in rows] == ["EMNIST Letters test", None]
    assert rows[0]["objection"] is None
    assert "T to Z" in rows[1]["objection"]
    assert main(["train", "--data", f"emnist:letters:test@{stand_in.folder}", "--out", "x"]) == 1
    assert "not trained on" in capsys.readouterr().err
    digits = tmp_path / "digits.npz"
    npz.write_letters(digits, Dataset(first.images[:9], first.labels[:9], classes=tuple("0123")))
    assert main([*command[:-2], str(digits)]) == 1
    assert "4 classes, 0..3, but the model answers with 26" in capsys.readouterr().err
