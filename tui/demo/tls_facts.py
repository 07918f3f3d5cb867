"""What the reading script says of the data plane API's certificates and keys on the simulated disk."""

from __future__ import annotations

import re
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from tui.demo import seed
from tui.demo.appliance import Appliance
from tui.demo.certificates import Pair

_FOLDER = "/etc/haproxy"
_MANGLED = re.compile(rb"-----BEGIN ([A-Z ]*)(?:\n|\Z)")
# A key is nowhere on the disk: what stands in for it is shown as a key of this many lines.
_KEY_LINES = 28


def tls_files(appliance: Appliance) -> str:
    """One row for each file, and what ``openssl verify`` says."""
    pairs = appliance.certificates
    rows = [
        _row(appliance, "ca.crt", pairs.authority),
        _row(appliance, "ca.key", pairs.authority),
        _row(appliance, "server.crt", pairs.appliance),
        _row(appliance, "server.key", pairs.appliance),
    ]
    return "".join(f"{row}\n" for row in (*rows, *(f"verify {row}" for row in _verified(appliance))))


def _data(appliance: Appliance, name: str) -> bytes | None:
    path = f"{_FOLDER}/{name}"
    return appliance.disk.read(path) if appliance.disk.exists(path) else None


def _loaded(data: bytes | None) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(data or b"")
    except ValueError:
        return None


def _public(certificate: x509.Certificate) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return sha256(certificate.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()[:16]


def _row(appliance: Appliance, name: str, pair: Pair) -> str:
    data = _data(appliance, name)
    if data is None:
        return f"{name} missing"
    if name.endswith(".key") and data == seed.KEY:
        return f"{name} {_KEY_LINES} yes {_public(pair.certificate)} "
    certificate = _loaded(data) if name.endswith(".crt") else None
    facts = f"yes {_public(certificate)}" if certificate is not None else "no -"
    torn = _MANGLED.match(data)
    lines = data.count(b"\n")
    return f"{name} {lines} {facts} {torn[1].decode() if torn else ''}"


def _verified(appliance: Appliance) -> list[str]:
    authority, server = (_loaded(_data(appliance, name)) for name in ("ca.crt", "server.crt"))
    if authority is None:
        return ["Error loading file ca.crt"]
    if server is None:
        return ["unable to load certificate"]
    try:
        server.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        why = "error 20 at 0 depth lookup: unable to get local issuer certificate"
        return [why, "error server.crt: verification failed"]
    return ["server.crt: OK"]
