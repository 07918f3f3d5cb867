"""C: haproxy itself: what it cannot bind, and the start attempts it used up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.journal import JournalLine
from checks.evidence.manifest import HAPROXY_CFG
from checks.evidence.numbers import whole
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.plan import Fix, Run
from checks.rules.facts import (
    BOOTING,
    file_excerpt,
    journal_excerpts,
    lines_with,
    listening,
    owns,
    port_taken,
    reload_due,
    start_refused,
    taken_by,
    unit_down,
    unowned,
    unserved,
    vip_binds,
    waiting,
)
from checks.rules.known_vips import all_unserved
from checks.rules.references import LAB, SCRIPTS, issue
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_UNIT = "unit:haproxy"
# HAProxy 2.2 names only the socket, 2.4 and later add the reason.
_CANNOT_BIND = re.compile(r"cannot bind socket(?: \([^)]*\))?(?: for)? \[([\d.]+):(\d+)\]")
# With some 28 MB each, a quarter of the memory.
_MANY_WORKERS = 40
_TOO_QUICKLY = "Start request repeated too quickly"


def _alerts(lines: tuple[JournalLine, ...], target: str) -> tuple[JournalLine, ...]:
    found = [line for line in lines if (hit := _CANNOT_BIND.search(line.text)) and f"{hit[1]}:{hit[2]}" == target]
    return tuple(found[-1:])


@rule(
    "C10",
    "haproxy-cannot-bind",
    group="services",
    node=_UNIT,
    needs=(f"file:{HAPROXY_CFG}", "units", "routes", "listeners", "addresses"),
    sources=(issue(36), LAB),
)
def haproxy_cannot_bind(e: Evidence, _: Site) -> Iterator[Outcome]:
    """haproxy cannot bind an address.

    haproxy binds only addresses that the kernel takes for its own; one bind that fails ends the start, and no VIP
    is served.

    Recognise: "cannot bind socket" with the address in haproxy's journal. "haproxy -c" calls the file valid even
    then, because it does not try to bind.

    Why: the address is in no routed range. Either its range is missing in the file (A06), or the unit that routes
    the ranges failed or skipped it (A01, A08, A14).

    Repair: bring the range back first; then "systemctl reset-failed haproxy" and "systemctl start haproxy".

    See also: A01, A06, A14, C12.
    """
    unit = e.unit("haproxy")
    if unit is None or e.haproxy is None:
        return
    early = "haproxy" in waiting(e)
    for bind in vip_binds(e):
        target = bind.target
        if early:
            yield Unsure(target, _UNIT, BOOTING)
            continue
        at = address(bind.address)
        taken = taken_by(e, bind) if not unit.running else ""
        if (listening(e, bind) and not taken) or unit.running or at is None or (owns(e, at) and not taken):
            yield Passed(target, _UNIT)
            continue
        cfg = e.files[HAPROXY_CFG]
        start = cfg.line_text(bind.line).find(bind.address)
        yield Found(
            subject=target,
            node=_UNIT,
            title=f"haproxy cannot bind {target}",
            explanation=(
                f"{taken} listens on that port already, so haproxy cannot. One bind that fails ends its start: no VIP "
                "is served."
                if taken
                else f"The kernel does not take {bind.address} for its own, so haproxy cannot listen there. "
                "One bind that fails ends its start: no VIP is served."
            ),
            excerpts=(
                file_excerpt(
                    cfg,
                    bind.line,
                    span=(start, start + len(target)),
                    note=f"taken by {taken}" if taken else "not an address of its own",
                    context=1,
                ),
                *journal_excerpts("haproxy", _alerts(e.lines_of("haproxy"), target), "cannot bind"),
            ),
            breaks=all_unserved(e)
            | {unit_down("haproxy"), start_refused("haproxy")}
            | ({port_taken(target)} if taken else set()),
            broken_by=frozenset() if taken else frozenset({unowned(bind.address)}),
            remedy=f"stop {taken}, then start haproxy"
            if taken
            else "bring the range of the address back, then start haproxy",
        )


@rule(
    "C12",
    "haproxy-start-limit",
    group="services",
    node=_UNIT,
    needs=("units", "journal:haproxy"),
    sources=(LAB,),
)
def haproxy_start_limit(e: Evidence, _: Site) -> Iterator[Outcome]:
    """haproxy used up its start attempts.

    systemd starts it no more than five times in ten seconds, then gives up; nothing starts it again.

    Recognise: "Start request repeated too quickly." at the end of haproxy's journal, "restart counter is at 5".

    Why: something made each start fail (C10, or a broken configuration). When that is repaired, haproxy still does
    not come back by itself: anyip-routes and haproxy are ordered, not bound to each other.

    Repair: repair the cause, then "systemctl reset-failed haproxy" and "systemctl start haproxy".

    Undo: nothing is written; "systemctl stop haproxy" brings the old state back.

    See also: C10, A01.
    """
    unit = e.unit("haproxy")
    lines = lines_with(e.lines_of("haproxy"), _TOO_QUICKLY)
    if unit is None or not unit.failed or not lines:
        yield Passed("haproxy", _UNIT)
        return
    bindable = all(owns(e, at) is not False for bind in vip_binds(e) if (at := address(bind.address)))
    yield Found(
        subject="haproxy",
        node=_UNIT,
        title="haproxy used up its start attempts",
        explanation=(
            "It failed five times within ten seconds and systemd gave up. Once its cause is repaired it still has to "
            "be started: nothing else does."
        ),
        excerpts=journal_excerpts("haproxy", e.lines_of("haproxy"), _TOO_QUICKLY, limit=3),
        breaks=all_unserved(e) | {unit_down("haproxy")},
        broken_by=frozenset({start_refused("haproxy")}),
        remedy="systemctl reset-failed haproxy; systemctl start haproxy",
        fix=_start(e) if bindable else None,
    )


def _start(e: Evidence) -> Fix:
    targets = [bind.target for bind in vip_binds(e)]
    return Fix(
        summary="start haproxy",
        steps=(
            Run("systemctl reset-failed haproxy", "forget the failed attempts"),
            Run("systemctl start haproxy", "bind the VIPs"),
        ),
        interrupts="nothing: haproxy is down",
        verifies=("the finding is gone and nothing new is red",),
        answering=tuple(sorted(targets)[:1]),
        undone="nothing was written; systemctl stop haproxy would bring the old state back",
        seconds=3,
    )


@rule(
    "C25",
    "reload-refused",
    group="services",
    node=_UNIT,
    needs=(f"file:{HAPROXY_CFG}", "units", "routes", "listeners", "addresses"),
    sources=(LAB,),
)
def reload_refused(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A reload of haproxy was refused in silence.

    haproxy runs on with its old configuration; a new VIP is in the file and on no socket.

    A file that is younger than RELOAD_DELAY of dataplaneapi.cfg has not been reloaded yet: then only an address that
    the kernel does not own, or an alert, tells.

    Recognise: "systemctl reload haproxy" succeeds and the unit is green; the journal has "cannot bind socket" and
    "Loading failure"; "ss" lacks the new address.

    Why: the new bind lies outside every range (A06). The next restart or reboot takes all VIPs down.

    Repair: bring the range, then reload haproxy.

    See also: A06, C10.
    """
    unit = e.unit("haproxy")
    for bind in vip_binds(e):
        target = bind.target
        at = address(bind.address)
        if unit is None or not unit.running or listening(e, bind) is not False or at is None:
            yield Passed(target, _UNIT)
            continue
        alerts = _alerts(e.lines_of("haproxy"), target)
        if reload_due(e) and owns(e, at) and not alerts:
            yield Unsure(target, _UNIT, "haproxy has not been reloaded yet")
            continue
        cfg = e.files[HAPROXY_CFG]
        start = cfg.line_text(bind.line).find(bind.address)
        yield Found(
            subject=target,
            node=_UNIT,
            title=f"haproxy runs without {target}",
            explanation=(
                "The bind is in the file and on no socket: the reload was refused and the old configuration runs on. "
                "The next start of haproxy takes every VIP down."
            ),
            excerpts=(
                file_excerpt(cfg, bind.line, span=(start, start + len(target)), note="on no socket", context=1),
                *journal_excerpts("haproxy", alerts, "cannot bind"),
            ),
            breaks=frozenset({unserved(target)}),
            broken_by=frozenset({unowned(bind.address)}),
            remedy="systemctl reload haproxy, once its address is in a range",
        )


