"""Folders of pictures: SD19's own, and one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet.datasets import load
from lenet.datasets.readers import npz
from lenet.ink import rasterize_picture
from lenet.ink.images import PICTURE_ENDINGS
from lenet.labels import LETTERS
from made import refusal


def picture(seed: int, side: int = 128) -> np.ndarray:
    """An F of black ink on white paper, somewhere, as SD19 has its letters."""
    made = np.full((side, side), 255, np.uint8)
    x, y = np.random.default_rng(seed).integers(8, 40, 2)
    made[y : y + 60, x : x + 6] = made[y : y + 6, x : x + 40] = made[y + 25 : y + 31, x : x + 25] = 0
    return made


def write(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).convert("1" if path.suffix == ".png" else "L").save(path)


SD19 = {
    "by_class": [
        "46/hsf_0/hsf_0_00000.png",
        "66/hsf_4/hsf_4_00001.png",
        "4c/hsf_1/hsf_1_00000.png",
    ],
    "by_field": [
        "hsf_0/upper/46/46_00000.png",
        "hsf_4/lower/66/66_1.png",
        "hsf_1/upper/4C/4c_0.png",
    ],
    "by_merge": ["46_66/hsf_0/hsf_0_00000.png", "66/hsf_4/x.png", "4c_6c/hsf_1/hsf_1_00000.png"],
}


@pytest.mark.parametrize(("kind", "names"), SD19.items())
def test_sd19_comes_from_its_own_folders(tmp_path: Path, kind: str, names: list[str]) -> None:
    folder = tmp_path / kind
    for number, name in enumerate(names):
        write(folder / name, picture(number))
    write(folder / "46" / "train_46" / "train_46_00000.png", picture(0))  # stands in hsf_0, too
    write(folder / "35" / "hsf_0" / "hsf_0_00000.png", picture(0))  # a digit
    (folder / "46" / "hsf_0.mit").write_text("a list")
    data = load(str(folder))
    order = sorted(range(3), key=lambda number: str(folder / names[number]))
    assert [LETTERS[label] for label in data.labels] == ["FFL"[number] for number in order]
    for image, number in zip(data.images, order, strict=True):
        np.testing.assert_array_equal(image, rasterize_picture(picture(number)))
    assert data.names == (f"sd19_{kind}",)
    assert "Special Database 19" in data.attributions[0]
    np.testing.assert_array_equal(load(str(folder)).images, data.images)  # from the cache


def test_a_folder_for_each_letter_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for number, name in enumerate(["A/1.png", "a/2.PNG", "z/later/3.png"]):
        write(folder / name, picture(number, 300))
    data = load(str(folder))
    assert sorted(data.labels.tolist()) == [0, 0, 25]
    assert (data.names, data.attributions) == (("mine",), ())
    write(folder / "B" / "4.png", picture(4))
    assert len(load(str(folder))) == 4  # not the old cache
    assert len(load(str(folder / "B"))) == 1


@pytest.mark.parametrize("ending", sorted(PICTURE_ENDINGS - {".heic", ".heif", ".pdf"}))
def test_every_picture_format_is_read_in_any_case(tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "mine"
    write(folder / "A" / f"0{ending}", picture(0))
    write(folder / "B" / f"1{ending.upper()}", picture(1))
    data = load(f"{folder}/")
    assert [LETTERS[label] for label in data.labels] == ["A", "B"]
    assert not data.notes
    assert np.abs(data.images[0].astype(int) - rasterize_picture(picture(0))).mean() < 4


def test_files_of_the_system_are_ignored_and_others_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write(folder / "A" / "0.png", picture(0))
    write(folder / "B" / "1.jpg", picture(1))
    for name in (
        *("__MACOSX/A/._0.png", "A/._0.png", "A/.DS_Store", "Thumbs.db", "B/THUMBS.DB", "desktop.ini"),
        *(".ipynb_checkpoints/0.png", "@eaDir/0.png"),
    ):
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")
    assert (len(load(str(folder))), load(str(folder)).notes) == (2, ())
    (folder / "A" / "notes.txt").write_text("notes")
    (folder / "list.csv").write_text("A,0")
    assert load(str(folder)).notes == ("left out 2 other files: notes.txt, list.csv",)


@pytest.mark.parametrize(
    ("names", "expected", "note"),
    [
        ("65 66 70", "ABF", "decimal codes (A, B, F), not hexadecimal ones (e, f, p)"),
        ("65 97 122", "AAZ", ""),
        ("065 066 109", "ABM", ""),
        ("41 5a 61", "AZA", ""),
        ("41 42 50", "ABP", ""),
        ("48 49 65", "HIE", "hexadecimal codes (H, I, e), not decimal ones (0, 1, A)"),
        ("A b 7", "7AB", ""),
        ("48 65 90", "0AZ", ""),
    ],
)
def test_folders_are_named_after_characters(tmp_path: Path, names: str, expected: str, note: str) -> None:
    folder = tmp_path / "mine"
    for number, name in enumerate(names.split()):
        write(folder / name / "1.png", picture(number))
    data = load(str(folder))
    assert sorted(data.classes[label] for label in data.labels) == sorted(expected)
    assert (note in " ".join(data.notes)) if note else not data.notes


def test_a_letter_counts_before_a_number_below_it(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write(folder / "A" / "65" / "1.png", picture(0))
    write(folder / "B" / "2" / "1.png", picture(1))
    assert load(str(folder)).labels.tolist() == [0, 1]


def test_digits_are_classes_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for digit in "0123456789":
        write(folder / digit / "1.png", picture(int(digit)))
    data = load(str(folder))
    assert ("".join(data.classes), data.labels.tolist()) == ("0123456789", list(range(10)))


def test_codes_of_two_number_systems_are_refused(tmp_path: Path) -> None:
    for name in ("4a", "97"):
        write(tmp_path / "mine" / name / "1.png", picture(0))
    assert "two number systems" in refusal(load, str(tmp_path / "mine"))


def test_a_pointer_in_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "1.png").write_bytes(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"
    )
    assert "a pointer of Git LFS, not a picture; run `git lfs pull`" in refusal(load, f"{tmp_path}/")


def test_what_is_no_letter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine"
    write(folder / "word" / "1.png", picture(0))
    assert "no folder above it" in refusal(load, str(folder))
    write(tmp_path / "blank" / "A" / "1.png", np.full((50, 50), 255, np.uint8))
    assert "blank" in refusal(load, str(tmp_path / "blank"))
    (tmp_path / "bad" / "A").mkdir(parents=True)
    (tmp_path / "bad" / "A" / "1.png").write_bytes(b"no picture")
    assert "not a picture" in refusal(load, str(tmp_path / "bad"))
    write(tmp_path / "digits" / "31" / "hsf_0" / "1.png", picture(0))
    assert "0 pictures of letters" in refusal(load, str(tmp_path / "digits"))
    monkeypatch.chdir(tmp_path)
    assert "did you mean mine/?" in refusal(load, "mine")  # a bare word is a name, not a folder


def test_sd19_becomes_what_emnist_made_of_it(tmp_path: Path, shared: Path) -> None:
    """The originals of some letters, through a folder, against the shared folder's own images."""
    with np.load(shared / "letters" / "sd19_letters_128_packed.npz") as file:
        ink = np.unpackbits(file["ink_bits"][::700], axis=1).reshape(-1, 128, 128)
    data = npz.read_letters(shared / "letters" / "sd19_letters.npz").take(np.arange(0, 14_019, 700))
    for number, (image, label) in enumerate(zip(ink, data.labels, strict=True)):
        name = f"{ord(LETTERS[label]):x}/hsf_0/hsf_0_{number:05}.png"
        write(tmp_path / "by_class" / name, np.where(image > 0, 0, 255).astype(np.uint8))
    ours = load(str(tmp_path / "by_class"))
    order = np.lexsort((np.arange(len(data)), data.labels))
    np.testing.assert_array_equal(ours.labels, data.labels[order])
    theirs = data.images[order].astype(float)
    assert np.abs(ours.images - theirs).mean() < 8
    turned = ours.images.transpose(0, 2, 1)
    assert np.abs(turned - theirs).mean() > 30
