"""Pen strokes in the formats of other programs: an F in each, with the same points."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.errors import LenetError
from lenet.inference.recognizer import load
from lenet.ink import read_drawings
from made import FUZZ, refusal

F = [[[20, 10], [20, 60], [21, 110]], [[20, 10], [50, 8], [75, 10]], [[20, 55], [45, 55], [60, 54]]]
RECORD = {"label": "F", "strokes": F}
PAD = [
    {
        "penColor": "black",
        "points": [{"time": t, "x": x, "y": y, "pressure": 0.5} for t, (x, y) in enumerate(s)],
    }
    for s in F
]
APART = [[[x for x, _ in s], [y for _, y in s]] for s in F]
JSON = {
    "JSON Lines": json.dumps(RECORD) + "\n",
    "indented": json.dumps(RECORD, indent=2),
    "indented with tabs and CR LF": json.dumps(RECORD, indent="\t").replace("\n", "\r\n"),
    "a list": json.dumps([RECORD]),
    "an indented list": json.dumps([RECORD], indent=2),
    "drawings of an object": json.dumps({"version": 1, "drawings": [RECORD]}),
    "pressure": json.dumps({"strokes": [[[*p, 10, 0.5] for p in s] for s in F]}),
    "tilt and words": json.dumps({"strokes": [[[*p, 10, 0.5, None, "pen"] for p in s] for s in F]}),
    "points as objects": json.dumps({"strokes": [[{"x": x, "y": y} for x, y in s] for s in F]}),
    "strokes as objects": json.dumps({"strokes": [{"points": s} for s in F]}),
    "x and y of each stroke": json.dumps({"strokes": [{"x": x, "y": y} for x, y in APART]}),
    "Quick, Draw!": json.dumps({"word": "F", "recognized": True, "drawing": APART}) + "\n",
    "raw Quick, Draw!": json.dumps({"word": "F", "drawing": [[*s, [0, 1, 2]] for s in APART]}),
    "signature_pad": json.dumps(PAD),
    "indented signature_pad": json.dumps(PAD, indent=1),
    "signature_pad 2": json.dumps([stroke["points"] for stroke in PAD]),
    "bare strokes": json.dumps(F),
}
INKML = """<?xml version="1.0" encoding="UTF-8"?>
<ink xmlns="http://www.w3.org/2003/InkML">
  <annotation type="writer">w7</annotation><annotation type="truth">F</annotation>
  {format}
  {traces}
