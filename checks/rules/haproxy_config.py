"""C and D: what stands in haproxy.cfg, and whether haproxy takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import HAPROXY_CFG, HAPROXY_LKG
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.plan import Fix, Restore, Run
from checks.rules.facts import (
    API_FILES,
    NOTHING_PROGRAMMED,
    config_refused,
    file_excerpt,
    start_refused,
    unit_down,
    unserved,
    vip_binds,
)
from checks.rules.known_vips import all_unserved, known_vips, tells
from checks.rules.references import LAB, UPGRADE
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_UNIT = "unit:haproxy"
# Why nobody can tell whether a Supervisor has programmed it.
_REFUSED = "haproxy refuses the file: it may have lost what was programmed"
# As the vendor's notes on an upgrade have it.
_PROGRAMMED_WITHIN = timedelta(minutes=5)


def _last_known_good(e: Evidence, *, running: bool) -> Fix | None:
    """The copy that the Data Plane API keeps of the last configuration that worked, put in place on the appliance:
    both files hold credentials, so their bytes never leave it. None where there is no other copy."""
    now, good = e.files[HAPROXY_CFG], e.files.get(HAPROXY_LKG)
    if good is None or not now.sha256 or not good.sha256 or now.sha256 == good.sha256:
        return None
    start = (
        (Run("systemctl reload haproxy", "take it"),)
        if running
        else (Run("systemctl reset-failed haproxy", may_fail=True), Run("systemctl start haproxy", "bind the VIPs"))
    )
    targets = [vip.bind.target for vip in known_vips(e)]
    return Fix(
        summary="put the last known good haproxy.cfg back",
        steps=(
            Run(f"haproxy -c -f {HAPROXY_LKG}", "whether that copy is valid"),
            Restore(HAPROXY_CFG, HAPROXY_LKG, now.sha256, good.sha256),
            *start,
        ),
        interrupts="every VIP pauses for a moment while haproxy reloads" if running else "nothing: haproxy is down",
        verifies=("the finding is gone and nothing new is red",),
        answering=tuple(sorted(targets)[:1]),
        undone="the broken file comes back from the backup",
        seconds=3,
        back=(Restore(HAPROXY_CFG, "", good.sha256, now.sha256),),
    )


_PARSING = re.compile(r"parsing \[/etc/haproxy/haproxy\.cfg:(\d{1,6})\]\s*:?\s*(.*)")


@rule(
    "C11",
    "haproxy-config-broken",
    group="services",
    node=_UNIT,
    needs=(f"file:{HAPROXY_CFG}", "units"),
    sources=(LAB,),
)
def config_broken(e: Evidence, _: Site) -> Iterator[Outcome]:
    """haproxy.cfg is broken.

    haproxy refuses its configuration: it does not start, or a reload leaves the old one running.

    Recognise: "haproxy -c -f /etc/haproxy/haproxy.cfg" names the line; the journal of some versions does not.

    Why: somebody edited the file by hand. The data plane API owns it and may write it again.

    Repair: correct the line, or put haproxy.cfg.lkg (the last that worked) back; then reset-failed and start haproxy.

    Undo: the broken file comes back from the backup; a haproxy that runs by then keeps the good one until it reloads.

    See also: C12, C25.
    """
    section = e.sections.get("haproxy-check")
    unit = e.unit("haproxy")
    refused = config_refused(e)
    if section is None or unit is None or refused is None:
        why = (section.why_not if section else "") or "haproxy -c was not run"
        by = e.reader.name if section is not None and section.complete and section.code != 127 and e.reader else ""
        yield Unsure("haproxy.cfg", _UNIT, f"haproxy -c needs root, read as {by}" if by else why)
        return
    if not refused:
        yield Passed("haproxy.cfg", _UNIT)
        return
    said = (section.err + section.out).decode("utf-8", "replace").splitlines()
    # Warnings name lines too; only an alert ends the start.
    hits = [hit for row in said if "ALERT" in row and (hit := _PARSING.search(row))]
    file = e.files[HAPROXY_CFG]
    empty = not file.content.strip()
    number = int(hits[0][1]) if hits else 0
    where = f" at line {number}" if number else ""
    excerpts = (
        (file_excerpt(file, number, span=(0, len(file.line_text(number))), note=hits[0][2][:60], context=1),)
        if 0 < number <= len(file.lines)
        else tuple(
            Excerpt("haproxy -c", row, ExcerptKind.COMMAND, guilty=True) for row in said if "ALERT" in row or not hits
        )[:3]
    )
    yield Found(
        subject=f"haproxy.cfg:{number}" if number else "haproxy.cfg",
        node=_UNIT,
        title="haproxy.cfg is empty" if empty else f"haproxy.cfg is broken{where}",
        explanation=(
            "haproxy refuses its configuration: "
            + (
                "the old one runs on, no change and no restart works."
                if unit.running
                else "it does not start, no VIP is served."
            )
        ),
        excerpts=excerpts,
        breaks=frozenset() if unit.running else all_unserved(e) | {unit_down("haproxy"), start_refused("haproxy")},
        remedy="put haproxy.cfg.lkg or a backup back; then start haproxy"
        if empty
        else f"correct haproxy.cfg{where}, or put haproxy.cfg.lkg back; then start haproxy",
        fix=_last_known_good(e, running=unit.running),
        severity=Severity.WARNING if unit.running else None,
    )


@rule(
    "C20",
    "foreign-frontend",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="services",
    node=_UNIT,
    needs=(f"file:{HAPROXY_CFG}",),
    sources=(UPGRADE,),
)
def foreign_frontend(e: Evidence, _: Site) -> Iterator[Outcome]:
    """haproxy.cfg has a part that the Supervisor did not write.

    The data plane API owns the file. It may drop the part, or trip over it.

    Recognise: a frontend whose name does not start with "domain-c".

    Why: somebody edited the file by hand.

    Repair: keep a copy of the part; after an upgrade it has to be written again.

    See also: C11, D07, D08.
    """
    for name, line in {bind.frontend: bind.line for bind in vip_binds(e)}.items():
        if name.startswith("domain-c"):
            yield Passed(name, _UNIT)
            continue
        yield Found(
            subject=name,
            node=_UNIT,
            title=f"frontend {name[:24]} is not the Supervisor's",
            explanation="The data plane API owns haproxy.cfg: it may drop what others wrote, or trip over it.",
            excerpts=(file_excerpt(e.files[HAPROXY_CFG], line, context=1),),
            remedy="keep a copy of that part",
        )


@rule(
    "D06",
    "nothing-programmed",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="dataplane API",
    node=_UNIT,
    needs=(f"file:{HAPROXY_CFG}",),
    sources=("a public account of a lost appliance that was deployed anew",),
)
def nothing_programmed(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The Supervisor has written nothing into haproxy.cfg.

    No frontend of the Supervisor's: nobody listens on any VIP.

    Recognise: no "frontend domain-c" in haproxy.cfg; clients are refused.

    Why: the Supervisor is not enabled yet. Or the appliance was deployed anew: the configuration lives in the
    Supervisor, which does not trust the new certificate.

    Repair: write the new authority (/etc/haproxy/ca.crt) into Workload Management, restart the wcp service; the
    configuration comes back by itself.

    See also: D03, G01.
    """
    if _programmed(e):
        yield Passed("haproxy.cfg", _UNIT)
        return
    if not tells(e):
        yield Unsure("haproxy.cfg", _UNIT, _REFUSED)
        return
    bound = {bind.target for bind in vip_binds(e)}
    missed = [target for target in e.asked_vips if target not in bound]
    yield Found(
        subject="haproxy.cfg",
        node=_UNIT,
        title="the Supervisor has programmed no VIP",
        explanation="It is not enabled yet; or the appliance is new and the Supervisor does not trust its certificate.",
        excerpts=(Excerpt(HAPROXY_CFG, '(no "frontend domain-c")', ExcerptKind.FILE, guilty=True),),
        breaks=frozenset({NOTHING_PROGRAMMED, *map(unserved, missed)}),
        remedy="if it worked before: give Workload Management the new ca.crt, restart wcp",
        # Somebody expects a VIP.
        severity=Severity.FAILED if missed else None,
    )


