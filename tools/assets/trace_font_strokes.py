"""Traces the letters of handwriting and plain fonts into one stroke file.

    python tools/assets/trace_font_strokes.py --out src/lenet/datasets/assets/font_strokes.jsonl.gz
    python tools/assets/trace_font_strokes.py --notice  # the part of NOTICE on stroke_fonts

tools/assets/fonts and tools/assets/stroke_fonts pin the fonts; npm fetches them when they are missing.
A line of the file is a letter of one weight of a family, its `writer`, with the family's `attribution`.
The same fonts and libraries give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "build"))
from build import install_packages
from lenet.errors import LenetError
from lenet.ink import Drawing, write_drawings
from platforms import BuildError
from render_font_letters import CHARACTERS, FONTS, Family, draw, families, open_face, reading
from skeletons import strokes_of

STROKE_FONTS = FONTS.with_name("stroke_fonts")
WEIGHT = 350  # of a family's files the nearest: thin enough that no counter is filled


def chosen(family: Family) -> Path:
    """The file that is traced: upright where the family has that, of the weight nearest."""
    upright = [file for file in family.files if file.stem.endswith("-normal")] or family.files
    return min(upright, key=lambda file: abs(int(file.stem.split("-")[-2]) - WEIGHT))


def traced(family: Family) -> Iterator[Drawing]:
    """The family's letters, A to Z before a to z, in pixels of the rendered picture.

    One that the font lacks, or leaves blank, is left out, and so is a lower-case letter that is
    its upper case again. Raises LenetError.
    """
    seen = set()
    file = chosen(family)
    with reading(file):
        font = TTFont(file)
        face = open_face(font)
        for character in filter(lambda letter: ord(letter) in font.getBestCmap(), CHARACTERS):
            ink = draw(face, character) < 128
            look = character.upper(), ink.tobytes()
            if ink.any() and look not in seen:
                seen.add(look)
                strokes = tuple(np.rint(stroke).astype(int) for stroke in strokes_of(ink))
                yield Drawing(strokes, character, family.name, attribution=family.attribution)


def run(arguments: argparse.Namespace) -> None:
    """Run the command line."""
    for folder in (FONTS, STROKE_FONTS):
        install_packages(folder)
    more = families(STROKE_FONTS)
    if arguments.notice:
        print("\n".join(f"- {family.attribution}" for family in more))
        return
    all_families = sorted(families(FONTS) + more)
    bar = tqdm(all_families, "tracing", unit="family", disable=None)
    letters = [letter for family in bar for letter in traced(family)]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    write_drawings(arguments.out, letters)
    print(f"{arguments.out}: {len(letters):,} letters of {len(all_families)} families")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=Path, metavar="FILE.jsonl.gz", help="the file to write")
    action.add_argument("--notice", action="store_true", help="only print a part of NOTICE")
    try:
        run(parser.parse_args())
    except (BuildError, LenetError, OSError) as error:
        print(f"trace_font_strokes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
