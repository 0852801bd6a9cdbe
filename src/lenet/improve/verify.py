"""Verify the result of an improvement: its digests, its decision and its signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lenet._util import strict_json
from lenet._util.files import open_file, read_error
from lenet.errors import DataError, LenetError
from lenet.improve import digests, signature
from lenet.improve.folder import MODEL, REPORT
from lenet.improve.report import FORMAT, own_digest
from lenet.improve.types import Role

MAX_BYTES = 16 * 2**20  # of a report
SIGNATURE = "report.json.sig"
FILES = ("report.html", MODEL)


@dataclass(frozen=True)
class Verified:
    """The result of a verification.

    Attributes:
        passed: whether the gate had passed.
        checked: lines on what is as the report says.
        unchecked: lines on what could not be checked, such as inputs that are not here.
    """

    passed: bool
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]


@dataclass(frozen=True)
class Signer:
    """The signer that a signature must be of.

    Attributes:
        allowed_signers: file of ssh-keygen with the keys of the people who may sign.
        identity: the signer's name in that file.
    """

    allowed_signers: Path
    identity: str


def verify(folder: Path, signer: Signer | None = None) -> Verified:
    """Recompute the digests that a report names, and check its signature.

    Args:
        folder: the folder of `lenet improve --out`.
        signer: who must have signed; None: a signature is checked if there is one.

    Raises:
        LenetError: the report, the model, an input or the signature is not what the report says.
    """
    content, value = _report(folder)
    checked = ["report.json: its digest is right", *_files(folder, value)]
    unchecked = []
    for role, name, expected in _inputs(folder, value):
        try:
            actual = digests.digest(digests.input_paths(role, name))
        except LenetError:
            unchecked.append(f"{name} ({role}): is not here")
            continue
        if actual != expected:
            raise DataError(
                f"{name} ({role}): has changed since {folder / REPORT} was written; use that file again"
            )
        checked.append(f"{name} ({role}): its digest is right")
    if value["code"]["sha256"] != digests.code_digest():
        unchecked.append(f"the program: lenet {value['code']['version']} of other code wrote the report")
    path = folder / SIGNATURE
    if path.exists():
        allowed, identity = (signer.allowed_signers, signer.identity) if signer else (None, None)
        checked.append(f"{SIGNATURE}: {signature.verify(content, path, allowed, identity)}")
    elif signer:
        raise LenetError(f"{folder}: holds no {SIGNATURE}; sign with `lenet improve --sign KEY`")
    else:
        unchecked.append("the report is not signed: whoever changes it can change its digests, too")
    return Verified(value["passed"], tuple(checked), tuple(unchecked))


def _report(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes and the JSON of a report whose own digest is right. Raise DataError."""
    path = folder / REPORT
    try:
        with open_file(path) as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise read_error(path, error) from None
    try:
        value = strict_json.parse(content) if len(content) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise DataError(f"{path}: is not a report of `lenet improve`; name the folder of --out")
    code = value.get("code")
    is_whole = (
        type(value.get("passed")) is bool and isinstance(code, dict) and {"sha256", "version"} <= code.keys()
    )
    if value.get("sha256") != own_digest(value) or not is_whole:
        raise DataError(f"{path}: was changed after it was written; do not use the model")
    return content, value


def _files(folder: Path, value: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each file that is as the report says. Raise DataError for another."""
    files = value.get("files")
    files = files if isinstance(files, dict) else {}
    if (MODEL in files) != value["passed"] or "report.html" not in files:
        raise DataError(f"{folder / REPORT}: its files are not those of its decision; do not use the model")
    for name in FILES:
        path = folder / name
        if name not in files:
            if path.exists():
                raise DataError(f"{path}: is a model that the gate refused or did not see; do not use it")
        elif digests.digest([path]) != files[name]:
            raise DataError(f"{path}: is not the file that {REPORT} describes; do not use the model")
        else:
            yield f"{name}: its digest is right"


def _inputs(folder: Path, value: dict[str, Any]) -> Iterator[tuple[Role, str, str]]:
    inputs = value.get("inputs")
    for one in inputs if isinstance(inputs, list) else []:
        try:
            yield Role(one["role"]), str(one["name"]), str(one["sha256"])
        except (KeyError, TypeError, ValueError):
            raise DataError(f"{folder / REPORT}: an input is damaged; do not use the model") from None
