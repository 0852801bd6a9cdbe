"""The letters of fonts: rendered from tiny fonts made here; and their attributions in NOTICE."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from lenet.datasets.readers.npz import read_letters
from lenet.errors import LenetError
from repository import ROOT

# Rectangles (left, bottom, right, top) in 1/1000 of an em, y up as in fonts.
L = [(100, 0, 200, 800), (200, 0, 600, 100)]  # ink to the left and at the bottom
P = [(100, 0, 200, 800), (200, 400, 500, 500), (200, 700, 500, 800), (500, 400, 600, 800)]
STEM = [(100, -200, 200, 800)]
BLANK: list[tuple[int, int, int, int]] = []

Shapes = dict[str, list[tuple[int, int, int, int]]]


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    """tools/assets/render_font_letters.py, imported as it runs: with tools/ first on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools" / "assets"))
        for name in ("build", "render_font_letters"):
            patch.delitem(sys.modules, name, raising=False)
        import render_font_letters

        yield render_font_letters


def make_font(
    path: Path, shapes: Shapes, notice: str = "Copyright 2026\n  Ann Author", flavor: str | None = "woff"
) -> Path:
    """Write a font with these shapes: {character: rectangles}."""
    glyphs, metrics = {".notdef": TTGlyphPen(None).glyph()}, {".notdef": (700, 0)}
    for character, rectangles in shapes.items():
        pen = TTGlyphPen(None)
        for left, bottom, right, top in rectangles:
            pen.moveTo((left, bottom))
            for corner in ((left, top), (right, top), (right, bottom)):
                pen.lineTo(corner)
            pen.closePath()
        glyphs[f"glyph{ord(character)}"] = pen.glyph()
        bearing = min((rectangle[0] for rectangle in rectangles), default=0)
        metrics[f"glyph{ord(character)}"] = (700, bearing)
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(character): f"glyph{ord(character)}" for character in shapes})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular", "copyright": notice})
    builder.setupOS2()
    builder.setupPost()
    builder.font.flavor = flavor
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


def make_package(
    folder: Path, name: str, weights: dict[int, Shapes], licence: str = "OFL-1.1", **options: Any
) -> Path:
    """Add an installed package to the folder: weights is {400: shapes}."""
    package = folder / "node_modules" / "@fontsource" / name
    for weight, shapes in weights.items():
        make_font(package / "files" / f"{name}-latin-{weight}-normal.woff", shapes, **options)
    about = {"name": f"@fontsource/{name}", "version": "1.2.3", "license": licence}
    (package / "package.json").write_text(json.dumps(about))
    (package / "metadata.json").write_text(json.dumps({"family": name.title()}))
    return package


def pin(folder: Path, *names: str) -> None:
    """Write the package.json with these packages, and mark them as installed."""
    pinned = {f"@fontsource/{name}": "1.2.3" for name in names}
    (folder / "package.json").write_text(json.dumps({"dependencies": pinned}))
    locked = {"packages": {f"node_modules/{name}": {"version": version} for name, version in pinned.items()}}
    (folder / "package-lock.json").write_text(json.dumps(locked))
    (folder / "node_modules" / ".package-lock.json").write_text(json.dumps(locked))


