"""Render out-of-distribution characters from the handwriting fonts of tools/assets/fonts: digits, and
characters of scripts that share none with Latin.

    python tools/assets/render_ood_characters.py --out src/lenet/datasets/assets/ood_characters.npz
    python tools/assets/render_ood_characters.py --contact-sheet build/others.png

The file has `images`, for each its `kind` ("digits" or "characters") and its `character`, and
`attributions`: those of the fonts that characters are taken from, which models are trained on. Digits
are only measured on: some of them are letters, too. Hangul and Balinese are left out although some
of the fonts have Hangul: the drawings of `not_letters_dev` stay of scripts that no model has seen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "build"))
from build import install_packages
from lenet._util.files import atomic_write
from lenet.errors import LenetError
from lenet.ink import rasterize_picture
from platforms import BuildError
from render_font_letters import FONTS, Family, Picture, draw, families, open_face, reading, sixteen_greys

DIGITS = "0123456789"
DEVANAGARI = "".join(map(chr, (*range(0x0904, 0x093A), *range(0x0958, 0x0962))))
# Hiragana that resemble letters, such as くしとへり, are left out.
HIRAGANA = "あおかがきぎけげさざすずせぜそぞたただなにぬねはばぱびぴふぶぷほぼぽまみむめもやゆわゑをえ"
KANJI = "".join(map(chr, range(0x4E00, 0x9FB0, 17)))  # as many as hiragana and Devanagari together
MANY = 110  # pixels of ink that a kanji must have, of 784: 一 and 十 resemble letters


class Other(NamedTuple):
    """One rendered character: 28x28, upright, ink bright."""

    kind: str
    character: str
    image: Picture


def others(family: Family) -> Iterator[Other]:
    """Yield a family's digits, in one weight, and its characters of other scripts, in all weights."""
    digits = next((file for file in family.files if "-400-" in file.name), family.files[0])
    yield from _rendered(digits, "digits", DIGITS)
    for file in sorted(family.files[0].parent.glob("*.woff")):
        if "-latin" not in file.name and "italic" not in file.name:
            yield from _rendered(file, "characters", DEVANAGARI + HIRAGANA)
            if "-400-" in file.name:
                yield from _rendered(file, "characters", KANJI, least=MANY)


def _rendered(file: Path, kind: str, characters: str, least: int = 1) -> Iterator[Other]:
    with reading(file):
        font = TTFont(file)
        wanted = sorted(set(map(ord, characters)) & set(font.getBestCmap()))
        if not wanted:
            return
        face = open_face(font)
        for character in map(chr, wanted):
            image = rasterize_picture(draw(face, character))
            if image is not None and (image >= 128).sum() >= least:
                yield Other(kind, character, sixteen_greys(image))


def save(path: Path, characters: list[tuple[Family, Other]]) -> None:
    """Write the file."""
    owed = dict.fromkeys(
        family.attribution for family, character in characters if character.kind == "characters"
    )
    with atomic_write(path) as stream:
        np.savez_compressed(
            stream,
            images=np.stack([character.image for _, character in characters]),
            kind=np.array([character.kind for _, character in characters]),
            character=np.array([character.character for _, character in characters]),
            attributions=np.array(list(owed)),
        )


def contact_sheet(path: Path, characters: list[tuple[Family, Other]], across: int = 56) -> None:
    """Draw all of them as PNG."""
    rows = -(-len(characters) // across)
    sheet = np.zeros((rows * across, 28, 28), np.uint8)
    sheet[: len(characters)] = [character.image for _, character in characters]
    picture = sheet.reshape(rows, across, 28, 28).swapaxes(1, 2).reshape(rows * 28, across * 28)
    with atomic_write(path) as stream:
        Image.fromarray(255 - picture).save(stream, "PNG")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, metavar="FILE.npz", help="the file to write")
    parser.add_argument("--contact-sheet", type=Path, metavar="FILE.png", help="to look at")
    options = parser.parse_args()
    if not (options.out or options.contact_sheet):
        parser.error("give --out FILE.npz or --contact-sheet FILE.png")
    try:
        install_packages(FONTS)
        bar = tqdm(families(FONTS), "rendering", unit="family", disable=None)
        characters = [(family, character) for family in bar for character in others(family)]
        for path, write in ((options.out, save), (options.contact_sheet, contact_sheet)):
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                write(path, characters)
                print(f"{path}: {len(characters):,} images")
    except (BuildError, LenetError, OSError) as error:
        print(f"render_ood_characters: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
