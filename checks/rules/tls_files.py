"""B and D: the certificates and keys of the data plane API, by facts that betray nothing of the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.evidence.evidence import Evidence
from checks.evidence.files import parse_stat
from checks.evidence.numbers import whole
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import API_FILES, NO_AUTHORITY, UNSIGNED, unit_down, waiting
from checks.rules.references import LAB, SCRIPTS
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_UNIT = "unit:dataplaneapi"
_NEEDS = ("tls-files", "units")
_PULL_27 = "https://github.com/haproxytech/vmware-haproxy/pull/27"


@dataclass(frozen=True, slots=True)
class Pem:
    """One file: how many lines, whether openssl can load it, a digest of its public half ("-": none), the words of a
    first line that lost its dashes."""

    name: str
    missing: bool = False
    lines: int = 0
    loads: bool = False
    public: str = "-"
    mangled: str = ""


def pem_files(e: Evidence) -> tuple[Pem, ...]:
    """What is known of each of the four; nothing where it was not read."""
    found = []
    section = e.sections.get("tls-files")
    for row in section.text.splitlines() if section is not None and section.complete else ():
        words = row.split()
        if len(words) == 2 and words[1] == "missing":
            found.append(Pem(words[0], missing=True))
        elif len(words) > 3 and (lines := whole(words[1])) is not None:
            found.append(Pem(words[0], False, lines, words[2] == "yes", words[3], " ".join(words[4:])))
    return tuple(found)


def verdicts(e: Evidence) -> tuple[str, ...]:
    """What ``openssl verify`` says of the certificate and its authority."""
    section = e.sections.get("tls-files")
    rows = section.text.splitlines() if section is not None and section.complete else ()
    return tuple(row.removeprefix("verify ") for row in rows if row.startswith("verify "))


# What the unit is started with; the authority is only needed to make these two.
_SERVED = ("server.crt", "server.key")
_CANNOT_SIGN = "The API runs on with the certificate that it has; no new one can be made here."


def _breaks(e: Evidence) -> frozenset[str]:
    """A data plane API that has failed could not load its files; one that was stopped was stopped by somebody."""
    unit = e.unit("dataplaneapi")
    down = unit is not None and (unit.failed or unit.sub == "auto-restart")
    return frozenset({unit_down("dataplaneapi"), API_FILES}) if down else frozenset()


def _judged(e: Evidence, found: Found) -> Found:
    """``found``, which is about an unusable file, with what that does: it is one of those that the API is started
    with, or of the authority that makes them."""
    if found.subject in _SERVED:
        return replace(
            found,
            explanation=f"{found.explanation} Without it the data plane API does not start, and the Supervisor "
            "programs nothing.",
            breaks=_breaks(e),
            broken_by=frozenset({UNSIGNED}),
        )
    if all(pem.loads for pem in pem_files(e) if pem.name in _SERVED):
        return replace(found, explanation=f"{found.explanation} {_CANNOT_SIGN}", severity=Severity.WARNING)
    return replace(
        found,
        explanation=f"{found.explanation} Without it the data plane API gets no certificate, and the Supervisor "
        "programs nothing.",
        breaks=frozenset({UNSIGNED}),
    )


def _unusable(e: Evidence, pem: Pem, title: str, why: str, remedy: str) -> Found:
    said = f"{pem.name}: {pem.lines} lines, openssl {'loads' if pem.loads else 'cannot load'} it"
    found = Found(
        subject=pem.name,
        node=_UNIT,
        title=title,
        explanation=why,
        excerpts=(Excerpt(f"/etc/haproxy/{pem.name}", said, ExcerptKind.COMMAND, guilty=True),),
        remedy=remedy,
    )
    return _judged(e, found)


def _is_empty(e: Evidence, pem: Pem) -> bool:
    section = e.sections.get("files")
    rows = parse_stat(section.text) if section is not None else {}
    stat = rows.get(f"/etc/haproxy/{pem.name}")
    return stat is not None and stat.size == 0


@rule("B08", "rsa-key-mangled", group="dataplane API", node=_UNIT, needs=_NEEDS, sources=(_PULL_27, LAB))
def rsa_mangled(e: Evidence, _: Site) -> Iterator[Outcome]:
    """An RSA key was torn apart on its way in.

    The first line of the key is "-----BEGIN RSA", the second "PRIVATE KEY-----".

    Recognise: the first lines of /etc/haproxy/ca.key; "unable to load" in new_cert.log; no server certificate.

    Why: the OVF form turns line ends into blanks, and the script that turns them back does not know the word RSA.

    Repair: join the two lines, at both ends of the file; then new-cert.sh and a restart of dataplaneapi. Next time
    convert the key first: "openssl pkcs8 -topk8 -nocrypt".

    Fixed in: no build that was released: the vendor's source has it since March 2022.

    See also: B09, B10, C13.
    """
    yield from _mangled(e, rsa=True)


@rule("B09", "key-mangled", group="dataplane API", node=_UNIT, needs=_NEEDS, sources=(LAB,))
def other_mangled(e: Evidence, _: Site) -> Iterator[Outcome]:
    """An EC, encrypted or trusted PEM was torn apart on its way in.

    The first line is "-----BEGIN EC" or the like, the second "PRIVATE KEY-----".

    Recognise: as for B08.

    Why: the script that turns blanks back into line ends knows plain headers only, in every version.

    Repair: a key in PKCS#8, not encrypted; then new-cert.sh and a restart of dataplaneapi.

    See also: B08, B10.
    """
    yield from _mangled(e, rsa=False)


def _mangled(e: Evidence, *, rsa: bool) -> Iterator[Outcome]:
    for pem in pem_files(e):
        if not pem.mangled or pem.loads or (pem.mangled == "RSA") is not rsa:
            yield Passed(pem.name, _UNIT)
            continue
        yield _unusable(
            e,
            pem,
            f"{pem.name} is torn apart behind BEGIN {pem.mangled[:10]}",
            "The form's script broke its first line in two.",
            "join the lines, run new-cert.sh, restart dataplaneapi",
        )


@rule("B10", "pem-on-one-line", group="dataplane API", node=_UNIT, needs=_NEEDS, sources=(LAB,))
def one_line(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A certificate or key stands on one line.

    openssl cannot read it. An empty file has no line at all.

    Recognise: "wc -l" of the file says 0 or 1; "Could not read certificate".

    Why: a shell or ovftool dropped the line ends, and left no blanks from which the script could make them anew.

    Repair: paste it with its line ends; then new-cert.sh and a restart of dataplaneapi.

    See also: B08, B09.
    """
    for pem in pem_files(e):
        if pem.missing or pem.loads or pem.lines > 1:
            yield Passed(pem.name, _UNIT)
            continue
        empty = _is_empty(e, pem)
        yield _unusable(
            e,
            pem,
            f"{pem.name} is empty" if empty else f"{pem.name} stands on one line",
            "Nothing is in the file." if empty else "Its line ends were lost on the way in.",
            f"write /etc/haproxy/{pem.name} " + ("anew" if empty else "with its line ends"),
        )


