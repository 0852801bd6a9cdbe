"""Renders the letters of the handwriting fonts that tools/assets/fonts pins into one letters file.

    python tools/assets/render_font_letters.py --out src/lenet/datasets/assets/font_letters.npz
    python tools/assets/render_font_letters.py --contact-sheet build/glyphs.png
    python tools/assets/render_font_letters.py --notice    # the fonts' part of NOTICE

npm fetches the fonts when they are missing. The letters file has what `lenet train --data` reads
(`images`, `labels` 1..26, `groups`, `attributions`) and for each image `font`, its family, and
`is_upper`. The same fonts and libraries give the same bytes. The package carries the file, in
sixteen greys to halve it.
"""

from __future__ import annotations

import argparse
import io
import json
import string
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "build"))
from build import install_packages
from lenet._util.files import atomic_write
from lenet.datasets import Dataset
from lenet.datasets.readers.npz import write_letters
from lenet.errors import LenetError
from lenet.ink import rasterize_picture
from platforms import BuildError

FONTS = Path(__file__).resolve().parent / "fonts"
LICENCES = {"OFL-1.1", "Apache-2.0"}
CHARACTERS = string.ascii_uppercase + string.ascii_lowercase
SIZE = 128  # pixels an em
MARGIN = 16  # pixels of ground around the glyph

Picture = npt.NDArray[np.uint8]


class Family(NamedTuple):
    """A font family: its name, the line that NOTICE has on it, a file for each weight and style."""

    name: str
    attribution: str
    files: list[Path]


class Glyph(NamedTuple):
    """One rendered letter: 28x28, upright, ink bright."""

    family: str
    character: str
    image: Picture


def families(folder: Path) -> list[Family]:
    """The installed families, by package name. Raises LenetError for one that cannot be used."""
    pinned = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return [_family(folder / "node_modules" / package) for package in sorted(pinned)]


