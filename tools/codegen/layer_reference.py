"""Write the layers into docs/reference/model-file.md, from the classes of lenet.models.layers.

python tools/codegen/layer_reference.py
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

from lenet._util import markdown
from lenet.models.layers import KINDS, Layer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "model-file.md"
BEGIN, END = "<!-- made by tools/codegen/layer_reference.py -->\n", "<!-- end of layers -->\n"


def layer_reference() -> str:
    """Return two tables: the layers, and their fields."""
    layers = [(f"`{_form(layer)}`", _meaning(layer), _output(layer)) for layer in KINDS.values()]
    rows = [row for layer in KINDS.values() for row in _fields(layer)]
    return (
        markdown.table(("layer", "meaning", "shape of the output"), layers)
        + "\n"
        + markdown.table(("layer", "field", "meaning", "default"), rows)
    )


def _form(layer: type[Layer]) -> str:
    """Return the layer's JSON object, with the names of required fields as values."""
    names, keys = [field.name for field in fields(layer)], layer.keys()
    if len(names) != len(keys):  # no field, or a list of all
        return f'{{"{layer.kind}": [{", ".join(names)}]}}' if names else f'{{"{layer.kind}": {{}}}}'
    required = sum(field.default is MISSING for field in fields(layer))
    members = [f'"{key}": {name}' for key, name in zip(keys, names, strict=True)]
    return "{" + ", ".join(members[:required] + ["..."] * (required < len(members))) + "}"


def _meaning(layer: type[Layer]) -> str:
    return _one_line((inspect.getdoc(layer) or "").partition("Attributes:")[0])


def _output(layer: type[Layer]) -> str:
    first, *_ = (inspect.getdoc(layer.output_shape) or "").splitlines()
    return "unchanged" if layer.output_shape is Layer.output_shape else first.removeprefix("Return ")[:-1]


def _fields(layer: type[Layer]) -> Iterator[tuple[str, str, str, str]]:
    text = (inspect.getdoc(layer) or "").partition("Attributes:\n")[2]
    meanings = dict(re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", text, re.MULTILINE))
    for field in fields(layer):
        words = {MISSING: "required", None: "none"}
        default = words.get(field.default) or f"`{json.dumps(field.default)}`"
        yield f"`{layer.kind}`", f"`{field.name}`", _one_line(meanings[field.name]), default


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(before + BEGIN + layer_reference() + END + after, encoding="utf-8")
