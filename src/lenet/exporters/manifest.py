"""manifest.json: the exported files of a folder, their model and their verification."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet import __version__
from lenet._util.files import atomic_write
from lenet.models.file import Model

if TYPE_CHECKING:
    from lenet.exporters.exporter import Exported

NAME = "manifest.json"
FORMAT = "lenet-exports/2"
OLD_FORMAT = "lenet-exports/1"  # of version 0.1: `verification` was called `proof`


def add(folder: Path, model: Model, exported: Exported) -> None:
    """Enter a format that was written; other formats of an existing manifest stay."""
    entry = {
        "model": _about(model),
        "files": [_file(folder, path) for path in exported.files],
        "verification": exported.verification and exported.verification._asdict(),
    }
    formats = {**read(folder), exported.name: entry}
    whole = {"format": FORMAT, "lenet": __version__, "formats": dict(sorted(formats.items()))}
    with atomic_write(folder / NAME) as stream:
        stream.write(json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n")


def read(folder: Path) -> dict[str, Any]:
    """Return the formats of a folder's manifest; {} without a readable manifest."""
    try:
        whole = json.loads((folder / NAME).read_bytes()[: 2**22])
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(whole, dict) or whole.get("format") not in (FORMAT, OLD_FORMAT):
        return {}
    formats = whole.get("formats")
    if not isinstance(formats, dict):
        return {}
    for entry in formats.values():
        if isinstance(entry, dict) and "proof" in entry:
            entry["verification"] = entry.pop("proof")
    return formats


def digest(model: Model) -> str:
    """Return the SHA-256 of the parameters (float32, little-endian, in the engine's order).

    It identifies a model in every format.
    """
    return hashlib.sha256(model.parameters.astype("<f4").tobytes()).hexdigest()


def _about(model: Model) -> dict[str, Any]:
    return {
        "name": model.training.name,
        "parameters": len(model.parameters),
        "sha256_of_parameters": digest(model),
        "labels": model.labels,
        "rasterizer_version": model.metadata.rasterizer_version,
        "temperature": model.temperature,
        "pen_width": model.pen_width,
    }


def _file(folder: Path, path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {
        "file": path.relative_to(folder).as_posix(),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
