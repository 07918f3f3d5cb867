"""C: the lines of route-tables.cfg, against the NICs and networks that are there."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import address, usual
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.evidence.route_tables import TableLine
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Write
from checks.rules.facts import (
    LINE_REFUSED,
    UNWRITTEN,
    file_excerpt,
    gateway_wrong,
    journal_excerpts,
    left_out,
    lines_with,
    no_way_back,
    table_empty,
    unit_down,
)
from checks.rules.policy_repair import refill
from checks.rules.references import LAB
from checks.rules.return_path import astray, vip_nic
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:route-tables"
_FILE = f"file:{ROUTE_TABLES_CFG}"


# What a unit leaves undone that has failed, as its clients see it.
_LOST = "replies to routed clients go astray."


def failing(e: Evidence, line: TableLine, what: str) -> str:
    """``what`` of a line that the unit cannot take, with what that does: now, or from its next start on."""
    if _failed(e):
        return f"{what}, so route-tables has failed: {_LOST}"
    if _emptied(e, line):
        return f"{what}. The unit's watcher emptied the tables and stopped there: {_LOST}"
    return f"{what}. At its next start route-tables fails over it: {_LOST}"


def harm(e: Evidence, line: TableLine) -> tuple[frozenset[str], Severity | None]:
    """What a line that the unit cannot take breaks, and the severity where that is less than the rule's. A unit that
    runs and still has its table has not read the line yet."""
    if _failed(e):
        return frozenset({unit_down("route-tables")}) | astray(e), None
    if _emptied(e, line):
        return frozenset({LINE_REFUSED}), None if no_way_back(vip_nic(e)) in astray(e) else Severity.WARNING
    return frozenset(), Severity.WARNING


def _emptied(e: Evidence, line: TableLine) -> bool:
    """Whether the table of a line is empty under a unit that runs: its watcher empties all of them before it reads."""
    unit = e.unit("route-tables")
    return unit is not None and unit.running and e.routes is not None and table_empty(e, line)


def _failed(e: Evidence) -> bool:
    unit = e.unit("route-tables")
    return unit is not None and unit.failed


def _bad(e: Evidence, line: TableLine, part: str, note: str) -> Excerpt:
    start = line.text.rfind(part)
    return file_excerpt(e.files[ROUTE_TABLES_CFG], line.number, span=(start, start + len(part)), note=note)


def _journal(e: Evidence, *texts: str) -> tuple[Excerpt, ...]:
    return journal_excerpts("route-tables", lines_with(e.lines_of("route-tables"), *texts), *texts, limit=2)


def _macs(e: Evidence) -> set[str]:
    return {link.mac.lower() for link in e.links or ()}


@rule("C06", "route-tables-mac", group="routing", node=_UNIT, needs=(_FILE, "addresses", "units"), sources=(LAB,))
def mac_unknown(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A MAC address in route-tables.cfg is nobody's.

    The unit looks for the interface by its MAC address and finds none.

    Recognise: "default via GATEWAY dev  proto static" with an empty device in the journal of route-tables, then
    'either "to" is duplicate, or "static" is a garbage', status 255.

    Why: the virtual machine was cloned, or its NIC replaced.

    Repair: write the MAC address of the interface that has the network.

    See also: C28 (a stale line before the right one).
    """
    macs = _macs(e)
    good = {line.table for line in e.tables or () if line.mac.lower() in macs}
    for line in e.tables or ():
        if line.mac.lower() in macs or line.table in good or not line.gateway_text:
            yield Passed(line.text, _UNIT)
            continue
        breaks, severity = harm(e, line)
        yield Found(
            subject=f"{line.name}:{line.mac}",
            node=_UNIT,
            title=f"no interface has the MAC {line.mac}",
            explanation=failing(e, line, "The unit looks for the interface by its MAC and finds none"),
            excerpts=(_bad(e, line, line.mac, "nobody's"), *_journal(e, "is a garbage")),
            breaks=breaks,
            remedy=f"write the MAC of the {line.name} interface in line {line.number}",
            severity=severity,
        )


