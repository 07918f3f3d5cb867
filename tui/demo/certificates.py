"""Certificates of the simulated site, made anew for each run; their keys never leave this process's memory."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Names = tuple[x509.DNSName | x509.IPAddress, ...]


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def server_context(self) -> ssl.SSLContext:
        """For a TLS server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # ssl takes certificates from files only; this one is gone before anybody can look.
        with tempfile.TemporaryDirectory(prefix="noroute-demo-") as folder:
            path = Path(folder) / "pair.pem"
            path.touch(0o600)
            path.write_bytes(key + self.pem)
            context.load_cert_chain(path)
        return context


def _name(common: str) -> x509.Name:
    pairs = ((NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, "VMware"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in pairs])


def _build(subject: str, names: Names, issuer: Pair | None, days: int) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=200)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer.certificate.subject if issuer else _name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Pair(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Certificates:
    """The appliance's own authority, its server certificate, and that of the Supervisor."""

    authority: Pair
    appliance: Pair
    supervisor: Pair


def make(hostname: str, addresses: tuple[str, ...], vip: str) -> Certificates:
    """New ones for an appliance of that name and addresses, and a Supervisor behind that VIP."""
    authority = _build("HAProxy CA", (), None, 3650)
    own: Names = (
        x509.DNSName(hostname),
        x509.DNSName("localhost"),
        *(x509.IPAddress(IPv4Address(address)) for address in ("127.0.0.1", *addresses)),
    )
    supervisor: Names = (x509.DNSName("kubernetes"), x509.IPAddress(IPv4Address(vip)))
    return Certificates(authority, _build(hostname, own, authority, 3650), _build("supervisor", supervisor, None, 3650))
