"""C13 and D: the data plane API that the Supervisor programs haproxy through, and its certificate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import DATAPLANE_CFG, SERVER_CRT
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Fix, Run
from checks.rules.facts import file_excerpt, journal_excerpts, unit_down
from checks.rules.references import LAB, SCRIPTS
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:dataplaneapi"
_SOON = timedelta(days=30)


def _setting(e: Evidence, name: str) -> tuple[str, int]:
    """A value of dataplaneapi.cfg and its line, or ("", 0)."""
    file = e.files.get(DATAPLANE_CFG)
    for number, raw in enumerate(file.lines if file else (), 1):
        key, _, value = raw.decode("utf-8", "replace").partition("=")
        if key.strip() == name:
            return value.strip(), number
    return "", 0


@rule("C13", "dataplane-down", group="dataplane API", node=_UNIT, needs=("units",), sources=(LAB,))
def dataplane_down(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The data plane API is down.

    The Supervisor cannot program haproxy. VIPs that exist go on working, new ones never come.

    Recognise: "systemctl status dataplaneapi"; port 5556 refuses; new Services stay "pending".

    Why: it was stopped; its certificate is missing; or TLS_HOST in dataplaneapi.cfg is an address the appliance no
    longer has.

    Repair: correct what its journal names, then "systemctl start dataplaneapi".

    See also: D04 (its certificate).
    """
    unit = e.unit("dataplaneapi")
    if unit is None or unit.running or not unit.exists or unit.file_state in ("disabled", "masked"):
        yield Passed("dataplaneapi", _UNIT)
        return
    host, line = _setting(e, "TLS_HOST")
    own = {str(interface.ip) for link in e.links or () for interface in link.addresses}
    stray = bool(host) and bool(own) and host not in own and host != "0.0.0.0"
    excerpts = journal_excerpts("dataplaneapi", e.lines_of("dataplaneapi"), "ailed", "rror", "Stopped", limit=3)
    if stray:
        text = e.files[DATAPLANE_CFG].line_text(line)
        start = text.find(host)
        address_line = file_excerpt(
            e.files[DATAPLANE_CFG], line, span=(start, start + len(host)), note="not an address of its own", context=1
        )
        excerpts = (address_line, *excerpts)
    yield Found(
        subject="dataplaneapi",
        node=_UNIT,
        title="the data plane API listens on a foreign address" if stray else "the data plane API is down",
        explanation=(
            "The Supervisor cannot program haproxy: VIPs that exist work on, new ones never come."
            + (f" {host} in dataplaneapi.cfg is no address of this appliance." if stray else "")
        ),
        excerpts=excerpts,
        breaks=frozenset({unit_down("dataplaneapi")}),
        remedy="write the management address into TLS_HOST, then restart" if stray else "systemctl start dataplaneapi",
        fix=None
        if stray
        else Fix(
            summary="start the data plane API",
            steps=(
                Run("systemctl reset-failed dataplaneapi", may_fail=True),
                Run("systemctl start dataplaneapi", "listen on its port again"),
            ),
            interrupts="nothing: it is down",
            verifies=("the finding is gone and nothing new is red",),
            undone="nothing was written; systemctl stop dataplaneapi would bring the old state back",
            seconds=3,
            back=(Run("systemctl stop dataplaneapi", "as it was"),) if unit.active == "inactive" else (),
        ),
    )


@rule("D04", "certificate-expired", group="dataplane API", node=_UNIT, needs=("certificate",), sources=(LAB,))
def certificate_expired(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The certificate of the data plane API has expired, or will soon.

    The Supervisor refuses to talk to the API; everything on the appliance is green.

    Recognise: "openssl x509 -noout -dates" on server.crt; "certificate has expired" in the Supervisor's logs.

    Why: it lives ten years by default; one made by an authority of your own may live shorter. One that is not valid
    yet was made while the appliance's clock was wrong.

    Repair: new-cert.sh on the appliance with the same authority, then restart dataplaneapi. With the same authority
    nothing has to change in vCenter.

    See also: C13.
    """
    certificate = e.certificate
    # The appliance's own clock judges in TLS; where it was not read, the time of reading has to do.
    now = e.clock.now if e.clock else e.taken_at
    if certificate is None or now is None:
        return
    left = certificate.not_after - now
    early = certificate.not_before > now
    if not early and left > _SOON:
        yield Passed(SERVER_CRT, _UNIT, f"until {certificate.not_after:%Y-%m-%d}")
        return
    over = left <= timedelta(0)
    text = f"notBefore={certificate.not_before:%Y-%m-%d}" if early else f"notAfter={certificate.not_after:%Y-%m-%d}"
    when = (
        f"is not valid before {certificate.not_before:%Y-%m-%d}"
        if early
        else f"ended on {certificate.not_after:%Y-%m-%d}"
        if over
        else f"ends in {left.days} days"
    )
    yield Found(
        subject=SERVER_CRT,
        node=_UNIT,
        title=f"the API's certificate {when}",
        explanation=(
            "The Supervisor refuses to talk to the data plane API with it: existing VIPs go on working, no change "
            "reaches haproxy."
            if over or early
            else "When it ends, the Supervisor stops talking to the data plane API, and no change reaches haproxy."
        ),
        excerpts=(Excerpt(f"openssl x509 -in {SERVER_CRT} -dates", text, ExcerptKind.COMMAND, guilty=True),),
        remedy="run new-cert.sh with the same authority, restart dataplaneapi",
        severity=None if over or early else Severity.WARNING,
    )


@rule(
    "B23",
    "certificate-names",
    group="dataplane API",
    node=_UNIT,
    severity=Severity.WARNING,
    needs=("certificate", "certificate-names", f"file:{DATAPLANE_CFG}"),
    sources=(SCRIPTS, LAB),
)
def certificate_names(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The certificate does not name the address it serves.

    The Supervisor connects to the management address, and the certificate must hold it.

    Recognise: "x509: certificate is valid for A, not B" in the Supervisor's logs; the names in
    "openssl x509 -noout -text".

    Why: the address changed after the first boot made the certificate.

    Repair: new-cert.sh with the new address among its names, then restart dataplaneapi.

    See also: D04.
    """
    host = _setting(e, "TLS_HOST")[0]
    names = e.certificate.names if e.certificate else ()
    if not host or not names or host in names or host == "0.0.0.0":
        yield Passed(SERVER_CRT, _UNIT)
        return
    yield Found(
        subject=SERVER_CRT,
        node=_UNIT,
        title=f"the API's certificate does not name {host}",
        explanation="The Supervisor checks the address it connects to against the certificate and refuses this one.",
        excerpts=(Excerpt(f"openssl x509 -in {SERVER_CRT} -text", ", ".join(names), ExcerptKind.COMMAND, guilty=True),),
        remedy=f"run new-cert.sh with {host} among its names, restart dataplaneapi",
    )
