"""Letters in files of the real formats, made here with asymmetric glyphs, and their splitting."""

import gzip
import io
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenet.datasets import LETTERS, Dataset, idx, load, load_all, npz, split_validation
from lenet.datasets.specs import file_kind, find
from lenet.datasets.strokes import rasterise_drawings
from lenet.errors import LenetError
from lenet.ink import Drawing, rasterise

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

F = np.zeros((28, 28), np.uint8)  # upright: stem on the left, arms above
F[4:24, 8:11] = F[4:7, 8:20] = F[12:15, 8:16] = 255
L = np.zeros((28, 28), np.uint8)
L[4:24, 8:11] = L[21:24, 8:20] = 200


def letters(count: int = 40, classes: int = 26) -> Dataset:
    """Images that all differ, labels in a cycle."""
    images = np.stack([F if row % 2 else L for row in range(count)])
    images[:, 0, :4] = np.array([list(struct.pack(">I", row)) for row in range(count)])
    return Dataset(images, (np.arange(count) % classes).astype(np.uint8), ("made",))


def refusal(call, *arguments: object, **options: object) -> str:
    with pytest.raises(LenetError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---- Dataset -------------------------------------------------------------------------------


def test_takes_counts_and_concatenates() -> None:
    data = letters(30)
    assert len(data) == 30
    assert data.counts().tolist() == [2] * 4 + [1] * 22
    some = data.take([5, 3])
    assert some.labels.tolist() == [5, 3]
    np.testing.assert_array_equal(some.images[0], data.images[5])
    assert len(data.take([])) == 0
    assert data.take(data.labels == 1).labels.tolist() == [1, 1]
    grouped = Dataset(data.images, data.labels, ("other",), np.arange(30) // 2, ("by A",))
    both = Dataset.concatenate([grouped.take([8, 9, 3]), data, grouped])
    assert both.names == ("other", "made")
    assert both.credits == ("by A",)
    assert len(both) == 63
    assert both.groups[0] == both.groups[1] != both.groups[2]
    assert not set(both.groups[:3]) & set(both.groups[3:33])
    assert not set(both.groups[:33]) & set(both.groups[33:])


@pytest.mark.parametrize(
    ("images", "labels", "groups"),
    [
        (np.zeros((2, 28, 28)), np.zeros(2, np.uint8), None),
        (np.zeros((2, 784), np.uint8), np.zeros(2, np.uint8), None),
        (np.zeros((2, 28, 27), np.uint8), np.zeros(2, np.uint8), None),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), None),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.int64), None),
        (np.zeros((2, 28, 28), np.uint8), np.full(2, 26, np.uint8), None),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), np.zeros(3, np.int64)),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), np.zeros(2)),
    ],
)
def test_a_dataset_is_checked(images: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
    refusal(Dataset, images, labels, groups=groups)


def test_an_empty_list_has_no_concatenation() -> None:
    refusal(Dataset.concatenate, [])


# ---- IDX -----------------------------------------------------------------------------------


def idx_images(images: np.ndarray) -> bytes:
    """As NIST stores them: transposed."""
    header = struct.pack(">IIII", 0x803, len(images), 28, 28)
    return header + b"".join(bytes(image.T.ravel().tolist()) for image in images)


def idx_labels(labels: np.ndarray) -> bytes:
    return struct.pack(">II", 0x801, len(labels)) + bytes(labels.tolist())


def write_idx(folder: Path, images: bytes, labels: bytes, packed: bool = False) -> Path:
    ending = ".gz" if packed else ""
    path = folder / f"emnist-letters-train-images-idx3-ubyte{ending}"
    path.write_bytes(gzip.compress(images) if packed else images)
    other = folder / f"emnist-letters-train-labels-idx1-ubyte{ending}"
    other.write_bytes(gzip.compress(labels) if packed else labels)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_idx_comes_out_upright_with_labels_from_zero(tmp_path: Path, packed: bool) -> None:
    images, labels = np.stack([F, L, F]), np.array([6, 12, 26])
    data = load(str(write_idx(tmp_path, idx_images(images), idx_labels(labels), packed)))
    np.testing.assert_array_equal(data.images, images)
    assert data.images.flags.c_contiguous
    assert [LETTERS[label] for label in data.labels] == ["F", "L", "Z"]
    assert data.names == ("emnist-letters-train",)


def test_idx_labels_are_found_packed_or_not(tmp_path: Path) -> None:
    path = write_idx(tmp_path, idx_images(np.stack([F])), idx_labels(np.array([6])))
    labels = tmp_path / "emnist-letters-train-labels-idx1-ubyte"
    packed = labels.with_name(labels.name + ".gz")
    packed.write_bytes(gzip.compress(labels.read_bytes()))
    labels.unlink()
    assert idx.read(path).labels.tolist() == [5]
    elsewhere = packed.rename(tmp_path / "labels")
    assert "no labels beside it" in refusal(idx.read, path)
    assert idx.read(path, elsewhere).labels.tolist() == [5]
    assert "not named as EMNIST" in refusal(idx.read, path.rename(tmp_path / "images"))


GOOD_IMAGES, GOOD_LABELS = idx_images(np.stack([F, L])), idx_labels(np.array([6, 12]))
BAD_IDX = {
    "images magic": (b"\0\0\x08\x04" + GOOD_IMAGES[4:], GOOD_LABELS, "begins with 00 00 08 04"),
    "labels for images": (GOOD_LABELS, GOOD_LABELS, "begins with 00 00 08 01"),
    "images for labels": (GOOD_IMAGES, GOOD_IMAGES, "begins with 00 00 08 03"),
    "empty": (b"", GOOD_LABELS, "begins with nothing"),
    "header cut": (GOOD_IMAGES[:10], GOOD_LABELS, "items of"),
    "size": (struct.pack(">IIII", 0x803, 1, 28, 27) + bytes(756), GOOD_LABELS, "items of [28, 27]"),
    "images cut": (GOOD_IMAGES[:-1], GOOD_LABELS, "fewer bytes than the 2 items"),
    "images trail": (GOOD_IMAGES + b"\0", GOOD_LABELS, "more bytes than the 2 items"),
    "labels cut": (GOOD_IMAGES, GOOD_LABELS[:-1], "fewer bytes than the 2 items"),
    "labels trail": (GOOD_IMAGES, GOOD_LABELS + b"\1", "more bytes than the 2 items"),
    "fewer labels": (GOOD_IMAGES, idx_labels(np.array([6])), "1 labels for 2 images"),
    "label 0": (GOOD_IMAGES, idx_labels(np.array([6, 0])), "label 0 of image 1 is outside 1..26"),
    "label 27": (GOOD_IMAGES, idx_labels(np.array([27, 1])), "label 27 of image 0"),
    "too many": (
        struct.pack(">IIII", 0x803, 1_000_001, 28, 28),
        GOOD_LABELS,
        "1,000,001 items; at most 1,000,000",
    ),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("images", "labels", "expected"), BAD_IDX.values(), ids=BAD_IDX)
def test_idx_is_strict(
    tmp_path: Path, images: bytes, labels: bytes, expected: str, packed: bool
) -> None:
    message = refusal(idx.read, write_idx(tmp_path, images, labels, packed))
    assert message.startswith(str(tmp_path))
    assert expected in message


def test_idx_refuses_a_damaged_gzip_and_stops_unpacking_a_bomb(tmp_path: Path) -> None:
    path = write_idx(tmp_path, GOOD_IMAGES, GOOD_LABELS, packed=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert "gzip data is cut short" in refusal(idx.read, path)
    path.write_bytes(gzip.compress(GOOD_IMAGES + bytes(2**24)))
    assert "more bytes" in refusal(idx.read, path)


@FUZZ
@given(st.binary(max_size=60), st.binary(max_size=20), st.booleans(), st.booleans())
def test_any_idx_is_read_or_refused(
    tmp_path: Path, images: bytes, labels: bytes, packed: bool, headed: bool
) -> None:
    if headed:
        images, labels = b"\0\0\x08\x03" + images, b"\0\0\x08\x01" + labels
    path = write_idx(tmp_path, images, labels, packed)
    try:
        idx.read(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_reads_the_official_labels(shared: Path) -> None:
    """Counts of NIST's Letters split; the images are made up, since they are not in the folder."""
    path = shared / "emnist" / "emnist-letters-test-labels-idx1-ubyte.gz"
    labels = idx._read_idx(path, idx.LABELS_MAGIC, ())
    assert np.bincount(labels).tolist() == [0] + [800] * 26


# ---- NPZ -----------------------------------------------------------------------------------


def test_npz_survives_a_round_trip(tmp_path: Path) -> None:
    data = letters()
    data = Dataset(data.images, data.labels, (), np.arange(40) // 3, ("Font A, OFL", "ä"))
    path, again = tmp_path / "made.npz", tmp_path / "again.npz"
    npz.write_letters(path, data, is_upper=np.ones(40, bool))
    npz.write_letters(again, data, is_upper=np.ones(40, bool))
    assert path.read_bytes() == again.read_bytes()
    back = load(str(path))
    np.testing.assert_array_equal(back.images, data.images)
    np.testing.assert_array_equal(back.labels, data.labels)
    np.testing.assert_array_equal(back.groups, data.groups)
    assert (back.names, back.credits) == (("made",), data.credits)
    np.testing.assert_array_equal(npz.read_images(path), data.images)
    with np.load(path) as file:
        assert file["labels"].tolist() == (data.labels + 1).tolist()  # EMNIST's numbers on disk
        assert file["is_upper"].all()


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_takes_other_integers_and_orders(tmp_path: Path, dtype: type, save) -> None:
    path = tmp_path / "f.npz"
    save(path, images=np.asfortranarray(np.stack([F, L])), labels=np.array([6, 12], dtype))
    data = npz.read_letters(path)
    np.testing.assert_array_equal(data.images, [F, L])
    assert data.images.flags.c_contiguous
    assert data.labels.tolist() == [5, 11]


IMAGES = np.stack([F, L])
BAD_NPZ = {
    "no images": ({"labels": np.array([1, 2])}, "no array `images`"),
    "no labels": ({"images": IMAGES}, "no array `labels`"),
    "flat": ({"images": IMAGES.reshape(2, 784), "labels": np.array([1, 2])}, "`images` is uint8"),
    "floats": ({"images": IMAGES / 255, "labels": np.array([1, 2])}, "`images` is float64"),
    "scalar": ({"images": np.uint8(3), "labels": np.array([1, 2])}, "`images` is uint8 ()"),
    "label 0": ({"images": IMAGES, "labels": np.array([1, 0])}, "label 0 of image 1 is outside"),
    "label 27": ({"images": IMAGES, "labels": np.array([27, 1])}, "label 27 of image 0"),
    "label -1": ({"images": IMAGES, "labels": np.array([1, -1])}, "label -1 of image 1"),
    "label 257": ({"images": IMAGES, "labels": np.array([257, 1])}, "label 257 of image 0"),
    "few labels": ({"images": IMAGES, "labels": np.array([1])}, "integers (2,)"),
    "real labels": ({"images": IMAGES, "labels": np.array([1.0, 2.0])}, "integers (2,)"),
    "groups": (
        {"images": IMAGES, "labels": np.array([1, 2]), "groups": np.zeros(3, int)},
        "`groups` is int64 (3,)",
    ),
    "credits": (
        {"images": IMAGES, "labels": np.array([1, 2]), "credits": np.zeros(3)},
        "`credits` is float64",
    ),
}


@pytest.mark.parametrize(("arrays", "expected"), BAD_NPZ.values(), ids=BAD_NPZ)
def test_npz_is_strict(tmp_path: Path, arrays: dict[str, np.ndarray], expected: str) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, **arrays)
    message = refusal(npz.read_letters, path)
    assert message.startswith(str(path))
    assert expected in message


class Planted:
    """Unpickling this makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("name", ["images", "labels", "credits"])
def test_npz_never_unpickles(tmp_path: Path, name: str) -> None:
    path, trap = tmp_path / "f.npz", tmp_path / "trap"
    arrays = {"images": IMAGES, "labels": np.array([1, 2]), name: np.array([Planted(trap)] * 2)}
    np.savez(path, **arrays)
    assert "pickled objects" in refusal(npz.read_letters, path)
    assert not trap.exists()


def npy(header: str, body: bytes) -> bytes:
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


HOSTILE_ARRAYS = {
    "claims terabytes": npy(
        "{'descr':'|u1','fortran_order':False,'shape':(9999999999,28,28)}", b""
    ),
    "claims nothing wide": npy("{'descr':'|S0','fortran_order':False,'shape':(9999999999,)}", b""),
    "negative": npy("{'descr':'|u1','fortran_order':False,'shape':(-1,-784)}", bytes(784)),
    "no tuple": npy("{'descr':'|u1','fortran_order':False,'shape':7}", bytes(7)),
    "code": npy("__import__('os').abort()", b""),
    "deep": npy("(" * 5_000, b""),
    "dates": npy("{'descr':'<M8[s]','fortran_order':False,'shape':(1,)}", bytes(8)),
    "cut": npy("{'descr':'|u1','fortran_order':False,'shape':(2,28,28)}", bytes(1567)),
    "trailing": npy("{'descr':'|u1','fortran_order':False,'shape':(2,28,28)}", bytes(1569)),
    "version 9": b"\x93NUMPY\x09\x00" + bytes(90),
    "empty": b"",
}


@pytest.mark.parametrize("hostile", HOSTILE_ARRAYS.values(), ids=HOSTILE_ARRAYS)
def test_npz_refuses_hostile_arrays(tmp_path: Path, hostile: bytes) -> None:
    path = tmp_path / "f.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", hostile)
    assert refusal(npz.read_images, path).startswith(str(path))


def test_npz_refuses_a_bomb_before_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.npz"
    np.savez_compressed(path, images=np.zeros((50_000, 28, 28), np.uint8))
    monkeypatch.setitem(npz._LIMITS, "images", 784 * 49_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert "too large" in refusal(npz.read_images, path)


def test_npz_refuses_a_cut_or_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    npz.write_letters(path, letters())
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:100], b"", whole[:200] + b"\xff\0" + whole[202:]):
        path.write_bytes(damaged)
        assert "damaged or no NPZ file" in refusal(npz.read_letters, path)
    assert "No such file" in refusal(npz.read_letters, tmp_path / "absent.npz")


@FUZZ
@given(st.data())
def test_any_damage_to_an_npz_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    stream = io.BytesIO()
    np.savez(stream, images=IMAGES[:1], labels=np.array([1], np.uint8))
    mutable = bytearray(stream.getvalue())
    places = st.integers(0, 160) | st.integers(900, len(mutable) - 1)  # the headers
    for _ in range(data.draw(st.integers(1, 5))):
        mutable[data.draw(places)] = data.draw(st.integers(0, 255))
    path = tmp_path / "f.npz"
    path.write_bytes(mutable)
    try:
        npz.read_letters(path)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_npz_does_not_write_objects(tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    refusal(npz.write_letters, path, letters(), notes=np.array([None]))
    refusal(npz.write_letters, path, letters(), labels=np.arange(40))
    assert not path.exists()


# ---- Strokes -------------------------------------------------------------------------------


def drawing(label: str | None = "F", drawer: str | None = "d", tilt: float = 0.0) -> Drawing:
    strokes = ([[tilt, 0], [0, 10]], [[0, 0], [6, 0]], [[0, 4], [4, 4]])
    return Drawing(tuple(np.array(s, np.float64) for s in strokes), label, drawer, "f.jsonl:7")


def test_drawings_become_images_by_the_one_definition() -> None:
    drawings = [drawing(), drawing("z", tilt=2), drawing("f", tilt=3)]
    data = rasterise_drawings(iter(drawings), name="mine")
    assert data.labels.tolist() == [5, 25, 5]
    assert data.names == ("mine",)
    for image, one in zip(data.images, drawings, strict=True):
        np.testing.assert_array_equal(image, rasterise(one.strokes))
    assert len(rasterise_drawings([])) == 0


def test_pen_widths_are_counted() -> None:
    drawings = [drawing(tilt=tilt) for tilt in range(12)]
    pens = (0.06, 0.14)
    one = rasterise_drawings(drawings, pens, seed=3)
    three = rasterise_drawings(drawings, pens, copies=3, seed=3)
    assert three.groups.tolist() == np.arange(12).repeat(3).tolist()
    assert three.labels.tolist() == [5] * 36
    np.testing.assert_array_equal(three.images[::3], one.images)  # more copies, the same first
    np.testing.assert_array_equal(
        rasterise_drawings(drawings[:5], pens, seed=3).images, one.images[:5]
    )
    assert (rasterise_drawings(drawings, pens, seed=4).images != one.images).any()
    ink = three.images.reshape(12, 3, -1).mean(axis=2)
    assert len(np.unique(ink)) > 24  # widths differ
    thin, thick = (rasterise_drawings(drawings, (pen, pen)).images.mean() for pen in pens)
    assert thin < three.images.mean() < thick


def test_each_drawer_gives_at_most_so_many() -> None:
    drawings = [drawing(drawer=f"d{n % 2}", tilt=n / 10) for n in range(40)]
    drawings += [drawing(drawer=None, tilt=n / 10) for n in range(40, 60)]
    every = rasterise_drawings(drawings).images
    rows_of = []
    for seed in (0, 1):
        few = rasterise_drawings(drawings, per_drawer=5, seed=seed)
        rows = [int(np.flatnonzero((every == image).all(axis=(1, 2)))[0]) for image in few.images]
        assert rows == sorted(rows)
        assert [sum(row < 40 and row % 2 == d for row in rows) for d in (0, 1)] == [5, 5]
        assert rows[10:] == list(range(40, 60))  # nobody knows whether they are by one hand
        rows_of.append(rows[:10])
    assert rows_of[0] != rows_of[1]
    assert rows_of[0] != list(range(10))


@pytest.mark.parametrize("label", [None, "", "é", "4", "ab", "\u017f", "\u212a"])
def test_labels_are_letters(label: str | None) -> None:
    assert refusal(rasterise_drawings, [drawing(label)]).startswith("f.jsonl:7: label")


def test_empty_drawings_and_wrong_numbers_are_refused() -> None:
    empty = Drawing((), "a", None, "f.jsonl:9")
    assert refusal(rasterise_drawings, [empty]).startswith("f.jsonl:9: the drawing is empty")
    for pens in ((0.2, 0.1), (0.0, 0.1), (0.1, 1.1), (np.nan, 0.1)):
        assert "pen widths" in refusal(rasterise_drawings, [drawing()], pens)
    refusal(rasterise_drawings, [drawing()], copies=0)
    refusal(rasterise_drawings, [drawing()], per_drawer=0)
    for seed in (-1, 2**32):
        assert "seed" in refusal(rasterise_drawings, [drawing()], seed=seed)


# ---- Split ---------------------------------------------------------------------------------


@FUZZ
@given(st.integers(60, 300), st.integers(1, 4), st.floats(0.05, 0.9), st.integers(0, 2**32 - 1))
def test_the_split_is_stratified_and_parts_no_group(
    count: int, copies: int, share: float, seed: int
) -> None:
    rng = np.random.default_rng(count)
    labels = rng.integers(0, 3, count).astype(np.uint8).repeat(copies)
    shuffled = rng.permutation(count * copies)
    data = Dataset(
        np.zeros((count * copies, 28, 28), np.uint8),
        labels[shuffled],
        groups=np.arange(count).repeat(copies)[shuffled] * 7,
    )
    train, validation = split_validation(data, share, seed)
    assert len(train) + len(validation) == len(data)
    assert not set(train.groups) & set(validation.groups)
    np.testing.assert_array_less(
        np.abs(validation.counts()[:3] - share * data.counts()[:3]), 0.5 * copies + 1e-6
    )


def test_the_split_is_fixed_and_ignores_pens() -> None:
    drawings = [drawing(LETTERS[n % 26], tilt=n / 10) for n in range(260)]
    one = rasterise_drawings(drawings)
    three = rasterise_drawings(drawings, (0.05, 0.2), copies=3, seed=9)
    validation = split_validation(one)[1]
    assert validation.counts().tolist() == [1] * 26
    assert split_validation(one)[1].groups.tolist() == validation.groups.tolist()
    assert sorted(set(split_validation(three)[1].groups)) == sorted(validation.groups)
    assert split_validation(one, seed=1)[1].groups.tolist() != validation.groups.tolist()
    # The numbers are part of what a seed means: they may not change with NumPy or the machine.
    assert validation.groups[:6].tolist() == [5, 13, 34, 37, 49, 50]


def test_the_split_needs_something_on_both_sides() -> None:
    assert "too few" in refusal(split_validation, letters(26))
    assert "too few" in refusal(split_validation, letters(26), share=0.9)
    for share in (0.0, 1.0, -1.0, float("nan")):
        assert "share" in refusal(split_validation, letters(), share=share)


# ---- Specs ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared folder with a stroke file, letters and IDX files."""
    for name in ("strokes", "letters", "emnist", "work"):
        (tmp_path / "shared" / name).mkdir(parents=True)
    shared = tmp_path / "shared"
    record = {"drawer": "d", "label": "f", "strokes": [[[0, 0], [0, 9]], [[0, 0], [5, 0]]]}
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
    both = load_all(["made", "pens_dev"], copies=2)
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
    assert file_kind(odd) == "strokes"
    assert len(load(str(odd))) == 3
    odd.write_bytes((folder / "letters" / "made.npz").read_bytes())
    assert len(load(str(odd))) == 40


def test_a_spec_that_names_nothing_is_told_what_there_is(folder: Path) -> None:
    message = refusal(load, "pen_dev")
    for part in ("strokes/pen_dev.jsonl.gz", "letters/pen_dev.npz", "did you mean pens_dev?"):
        assert part in message
    assert "emnist-letters-train, made, pens_dev" in message
    assert "no such file" in refusal(load, "../pens_dev")
    assert "no such file" in refusal(load, "pens_dev.jsonl")
    assert "cannot be read" in refusal(load, "n" * 300)
    assert "given twice" in refusal(load_all, ["made", str(folder / "letters" / "made.npz")])


def test_a_file_of_another_kind_is_refused(folder: Path) -> None:
    labels = folder / "emnist" / "emnist-letters-train-labels-idx1-ubyte.gz"
    assert "these are labels" in refusal(load, str(labels))
    for data in (b"", b"hello", b"\x89PNG\r\n\x1a\n"):
        (folder / "f").write_bytes(data)
        assert "no file of letters" in refusal(load, str(folder / "f"))
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
