"""The export of a class: one zip file with what `lenet collect export` writes."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from lenet.datasets.contributions import manifest_path
from lenet.server.collect.database import Database
from lenet.server.collect.export import export
from lenet.server.collect.types import State

NAME = "letters.jsonl.gz"
_TIME = (1980, 1, 1, 0, 0, 0)  # equal letters give equal bytes


def export_class(database: Database, folder: Path) -> bytes:
    """Return a zip file of the drawings and their manifest.

    Args:
        database: of the class; nobody moderates it, so new drawings are exported too.
        folder: where files may lie meanwhile.

    Raises:
        LenetError: a file cannot be written, or the database cannot be read.
    """
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / NAME
        export(database, path, (State.NEW, State.ACCEPTED))
        with zipfile.ZipFile(buffer, "w") as archive:
            for file in (path, manifest_path(path)):
                archive.writestr(zipfile.ZipInfo(file.name, _TIME), file.read_bytes())
    return buffer.getvalue()
