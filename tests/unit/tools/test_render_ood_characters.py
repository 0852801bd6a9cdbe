"""The characters that are no letter, which the package carries; the tool that renders them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from test_render_font_letters import P, make_font, make_package

from lenet.datasets.readers.npz import read_arrays
from lenet.datasets.synthetic import ood_characters as others
from lenet.errors import LenetError
from repository import ROOT

ARROW = [(0, 300, 900, 400), (600, 0, 700, 700)]
LIMITS = {"images": 2**22, "kind": 2**20, "character": 2**20, "attributions": 2**16}


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "assets"))
    for name in ("build", "render_font_letters", "render_ood_characters"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import render_ood_characters

    return render_ood_characters


def test_the_package_carries_characters_and_digits() -> None:
    assert others.EMBEDDED.stat().st_size + 700_000 < 1_000_000  # with the glyphs
    assert len(others.characters()) > 1000
    assert len(others.digits()) == 56 * 10
    for images in (others.characters(), others.digits()):
        assert images.dtype == np.uint8
        assert not (images % 17).any()
        assert images.any(axis=(1, 2)).all()
    assert all("OFL" in line or "Apache" in line for line in others.attributions())


def test_neither_latin_letters_nor_the_scripts_of_the_test_are_among_them() -> None:
    arrays = read_arrays(others.EMBEDDED, LIMITS)
    of_scripts = "".join(arrays["character"][arrays["kind"] == "characters"])
    blocks = ((0x900, 0x980), (0x3040, 0x30A0), (0x4E00, 0xA000))  # Devanagari, hiragana, kanji
    assert all(any(low <= ord(one) < high for low, high in blocks) for one in of_scripts)
    assert set(arrays["character"][arrays["kind"] == "digits"]) == set("0123456789")


def test_rendering_takes_digits_of_one_weight_and_scripts_of_all(tmp_path: Path, tool: ModuleType) -> None:
    package = make_package(tmp_path, "tiny", {400: {"7": P, "A": P}, 700: {"7": P}})
    for name, character in (("devanagari-400", "क"), ("devanagari-700", "क"), ("korean-400", "가")):
        make_font(package / "files" / f"tiny-{name}-normal.woff", {character: ARROW})
    family = tool.Family("Tiny", "credit", sorted(package.glob("files/*-latin-*.woff")))
    glyphs = list(tool.others(family))
    assert [(one.kind, one.character) for one in glyphs] == [
        ("digits", "7"),
        ("characters", "क"),
        ("characters", "क"),
    ]
    tool.save(tmp_path / "ood_characters.npz", [(family, one) for one in glyphs])
    arrays = read_arrays(tmp_path / "ood_characters.npz", LIMITS)
    assert arrays["images"].shape == (3, 28, 28)
    assert list(arrays["attributions"]) == ["credit"]


def test_a_kanji_of_few_strokes_is_left_out(tmp_path: Path, tool: ModuleType) -> None:
    package = make_package(tmp_path, "tiny", {400: {"7": P}})
    thin, full = [(0, 300, 900, 330)], [(0, 0, 900, 900)]
    kanji = {tool.KANJI[0]: thin, tool.KANJI[1]: full}
    make_font(package / "files" / "tiny-3-400-normal.woff", kanji)
    family = tool.Family("Tiny", "credit", sorted(package.glob("files/*-latin-*.woff")))
    assert [one.character for one in tool.others(family)] == ["7", tool.KANJI[1]]


def test_a_damaged_font_is_named(tmp_path: Path, tool: ModuleType) -> None:
    package = make_package(tmp_path, "tiny", {400: {"7": P}})
    (package / "files" / "tiny-3-400-normal.woff").write_bytes(b"no font")
    family = tool.Family("Tiny", "credit", sorted(package.glob("files/*-latin-*.woff")))
    with pytest.raises(LenetError, match="tiny-3-400"):
        list(tool.others(family))
