"""Sign a report with an SSH key, and verify its signature (`ssh-keygen -Y`, OpenSSH 8.1 or newer)."""

from __future__ import annotations

import shutil
from pathlib import Path

from lenet._util.subprocesses import ask
from lenet.errors import EngineError, LenetError, MissingDependencyError

NAMESPACE = "lenet-improve"
"""Signatures of other namespaces, such as Git's, do not count."""


def program() -> str:
    """Return the path of ssh-keygen. Raise MissingDependencyError if it is not installed."""
    path = shutil.which("ssh-keygen")
    if path is None:
        raise MissingDependencyError("ssh-keygen is not installed; install OpenSSH 8.1 or newer")
    return path


def check_key(key: Path) -> None:
    """Check, before a long training, that a key can sign. Raise LenetError."""
    sign(key, b"")


def sign(key: Path, report: bytes) -> bytes:
    """Return the signature of a report, in OpenSSH's armoured form.

    Args:
        key: private key, or a public key whose private key an agent holds.
        report: bytes of report.json.

    Raises:
        MissingDependencyError: ssh-keygen is not installed.
        LenetError: the key cannot sign.
    """
    command = [program(), "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key)]
    if not key.is_file():
        raise LenetError(f"{key}: no such file; name a private key of ssh-keygen")
    try:
        return ask("ssh-keygen", command, report)
    except EngineError as error:
        raise LenetError(f"{key}: cannot sign ({error}); name a private key of ssh-keygen") from None


def verify(report: bytes, signature: Path, allowed_signers: Path | None, identity: str | None) -> str:
    """Verify a signature; return a sentence on the signer.

    Args:
        report: bytes of report.json.
        signature: file of the signature.
        allowed_signers: file of ssh-keygen with the keys of the people who may sign; None: any key counts.
        identity: name of the signer in that file.

    Raises:
        MissingDependencyError: ssh-keygen is not installed.
        LenetError: the signature is not one of this report, or not of this signer.
    """
    common = ["-n", NAMESPACE, "-s", str(signature)]
    if allowed_signers and identity:
        command = [program(), "-Y", "verify", "-f", str(allowed_signers), "-I", identity, *common]
    else:
        command = [program(), "-Y", "check-novalidate", *common]
    try:
        line = ask("ssh-keygen", command, report).decode(errors="replace").strip()
    except EngineError:
        signer = f" of {identity}" if identity else ""
        raise LenetError(
            f"{signature}: is not a valid signature{signer} for report.json; do not use the model"
        ) from None
    if allowed_signers and identity:
        return f"signed by {identity}"
    key = line.rpartition(" ")[2]
    return f"signed by the key {key}, whose owner is not checked; give --allowed-signers and --identity"
