"""Descriptions of the registered architectures, as text and as Markdown."""

from __future__ import annotations

from lenet._util import markdown
from lenet.models.spec import layer_table
from lenet.models.zoo import ARCHITECTURES, DEFAULT_ARCHITECTURE, Architecture

_HEADINGS = ("layer", "in the paper", "output", "parameters")


def _rows(architecture: Architecture) -> list[tuple[str, str, str, str]]:
    """Return a row for each layer, in the order of _HEADINGS, and one for the sum."""
    rows = [
        (name, architecture.names.get(name, ""), shape, f"{count:,}" if count else "")
        for name, shape, count in layer_table(architecture.spec)
    ]
    return [*rows, ("all", "", "", f"{architecture.parameters:,}")]


def _published(architecture: Architecture) -> str:
    """Return the paper's number of parameters, if it has another number of outputs; or nothing."""
    outputs, parameters = architecture.published or (0, 0)
    if parameters in (0, architecture.parameters):
        return ""
    return f"With the {outputs} outputs of the paper it has {parameters:,} parameters."


def overview() -> str:
    """Return a line for each architecture."""
    wide = max(map(len, ARCHITECTURES))
    return "\n".join(
        f"{a.name:<{wide}}  {a.parameters:>6,} parameters  {a.origin}" for a in ARCHITECTURES.values()
    )


def description(architecture: Architecture) -> str:
    """Return the layers, shapes, parameters and departures of one architecture."""
    rows = [_HEADINGS, *_rows(architecture)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{architecture.name}: {architecture.origin}", ""]
    for name, paper, shape, count in rows:
        fields = (name.ljust(widths[0]), paper.ljust(widths[1]), shape.ljust(widths[2]))
        lines.append("  ".join((*fields, count.rjust(widths[3]))).rstrip())
    lines += ["", *filter(None, [_published(architecture)])]
    lines += [f"- {departure}" for departure in architecture.departures]
    return "\n".join(lines).rstrip()


def document() -> str:
    """Return the text of docs/reference/architectures.md."""
    parts = [
        "# Architectures\n\n"
        "`lenet train --arch NAME` trains one of these networks; "
        f"without `--arch` it trains `{DEFAULT_ARCHITECTURE}`.\n"
        "Each table names the layers as in the [specification](model-file.md#architecture).\n"
        "For a network of a paper, a list has every departure from it.\n"
        "`python tools/codegen/architectures_page.py` makes this page, "
        "and `lenet architectures NAME` prints the same.\n"
    ]
    for architecture in ARCHITECTURES.values():
        parts.append(f"## {architecture.name}\n\n{architecture.origin}.\n")
        parts.append(markdown.table(_HEADINGS, _rows(architecture), ("---", "---", "---", "---:")))
        if sentence := _published(architecture):
            parts.append(sentence + "\n")
        if architecture.departures:
            listed = "\n".join(
                f"- {departure}".replace(". ", ".\n  ") for departure in architecture.departures
            )
            parts.append(f"Departures from the paper:\n\n{listed}\n")
    return "\n".join(parts)
