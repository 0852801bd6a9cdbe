"""Progress bars: on standard error, and only where that is a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(*, disable: bool | None = None, **options: object) -> tqdm:
    """Return a bar of tqdm, a context manager, that disappears when it is closed."""
    from tqdm import tqdm

    return tqdm(disable=disable, leave=False, **options)


def note(text: str) -> tqdm:
    """Return a bar that shows a text only, for work of unknown length."""
    return progress_bar(desc=text, bar_format="{desc}")
