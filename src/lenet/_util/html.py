"""Pages to look at: one HTML file each, with its pictures in it, that loads and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import io
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; margin: 2rem 0 .6rem; }
.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
img { image-rendering: pixelated; background: #fff; max-width: 100%; border: 1px solid #8884; }
figure { display: inline-block; margin: .3rem .5rem .3rem 0; vertical-align: top; }
figcaption { font-size: .8rem; text-align: center; }
svg { max-width: 100%; height: auto; }
svg rect { fill: #38c; } svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
.note { opacity: .75; max-width: 46rem; }
"""


def page(title: str, parts: Iterable[str]) -> bytes:
    """A whole page, UTF-8. `parts` are HTML that the functions below made."""
    body = f"<main><h1>{text(title)}</h1>\n" + "\n".join(parts) + "\n</main>"
    return document(title, _STYLE, body).encode()


def document(title: str, style: str, body: str) -> str:
    """A whole page that needs nothing else: no script, and a policy that would allow none."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def text(value: object) -> str:
    """A value as text that is nothing but text."""
    return html.escape(str(value))


def heading(value: str, level: int = 2) -> str:
    """A heading of level 2 or 3."""
    return f"<h{level}>{text(value)}</h{level}>"


def paragraph(value: str, *, note: bool = False) -> str:
    """A paragraph, or a remark in a quieter colour."""
    return f'<p class="note">{text(value)}</p>' if note else f"<p>{text(value)}</p>"


def table(head: Sequence[object], rows: Iterable[Sequence[object]], kind: str = "") -> str:
    """A table that scrolls within itself, by keys too; the first column names the rows. `kind` is
    its class."""
    top = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td>{text(cell)}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{text(first)}</th>{cells}</tr>')
    return (
        f'<div class="scroll" tabindex="0"><table class="{kind}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def behind(words: str, content: str) -> str:
    """Content that is shown on demand."""
    return f"<details><summary>{text(words)}</summary>{content}</details>"


def png(pixels: npt.NDArray[np.uint8]) -> str:
    """The address of an image uint8 (height, width) or (height, width, channels): itself as PNG."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def picture(ink: npt.NDArray[np.uint8], description: str, caption: str = "", scale: int = 1) -> str:
    """An image uint8 (height, width), ink bright, shown dark on white, `scale` times as large."""
    height, width = (scale * side for side in ink.shape)
    shown = f'<img src="{png(255 - ink)}" alt="{text(description)}" width="{width}" height="{height}">'
    return f"<figure>{shown}<figcaption>{text(caption)}</figcaption></figure>" if caption else shown


def bars(names: Sequence[str], values: Sequence[int], description: str) -> str:
    """Upright bars with their names below and values in their tooltips, as SVG."""
    width, height, top = 22, 120, max([*values, 1])
    parts = []
    for k, (name, value) in enumerate(zip(names, values, strict=True)):
        tall = value * height / top
        parts.append(
            f'<rect x="{k * width + 2}" y="{height - tall:.1f}" width="{width - 4}" '
            f'height="{tall:.1f}"><title>{text(name)}: {value:,}</title></rect>'
            f'<text x="{k * width + width / 2}" y="{height + 13}" text-anchor="middle">'
            f"{text(name)}</text>"
        )
    size = f"{len(names) * width} {height + 18}"
    return (
        f'<svg viewBox="0 0 {size}" width="{len(names) * width}" role="img" '
        f'aria-label="{text(description)}">{"".join(parts)}</svg>'
    )