@rule(
    "C15",
    "many-workers",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="services",
    node=_UNIT,
    needs=("workers",),
    sources=(SCRIPTS, "https://github.com/haproxy/haproxy/issues/1891"),
)
def many_workers(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Old workers of haproxy pile up.

    Each takes some 28 MB, and the machine has 4 GB.

    Recognise: many "haproxy -sf" in "ps"; memory that grows; at last the kernel ends one.

    Why: every change reloads haproxy, and an old worker lives as long as a connection of its own does. After
    100 reloads it is ended by force.

    Repair: restart haproxy when nobody minds: every connection ends.

    See also: F09.
    """
    text = e.sections["workers"].text.strip()
    count = whole(text)
    if count is None:
        yield Unsure("workers", _UNIT, "no number")
        return
    if count < _MANY_WORKERS:
        yield Passed("workers", _UNIT, f"{count} processes")
        return
    yield Found(
        subject="workers",
        node=_UNIT,
        title=f"{count} processes of haproxy are alive",
        explanation=f"Each reload leaves one as long as its connections live: about {count * 28} MB of 4 GB.",
        excerpts=(Excerpt("processes of haproxy", str(count), ExcerptKind.COMMAND, guilty=True),),
        remedy="restart haproxy when nobody minds: every connection ends",
    )
