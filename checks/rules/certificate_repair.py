"""The repair of the data plane API's certificate: the appliance's own script, with the authority that is there.

The new key is made on the appliance and stays there, so nobody can know its bytes before: what is shown is the command.
Certificate and key are kept beside, under a name that is this certificate's own.
"""

from __future__ import annotations

import re

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import CA_CRT, SERVER_CRT
from checks.plan import Fix, Run, Step
from checks.rules.facts import own_addresses, setting
from checks.rules.tls_files import pem_files, verdicts

_SCRIPT = "/usr/local/bin/new-cert.sh"
_FOLDER = "/etc/haproxy"
_KEYS = ("server.crt", "server.key")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")
# Bytes: copies of both files, and new ones, many times over.
_ROOM = 1_000_000
# What openssl verify says of each certificate on the way up; 10 at depth 0: it has expired, its authority has not.
_ERROR = re.compile(r"error (\d{1,3}) at (\d{1,2}) depth")
_ENDED = {("10", "0")}
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}")


def command(e: Evidence) -> str:
    """What makes a certificate with the names that there are, and every address of the appliance; "" where one of the
    names is none that could be handed on."""
    names = e.certificate.names if e.certificate else ()
    hosts = [name for name in names if address(name) is None]
    if not hosts or not all(_HOST.fullmatch(name) for name in hosts):
        return ""
    listens = address(setting(e, "TLS_HOST")[0])
    own = {*own_addresses(e), *((listens,) if listens else ())}
    kept = [at for name in names if (at := address(name))]
    addresses = ",".join(str(at) for at in (*kept, *sorted(own - set(kept))))
    more = f" -4 {','.join(hosts[1:])}" if hosts[1:] else ""
    return f"{_SCRIPT} -1 {CA_CRT} -2 {_FOLDER}/ca.key -3 {addresses}{more} {hosts[0]} {_FOLDER}"


def makes(step: Step) -> bool:
    """Whether that is the step that makes a new certificate."""
    return isinstance(step, Run) and step.command.startswith(f"{_SCRIPT} ")


def brings(step: Step, fingerprint: str) -> bool:
    """Whether that step puts the copy of the certificate with that fingerprint back."""
    (crt, copy), _ = _copies(fingerprint)
    return isinstance(step, Run) and step.command == f"cp -p {copy} {crt}"


def _copies(fingerprint: str) -> list[tuple[str, str]]:
    """Certificate and key, each with the place of its copy."""
    stamp = fingerprint.replace(":", "").lower()[:12]
    return [(f"{_FOLDER}/{name}", f"{_FOLDER}/{name}.noroute-{stamp}") for name in _KEYS]


def keeping(fingerprint: str) -> tuple[Run, ...]:
    """What keeps certificate and key beside, under a name that is that certificate's own. A copy gets its name only
    when it is whole. One that is there already is of this very certificate, and stays: a fix that was cut off and goes
    on must not put its own new files in its place."""
    files = _copies(fingerprint)
    kinds = ("x509", "pkey")
    return (
        *(Run(f"cp -p {file} {copy}.new", "a copy, not yet under its name") for file, copy in files),
        Run("sync", "whole also after a power cut"),
        *(Run(f"ln {copy}.new {copy}", "never over another copy", may_fail=True) for _, copy in files),
        *(Run(f"rm -f {copy}.new") for _, copy in files),
        *(
            Run(f"openssl {kind} -noout -in {copy}", "the copy is whole")
            for kind, (_, copy) in zip(kinds, files, strict=True)
        ),
    )


def renewal(e: Evidence) -> Fix | None:
    """Renew certificate and key. None where the authority could not sign, or where nobody can tell whether vCenter
    trusts it: one that did not sign the present certificate, or that has expired itself."""
    made, certificate = command(e), e.certificate
    if not made or certificate is None or not _FINGERPRINT.fullmatch(certificate.fingerprint):
        return None
    if not _authority_signs(e) or any(disk.for_root < _ROOM for disk in e.disks or ()):
        return None
    return Fix(
        summary="make a new certificate, restart the API",
        steps=(
            *keeping(certificate.fingerprint),
            Run(made, "the same authority signs it: nothing changes in vCenter"),
            Run(f"openssl verify -CAfile {CA_CRT} {SERVER_CRT}", "before anybody is given it"),
            Run("systemctl restart dataplaneapi", "take it"),
        ),
        interrupts="the data plane API for about a second; VIPs notice nothing",
        verifies=("the finding is gone and nothing new is red",),
        undone="the old certificate and its key come back from their copies",
        seconds=5,
        back=(
            *(Run(f"cp -p {copy} {file}", "as it was") for file, copy in _copies(certificate.fingerprint)),
            Run("systemctl restart dataplaneapi", "take it"),
        ),
        certificate=certificate.fingerprint,
    )


def _authority_signs(e: Evidence) -> bool:
    files = {pem.name: pem for pem in pem_files(e)}
    pairs = (("ca.crt", "ca.key"), ("server.crt", "server.key"))
    fit = all(
        (one := files.get(crt)) and (other := files.get(key)) and one.public == other.public != "-"
        for crt, key in pairs
    )
    said = verdicts(e)
    errors = {found.groups() for row in said if (found := _ERROR.match(row))}
    fine = any(row.endswith(": OK") for row in said)
    return fit and (errors == _ENDED or (fine and not errors))
