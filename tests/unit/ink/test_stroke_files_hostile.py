"""Stroke files in XML: reading takes linear time, and numbers are read in every spelling."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.ink import read_drawings
from made import FUZZ, refusal

LIMIT = 60  # seconds for all files, which take about two; a reader that tries again and again takes hours
MANY = 2**20
PEN = "fill='none' stroke='black'"
TRUTH = "<traceGroup><annotation type='truth'>A</annotation>"
HOSTILE = {
    "blanks.svg": f"<svg><path {PEN} d='M1 1L2 2{' ' * MANY}!'/></svg>",
    "blanks at the end.svg": f"<svg><path {PEN} d='M1 1{' 2 3' * 49_000}{' ' * MANY}'/></svg>",
    "blanks of a number.svg": f"<svg><line {PEN} x1='{' ' * MANY}1x'/></svg>",
    "numbers of a transform.svg": f"<svg><g transform='scale({'1' * 900}x)'/></svg>",
    "blanks.inkml": f"<ink><trace>1 2{' ' * MANY}x</trace></ink>",
}
READ = """
import sys
from lenet.errors import LenetError
from lenet.ink import read_drawings
for path in sys.argv[1:]:
    try:
        print(sum(len(drawing.strokes) for drawing in read_drawings(path)))
    except LenetError as error:
        print(str(error).partition(": ")[2])
"""


def test_long_blanks_and_numbers_are_read_in_linear_time(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in HOSTILE]
    for path, text in zip(paths, HOSTILE.values(), strict=True):
        path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", READ, *map(str, paths)], capture_output=True, text=True, timeout=LIMIT
    )
    assert done.stdout.splitlines() == [
        "<path>: the path is damaged at ' !'; save the drawing as PNG",
        "1",
        f"<line>: x1 is {' ' * 20!r}, not a number; save the drawing as PNG",
        f"<g>: the transform {'scale(' + '1' * 34!r} is not read; save the drawing as PNG",
        "1",
    ], done.stderr


def test_a_letter_has_a_limited_number_of_points_in_all(tmp_path: Path) -> None:
    """A trace may be named many times, which would fill the memory."""
    path = tmp_path / "f.inkml"
    trace = f"<trace id='a'>{','.join(['1 2'] * 50_000)}</trace>"
    views = "<traceView traceDataRef='#a'/>" * 3
    path.write_text(f"<ink>{trace}{TRUTH}{views}</traceGroup></ink>")
    assert refusal(lambda: list(read_drawings(path))).endswith(
        ":1: more than 100,000 points; draw with fewer"
    )


NUMBERS = st.floats(-1e6, 1e6).map(lambda value: value + 0.0)  # without -0.0
SPELLINGS = st.sampled_from(["{!r}", "{:.3f}", "{:+.2e}", "{:.0f}", "{:.0f}."])
WORDS = st.builds(lambda spelling, value: spelling.format(value), SPELLINGS, NUMBERS)
ROWS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=20)


@pytest.mark.slow
@FUZZ
@given(ROWS, st.sampled_from([" ", "  ", "\n\t "]), st.sampled_from([",", " , ", ",\n"]), st.booleans())
def test_numbers_of_inkml_are_those_that_python_reads(
    tmp_path: Path, rows: list[tuple[str, str]], blank: str, comma: str, has_mark: bool
) -> None:
    path = tmp_path / "f.inkml"
    marks = ["!" if has_mark and k % 3 == 1 else "" for k in range(len(rows))]  # no plain text then
    text = comma.join(f"{mark}{x}{blank}{y}" for mark, (x, y) in zip(marks, rows, strict=True))
    path.write_text(f"<ink><trace>{text}</trace></ink>")
    (drawing,) = read_drawings(path)
    np.testing.assert_array_equal(drawing.strokes[0], [[float(x), float(y)] for x, y in rows])


@pytest.mark.slow
@FUZZ
@given(ROWS, st.sampled_from([" ", ",", " , "]), st.sampled_from("Ll"))
def test_lines_of_svg_are_those_that_numpy_sums(
    tmp_path: Path, rows: list[tuple[str, str]], blank: str, command: str
) -> None:
    path = tmp_path / "f.svg"
    text = blank.join(word for row in rows for word in row)
    path.write_text(f"<svg><path {PEN} d='M0 0{command}{text}'/></svg>")
    (drawing,) = read_drawings(path)
    points = np.array([(0.0, 0.0), *((float(x), float(y)) for x, y in rows)])
    expected = points if command == "L" else np.add.accumulate(points)
    np.testing.assert_array_equal(drawing.strokes[0], expected)


def test_an_svg_transform_has_the_right_number_of_values(tmp_path: Path) -> None:
    path = tmp_path / "f.svg"
    for transform in ("matrix(1 2)", "scale()", "translate(1 2 3)", "scale(1,,2)"):
        path.write_text(f"<svg><path transform='{transform}' {PEN} d='M0 0L1 1'/></svg>")
        assert f"the transform {transform!r} is not read" in refusal(lambda: list(read_drawings(path)))