def _family(package: Path) -> Family:
    with reading(package):
        about = json.loads((package / "package.json").read_text(encoding="utf-8"))
        name = json.loads((package / "metadata.json").read_text(encoding="utf-8"))["family"]
        owner, version, licence = about["name"], about["version"], about["license"]
    if licence not in LICENCES:
        raise LenetError(f"{package}: licence {licence}; take it out of package.json")
    # "latin" alone has A to Z, other files have other scripts; above 700 no pen is so thick.
    files = sorted(package.glob(f"files/{package.name}-latin-[1-7]00-*.woff"))
    if not files:
        raise LenetError(f"{package}: no Latin .woff file; take it out of package.json")
    with reading(files[0]):
        notice = TTFont(files[0])["name"].getDebugName(0) or f"The authors of {name}"
    attribution = f"{name} ({owner} {version}), {licence}: {notice}"
    return Family(name, " ".join(attribution.split()), files)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Word whatever reading a package or font raises as a LenetError of one line."""
    try:
        yield
    except Exception as error:  # on damaged fonts fontTools and FreeType raise nearly anything
        reason = " ".join(str(error).split()) or type(error).__name__
        remedy = "delete node_modules beside package.json and run this again"
        raise LenetError(f"{path}: missing or damaged ({reason}); {remedy}") from None


def render(family: str, file: Path) -> list[Glyph]:
    """Render the letters of a font file, A to Z before a to z. Raises LenetError.

    A letter that the font lacks, or leaves blank, is left out, and so is a lower-case letter whose
    image is that of its upper case.
    """
    glyphs: list[Glyph] = []
    seen = set()
    with reading(file):
        font = TTFont(file)
        face = open_face(font)
        for character in filter(lambda letter: ord(letter) in font.getBestCmap(), CHARACTERS):
            image = rasterize_picture(draw(face, character))
            if image is None or (look := (character.upper(), image.tobytes())) in seen:
                continue
            seen.add(look)
            glyphs.append(Glyph(family, character, image))
    return glyphs


def open_face(font: TTFont) -> ImageFont.FreeTypeFont:
    """Open a font with FreeType, unpacked, because FreeType may not support WOFF."""
    font.flavor = None
    unpacked = io.BytesIO()
    font.save(unpacked)
    unpacked.seek(0)
    # Not Raqm, which only some builds of Pillow have and which may join or replace glyphs.
    return ImageFont.truetype(unpacked, SIZE, layout_engine=ImageFont.Layout.BASIC)


def draw(face: ImageFont.FreeTypeFont, character: str) -> Picture:
    """One character, uint8 (height, width), black on white."""
    left, top, right, bottom = face.getbbox(character)
    size = (round(right - left) + 2 * MARGIN, round(bottom - top) + 2 * MARGIN)
    picture = Image.new("L", size, 255)
    ImageDraw.Draw(picture).text((MARGIN - left, MARGIN - top), character, fill=0, font=face)
    return np.asarray(picture)


def sixteen_greys(image: Picture) -> Picture:
    """The nearest of 0, 17, 34, ..., 255."""
    return np.asarray((image.astype(np.uint16) + 8) // 17 * 17, np.uint8)


def save(path: Path, glyphs: Sequence[Glyph], owed: Sequence[str]) -> None:
    """Write the letters file; the weights of one letter of a family are one group."""
    names = np.array([f"{glyph.family}/{glyph.character}" for glyph in glyphs])
    letters = Dataset(
        np.stack([sixteen_greys(glyph.image) for glyph in glyphs]),
        np.array([ord(glyph.character.upper()) - ord("A") for glyph in glyphs], np.uint8),
        groups=np.unique(names, return_inverse=True)[1],
        attributions=tuple(owed),
    )
    write_letters(
        path,
        letters,
        font=np.array([glyph.family for glyph in glyphs]),
        is_upper=np.array([glyph.character.isupper() for glyph in glyphs]),
    )


def contact_sheet(path: Path, fonts: Sequence[Sequence[Glyph]]) -> None:
    """Draw all letters as PNG, a row for each font, with the family's name."""
    label, cell = 200, 30
    sheet = Image.new("L", (label + cell * len(CHARACTERS), cell * len(fonts)), 255)
    pen = ImageDraw.Draw(sheet)
    for row, glyphs in enumerate(fonts):
        pen.text((4, cell * row + 8), glyphs[0].family if glyphs else "no letter", fill=0)
        for glyph in glyphs:
            at = label + cell * CHARACTERS.index(glyph.character)
            sheet.paste(Image.fromarray(255 - glyph.image), (at, cell * row))
    with atomic_write(path) as stream:
        sheet.save(stream, "PNG")


def run(arguments: argparse.Namespace) -> None:
    """Run the command line."""
    install_packages(FONTS)
    font_families = families(FONTS)
    if arguments.notice:
        print("\n".join(f"- {family.attribution}" for family in font_families))
        return
    bar = tqdm(font_families, "rendering", unit="family", disable=None)
    fonts = [render(family.name, file) for family in bar for file in family.files]
    glyphs = [glyph for font in fonts for glyph in font]
    for path in filter(None, (arguments.out, arguments.contact_sheet)):
        path.parent.mkdir(parents=True, exist_ok=True)
    if arguments.out:
        save(arguments.out, glyphs, [family.attribution for family in font_families])
        print(f"{arguments.out}: {len(glyphs):,} letters of {len(font_families)} families")
    if arguments.contact_sheet:
        contact_sheet(arguments.contact_sheet, fonts)
        print(f"{arguments.contact_sheet}: {len(fonts)} rows, a font each")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, metavar="FILE.npz", help="the letters file to write")
    parser.add_argument(
        "--contact-sheet",
        type=Path,
        metavar="FILE.png",
        help="a picture of all letters, to look at",
    )
    parser.add_argument("--notice", action="store_true", help="only print the fonts' part of NOTICE")
    arguments = parser.parse_args()
    if not any(vars(arguments).values()):
        parser.error("give --out FILE.npz, --contact-sheet FILE.png or --notice")
    try:
        run(arguments)
    except (BuildError, LenetError, OSError) as error:
        print(f"render_font_letters: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
