"""Write Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: Sequence[str] = ()) -> str:
    """Write a table.

    Args:
        head: titles of the columns.
        rows: cells of each row, as many as titles.
        align: delimiter of each column, "---" or "---:"; all to the left by default.

    Returns:
        Lines that end with a newline.
    """
    lines = [head, align or ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
