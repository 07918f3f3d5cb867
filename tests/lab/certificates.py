"""The keys of the lab: a certificate authority and what it signed, made anew for each lab by openssl."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.addresses import APPLIANCE, FRONTEND, HOSTNAME, WORKLOAD
from tests.lab.commands import run

SUBJECT: Final = "/C=US/ST=California/L=Palo Alto/O=VMware/OU=CAPV"
NAMES: Final = (
    f"DNS:{HOSTNAME},DNS:localhost,IP:127.0.0.1,IP:{APPLIANCE},"
    f"IP:{WORKLOAD.address.partition('/')[0]},IP:{FRONTEND.address.partition('/')[0]}"
)


@dataclass(frozen=True)
class Certificates:
    """Where a made authority lies: ca.crt, ca.key, server.crt, server.key (also used by the Supervisor servers)."""

    directory: Path

    def install(self, haproxy: Path) -> None:
        """Copy them to where the appliance keeps them, keys readable by root only."""
        for name in ("ca.crt", "ca.key", "server.crt", "server.key"):
            target = haproxy / name
            target.write_bytes((self.directory / name).read_bytes())
            target.chmod(0o600 if name.endswith(".key") else 0o644)


def make(directory: Path) -> Certificates:
    """Make an authority and a server certificate for the appliance's names, valid for ten years."""
    directory.mkdir()
    ca, ca_key = directory / "ca.crt", directory / "ca.key"
    key = ["-newkey", "rsa:2048", "-nodes"]
    run(["openssl", "req", "-x509", *key, "-keyout", str(ca_key), "-out", str(ca), "-days", "3650",
         "-subj", f"{SUBJECT}/CN={HOSTNAME}"])  # fmt: skip
    run(["openssl", "genrsa", "-out", str(directory / "server.key"), "2048"])
    sign(directory, directory / "server.key", directory / "server.crt", names=NAMES)
    return Certificates(directory)


def sign(authority: Path, key: Path, certificate: Path, *, names: str, start: str = "", end: str = "") -> None:
    """Sign `key` for `names`. `start` and `end` (YYYYMMDDHHMMSSZ) make certificates of the past."""
    work = certificate.parent / f".{certificate.name}.work"
    work.mkdir()
    settings = work / "ca.cnf"
    settings.write_text(
        f"[ca]\ndefault_ca=d\n[d]\ndatabase={work}/index\nserial={work}/serial\nnew_certs_dir={work}\n"
        "default_md=sha256\npolicy=p\nx509_extensions=v\nunique_subject=no\n"
        f"[p]\ncommonName=supplied\n[v]\nsubjectAltName={names}\n"
    )
    (work / "index").touch()
    (work / "serial").write_text("01\n")
    request = work / "request.pem"
    run(["openssl", "req", "-new", "-key", str(key), "-subj", f"{SUBJECT}/CN={HOSTNAME}", "-out", str(request)])
    dates = ["-startdate", start, "-enddate", end] if start else ["-days", "3650"]
    run(["openssl", "ca", "-batch", "-notext", "-config", str(settings), *dates, "-in", str(request),
         "-cert", str(authority / "ca.crt"), "-keyfile", str(authority / "ca.key"),
         "-out", str(certificate)])  # fmt: skip
    for path in work.iterdir():
        path.unlink()
    work.rmdir()