</ink>"""
TRACES = "".join(f"<trace>{', '.join(f'{x} {y}' for x, y in s)}</trace>" for s in F)
XML = {
    "InkML": INKML.format(format="", traces=TRACES),
    "InkML with time first": INKML.format(
        format='<traceFormat><channel name="T"/><channel name="X"/><channel name="Y"/></traceFormat>',
        traces="".join(f"<trace>{','.join(f'{t} {x} {y}' for t, (x, y) in enumerate(s))}</trace>" for s in F),
    ),
    "InkML in differences": INKML.format(
        format="",
        traces="<trace>20 10,'0'50,1 50</trace><trace>20 10,'30'-2,\"-5\"4</trace>"
        "<trace>#14 #37,!45!55,60 54</trace>",
    ),
    "InkML with moves": INKML.format(format="", traces=TRACES + '<trace type="penUp">0 0, 9 9</trace>'),
    "SVG polylines": "<svg xmlns='http://www.w3.org/2000/svg'><rect width='99' height='120' fill='white'/>"
    + "".join(
        f"<polyline fill='none' stroke='#000' points='{' '.join(f'{x},{y}' for x, y in s)}'/>" for s in F
    )
    + "</svg>",
    "SVG paths": "<svg><g fill='none' style='stroke: black'>"
    "<path d='M20 10V60L21 110M20,10 l30-2 25 2'/><path d='M20 55h25L60 54'/></g></svg>",
    "moved SVG": "<svg><g transform='translate(-10 -20) scale(2)'><path transform='matrix(.5 0 0 .5 5 10)' "
    "fill='none' stroke='black' d='M20 10V60L21 110M20,10 l30-2 25 2m-55 45h25l15-1'/></g></svg>",
}


def points(path: Path) -> list[list[list[float]]]:
    (drawing,) = read_drawings(path)
    return [stroke.tolist() for stroke in drawing.strokes]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", [*JSON.values(), *XML.values()], ids=[*JSON, *XML])
def test_an_f_of_any_program_is_these_points(tmp_path: Path, text: str, packed: bool) -> None:
    path = tmp_path / "named-anyhow"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert points(path) == F
    (drawing,) = read_drawings(path)
    assert load().recognize(drawing.strokes).letter == "F"


def test_labels_and_writers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for text in (JSON["an indented list"], JSON["Quick, Draw!"], XML["InkML"]):
        path.write_text(text)
        assert [drawing.label for drawing in read_drawings(path)] == ["F"]
    assert next(read_drawings(path)).writer == "w7"


def test_several_drawings_have_places(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    texts = {
        "a list": json.dumps([RECORD, RECORD]),
        "values in a row": json.dumps(RECORD, indent=1) * 2,
        "lists of strokes": json.dumps([F, F]),
    }
    for text in texts.values():
        path.write_text(text)
        drawings = list(read_drawings(path))
        assert [drawing.source.rpartition(":")[2] for drawing in drawings] == ["1", "2"]
        assert all(len(drawing.strokes) == 3 for drawing in drawings)


def test_inkml_groups_with_a_truth_are_letters(tmp_path: Path) -> None:
    path = tmp_path / "f.inkml"
    path.write_text(
        '<ink><trace id="a">0 0,1 1</trace><trace id="b">2 2,3 3</trace>'
        '<traceGroup><annotation type="truth">word</annotation>'
        '<traceGroup><annotation type="truth">x</annotation>'
        '<traceView traceDataRef="#b"/>'
        '</traceGroup><traceGroup><annotation type="truth">Y</annotation><trace>4 4</trace></traceGroup>'
        "</traceGroup></ink>"
    )
    drawings = list(read_drawings(path))
    assert [(drawing.label, drawing.strokes[0].tolist()) for drawing in drawings] == [
        ("x", [[2, 2], [3, 3]]),
        ("Y", [[4, 4]]),
    ]


def test_a_curve_of_svg_is_followed(tmp_path: Path) -> None:
    """A quarter of a circle, whose Bezier curve departs from it by at most 3 in 10,000."""
    path = tmp_path / "f.svg"
    k = 0.5522847
    path.write_text(
        f"<svg><path fill='none' stroke='red' d='M100 0C100 {100 * k} {100 * k} 100 0 100'/>"
        "<circle cx='5' cy='6' r='1.5' fill='black'/></svg>"
    )
    (drawing,) = read_drawings(path)
    np.testing.assert_allclose(np.hypot(*drawing.strokes[0].T), 100, atol=0.03)
    assert drawing.strokes[1].tolist() == [[5, 6]]


REFUSED = {
    "text in an SVG": ("<svg><text>F</text></svg>", "not a pen stroke; save the drawing as PNG"),
    "an outline": ("<svg><path d='M0 0L9 9L9 0z'/></svg>", "save the drawing as PNG"),
    "a filled stroke": ("<svg><path stroke='red' d='M0 0L9 9L9 0z'/></svg>", "save the drawing as PNG"),
    "an arc": ("<svg><path fill='none' stroke='red' d='M0 0A9 9 0 0 0 9 9'/></svg>", "arcs"),
    "a rotation": (
        "<svg><path transform='rotate(9)' fill='none' stroke='red' d='M0 0L9 9'/></svg>",
        "transform",
    ),
    "no strokes": ("<svg></svg>", "save it as PNG"),
    "entities": (
        "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><svg>&c;</svg>",
        "declares XML entities",
    ),
    "an external entity": (
        "<?xml version='1.0'?><!DOCTYPE ink [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><ink>&a;</ink>",
        "declares XML entities",
    ),
    "deep XML": ("<svg>" + "<g>" * 500, "too deep"),
    "broken XML": ("<ink><trace>", "not XML"),
    "InkML without traces": ("<ink></ink>", "no trace in it"),
    "InkML of words": ("<ink><trace>a b</trace></ink>", "without X or Y"),
    "InkML out of range": ("<ink><trace>1e12 0</trace></ink>", "scale the drawing down"),
    "a web page": ("<!DOCTYPE html><html></html>", "web page (HTML), not a file of pen strokes; download"),
    "a pointer": ("version https://git-lfs.github.com/spec/v1\noid", "run `git lfs pull`"),
    "JSON of another form": ('{"a": 1}', 'no "strokes"'),
    "a number": ("[1]", 'no "strokes"'),
    "broken indented JSON": ('{\n "strokes": [\n [[1, 2],\n }\n', ":4: not JSON"),
    "strokes apart": (json.dumps({"strokes": [[[1, 2, 3, 4], [5, 6, 7, 8]], [[1, 2], [3, 4]]]}), "lie apart"),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "f"
    path.write_text(text)
    message = refusal(lambda: list(read_drawings(path)))
    assert message.startswith(str(path))
    assert expected in message


@FUZZ
@given(
    st.sampled_from([*JSON.values(), *XML.values()]),
    st.integers(0, 400),
    st.text(st.sampled_from("0123456789.,[]{}<>/\"'!*#eML -"), max_size=6),
    st.integers(0, 9),
)
def test_damaged_files_are_read_or_refused(tmp_path: Path, text: str, at: int, new: str, gone: int) -> None:
    path = tmp_path / "f"
    path.write_text(text[:at] + new + text[at + gone :])
    try:
        drawings = list(read_drawings(path))
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    assert all(np.isfinite(stroke).all() for drawing in drawings for stroke in drawing.strokes)
