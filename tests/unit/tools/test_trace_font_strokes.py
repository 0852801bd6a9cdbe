"""The strokes of letters: of ink with a known skeleton, and of tiny fonts made here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from test_render_font_letters import L, P, make_package, pin

from lenet import ink
from lenet.datasets import Rendering, load
from repository import ROOT

NAMES = ("build", "platforms", "render_font_letters", "skeletons", "trace_font_strokes")


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    """tools/assets/trace_font_strokes.py, imported as it runs: with tools/ first on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools" / "assets"))
        for name in NAMES:
            patch.delitem(sys.modules, name, raising=False)
        import trace_font_strokes

        yield trace_font_strokes


@pytest.fixture(scope="module")
def skeletons(tool: ModuleType) -> ModuleType:
    return sys.modules["skeletons"]


def bars(*boxes: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
    """Ink on a ground of 60x60: boxes (left, top, right, bottom)."""
    picture = np.zeros((60, 60), np.bool_)
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right] = True
    return picture


# ---- Skeletons -----------------------------------------------------------------------------


def test_a_bar_is_one_stroke_along_its_middle(skeletons: ModuleType) -> None:
    (stroke,) = skeletons.strokes_of(bars((20, 5, 29, 55)))
    assert np.abs(stroke[:, 0] - 24).max() < 3
    assert np.ptp(stroke[:, 1]) > 38


def test_a_cross_is_two_strokes_that_go_straight_on(skeletons: ModuleType) -> None:
    strokes = skeletons.strokes_of(bars((26, 5, 33, 55), (5, 26, 55, 33)))
    assert len(strokes) == 2
    upright, level = sorted(strokes, key=lambda one: np.ptp(one[:, 0]))
    assert np.ptp(upright[:, 1]) > 40
    assert np.ptp(level[:, 0]) > 40


def test_a_corner_is_one_stroke_and_a_dot_its_own(skeletons: ModuleType) -> None:
    dotted = bars((10, 20, 17, 55), (10, 48, 50, 55), (10, 5, 17, 12))
    dot, corner = sorted(skeletons.strokes_of(dotted), key=lambda one: np.ptp(one, axis=0).sum())
    assert np.ptp(dot, axis=0).max() <= 3
    assert np.ptp(corner, axis=0).min() > 25


def test_a_ring_is_closed(skeletons: ModuleType) -> None:
    down, right = np.mgrid[:60, :60] - 30
    away = np.hypot(down, right)
    (ring,) = skeletons.strokes_of((away > 15) & (away < 22))
    np.testing.assert_array_equal(ring[0], ring[-1])
    assert np.ptp(ring, axis=0).min() > 30


@settings(max_examples=60, deadline=None)
@given(arrays(np.bool_, (14, 14)))
def test_whatever_the_ink_the_skeleton_hangs_together_as_it_does(
    skeletons: ModuleType, blots: np.ndarray
) -> None:
    from scipy import ndimage

    picture = np.pad(blots.repeat(2, axis=0).repeat(2, axis=1), 1)
    thin = skeletons.thinned(picture)
    assert not (thin & ~picture).any()
    eight = np.ones((3, 3))
    assert ndimage.label(thin, eight)[1] <= ndimage.label(picture, eight)[1]
    for stroke in skeletons.strokes_of(picture):
        assert np.isfinite(stroke).all()
        assert stroke.shape[1] == 2


# ---- Files ---------------------------------------------------------------------------------


@pytest.fixture
def fonts(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders, a family each, in the places of tools/assets/fonts and tools/assets/stroke_fonts."""
    weights = {200: {"L": P}, 400: {"L": L, "l": L, "P": P, "a": P}}
    for name, family in (("FONTS", "beta"), ("STROKE_FONTS", "alpha")):
        make_package(tmp_path / name, family, weights)
        pin(tmp_path / name, family)
        monkeypatch.setattr(tool, name, tmp_path / name)
    return tmp_path


def command(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["trace_font_strokes.py", *map(str, arguments)])
    return int(tool.main())


def test_the_file_is_one_of_strokes_with_attributions(
    tool: ModuleType,
    fonts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "made" / "forms.jsonl.gz"
    assert command(tool, monkeypatch, "--out", path) == 0
    assert "6 letters of 2 families" in capsys.readouterr().out
    drawings = list(ink.read_drawings(path))
    assert [(one.writer, one.label) for one in drawings] == [
        (family, letter) for family in ("Alpha", "Beta") for letter in "LPa"
    ]
    letters = load(str(path), rendering=Rendering(renders_per_drawing=2, stroke_jitter=(1, 2)))
    assert letters.attributions == (
        "Alpha (@fontsource/alpha 1.2.3), OFL-1.1: Copyright 2026 Ann Author",
        "Beta (@fontsource/beta 1.2.3), OFL-1.1: Copyright 2026 Ann Author",
    )
    # L, in the weight that is nearest, has its foot at the bottom right.
    assert letters.images[0, 14:, 14:].sum() > 5 * letters.images[0, :14, 14:].sum()


def test_two_runs_give_the_same_bytes(
    tool: ModuleType, fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.jsonl.gz", tmp_path / "two.jsonl.gz"
    for path in (one, two):
        assert command(tool, monkeypatch, "--out", path) == 0
    assert one.read_bytes() == two.read_bytes()


def test_the_notice_lists_the_families_that_only_this_has(
    tool: ModuleType, fonts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tool, monkeypatch, "--notice") == 0
    assert capsys.readouterr().out.splitlines() == [
        "- Alpha (@fontsource/alpha 1.2.3), OFL-1.1: Copyright 2026 Ann Author"
    ]


def test_a_damaged_font_is_one_line(
    tool: ModuleType,
    fonts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package = fonts / "STROKE_FONTS" / "node_modules" / "@fontsource" / "alpha"
    (package / "files" / "alpha-latin-400-normal.woff").write_bytes(b"wOFF and nothing")
    path = tmp_path / "forms.jsonl.gz"
    assert command(tool, monkeypatch, "--out", path) == 1
    assert re.fullmatch(
        r"trace_font_strokes: .*400-normal.woff: missing or damaged.*\n", capsys.readouterr().err
    )
    assert not path.exists()
