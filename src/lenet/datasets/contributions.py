"""Exports of contributions: their manifests, and the withdrawn contributions that a training leaves out.

`lenet collect export` writes the files; docs/reference/contributions.md has the formats.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lenet._util import strict_json
from lenet._util.counts import counted
from lenet._util.files import READ_ERRORS, open_unpacked, read_error
from lenet.datasets.registry import DatasetRef
from lenet.errors import DataError
from lenet.ink import read_drawings

MANIFEST = "lenet-contributions/1"
WITHDRAWN = "lenet-withdrawn/1"
MAX_BYTES = 2**28  # of a manifest: a million tombstones have 40 MB
ENDINGS = (".jsonl.gz", ".jsonl")
BLOCK = 2**20

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Withdrawal:
    """Tombstones of the contributions that one contributor withdrew at once.

    Attributes:
        hour: whole hours from 1970 to the withdrawal, in UTC.
        ids: of the contributions.
    """

    hour: int
    ids: frozenset[str]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"hour": self.hour, "ids": sorted(self.ids)}


@dataclass(frozen=True)
class WithdrawnContributions:
    """The contributions that a training leaves out.

    Attributes:
        ids: of the contributions.
        contributors: number of contributors who withdrew.
    """

    ids: frozenset[str]
    contributors: int


def manifest_path(data: Path) -> Path:
    """Return the path of the manifest beside a file of contributions."""
    ending = next((ending for ending in ENDINGS if data.name.endswith(ending)), "")
    return data.with_name(data.name.removesuffix(ending) + ".manifest.json")


def check_withdrawn(data: Sequence[str], tombstones: Path) -> WithdrawnContributions:
    """Check that the exports among data sets are not older than a list of withdrawn contributions.

    Args:
        data: a DATASET each.
        tombstones: a list of withdrawn contributions, or a manifest.

    Returns:
        What to leave out.

    Raises:
        DataError: a file cannot be read, an export does not name all withdrawn contributions of the list,
            its manifest is missing, or it was changed.
    """
    listed = set(read_withdrawals(tombstones))
    for spec in data:
        path = DatasetRef.parse(spec).path
        manifest = manifest_path(path)
        if manifest.is_file():
            own = _check_export(path, manifest)
            missing = {key for entry in listed for key in entry.ids} - {
                key for entry in own for key in entry.ids
            }
            if missing:
                raise DataError(
                    f"{path}: is older than {tombstones}, which has "
                    f"{counted(len(missing), 'more withdrawn contribution')}; export the data again"
                )
            listed |= set(own)
        elif path.name.endswith(ENDINGS) and any(drawing.id for drawing in read_drawings(path)):
            raise DataError(f"{path}: its age is unknown without {manifest.name}; copy that file here, too")
    return WithdrawnContributions(frozenset(key for entry in listed for key in entry.ids), len(listed))


def _check_export(path: Path, manifest: Path) -> list[Withdrawal]:
    """Return the withdrawals that a manifest names. Raise DataError if the data are not the manifest's."""
    value = _read(manifest, (MANIFEST,))
    if value.get("sha256") != digest_of(path):
        raise DataError(f"{path}: is not the file that {manifest.name} describes; export the data again")
    return _withdrawals(value, manifest)


def read_withdrawals(path: Path) -> list[Withdrawal]:
    """Read the tombstones of a list of withdrawn contributions, or of a manifest. Raise DataError."""
    return _withdrawals(_read(path, (WITHDRAWN, MANIFEST)), path)


def digest_of(path: Path) -> str:
    """Return the SHA-256 in hex of a file's bytes, unpacked. Raise DataError."""
    digest = hashlib.sha256()
    try:
        with open_unpacked(path) as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    return digest.hexdigest()


def _read(path: Path, formats: tuple[str, ...]) -> dict[str, Any]:
    try:
        with open_unpacked(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    try:
        value = strict_json.parse(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or value.get("format") not in formats:
        raise DataError(
            f"{path}: is not a list of withdrawn contributions; `lenet collect export --withdrawn` writes one"
        )
    return value


def _withdrawals(value: dict[str, Any], path: Path) -> list[Withdrawal]:
    entries = value.get("withdrawn")
    if not isinstance(entries, list) or not all(_is_withdrawal(entry) for entry in entries):
        raise DataError(f'{path}: "withdrawn" is damaged; export it again')
    return [Withdrawal(entry["hour"], frozenset(entry["ids"])) for entry in entries]


def _is_withdrawal(entry: Any) -> bool:
    if not isinstance(entry, dict) or type(entry.get("hour")) is not int:
        return False
    ids = entry.get("ids")
    return isinstance(ids, list) and all(isinstance(key, str) and _UUID.fullmatch(key) for key in ids)
