"""Pieces of the report as text that other pages do not have: sections, figures, legends."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet._util import html as pages


def document(title: str, body: str) -> str:
    """A whole page in the report's style, see `pages.document`."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return pages.document(title, style, body)


def section(name: str, title: str, *parts: str) -> str:
    """A part of the page that links can name."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>\n' + "\n".join(parts) + "</section>"


def figure(title: str, drawing: str, caption: str = "", behind: str = "", kind: str = "") -> str:
    """A chart with its title; `behind` is shown on demand: the numbers."""
    more = f"<details><summary>The numbers</summary>{behind}</details>" if behind else ""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}"><h3>{escape(title)}</h3>{drawing}{below}{more}</figure>'


def paragraph(text: str, kind: str = "") -> str:
    """Plain text."""
    return f'<p class="{kind}">{escape(text)}</p>'


def legend(names: Sequence[tuple[str, str]]) -> str:
    """Names with samples; a class such as "c1" gives a line, "f1" or "s1" an area."""
    items = []
    for name, kind in names:
        sample = (
            f'<line x1="0" y1="5" x2="28" y2="5" class="line {kind}"/>'
            if kind.startswith("c")
            else f'<rect x="4" width="20" height="10" class="{kind}"/>'
        )
        items.append(f'<li><svg viewBox="0 0 28 10" aria-hidden="true">{sample}</svg>{escape(name)}</li>')
    return f'<ul class="legend">{"".join(items)}</ul>'


def picture(image: npt.NDArray[np.uint8], text: str) -> str:
    """An image uint8 (28, 28), ink bright, as dark ink on nothing."""
    height, width = image.shape
    return (
        f'<img class="ink" alt="{escape(text)}" width="{width}" height="{height}" '
        f'src="{pages.png(np.dstack([np.zeros_like(image), image]))}">'
    )
