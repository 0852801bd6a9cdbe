"""The certificate that the server makes: it names the addresses under which devices come."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet.server import tls


@pytest.mark.parametrize(
    ("host", "name"), [("0.0.0.0", "192.0.2.7"), ("::", "192.0.2.7"), ("10.0.0.9", "10.0.0.9")]
)
def test_a_certificate_has_the_address_of_the_qr_code(
    host: str, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    x509 = pytest.importorskip("cryptography.x509")
    monkeypatch.setattr(tls, "local_address", lambda: "192.0.2.7")
    files = tls._self_signed(host, tmp_path)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert {name, "127.0.0.1"} <= addresses
    assert not addresses & {"0.0.0.0", "::"}
