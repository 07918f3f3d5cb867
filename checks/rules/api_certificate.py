"""D04, B13, B23: the certificate of the data plane API, its dates and its names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import DATAPLANE_CFG, SERVER_CRT
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.certificate_repair import command, renewal
from checks.rules.facts import CLOCK, setting
from checks.rules.references import LAB, SCRIPTS
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:dataplaneapi"
_SOON = timedelta(days=30)
_REFUSED = (
    "The Supervisor refuses to talk to the data plane API with it: existing VIPs go on working, no change reaches "
    "haproxy."
)


@rule("D04", "certificate-expired", group="dataplane API", node=_UNIT, needs=("certificate",), sources=(LAB,))
def certificate_expired(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The certificate of the data plane API has expired, or will soon.

    The Supervisor refuses to talk to the API; everything on the appliance is green.

    Recognise: "openssl x509 -noout -dates" on server.crt; "certificate has expired" in the Supervisor's logs.

    Why: it lives ten years by default; one made by an authority of your own may live shorter.

    Repair: new-cert.sh on the appliance with the same authority, then restart dataplaneapi. With the same authority
    nothing has to change in vCenter. One that has expired itself has to be replaced, and vCenter told.

    Undo: certificate and key come back from their copies, server.crt.noroute-... and server.key.noroute-...

    See also: C13.
    """
    certificate = e.certificate
    # The appliance's own clock judges in TLS; where it was not read, the time of reading has to do.
    now = e.clock.now if e.clock else e.taken_at
    if certificate is None or now is None:
        return
    left = certificate.not_after - now
    if left > _SOON:
        yield Passed(SERVER_CRT, _UNIT, f"until {certificate.not_after:%Y-%m-%d}")
        return
    over = left <= timedelta(0)
    yield Found(
        subject=SERVER_CRT,
        node=_UNIT,
        title=f"the API's certificate ended on {certificate.not_after:%Y-%m-%d}"
        if over
        else f"the API's certificate ends in {left.days} days",
        explanation=_REFUSED
        if over
        else "When it ends, the Supervisor stops talking to the data plane API, and no change reaches haproxy.",
        excerpts=(_dates(f"notAfter={certificate.not_after:%Y-%m-%d}"),),
        broken_by=frozenset({CLOCK}),
        remedy=f"{command(e) or 'run new-cert.sh with the same authority'}; systemctl restart dataplaneapi",
        fix=renewal(e),
        severity=None if over else Severity.WARNING,
    )


@rule(
    "B13",
    "certificate-not-yet-valid",
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=("certificate",),
    sources=("https://github.com/kubernetes-sigs/cluster-api-provider-vsphere/issues/875",),
)
def certificate_early(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The certificate of the data plane API is not valid yet.

    Its first day lies in the future of the appliance's clock.

    Recognise: notBefore in "openssl x509 -noout -dates" against "date"; "certificate has expired or is not yet
    valid" in the Supervisor's logs.

    Why: the first boot made the certificate before the clock was right.

    Repair: set the clock (NTP on the ESXi host first), then new-cert.sh and a restart of dataplaneapi.

    See also: C17, D04.
    """
    certificate = e.certificate
    now = e.clock.now if e.clock else e.taken_at
    if certificate is None or now is None:
        return
    if certificate.not_before <= now:
        yield Passed(SERVER_CRT, _UNIT)
        return
    yield Found(
        subject=SERVER_CRT,
        node=_UNIT,
        title=f"the API's certificate starts on {certificate.not_before:%Y-%m-%d}",
        explanation=_REFUSED,
        excerpts=(_dates(f"notBefore={certificate.not_before:%Y-%m-%d}"),),
        broken_by=frozenset({CLOCK}),
        remedy="set the clock, run new-cert.sh, restart dataplaneapi",
    )


def _dates(text: str) -> Excerpt:
    return Excerpt(f"openssl x509 -in {SERVER_CRT} -dates", text, ExcerptKind.COMMAND, guilty=True)


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

    Undo: certificate and key come back from their copies, as for D04.

    See also: D04.
    """
    host = setting(e, "TLS_HOST")[0]
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
        remedy=f"{command(e) or f'run new-cert.sh with {host} among its names'}; systemctl restart dataplaneapi",
        fix=renewal(e),
    )