@rule("C28", "stale-lines-first", group="routing", node=_UNIT, needs=(_FILE, "addresses", "units"), sources=(LAB,))
def stale_lines(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Stale lines stand beside the right ones.

    After a NIC or address changed, route-tables.cfg still holds the old lines, mostly before the new ones: the unit
    fails over them.

    Recognise: two sets of lines for one table; an empty device in the journal; rules with bare table numbers, five
    times each.

    Why: at boot net-postconfig appends the lines for the present NICs and never removes the old ones.

    Repair: take the stale lines out, reset-failed and restart route-tables.

    Undo: put the old file back.

    See also: C06.
    """
    macs = _macs(e)
    file = e.files[ROUTE_TABLES_CFG]
    good = {line.table for line in e.tables or () if line.mac.lower() in macs}
    stale = [line for line in e.tables or () if line.mac.lower() not in macs and line.table in good]
    if not stale:
        yield Passed("route-tables.cfg", _UNIT)
        return
    numbers = {line.number for line in stale}
    kept = [row for number, row in enumerate(file.lines, 1) if number not in numbers]
    write = Write(ROUTE_TABLES_CFG, file.content, b"".join(row + b"\n" for row in kept))
    first = stale[0]
    behind = any(line.number < first.number for line in e.tables or () if line.mac.lower() in macs)
    where = "behind" if behind else "before"
    breaks, severity = harm(e, first)
    yield Found(
        subject=first.mac,
        node=_UNIT,
        title=f"{_counted(len(stale))} {where} the right ones",
        explanation=failing(
            e,
            first,
            f"{first.mac} is nobody's any more"
            + ("" if behind else ", and a unit that fails over it never reaches the right lines"),
        ),
        excerpts=(_bad(e, first, first.mac, "nobody's any more"), *_journal(e, "is a garbage")),
        breaks=breaks,
        remedy="take the stale lines out, restart route-tables",
        fix=refill(e, write, numbers),
        severity=severity,
    )


def _counted(lines: int) -> str:
    return "a stale line stands" if lines == 1 else f"{lines} stale lines stand"


@rule("C07", "gateway-off-link", group="routing", node=_UNIT, needs=(_FILE, "units"), sources=(LAB,))
def gateway_off_link(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A gateway lies outside its network.

    The kernel refuses a default route over a gateway that it cannot reach directly.

    Recognise: "Nexthop has invalid gateway" in the journal of route-tables (old kernels: "Network is unreachable").

    Why: a slip in the gateway, or the gateway of another network; or a slip in the mask, which leaves it out.

    Repair: correct the fifth field, and the network file that net-postconfig copies it from at each boot.

    See also: C08, E16.
    """
    for line in e.tables or ():
        if line.cidr is None or line.gateway is None or line.gateway in line.cidr.network:
            yield Passed(line.text, _UNIT)
            continue
        breaks, severity = harm(e, line)
        near = line.gateway in usual(line.cidr.network)
        slip = f" Or the /{line.cidr.network.prefixlen} is a slip (E16)." if near else ""
        yield Found(
            subject=f"{line.name}:{line.gateway}",
            node=_UNIT,
            title=f"gateway {line.gateway} is not in {line.cidr.network}",
            explanation=failing(e, line, "The kernel refuses a gateway outside the network") + slip,
            excerpts=(
                _bad(e, line, line.gateway_text, f"not in {line.cidr.network}"),
                *_journal(e, "invalid gateway", "Network is unreachable"),
            ),
            breaks=breaks | {gateway_wrong(line.name)},
            broken_by=frozenset({left_out(line.gateway)}),
            remedy=f"write the gateway of {line.cidr.network}, here and in the network file of {line.name}",
            severity=severity,
        )


@rule("C08", "gateway-with-mask", group="routing", node=_UNIT, needs=(_FILE, "units"), sources=(LAB,))
def gateway_with_mask(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A gateway has a mask, or is no address.

    The field takes a plain address.

    Recognise: 'any valid address is expected rather than "10.10.18.200/24"' in the journal of route-tables.

    Why: the form of the OVF takes a CIDR for addresses and a plain address for gateways.

    Repair: write the plain address.

    See also: C07.
    """
    for line in e.tables or ():
        if not line.gateway_text or line.gateway is not None or ":" in line.gateway_text:  # IPv6 is A18
            yield Passed(line.text, _UNIT)
            continue
        breaks, severity = harm(e, line)
        bare = line.gateway_text.partition("/")[0]
        masked = address(bare) is not None
        yield Found(
            subject=f"{line.name}:{line.gateway_text}",
            node=_UNIT,
            title=f"the gateway {line.gateway_text} is no plain address",
            explanation=failing(
                e, line, "ip takes no mask for a gateway" if masked else f"{line.gateway_text[:24]} is no IPv4 address"
            ),
            excerpts=(
                _bad(e, line, line.gateway_text, "a plain address"),
                *_journal(e, "any valid address is expected"),
            ),
            breaks=breaks | {gateway_wrong(line.name)},
            remedy=f"write {bare}" if masked else f"write the gateway of {line.cidr_text} as a plain address",
            severity=severity,
        )


@rule("C24", "route-tables-empty", group="routing", node=_UNIT, needs=(_FILE, "units"), sources=(LAB,))
def nothing_configured(e: Evidence, _: Site) -> Iterator[Outcome]:
    """route-tables has nothing to do.

    The unit is green and its file has no line.

    Recognise: no rule "from ..." in "ip rule"; only comments in route-tables.cfg. Clients on the VIPs' own network are
    served, clients behind the gateway time out.

    Why: the first boot never wrote the lines, or somebody emptied the file.

    Repair: write two lines for each network (one with, one without the gateway) and restart the unit.

    See also: E13, C29.
    """
    unit = e.unit("route-tables")
    if e.tables or unit is None or not unit.running:
        yield Passed("route-tables.cfg", _UNIT)
        return
    yield Found(
        subject="route-tables.cfg",
        node=_UNIT,
        title="route-tables.cfg has no lines",
        explanation=(
            "The unit is green with nothing to do. Replies to clients behind the gateway leave by the management "
            "network and are lost; on-link clients are served."
        ),
        excerpts=(Excerpt(ROUTE_TABLES_CFG, "(no line)", ExcerptKind.FILE, guilty=True),),
        breaks=astray(e),
        broken_by=frozenset({UNWRITTEN}),
        remedy="write ID,NAME,MAC,CIDR,GATEWAY and ID,NAME,MAC,CIDR for each network",
    )
