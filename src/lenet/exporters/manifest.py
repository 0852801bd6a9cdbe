"""manifest.json: what was exported into a folder, and what proved it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lenet import __version__
from lenet._util.files import atomic_write
from lenet.models.file import Model

NAME = "manifest.json"
FORMAT = "lenet-exports/1"


def add(folder: Path, model: Model, name: str, files: Sequence[Path], proof: dict[str, Any] | None) -> None:
    """Enters a format that was written; of a manifest that is there the other formats stay."""
    entry = {
        "model": _about(model),
        "files": [_file(folder, path) for path in files],
        "proof": proof,
    }
    formats = {**read(folder), name: entry}
    whole = {"format": FORMAT, "lenet": __version__, "formats": dict(sorted(formats.items()))}
    with atomic_write(folder / NAME) as stream:
        stream.write(json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n")


def read(folder: Path) -> dict[str, Any]:
    """The formats that a folder's manifest lists; none where there is no manifest of ours."""
    try:
        whole = json.loads((folder / NAME).read_bytes()[: 2**22])
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        return {}
    formats = whole.get("formats")
    return formats if isinstance(formats, dict) else {}


def digest(model: Model) -> str:
    """SHA-256 of the parameters, float32, little-endian, in the engine's order: what tells models
    apart, whatever the format."""
    return hashlib.sha256(model.parameters.astype("<f4").tobytes()).hexdigest()


def _about(model: Model) -> dict[str, Any]:
    return {
        "name": model.training.name,
        "parameters": len(model.parameters),
        "sha256_of_parameters": digest(model),
        "labels": model.labels,
        "ink_version": model.metadata.rasterizer_version,
        "temperature": model.temperature,
        "pen": model.pen_width,
    }


def _file(folder: Path, path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {
        "file": path.relative_to(folder).as_posix(),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
