"""Pieces of a page as text: tables, pictures, figures, and the frame around them."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt


def document(title: str, body: str) -> str:
    """A whole page that needs nothing else: no script, and a policy that would allow none."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def section(name: str, title: str, *parts: str) -> str:
    """A part of the page that links can name."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>\n' + "\n".join(parts) + "</section>"


def figure(title: str, drawing: str, caption: str = "", behind: str = "", kind: str = "") -> str:
    """A chart with its title; `behind` is shown on demand: the numbers."""
    more = f"<details><summary>The numbers</summary>{behind}</details>" if behind else ""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}"><h3>{escape(title)}</h3>{drawing}{below}{more}</figure>'


def table(head: Sequence[str], rows: Sequence[Sequence[str | int]], kind: str = "") -> str:
    """A table that scrolls within itself where it is too wide."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{escape(str(first))}</th>{cells}</tr>')
    return (
        f'<div class="scroll" tabindex="0"><table class="{kind}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


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
        items.append(
            f'<li><svg viewBox="0 0 28 10" aria-hidden="true">{sample}</svg>{escape(name)}</li>'
        )
    return f'<ul class="legend">{"".join(items)}</ul>'


def picture(image: npt.NDArray[np.uint8], text: str) -> str:
    """An image uint8 (28, 28), ink bright, as dark ink on nothing."""
    from PIL import Image

    grey_and_ink = np.dstack([np.zeros_like(image), image])
    stream = io.BytesIO()
    Image.fromarray(grey_and_ink).save(stream, "PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode()
    height, width = image.shape
    return (
        f'<img class="ink" alt="{escape(text)}" width="{width}" height="{height}" '
        f'src="data:image/png;base64,{data}">'
    )
