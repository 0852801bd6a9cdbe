"""Writes web/src/features/train/named.json: the networks and recipes that the page can train with.

python tools/codegen/page_networks.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from lenet.models import ARCHITECTURES
from lenet.training.recipes import NO_AUGMENTATION, RECIPES

PLACE = Path(__file__).resolve().parents[2] / "web" / "src" / "features" / "train" / "named.json"


def document() -> str:
    """Return the named networks as JSON, a line each."""
    networks = {
        name: {"origin": a.origin, "parameters": a.parameters, "spec": a.spec.to_json()}
        for name, a in ARCHITECTURES.items()
    }
    default = RECIPES["default"]
    recipes = {
        "default": asdict(default),
        "no-aug": asdict(replace(default, augmentation=NO_AUGMENTATION)),
        "holzweber2021": asdict(RECIPES["holzweber2021"]),
    }
    parts = [("networks", networks), ("recipes", recipes)]
    texts = [f'"{part}": {{\n{_lines(entries)}\n}}' for part, entries in parts]
    return "{" + ",\n".join(texts) + "}\n"


def _lines(entries: Mapping[str, object]) -> str:
    return ",\n".join(f'"{name}": {json.dumps(entry)}' for name, entry in entries.items())


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
