"""UNIPEN in files and archives of the real format."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import lenet
from lenet.datasets import load
from lenet.errors import LenetError
from lenet.ink import rasterize, unipen
from lenet.labels import LETTERS
from made import FUZZ, refusal

# An F, an L and a digit; the pen's moves between them have points, but one that has none.
INCLUDE = """.VERSION 1.0
.DATA_SOURCE made
.COMMENT free text, and a word like .PEN_DOWN within a line
.COORD X Y T
.X_POINTS_PER_MM 50
.Y_POINTS_PER_MM 100
.WRITER_ID somebody
.START_SET
.PEN_DOWN
 100 2000 0
 100 0 10
.PEN_UP
 100 1000 20
 120 2000 30
.PEN_DOWN
100 2000 40
700 2000 50
.PEN_DOWN
100 1200 60
500 1200 70
.PEN_UP
.PEN_DOWN
2000 2000 80
2000 0 90
2500 0 100
.DT 30
.PEN_DOWN
3000 2000 1
3000 0 2
"""
SEGMENTS = r""".VERSION 1.0
.INCLUDE aga/data/one.dat
.HIERARCHY SET CHARACTER
.SEGMENT SET 0-5 ? "FL1"
.SEGMENT CHARACTER 0-3 OK "F"
.SEGMENT CHARACTER 4 ? "l"
.SEGMENT CHARACTER 5 ? "1"
.SEGMENT CHARACTER 4:1-4:2 GOOD "c"
.SEGMENT CHARACTER 0,4:0-4:0 ? "i"
.SEGMENT CHARACTER 1 ? "u"
.SEGMENT CHARACTER 4 BAD "L"
.SEGMENT CHARACTER 5-9 ? "x"
.SEGMENT CHARACTER 4 ? "\""
.SEGMENT CHARACTER 4 ? "\z"
"""
ROOT = "CDROM/train_r01_v07"
FILES = {
    f"{ROOT}/data/1c/aga/aga00/s1.dat": SEGMENTS,
    f"{ROOT}/data/1a/aga/aga00/s2.dat": SEGMENTS.replace('"l"', '"Q"'),
    f"{ROOT}/include/aga/data/one.dat": INCLUDE,
    f"{ROOT}/include/aga/data/two.dat": "no UNIPEN \x00\xff",
    f"{ROOT}/README": "read me",
}
EXPECTED = ["F", "l", "c", "i", "z"]


def archive(folder: Path, form: str, files: dict[str, str] = FILES) -> Path:
    path = folder / f"train{form}"
    if form == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for name, text in files.items():
                if name.endswith(".dat"):
                    made.writestr(name, text.encode("latin-1"))
    elif form == "":
        for name, text in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(text.encode("latin-1"))
    else:
        with tarfile.open(path, "w:gz" if form == ".tgz" else "w") as made:
            for name, text in files.items():
                data = text.encode("latin-1")
                info = tarfile.TarInfo(name)
                info.size = len(data)
                made.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("form", [".tgz", ".tar", ".zip", ""])
def test_every_kind_of_archive_gives_the_letters(tmp_path: Path, form: str) -> None:
    path = archive(tmp_path, form)
    drawings = list(unipen.read(path))
    assert [drawing.label for drawing in drawings] == EXPECTED  # 1c alone, letters alone, no BAD
    assert {drawing.writer for drawing in drawings} == {"somebody"}
    shapes = [[len(stroke) for stroke in drawing.strokes] for drawing in drawings]
    assert shapes == [[2, 2, 2], [3], [2], [2, 1], [3]]
    f = drawings[0].strokes
    # In mm, which the two axes count differently, and y downwards.
    np.testing.assert_array_equal(
        np.concatenate(f), [[2, -20], [2, 0], [2, -20], [14, -20], [2, -12], [10, -12]]
    )
    data = load(str(path))
    assert data.labels.tolist() == [LETTERS.index(label.upper()) for label in EXPECTED]
    assert data.names == ("train",)
    assert "CC BY 4.0" in data.attributions[0]
    image = rasterize([[(0, 0), (0, 20)], [(0, 0), (12, 0)], [(0, 8), (8, 8)]])
    np.testing.assert_array_equal(data.images[0], image)


def test_a_file_may_hold_both_and_sets_count_anew(tmp_path: Path) -> None:
    one = '.SEGMENT CHARACTER 0 ? "a"\n.PEN_DOWN\n0 0\n0 9\n.PEN_UP\n'
    two = '.START_SET 2\n.PEN_DOWN\n5 5\n9 9\n9 8\n.SEGMENT CHAR 0 ? "b"\n'
    path = tmp_path / "both.dat"
    path.write_text(".VERSION 1.0\n" + one + two)
    drawings = list(unipen.read(path))
    assert [(d.label, len(d.strokes[0])) for d in drawings] == [("a", 2), ("b", 3)]
    assert len(load(str(path))) == 2
    assert load(str(path)).names == ("both",)


def test_a_part_of_another_file_lies_where_it_is_included(tmp_path: Path) -> None:
    files = {
        "a.dat": '.INCLUDE b.dat\n.PEN_DOWN\n7 7\n8 8\n9 9\n.SEGMENT CHARACTER 1 ? "k"\n',
        "b.dat": ".PEN_DOWN\n1 1\n",
        "c.dat": '.INCLUDE none.dat\n.SEGMENT CHARACTER 0 ? "m"\n',
    }
    drawings = list(unipen.read(archive(tmp_path, "", files)))
    assert [(d.label, len(d.strokes[0])) for d in drawings] == [("k", 3)]


def test_what_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    strokes = ".PEN_DOWN\n1 1\n9 9\n"
    segments = '.SEGMENT CHARACTER 0 ? "a"\n.SEGMENT CHARACTER 0 ? "7"\n.SEGMENT CHAR 0 ? "0"\n'
    segments += '.SEGMENT CHARACTER 0 BAD "b"\n.SEGMENT CHARACTER 5 ? "c"\n.SEGMENT WORD 0 ? "ab"\n'
    path = tmp_path / "own.dat"
    path.write_text(strokes + segments + '.SEGMENT CHARACTER 0 ? ";"\n')
    expected = (
        "left out 2 digits; 1 segment of quality BAD; 1 other character; "
        "1 segment whose strokes are missing or empty"
    )
    assert load(str(path)).notes == (expected,)
    done = lenet("predict", path)
    assert (done.returncode, done.stderr) == (0, f"lenet predict: {path}: {expected}\n")
    assert expected in lenet("data", "info", path).stdout

    files = {f"{name}.dat": strokes for name in "bcde"} | {"x.dat": strokes, "README": "text"}
    folder = archive(tmp_path, "", {**files, "a.dat": '.INCLUDE x.dat\n.SEGMENT CHARACTER 0 ? "a"\n'})
    assert load(f"{folder}/").notes == (
        "left out 4 files without .SEGMENT of a letter (b.dat, c.dat, d.dat, ...)",
    )
    assert load(str(archive(tmp_path, ".zip"))).notes[0].endswith("; folders 1a")


@pytest.mark.slow
def test_many_ranges_of_many_strokes_are_left_out(tmp_path: Path) -> None:
    """They name 10^8 strokes."""
    path = tmp_path / "own.dat"
    all_strokes = ",".join(["0-99999"] * 1000)
    path.write_text(
        ".PEN_UP\n1 1\n" * 10**5
        + f'.SEGMENT CHARACTER {all_strokes} ? "a"\n.PEN_DOWN\n1 1\n.SEGMENT CHARACTER 100000 ? "b"\n'
    )
    notes: list[str] = []
    assert [drawing.label for drawing in unipen.read(path, notes.append)] == ["b"]
    assert notes == ["left out 1 segment of too many points"]


def test_a_letter_of_too_many_points_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "own.dat"
    long = ".PEN_DOWN\n" + "1 1\n" * 60_000
    path.write_text(f'{long * 2}.SEGMENT CHARACTER 0-1 ? "a"\n.SEGMENT CHARACTER 0 ? "b"\n')
    assert [drawing.label for drawing in unipen.read(path)] == ["b"]


def test_only_letters_of_the_archive_carry_its_attribution(tmp_path: Path) -> None:
    own = tmp_path / "own.dat"
    own.write_text(INCLUDE + '.SEGMENT CHARACTER 0-3 OK "F"\n', encoding="latin-1")
    assert [drawing.attribution for drawing in unipen.read(own)] == [None]
    assert {drawing.attribution for drawing in unipen.read(archive(tmp_path, ".zip"))} == {unipen.ATTRIBUTION}


def test_what_holds_no_letter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "f.dat").write_text(".VERSION 1.0\n")
    for path in (tmp_path / "empty", tmp_path / "f.dat"):
        assert "no letter in it" in refusal(lambda path=path: list(unipen.read(path)))
    assert "no such file" in refusal(lambda: list(unipen.read(tmp_path / "absent.tgz")))
    path = archive(tmp_path, ".tgz")
    path.write_bytes(path.read_bytes()[:-40])
    assert refusal(load, str(path)).startswith(str(path))


@FUZZ
@given(st.data())
def test_any_text_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    words = st.sampled_from(
        [b".PEN_DOWN\n", b".PEN_UP\n", b".COORD X Y\n", b".COORD Y\n",
         b".SEGMENT CHARACTER 0 ? \"a\"\n",
         b".SEGMENT CHARACTER 0:1-9:2,1 ? \"b\"\n", b"1 2\n", b"1e400 nan\n", b".INCLUDE f.dat\n",
         b".START_SET\n", b".X_POINTS_PER_MM 0\n", b".\n", b".SEGMENT\n"]
    )  # fmt: skip
    path = tmp_path / "f.dat"
    path.write_bytes(b"".join(data.draw(st.lists(words | st.binary(max_size=9), max_size=12))))
    try:
        list(unipen.read(path))
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
