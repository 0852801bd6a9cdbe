"""HTML of the reports: the Jinja2 environment and the values that its macros write.

A page is one file that loads nothing: pictures are data URIs, the style sheet is inline, and the
content-security policy allows only these. Jinja2 escapes every text. Only the page for labels
runs a script, which is inline and which the policy names by its digest.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lenet.reports.svg import Chart

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class Table:
    """A table; the first column names the rows."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    css: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart with its title, caption, legend, and the same numbers as a table.

    Attributes:
        title: its heading.
        chart: its drawing.
        caption: a sentence below it.
        legend: (text, class name) of each colour; "c1" is a line, "f1" or "s1" an area.
        table: the numbers, shown on demand.
        css: class name of the figure.
    """

    title: str
    chart: Chart
    caption: str = ""
    legend: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    css: str = ""


def render(template: str, *, script: str = "", **values: object) -> bytes:
    """Render a page.

    Args:
        template: file name in `templates/`.
        script: file name in `templates/` of the script that the page runs, if any.
        values: what the template names.

    Returns:
        The HTML in UTF-8.
    """
    from markupsafe import Markup

    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    code = (TEMPLATES / script).read_text(encoding="utf-8") if script else ""
    inline = {
        "style": Markup(style),
        "style_digest": _digest(style),
        "script": Markup(code),
        "script_digest": _digest(code) if code else "",
    }
    return environment().get_template(template).render(**inline, **values).encode()


def _digest(text: str) -> str:
    """Return the SHA-256 of an inline text as a content-security policy names it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def environment() -> Environment:
    """Return the Jinja2 environment of the templates; it escapes every text."""
    import jinja2

    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["ink"] = ink_uri
    return templates


def ink_uri(image: npt.NDArray[np.uint8]) -> str:
    """Encode an image as a data URI: black ink on a transparent ground.

    Args:
        image: uint8 (height, width), bright ink on a dark background.

    Returns:
        A PNG of grey and alpha as a data URI.
    """
    from PIL import Image

    stream = io.BytesIO()
    pixels = np.dstack([np.zeros_like(image), image])
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
