"""TLS: certificates from files, or one that the server signs itself."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.errors import LenetError, MissingDependencyError
from lenet.server.config import ServerConfig, TLSFiles
from lenet.server.qr import ANY, local_address

if TYPE_CHECKING:
    from cryptography import x509

DAYS = 90  # that a certificate of one's own is valid


def tls_context(config: ServerConfig) -> ssl.SSLContext | None:
    """Return the TLS of the settings; None for HTTP.

    Raises:
        LenetError: a file cannot be read, or is not a certificate with its key.
        MissingDependencyError: a certificate is to be made and `cryptography` is not installed.
    """
    if config.tls is not None:
        return _load(config.tls)
    if not config.self_signed:
        return None
    with tempfile.TemporaryDirectory(prefix="lenet-tls-") as folder:  # ssl reads certificates from files only
        return _load(_self_signed(config.host, Path(folder)))


def _load(files: TLSFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    for path in (files.certificate, files.key):
        if not path.is_file():
            raise LenetError(f"{path}: no such file; name a PEM file with --tls-cert and --tls-key")
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or error
        message = f"{files.certificate}: not a certificate with the key {files.key} ({reason})"
        raise LenetError(f"{message}; give both as PEM, the key without a password") from None
    return context


def _no_password() -> str:
    raise ValueError("the key has a password")


def _self_signed(host: str, folder: Path) -> TLSFiles:
    """Write a certificate for the names of this machine, and its key."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ImportError:
        message = 'cryptography, which makes the certificate, is not installed; pip install "lenet[serve]"'
        raise MissingDependencyError(message) from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lenet")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(list(map(_general_name, _names(host)))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = TLSFiles(folder / "certificate.pem", folder / "key.pem")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def _names(host: str) -> list[str]:
    """Return the names and addresses under which clients may reach this machine."""
    names = {"localhost", "127.0.0.1", "::1", socket.gethostname()}
    names.add((local_address() or "localhost") if host.strip("[]") in ANY else host.strip("[]"))
    with suppress(OSError):  # a machine that does not know its own name
        addresses = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)]
        names |= {str(address).partition("%")[0] for address in addresses}
    return sorted(name for name in names if name.isascii())


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
