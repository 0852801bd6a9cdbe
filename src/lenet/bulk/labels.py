"""The page on which a person labels the sample, and the labels that it saves.

The page has no predictions, so that the labels do not depend on the model.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from lenet._util.bounded import read_bytes
from lenet.bulk import manifest as manifests
from lenet.bulk.sample import (
    LABELS,
    NEIGHBOURS,
    Images,
    Sample,
    SampledLetter,
    read_sample,
    sample_name,
)
from lenet.bulk.storage import Target
from lenet.engine.abi import SIDE
from lenet.errors import DataError
from lenet.metrics.decision import Verdict
from lenet.reports.html import render

FORMAT = "lenet-labels/1"
PAGE = "label.html"
UNREADABLE, NOT_A_LETTER = "unreadable", "not-a-letter"
"""Labels beside the model's classes, which are single characters."""
MAX_BYTES = 2**20  # of labels.json

_SLOTS = 2 * NEIGHBOURS + 1  # images of a letter on the sheet: its neighbours and itself in the middle
_COLUMNS = 5 * _SLOTS


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of labels.json.

    Attributes:
        format: `FORMAT`.
        run: the digest of the manifest.
        labels: shard, row and label of each letter; a label is a class, `UNREADABLE` or `NOT_A_LETTER`.
    """

    format: str
    run: str
    labels: list[tuple[int, int, str]]


def page_letters(rows: Sequence[SampledLetter]) -> list[SampledLetter]:
    """Return the letters of the page in their order: all but drawings without ink."""
    inked = (row for row in rows if row.answer.verdict != Verdict.EMPTY)
    return list(islice(inked, LABELS))


def render_label_page(rows: Sequence[SampledLetter], run: str, classes: Sequence[str]) -> bytes:
    """Render the page.

    Args:
        rows: the letters of `page_letters`; at least one.
        run: the digest of the manifest.
        classes: the model's class names.

    Returns:
        HTML in UTF-8, complete in itself.
    """
    from markupsafe import Markup  # base64 needs no escapes, and megabytes would take long

    data = {
        "run": run,
        "classes": list(classes),
        "letters": [[row.shard, row.answer.row] for row in rows],
        "slots": _SLOTS,
        "columns": _COLUMNS,
    }
    return render("label.html.j2", script="label.js", data=data, sheet=Markup(_sheet(rows)))


def _sheet(rows: Sequence[SampledLetter]) -> str:
    """Return all images, each letter with its neighbours, in one PNG as a data URI: dark ink on white."""
    from PIL import Image

    slots = np.zeros((-(-len(rows) * _SLOTS // _COLUMNS) * _COLUMNS, SIDE, SIDE), np.uint8)
    for k, row in enumerate(rows):
        middle = k * _SLOTS + NEIGHBOURS
        _put(slots, middle - len(row.before), row.before)
        _put(slots, middle, (row.image, *row.after))
    sheet = slots.reshape(-1, _COLUMNS, SIDE, SIDE).swapaxes(1, 2).reshape(-1, _COLUMNS * SIDE)
    stream = io.BytesIO()
    Image.fromarray(255 - sheet).save(stream, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def _put(slots: Images, first: int, images: Sequence[Images]) -> None:
    for k, image in enumerate(images):
        slots[first + k] = image


def run_digest(target: Target) -> str:
    """Return the hexadecimal SHA-256 of a run's manifest, which labels name."""
    return hashlib.sha256(target.read(manifests.NAME)).hexdigest()


def sample_of(target: Target) -> Sample:
    """Read the sample of a run.

    Raises:
        DataError: the run is missing or not done, or a file is damaged.
    """
    manifest = manifests.read(target)
    if manifest is None:
        raise DataError(f"{target}: no {manifests.NAME}; name the folder that --out had")
    names = set(target.list())
    numbers = [shard.number for shard in manifest.shards]
    if missing := next((sample_name(n) for n in numbers if sample_name(n) not in names), None):
        raise DataError(f"{target}: {missing}: is missing; run again until all files are written")
    return read_sample(numbers, target.read)


def put_label_page(target: Target, classes: Sequence[str]) -> bool:
    """Write the page of a run, unless it is there; return whether there is a letter to label."""
    letters = page_letters(sample_of(target).rows)
    if letters:
        page = render_label_page(letters, run_digest(target), classes)
        target.put_if_absent(PAGE, lambda stream: _write(stream, page))
    return bool(letters)


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


def read_labels(path: Path, run: str, classes: Sequence[str]) -> dict[tuple[int, int], str]:
    """Read labels.json: the label of each letter by its shard and row.

    Args:
        path: the file.
        run: the digest of the manifest that it must belong to.
        classes: the model's class names.

    Raises:
        LenetError: it cannot be read, is damaged or of another run, has a label twice, or is empty.
    """
    try:
        content = msgspec.json.decode(read_bytes(path, limit=MAX_BYTES), type=Labels)
    except msgspec.DecodeError as error:
        raise DataError(f"{path}: is not a file of labels ({error}); save it from label.html") from None
    if content.format != FORMAT:
        raise DataError(f"{path}: its format is not {FORMAT}; save it from label.html")
    if content.run != run:
        raise DataError(f"{path}: its labels are of another run; name the folder of their label.html")
    allowed = {*classes, UNREADABLE, NOT_A_LETTER}
    for *_, label in content.labels:
        if label not in allowed:
            raise DataError(f"{path}: {label!r} is not a class of the model; save it from label.html")
    labels = {(shard, row): label for shard, row, label in content.labels}
    if len(labels) != len(content.labels):
        raise DataError(f"{path}: a letter has two labels; save it from label.html")
    if not labels:
        raise DataError(f"{path}: has no labels; label some letters in label.html")
    return labels
