"""Codes for the classes of an `rbf` layer: capital letters as pictures of 7 x 12.

Letters that look alike have codes that lie near one another (LeCun, Bottou, Bengio, Haffner 1998,
section II.B and figure 3). The pictures are this project's own.
"""

from __future__ import annotations

_ROWS, _BLOCKS = 12, ("ABCDEFGHI", "JKLMNOPQR", "STUVWXYZ")

_PICTURES = """
..XXX.. XXXXXX. .XXXXX. XXXXX.. XXXXXXX XXXXXXX .XXXXX. XX...XX .XXXXX.
.XX.XX. XXXXXXX XXXXXXX XXXXXX. XXXXXXX XXXXXXX XXXXXXX XX...XX .XXXXX.
XX...XX XX...XX XX...XX XX..XX. XX..... XX..... XX...XX XX...XX ..XXX..
XX...XX XX...XX XX..... XX...XX XX..... XX..... XX..... XX...XX ..XXX..
XX...XX XX...XX XX..... XX...XX XX..... XX..... XX..... XX...XX ..XXX..
XXXXXXX XXXXXX. XX..... XX...XX XXXXXX. XXXXXX. XX.XXXX XXXXXXX ..XXX..
XXXXXXX XXXXXX. XX..... XX...XX XXXXXX. XXXXXX. XX.XXXX XXXXXXX ..XXX..
XX...XX XX...XX XX..... XX...XX XX..... XX..... XX...XX XX...XX ..XXX..
XX...XX XX...XX XX..... XX...XX XX..... XX..... XX...XX XX...XX ..XXX..
XX...XX XX...XX XX...XX XX..XX. XX..... XX..... XX...XX XX...XX ..XXX..
XX...XX XXXXXXX XXXXXXX XXXXXX. XXXXXXX XX..... XXXXXXX XX...XX .XXXXX.
XX...XX XXXXXX. .XXXXX. XXXXX.. XXXXXXX XX..... .XXXXX. XX...XX .XXXXX.

...XXXX XX...XX XX..... XX...XX XX...XX ..XXX.. XXXXXX. ..XXX.. XXXXXX.
...XXXX XX..XX. XX..... XXX.XXX XXX..XX .XX.XX. XXXXXXX .XX.XX. XXXXXXX
....XX. XX.XX.. XX..... XXXXXXX XXX..XX XX...XX XX...XX XX...XX XX...XX
....XX. XXXX... XX..... XXXXXXX XXXX.XX XX...XX XX...XX XX...XX XX...XX
....XX. XXX.... XX..... XX.X.XX XXXX.XX XX...XX XX...XX XX...XX XX...XX
....XX. XXX.... XX..... XX.X.XX XX.X.XX XX...XX XXXXXXX XX...XX XXXXXXX
....XX. XXXX... XX..... XX...XX XX.XXXX XX...XX XXXXXX. XX...XX XXXXXX.
XX..XX. XX.XX.. XX..... XX...XX XX.XXXX XX...XX XX..... XX...XX XX.XX..
XX..XX. XX..XX. XX..... XX...XX XX..XXX XX...XX XX..... XX.XXXX XX..XX.
XX..XX. XX..XX. XX..... XX...XX XX..XXX XX...XX XX..... XX..XX. XX..XX.
XXXXXX. XX...XX XXXXXXX XX...XX XX...XX .XX.XX. XX..... .XXXXXX XX...XX
.XXXX.. XX...XX XXXXXXX XX...XX XX...XX ..XXX.. XX..... ..XX.XX XX...XX

.XXXXX. XXXXXXX XX...XX XX...XX XX...XX XX...XX XX...XX XXXXXXX
XXXXXXX XXXXXXX XX...XX XX...XX XX...XX XX...XX XX...XX XXXXXXX
XX...XX ..XXX.. XX...XX XX...XX XX...XX XX...XX XX...XX .....XX
XX..... ..XXX.. XX...XX XX...XX XX...XX .XX.XX. .XX.XX. .....XX
XXX.... ..XXX.. XX...XX XX...XX XX...XX .XX.XX. .XX.XX. ....XX.
.XXXX.. ..XXX.. XX...XX XX...XX XX...XX ..XXX.. ..XXX.. ...XX..
..XXXX. ..XXX.. XX...XX XX...XX XX.X.XX ..XXX.. ..XXX.. ..XX...
....XXX ..XXX.. XX...XX .XX.XX. XX.X.XX .XX.XX. ..XX... .XX....
.....XX ..XXX.. XX...XX .XX.XX. XXXXXXX .XX.XX. ..XX... XX.....
XX...XX ..XXX.. XX...XX .XX.XX. XXXXXXX XX...XX ..XX... XX.....
XXXXXXX ..XXX.. XXXXXXX ..XXX.. XXX.XXX XX...XX ..XX... XXXXXXX
.XXXXX. ..XXX.. .XXXXX. ...X... XX...XX XX...XX ..XX... XXXXXXX
"""


def letter_codes() -> list[str]:
    """For each letter, A to Z, its picture row by row: 84 marks, "X" for ink and "." for none."""
    codes = []
    for block in _PICTURES.strip().split("\n\n"):
        codes += ["".join(parts) for parts in zip(*(row.split() for row in block.split("\n")), strict=True)]
    return codes
