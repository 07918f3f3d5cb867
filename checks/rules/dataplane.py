"""C13 and D: the data plane API that the Supervisor programs haproxy through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from checks.evidence.evidence import Evidence
from checks.evidence.journal import JournalLine, last_start
from checks.evidence.manifest import DATAPLANE_CFG
from checks.evidence.probes import Answer
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.plan import Fix, Run
from checks.rules.api_requests import answered, serves
from checks.rules.facts import (
    ANY_ADDRESS,
    API_FILES,
    BOOTING,
    NO_ROOM,
    NO_SPACE,
    api_port,
    file_excerpt,
    journal_excerpts,
    lines_with,
    own_addresses,
    setting,
    unit_down,
    waiting,
)
from checks.rules.listen_address import api_here, words_for_api
from checks.rules.references import LAB, issue
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_UNIT = "unit:dataplaneapi"
_OTHER_VERSION = re.compile(
    r"version mismatch|version in configuration file is \d+, given version is \d+", re.IGNORECASE
)


@rule("C13", "dataplane-down", group="dataplane API", node=_UNIT, needs=("units",), sources=(LAB,))
def dataplane_down(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The data plane API is down.

    The Supervisor cannot program haproxy. VIPs that exist go on working, new ones never come.

    Recognise: "systemctl status dataplaneapi"; port 5556 refuses; new Services stay "pending".

    Why: it was stopped; its certificate is missing; or TLS_HOST in dataplaneapi.cfg is an address the appliance no
    longer has.

    Repair: correct what its journal names, then "systemctl start dataplaneapi". TLS_HOST has to be the management
    address.

    Undo: the old file comes back from its backup. What was stopped by hand is stopped again.

    See also: D04 (its certificate), B23.
    """
    unit = e.unit("dataplaneapi")
    if "dataplaneapi" in waiting(e):
        yield Unsure("dataplaneapi", _UNIT, BOOTING)
        return
    if unit is None or unit.running or not unit.exists or unit.file_state in ("disabled", "masked"):
        yield Passed("dataplaneapi", _UNIT)
        return
    host, line = setting(e, "TLS_HOST")
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
        broken_by=frozenset() if stray else frozenset({API_FILES, *_no_room(e)}),
        remedy=words_for_api(e) if stray else "systemctl start dataplaneapi",
        fix=api_here(e, line, host) if stray else _start(as_it_was=unit.active == "inactive"),
    )


def _start(*, as_it_was: bool) -> Fix:
    return Fix(
        summary="start the data plane API",
        steps=(
            Run("systemctl reset-failed dataplaneapi", may_fail=True),
            Run("systemctl start dataplaneapi", "listen on its port again"),
        ),
        interrupts="nothing: it is down",
        verifies=("the finding is gone and nothing new is red",),
        undone="nothing was written; systemctl stop dataplaneapi would bring the old state back",
        seconds=3,
        back=(Run("systemctl stop dataplaneapi", "as it was"),) if as_it_was else (),
    )


def _no_room(e: Evidence) -> frozenset[str]:
    """The fact that there was no room, where the API's own last words say so."""
    said = last_start(e.lines_of("dataplaneapi"), "dataplaneapi")
    return frozenset({NO_ROOM}) if lines_with(said, *NO_SPACE) else frozenset()