@rule(
    "B27",
    "pem-unreadable",
    grade=Grade.CODE,
    group="dataplane API",
    node=_UNIT,
    needs=_NEEDS,
    sources=(SCRIPTS,),
)
def unreadable(e: Evidence, _: Site) -> Iterator[Outcome]:
    """openssl cannot load a certificate or key.

    The file has lines and begins as it should, and is no usable certificate or key all the same.

    Recognise: "openssl x509 -noout -in FILE", "openssl pkey -noout -in FILE" fail.

    Why: the file was cut off or changed, the wrong one was put in its place, or its key asks for a passphrase.

    Repair: put a whole file there, without a passphrase; or new-cert.sh, where it is server.crt or server.key. Then
    restart dataplaneapi.

    See also: B08, B09, B10, C13.
    """
    for pem in pem_files(e):
        if pem.missing or pem.loads or pem.mangled or pem.lines <= 1:
            yield Passed(pem.name, _UNIT)
            continue
        again = pem.name in _SERVED
        yield _unusable(
            e,
            pem,
            f"openssl cannot load {pem.name}",
            "It is damaged, not what its name says, or asks for a passphrase.",
            "run new-cert.sh, restart dataplaneapi" if again else f"put a whole {pem.name} there",
        )


@rule(
    "B12",
    "api-certificate-missing",
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=_NEEDS,
    sources=("the vendor's quick start script",),
)
def missing(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A certificate or key of the data plane API is not there.

    Without server.crt and server.key the API does not start; without ca.crt the wizard's field stays empty.

    Recognise: no /etc/haproxy/ca.crt or server.crt; "Waiting for CA Cert Generation" on the console.

    Why: the first boot takes up to ten minutes to make them; or it stopped before. ca.key is also taken away on
    purpose: the API does not need it, only a new certificate does.

    Repair: wait as long as "systemctl status cloud-final" says activating; then new-ca.sh and new-cert.sh by hand.

    See also: B06, C13, H06.
    """
    unit = e.unit("cloud-final")
    making = "cloud-final" in waiting(e) or (unit is not None and unit.active == "activating")
    files = pem_files(e)
    kept_away = all(pem.loads for pem in files if pem.name != "ca.key")
    for pem in files:
        if not pem.missing:
            yield Passed(pem.name, _UNIT)
        elif making:
            yield Unsure(pem.name, _UNIT, "the first boot is still making it")
        else:
            found = _judged(
                e,
                Found(
                    subject=pem.name,
                    node=_UNIT,
                    title=f"/etc/haproxy/{pem.name} is missing",
                    explanation="It was never made, or was taken away.",
                    excerpts=(Excerpt("/etc/haproxy", f"{pem.name}: missing", ExcerptKind.COMMAND, guilty=True),),
                    remedy="new-ca.sh where there is no ca.crt, new-cert.sh, restart dataplaneapi",
                ),
            )
            if pem.name == "ca.key":
                yield replace(
                    found,
                    broken_by=frozenset({NO_AUTHORITY}),
                    remedy="bring it for as long as a new certificate is made" if kept_away else found.remedy,
                    severity=Severity.INFO if kept_away else found.severity,
                )
            else:
                authority = frozenset({NO_AUTHORITY}) if pem.name == "ca.crt" else frozenset()
                yield replace(found, breaks=found.breaks | authority)


# What openssl calls a certificate that is not yet valid, and one that has expired: B13 and D04 judge those.
_DATES = ("9", "10")


def _is_foreign(said: str) -> bool:
    """Whether a row of ``openssl verify`` refuses the certificate for another reason than its dates."""
    error = re.match(r"error (\d+) at ", said)
    return error is not None and error[1] not in _DATES


@rule(
    "D05",
    "certificate-not-of-authority",
    group="dataplane API",
    node=_UNIT,
    needs=_NEEDS,
    sources=(SCRIPTS, LAB),
)
def does_not_fit(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The API's certificate fits neither its key nor its authority.

    server.crt was not made for server.key, or not signed by ca.crt: it is signed by itself or by another, or ca.crt may
    not sign.

    Recognise: "openssl verify -CAfile ca.crt server.crt"; the modulus of certificate and key.

    Why: somebody replaced one half of the files.

    Repair: new-cert.sh with the authority that is there, restart dataplaneapi.

    See also: D03, D04, C13.
    """
    files = {pem.name: pem for pem in pem_files(e)}
    crt, key = files.get("server.crt"), files.get("server.key")
    pair = crt is not None and key is not None and "-" not in (crt.public, key.public) and crt.public != key.public
    foreign = next((row for row in verdicts(e) if _is_foreign(row)), "")
    for subject, wrong, title, proof in (
        ("server.key", pair, "the API's certificate is not for its key", "server.crt and server.key differ"),
        ("server.crt", bool(foreign), "the API's certificate is not of its CA", foreign),
    ):
        if not wrong:
            yield Passed(subject, _UNIT)
            continue
        yield Found(
            subject=subject,
            node=_UNIT,
            title=title,
            explanation=(
                "One half of the files was replaced: the Supervisor does not trust the API, or it does not start."
            ),
            excerpts=(Excerpt("openssl", proof, ExcerptKind.COMMAND, guilty=True),),
            breaks=_breaks(e),
            remedy="run new-cert.sh with the authority that is there, restart dataplaneapi",
        )
