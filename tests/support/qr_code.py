"""Read an undamaged QR code (ISO/IEC 18004): an independent oracle of the page's codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from playwright.sync_api import Page

Grid = Sequence[Sequence[bool]]
"""Modules row by row, without the quiet zone; dark is True."""

BLOCKS = {1: [16], 2: [28], 3: [44], 4: [32, 32], 5: [43, 43], 6: [27] * 4, 7: [31] * 4, 8: [38, 38, 39, 39]}
"""Data codewords of each block, of level M, by version."""

MASKS: list[Callable[[int, int], bool]] = [
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
]
MEDIUM = 0b00  # error correction level M, in the format information
FORMAT_MASK = 0b10101  # of its first five bits
BYTES = 0b0100  # mode


def modules(page: Page, place: str) -> Grid:
    """Return the modules of a code on the page, which is one rectangle for each run of dark ones."""
    size = int((page.locator(f"{place} svg.qr").get_attribute("viewBox") or "").split()[2])
    grid = [[False] * size for _ in range(size)]
    path = page.locator(f"{place} .qr .dark").get_attribute("d") or ""
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        for column in range(int(x), int(x) + int(width)):
            grid[int(y)][column] = True
    assert not any(any(row[:4] + row[-4:]) for row in grid)  # the quiet zone
    return [row[4:-4] for row in grid[4:-4]]


def read_qr_code(grid: Grid) -> str:
    """Return the text of a code of level M in byte mode, of version 1 to 8.

    Raises:
        AssertionError: it is another kind of code.
    """
    size = len(grid)
    version = (size - 17) // 4
    information = _number(grid[8][:5]) ^ FORMAT_MASK
    level, mask = divmod(information, 8)
    assert level == MEDIUM
    bits = [grid[y][x] != MASKS[mask](y, x) for y, x in _places(size, version)]
    words = [_number(bits[i : i + 8]) for i in range(0, len(bits) - 7, 8)]
    data = _joined(words, BLOCKS[version])
    stream = [bool(word >> (7 - bit) & 1) for word in data for bit in range(8)]
    assert _number(stream[:4]) == BYTES
    length = _number(stream[4:12])
    return bytes(_number(stream[12 + 8 * i : 20 + 8 * i]) for i in range(length)).decode()


def _number(bits: Sequence[bool]) -> int:
    return int("".join(str(int(bit)) for bit in bits), 2)


def _places(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Yield the data modules in their order: columns in pairs from the right, up and down in turn."""
    columns = [x for x in range(size - 1, 0, -2) if x > 6] + [5, 3, 1]
    for i, right in enumerate(columns):
        rows = range(size) if i % 2 else range(size - 1, -1, -1)
        for y in rows:
            for x in (right, right - 1):
                if not _is_function(y, x, size, version):
                    yield y, x


def _is_function(y: int, x: int, size: int, version: int) -> bool:
    finder = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
    centres = [6, size - 7] if version < 7 else [6, (size - 1) // 2, size - 7]
    aligned = version > 1 and any(
        abs(y - row) <= 2 and abs(x - column) <= 2
        for row in centres
        for column in centres
        if (row, column) not in ((6, 6), (6, size - 7), (size - 7, 6))
    )
    numbered = version >= 7 and ((y < 6 and x >= size - 11) or (x < 6 and y >= size - 11))
    return finder or y == 6 or x == 6 or aligned or numbered


def _joined(words: Sequence[int], blocks: Sequence[int]) -> list[int]:
    """Undo the interleaving of the blocks."""
    parts: list[list[int]] = [[] for _ in blocks]
    stream = iter(words)
    for i in range(max(blocks)):
        for part, length in zip(parts, blocks, strict=True):
            if i < length:
                part.append(next(stream))
    return [word for part in parts for word in part]