@rule(
    "D01",
    "api-unreachable",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=("probes", f"file:{DATAPLANE_CFG}", "units"),
    sources=("public notes that try it with curl",),
    counted=False,
)
def unreachable(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The data plane API runs and does not answer.

    A probe of its port got nothing, though the unit is up.

    Recognise: "curl -k https://MANAGEMENT:5556/v2" from a machine of the Supervisor times out or is refused.

    Why: a firewall between the management networks, a wrong address, or the API listens on another one.

    Repair: open the way from the Supervisor's management network to the appliance's management address.

    See also: C13, E10, G01.
    """
    unit = e.unit("dataplaneapi")
    host, port = setting(e, "TLS_HOST")[0], api_port(e)
    hosts = {str(at) for at in own_addresses(e)} if host in ANY_ADDRESS else {host}
    for probe in e.probes:
        silent = probe.answer in (Answer.TIMED_OUT, Answer.REFUSED, Answer.NO_ROUTE, Answer.UNREACHABLE)
        if unit is None or not unit.running or probe.port != port or probe.address not in hosts or not silent:
            continue
        target = probe.target
        where = probe.via or str(probe.vantage)
        yield Found(
            subject=f"{target} {probe.vantage}",
            node=_UNIT,
            title=f"{target} does not answer from {where}",
            explanation=(
                f"The API runs; a probe from {where} ended with {probe.answer}. "
                + (
                    "It answers others: its journal has accepted requests of the last hour."
                    if serves(e)
                    else "If the Supervisor gets the same, no new VIP ever comes."
                )
            ),
            excerpts=(Excerpt(f"probe from {where}", f"{target} {probe.answer}", ExcerptKind.PROBE, guilty=True),),
            remedy=f"try curl -k https://{target}/v2 from a machine of the Supervisor",
            severity=Severity.INFO if serves(e) else None,
        )


def _said(code: str, lines: tuple[JournalLine, ...], title: str, explanation: str, remedy: str) -> Iterator[Outcome]:
    """A finding where the API's journal has such lines; what it said is all there is to see."""
    if not lines:
        yield Passed(code, _UNIT)
        return
    yield Found(
        subject="dataplaneapi",
        node=_UNIT,
        title=title,
        explanation=explanation,
        excerpts=journal_excerpts("dataplaneapi", lines, "", limit=2),
        remedy=remedy,
    )


@rule(
    "D07",
    "commit-refused",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=("journal:dataplaneapi",),
    sources=("https://github.com/haproxytech/dataplaneapi/issues/119",),
)
def commit_refused(e: Evidence, _: Site) -> Iterator[Outcome]:
    """haproxy refused a change of the Supervisor.

    The data plane API tried a new configuration and haproxy found it wrong; no later change has got through.

    Recognise: "Fatal errors found in configuration" in the journal of dataplaneapi; "failed to commit
    transaction: 400 Bad Request" on the Supervisor's side.

    Why: a line that somebody added by hand does not go with the new ones; or on builds of one's own, a wrong flag.

    Repair: "haproxy -c -f" on the file of the transaction below /tmp/haproxy names the line.

    See also: C11, C20, D08.
    """
    lines = e.lines_of("dataplaneapi")
    requests = answered(lines)
    # What was refused before a commit that went through has been made good, or taken back.
    good = [lines.index(request.line) for request in requests if request.commits and request.accepted]
    bad = {
        *lines_with(lines, "Fatal errors found in configuration", "400 Bad Request"),
        *(request.line for request in requests if request.commits and request.status == HTTPStatus.BAD_REQUEST),
    }
    yield from _said(
        "dataplaneapi",
        tuple(line for line in lines[max(good, default=0) :] if line in bad),
        "haproxy refused a change of the Supervisor",
        "A change did not get through: what waits for it stays pending, the VIPs that exist go on working.",
        "haproxy -c -f on the transaction's file below /tmp/haproxy",
    )


@rule(
    "D08",
    "two-writers",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=("journal:dataplaneapi",),
    sources=("https://github.com/haproxytech/dataplaneapi",),
)
def two_writers(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Two write haproxy.cfg at once.

    The version that a change was made for is not the one that is there.

    Recognise: "version mismatch", "version in configuration file is 8, given version is 7" or the answer 409 to a
    transaction, in the journal of dataplaneapi.

    Why: somebody else uses the API, or edited the file meanwhile. The Supervisor tries again by itself.

    Repair: let one writer write.

    See also: C20, D07.
    """
    lines = e.lines_of("dataplaneapi")
    conflicts = {
        request.line for request in answered(lines) if request.of_transaction and request.status == HTTPStatus.CONFLICT
    }
    yield from _said(
        "dataplaneapi",
        tuple(line for line in lines if line in conflicts or _OTHER_VERSION.search(line.text)),
        "a change met another version of haproxy.cfg",
        "Somebody else changed it meanwhile. The Supervisor tries again by itself.",
        "let one writer write",
    )


@rule(
    "D09",
    "api-too-new",
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=("dataplane-version",),
    sources=(issue(22),),
)
def api_too_new(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The data plane API is not of version 2.

    The Supervisor speaks version 2 of the API; newer ones answer 404.

    Recognise: "dataplaneapi --version"; 404 on /v2/info.

    Why: a build of one's own took the newest.

    Repair: the last version 2 (2.9.25).

    See also: B02, D07.
    """
    version = re.search(r"\bv?([0-9]+)\.[0-9]+", e.sections["dataplane-version"].text)
    if version is None:
        yield Unsure("dataplane-version", _UNIT, "dataplaneapi --version: no version in it")
        return
    if version[1] == "2":
        yield Passed("dataplane-version", _UNIT, version[0])
        return
    yield Found(
        subject="dataplane-version",
        node=_UNIT,
        title=f"the data plane API has version {version[0][:12]}",
        explanation="The Supervisor speaks version 2 and is answered 404 by others: it cannot program haproxy.",
        excerpts=(Excerpt("dataplaneapi --version", version[0], ExcerptKind.COMMAND, guilty=True),),
        remedy="install the last version 2 of the data plane API",
    )