@pytest.fixture
def fonts(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like tools/assets/fonts with two families, in the place of the real one."""
    folder = tmp_path / "fonts"
    make_package(folder, "beta", {400: {"L": L, "z": STEM}, 700: {"L": P}})
    make_package(folder, "alpha", {400: {"P": P, "a": L}}, licence="Apache-2.0")
    pin(folder, "beta", "alpha")
    monkeypatch.setattr(tool, "FONTS", folder)
    return folder


def command(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["render_font_letters.py", *map(str, arguments)])
    return int(tool.main())


def render(tool: ModuleType, tmp_path: Path, shapes: Shapes, **options: Any) -> Any:
    return tool.render("Tiny", make_font(tmp_path / "tiny.woff", shapes, **options))


# ---- Rendering -----------------------------------------------------------------------------


@pytest.mark.parametrize("flavor", ["woff", None])
def test_letters_are_upright_bright_and_not_mirrored(
    tool: ModuleType, tmp_path: Path, flavor: str | None
) -> None:
    one, other = render(tool, tmp_path, {"L": L, "P": P}, flavor=flavor)
    assert (one.family, one.character, other.character) == ("Tiny", "L", "P")
    for image in (one.image, other.image):
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8
        assert image[0].max() == 0
        assert image.max() > 200
    # Each shape has a stem on the left; L has its foot at the bottom right, P its bowl at the top.
    assert one.image[14:, 14:].sum() > 10 * one.image[:14, 14:].sum()
    assert other.image[:14, 14:].sum() > 10 * other.image[18:, 14:].sum()
    for image in (one.image, other.image):
        assert image[:, :14].sum() > image[:, 14:].sum()


@pytest.mark.parametrize(("right", "up"), [(0, -700), (0, 700), (-700, 0), (700, 0)])
def test_nothing_is_cut_off_wherever_the_letter_lies(
    tool: ModuleType, tmp_path: Path, right: int, up: int
) -> None:
    """As letters do that hang below the line, or reach under their neighbours."""
    moved = [(x0 + right, y0 + up, x1 + right, y1 + up) for x0, y0, x1, y1 in P]
    (there,) = render(tool, tmp_path, {"P": moved})
    (here,) = render(tool, tmp_path, {"P": P})
    assert np.abs(there.image.astype(int) - here.image).mean() < 4


def test_letters_come_in_the_order_of_the_alphabet(tool: ModuleType, tmp_path: Path) -> None:
    glyphs = render(tool, tmp_path, {"z": STEM, "a": L, "Z": P, "A": L[:1]})
    assert [glyph.character for glyph in glyphs] == list("AZaz")


def test_missing_letters_and_other_characters_are_left_out(tool: ModuleType, tmp_path: Path) -> None:
    glyphs = render(tool, tmp_path, {"L": L, "1": STEM, "é": P, ".": STEM})
    assert [glyph.character for glyph in glyphs] == ["L"]


def test_blank_letters_are_left_out(tool: ModuleType, tmp_path: Path) -> None:
    glyphs = render(tool, tmp_path, {"K": BLANK, "L": L, "k": BLANK})
    assert [glyph.character for glyph in glyphs] == ["L"]


def test_capitals_in_both_cases_come_once_but_two_letters_may_look_alike(
    tool: ModuleType, tmp_path: Path
) -> None:
    glyphs = render(tool, tmp_path, {"I": STEM, "L": L, "P": P, "i": STEM, "l": STEM, "p": L})
    assert [glyph.character for glyph in glyphs] == ["I", "L", "P", "l", "p"]


# ---- Files ---------------------------------------------------------------------------------


def test_the_file_has_letters_groups_and_attributions(
    tool: ModuleType,
    fonts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "made" / "glyphs.npz"
    assert command(tool, monkeypatch, "--out", path) == 0
    assert "5 letters of 2 families" in capsys.readouterr().out
    with np.load(path) as arrays:
        assert arrays["labels"].tolist() == [16, 1, 12, 26, 12]
        assert arrays["font"].tolist() == ["Alpha", "Alpha", "Beta", "Beta", "Beta"]
        assert arrays["is_upper"].tolist() == [True, False, True, False, True]
        groups = arrays["groups"]
    assert groups[2] == groups[4], "the weights of one letter"
    assert len(set(groups.tolist())) == 4
    assert read_letters(path).attributions == (
        "Alpha (@fontsource/alpha 1.2.3), Apache-2.0: Copyright 2026 Ann Author",
        "Beta (@fontsource/beta 1.2.3), OFL-1.1: Copyright 2026 Ann Author",
    )


def test_two_runs_give_the_same_bytes(
    tool: ModuleType, fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for name in ("one", "two"):
        letters, sheet = tmp_path / f"{name}.npz", tmp_path / f"{name}.png"
        assert command(tool, monkeypatch, "--out", letters, "--contact-sheet", sheet) == 0
        made.append((letters.read_bytes(), sheet.read_bytes()))
    assert made[0] == made[1]
    assert not list(tmp_path.glob(".*")), "nothing is left aside"


def test_the_contact_sheet_has_a_row_for_each_font(
    tool: ModuleType, fonts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sheet.png"
    assert command(tool, monkeypatch, "--contact-sheet", path) == 0
    with Image.open(path) as sheet:
        ink = 255 - np.asarray(sheet)
    cells = ink[:, 200:].reshape(3, 30, 52, 30).max(axis=(1, 3)) > 0
    drawn = [{tool.CHARACTERS[column] for column in np.flatnonzero(row)} for row in cells]
    assert drawn == [{"P", "a"}, {"L", "z"}, {"L"}]
    assert ink[:, :200].reshape(3, -1).any(axis=1).all(), "each row has its family's name"


# ---- Errors --------------------------------------------------------------------------------


def remove(package: Path) -> None:
    for path in sorted(package.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    package.rmdir()


def refuse_licence(package: Path) -> None:
    (package / "package.json").write_text(
        '{"name": "@fontsource/beta", "version": "1", "license": "UNLICENSED"}'
    )


def damage_font(package: Path) -> None:
    path = package / "files" / "beta-latin-700-normal.woff"
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (remove, "beta: missing or damaged (.*package.json.*); delete node_modules"),
        (lambda package: (package / "package.json").write_text("{"), "damaged"),
        (lambda package: (package / "metadata.json").write_text("[]"), "damaged"),
        (lambda package: remove(package / "files"), "no Latin .woff file; take it out"),
        (refuse_licence, "licence UNLICENSED; take it out"),
        (damage_font, "beta-latin-700-normal.woff: missing or damaged"),
    ],
)
def test_errors_are_one_line(
    tool: ModuleType,
    fonts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[Path], None],
    words: str,
) -> None:
    harm(fonts / "node_modules" / "@fontsource" / "beta")
    monkeypatch.setattr("build.npm", lambda *arguments, **options: None)
    path = tmp_path / "glyphs.npz"
    assert command(tool, monkeypatch, "--out", path) == 1
    streams = capsys.readouterr()
    assert re.fullmatch(rf"render_font_letters: .*{words}.*\n", streams.err), streams.err
    assert streams.out == ""
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_one_line(
    tool: ModuleType,
    fonts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert command(tool, monkeypatch, "--out", tmp_path / "file" / "below" / "glyphs.npz") == 1
    assert re.fullmatch(r"render_font_letters: .*\n", capsys.readouterr().err)


def test_a_missing_npm_is_one_line(
    tool: ModuleType,
    fonts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (fonts / "node_modules" / ".package-lock.json").unlink()

    def npm(*arguments: str, cwd: Path, **options: object) -> None:
        assert arguments[0] == "ci"
        assert cwd == fonts
        raise tool.BuildError("Node is missing; remedy: install it")

    monkeypatch.setattr("build.npm", npm)
    assert command(tool, monkeypatch, "--notice") == 1
    assert capsys.readouterr().err == "render_font_letters: Node is missing; remedy: install it\n"


def test_installed_fonts_are_not_fetched_again(
    tool: ModuleType, fonts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("build.npm", lambda *arguments, cwd: pytest.fail("npm was called"))
    tool.install_packages(fonts)


def test_asking_for_nothing_is_an_error(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command(tool, monkeypatch)
    assert "--out FILE.npz" in capsys.readouterr().err


def test_render_names_the_file(tool: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "bad.woff"
    path.write_bytes(b"wOFF and nothing")
    with pytest.raises(LenetError, match=r"bad\.woff: missing or damaged"):
        tool.render("Bad", path)


# ---- NOTICE --------------------------------------------------------------------------------


def test_the_notice_lists_the_families(
    tool: ModuleType, fonts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tool, monkeypatch, "--notice") == 0
    assert capsys.readouterr().out.splitlines() == [
        "- Alpha (@fontsource/alpha 1.2.3), Apache-2.0: Copyright 2026 Ann Author",
        "- Beta (@fontsource/beta 1.2.3), OFL-1.1: Copyright 2026 Ann Author",
    ]


def test_notice_names_every_pinned_font_and_no_other(tool: ModuleType) -> None:
    named = re.findall(
        r"^- .+ \((@fontsource/\S+) (\S+)\), (\S+): \S",
        (ROOT / "NOTICE").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    expected = []
    for folder in (ROOT / "tools" / "assets" / "fonts", ROOT / "tools" / "assets" / "stroke_fonts"):
        pinned = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
        text = (folder / "package-lock.json").read_text(encoding="utf-8")
        locked = json.loads(text)["packages"]
        licences = {name: locked[f"node_modules/{name}"]["license"] for name in pinned}
        assert set(licences.values()) <= tool.LICENCES
        expected += [(name, pinned[name], licences[name]) for name in sorted(pinned)]
    assert named == expected


def test_notice_names_every_dependency() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    page = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    wanted = set(re.findall(r'"([\w-]+)(?:\[[^\]]*\])?[=<>~!]=', project))
    assert {"numpy", "hatchling", "matplotlib", "pytest"} <= wanted, "the pattern finds them"
    wanted |= {*page.get("dependencies", {}), *page.get("devDependencies", {})}
    named = re.findall(r"^- (\S+): ", (ROOT / "NOTICE").read_text(encoding="utf-8"), re.MULTILINE)
    assert wanted <= set(named)