def _programmed(e: Evidence) -> bool:
    return any(bind.frontend.startswith("domain-c") for bind in vip_binds(e))


@rule(
    "G01",
    "supervisor-never-ready",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="dataplane API",
    node="unit:dataplaneapi",
    needs=(f"file:{HAPROXY_CFG}", "units", "clock", "journal:dataplaneapi"),
    sources=(UPGRADE,),
)
def never_ready(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The Supervisor never finishes.

    Workload Management says "Configuring" for ever.

    Recognise: no "frontend domain-c" in haproxy.cfg five minutes after dataplaneapi is up; in vCenter
    /storage/log/vmware/wcp/wcpsvc.log says what it waits for.

    Why: one link of the chain from the Supervisor to the API is broken: the way to it, TLS, the credentials, a commit.
    Before the Supervisor is enabled it is as it should be.

    Repair: walk that chain from the front: reach the API from a machine of the Supervisor (D01), its certificate (D03,
    D05), its user (D02), its refusals (D07).

    See also: D01, D02, D03, D05, D06, D07.
    """
    if not tells(e):
        yield Unsure("haproxy.cfg", "unit:dataplaneapi", _REFUSED)
        return
    unit = e.unit("dataplaneapi")
    up = unit is not None and unit.running
    said = e.lines_of("dataplaneapi")
    began = max((line.at for line in said if line.at and line.text.startswith("Started ")), default=None)
    waited = e.clock.now - began if up and began is not None and e.clock is not None else timedelta(0)
    if _programmed(e) or waited < _PROGRAMMED_WITHIN:
        yield Passed("haproxy.cfg", "unit:dataplaneapi")
        return
    yield Found(
        subject="haproxy.cfg",
        node="unit:dataplaneapi",
        title="the API is up, and no Supervisor programs it",
        explanation=(
            f"It is up for {waited // timedelta(minutes=1)} minutes; a Supervisor writes its VIPs within five. "
            "One link of the chain to the API may be broken."
        ),
        excerpts=(Excerpt(HAPROXY_CFG, '(no "frontend domain-c")', ExcerptKind.FILE, guilty=True),),
        broken_by=frozenset({NOTHING_PROGRAMMED, API_FILES, unit_down("dataplaneapi")}),
        remedy="try curl -k https://MANAGEMENT:5556/v2 from a machine of the Supervisor",
    )
