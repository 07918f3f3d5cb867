"""C and E: the policy routing that sends replies back the way the requests came."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.evidence.route_tables import TableLine
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Fix, Run, Step, Write
from checks.rules.facts import NIC_DOWN, NO_WAY_BACK, file_excerpt, journal_excerpts, lines_with, unit_down
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:route-tables"
_FILE = f"file:{ROUTE_TABLES_CFG}"
_LAB = "reproduced in the lab"
_BREAKS = frozenset({unit_down("route-tables"), NO_WAY_BACK})


def table_empty(e: Evidence, line: TableLine) -> bool:
    """Whether the routing table of a line has no default route."""
    names = (line.table, f"rtctl_{line.name}")
    return not any(route.table in names and route.network.prefixlen == 0 for route in e.routes or ())


def _own_rules(e: Evidence) -> list[int]:
    tables = {line.table for line in e.tables or ()} | {f"rtctl_{line.name}" for line in e.tables or ()}
    return [rule.priority for rule in e.rules or () if rule.table in tables]


def refill(e: Evidence, write: Write | None = None) -> Fix:
    """Bring the policy tables back by the one way that every version of the unit survives: its rules deleted and its
    tables flushed before it starts, because older versions stop half-way over a route that is still there and newer
    ones never delete a rule."""
    tables = sorted({line.table for line in e.tables or () if line.table.isascii() and line.table.isdigit()})
    steps: tuple[Step, ...] = (
        *((write,) if write else ()),
        *(Run(f"ip rule del priority {priority}", "it would be doubled", may_fail=True) for priority in _own_rules(e)),
        *(Run(f"ip route flush table {table}", "start from nothing", may_fail=True) for table in tables),
        Run("systemctl reset-failed route-tables", may_fail=True),
        Run("systemctl restart route-tables", "fill the tables again"),
    )
    return Fix(
        summary="restart route-tables" if write is None else "take the stale lines out, restart route-tables",
        steps=steps,
        interrupts="replies to clients behind the gateway, for about a second; on-link clients notice nothing",
        verifies=("the finding is gone and nothing new is red", "each policy table has its default route"),
        undone="the old bytes come back from the backup" if write else "nothing was written",
        seconds=3,
        back=(write.swapped(), Run("systemctl restart route-tables", may_fail=True)) if write else (),
    )


def _bad(e: Evidence, line: TableLine, part: str, note: str) -> Excerpt:
    start = line.text.rfind(part)
    return file_excerpt(e.files[ROUTE_TABLES_CFG], line.number, span=(start, start + len(part)), note=note)


def _journal(e: Evidence, *texts: str) -> tuple[Excerpt, ...]:
    return journal_excerpts("route-tables", lines_with(e.lines_of("route-tables"), *texts), *texts, limit=2)


def _macs(e: Evidence) -> set[str]:
    return {link.mac.lower() for link in e.links or ()}


@rule("C06", "route-tables-mac", group="routing", node=_UNIT, needs=(_FILE, "addresses", "units"), sources=(_LAB,))
def mac_unknown(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A MAC address in route-tables.cfg is nobody's.

    The unit looks for the interface by its MAC address and finds none.

    Recognise: "default via GATEWAY dev  proto static" with an empty device in the journal of route-tables, then
    'either "to" is duplicate, or "static" is a garbage', status 255.

    Why: the virtual machine was cloned, or its network card replaced.

    Repair: write the MAC address of the interface that has the network.

    See also: C28 (a stale line before the right one).
    """
    del site
    macs = _macs(e)
    good = {line.table for line in e.tables or () if line.mac.lower() in macs}
    for line in e.tables or ():
        if line.mac.lower() in macs or line.table in good or not line.gateway_text:
            yield Passed(line.text, _UNIT)
            continue
        yield Found(
            subject=f"{line.name}:{line.mac}",
            node=_UNIT,
            title=f"no interface has the MAC {line.mac}"[:52],
            explanation=(
                "route-tables looks for the interface by its MAC address, finds none and fails: replies to clients "
                "behind the gateway leave by the management network."
            ),
            excerpts=(_bad(e, line, line.mac, "nobody's"), *_journal(e, "is a garbage")),
            breaks=_BREAKS,
            remedy=f"write the MAC of the {line.name} interface in line {line.number}",
        )


@rule("C28", "stale-lines-first", group="routing", node=_UNIT, needs=(_FILE, "addresses", "units"), sources=(_LAB,))
def stale_lines(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Stale lines stand before the right ones.

    After a network card or address changed, route-tables.cfg holds the old lines first and the unit fails over them.

    Recognise: two sets of lines for one table; an empty device in the journal; rules with bare table numbers, five
    times each.

    Why: at boot net-postconfig appends the lines for the present cards and never removes the old ones.

    Repair: take the stale lines out, reset-failed and restart route-tables.

    Undo: put the old file back.

    See also: C06.
    """
    del site
    macs = _macs(e)
    file = e.files[ROUTE_TABLES_CFG]
    good = {line.table for line in e.tables or () if line.mac.lower() in macs}
    stale = [line for line in e.tables or () if line.mac.lower() not in macs and line.table in good]
    unit = e.unit("route-tables")
    if not stale:
        yield Passed("route-tables.cfg", _UNIT)
        return
    numbers = {line.number for line in stale}
    kept = [row for number, row in enumerate(file.lines, 1) if number not in numbers]
    write = Write(ROUTE_TABLES_CFG, file.content, b"".join(row + b"\n" for row in kept))
    first = stale[0]
    yield Found(
        subject=first.mac,
        node=_UNIT,
        title=f"{len(stale)} stale lines stand before the right ones",
        explanation=(
            f"The MAC {first.mac} belongs to no interface any more. The unit takes the first line, fails, and the "
            "right lines below are never reached: replies to routed clients go astray."
        ),
        excerpts=(_bad(e, first, first.mac, "nobody's any more"), *_journal(e, "is a garbage")),
        breaks=_BREAKS if unit is not None and unit.failed else frozenset({NO_WAY_BACK}),
        remedy="take the stale lines out, restart route-tables",
        fix=refill(e, write),
    )


@rule("C07", "gateway-off-link", group="routing", node=_UNIT, needs=(_FILE, "units"), sources=(_LAB,))
def gateway_off_link(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A gateway lies outside its network.

    The kernel refuses a default route over a gateway that it cannot reach directly.

    Recognise: "Nexthop has invalid gateway" in the journal of route-tables (old kernels: "Network is unreachable").

    Why: a slip in the gateway, or the gateway of another network.

    Repair: correct the fifth field, and the network file that net-postconfig copies it from at each boot.

    See also: C08.
    """
    del site
    for line in e.tables or ():
        if line.cidr is None or line.gateway is None or line.gateway in line.cidr.network:
            yield Passed(line.text, _UNIT)
            continue
        yield Found(
            subject=f"{line.name}:{line.gateway}",
            node=_UNIT,
            title=f"gateway {line.gateway} is not in {line.cidr.network}"[:52],
            explanation=(
                "The kernel refuses a gateway outside the network and route-tables fails: replies to clients behind "
                "the gateway leave by the management network."
            ),
            excerpts=(
                _bad(e, line, line.gateway_text, f"not in {line.cidr.network}"),
                *_journal(e, "invalid gateway", "Network is unreachable"),
            ),
            breaks=_BREAKS,
            remedy=f"write the gateway of {line.cidr.network}, here and in the network file of {line.name}",
        )


@rule("C08", "gateway-with-mask", group="routing", node=_UNIT, needs=(_FILE, "units"), sources=(_LAB,))
def gateway_with_mask(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A gateway has a mask, or is no address.

    The field takes a plain address.

    Recognise: 'any valid address is expected rather than "10.10.18.200/24"' in the journal of route-tables.

    Why: the form of the OVF takes a CIDR for addresses and a plain address for gateways.

    Repair: write the plain address.

    See also: C07.
    """
    del site
    for line in e.tables or ():
        if not line.gateway_text or line.gateway is not None:
            yield Passed(line.text, _UNIT)
            continue
        yield Found(
            subject=f"{line.name}:{line.gateway_text}",
            node=_UNIT,
            title=f"the gateway {line.gateway_text} is no plain address"[:52],
            explanation="ip takes no mask for a gateway, so the unit fails and replies to routed clients go astray.",
            excerpts=(
                _bad(e, line, line.gateway_text, "a plain address"),
                *_journal(e, "any valid address is expected"),
            ),
            breaks=_BREAKS,
            remedy=f"write {line.gateway_text.partition('/')[0]}",
        )


@rule("C24", "route-tables-empty", group="routing", node=_UNIT, needs=(_FILE, "units"), sources=(_LAB,))
def nothing_configured(e: Evidence, site: Site) -> Iterator[Outcome]:
    """route-tables has nothing to do.

    The unit is green and its file has no line.

    Recognise: no rule "from ..." in "ip rule"; only comments in route-tables.cfg. Clients on the VIPs' own network are
    served, clients behind the gateway time out.

    Why: the first boot never wrote the lines, or somebody emptied the file.

    Repair: write two lines for each network (one with, one without the gateway) and restart the unit.

    See also: E13, C29.
    """
    del site
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
            "network: they time out, clients on the same network are served."
        ),
        excerpts=(Excerpt(ROUTE_TABLES_CFG, "(no line)", ExcerptKind.FILE, guilty=True),),
        breaks=frozenset({NO_WAY_BACK}),
        remedy="write ID,NAME,MAC,CIDR,GATEWAY and ID,NAME,MAC,CIDR for each network",
    )


@rule("C29", "route-tables-stopped", group="routing", node=_UNIT, needs=("units",), sources=(_LAB,))
def stopped(e: Evidence, site: Site) -> Iterator[Outcome]:
    """route-tables is stopped.

    Its tables are empty; its rules may still point to them.

    Recognise: the unit is inactive; "ip rule" shows bare numbers ("lookup 3"), "ip route show table 3" nothing.

    Why: somebody stopped it by hand.

    Repair: "systemctl start route-tables".

    See also: E13, C21.
    """
    del site
    unit = e.unit("route-tables")
    if unit is None or unit.active != "inactive" or unit.file_state != "enabled" or not unit.exists:
        yield Passed("route-tables", _UNIT)
        return
    yield Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables is stopped",
        explanation=(
            "Its tables are empty. Replies to clients behind the gateway leave by the management network: they time "
            "out, clients on the same network are served."
        ),
        excerpts=journal_excerpts("route-tables", e.lines_of("route-tables"), "Stopped", limit=2),
        breaks=_BREAKS,
        remedy="systemctl start route-tables",
        fix=refill(e),
    )


@rule(
    "E13",
    "policy-table-empty",
    group="routing",
    node=_UNIT,
    needs=(_FILE, "units", "routes", "rules", "addresses"),
    sources=(_LAB,),
)
def table_is_empty(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A policy table is empty while its unit is green.

    Requests come in, replies to clients behind the gateway leave the wrong way.

    Recognise: all units are green, "ip route show table 3" is empty, "ip rule" still points to it. Clients on the
    VIPs' own network are served, routed clients time out.

    Why: the interface lost its link, if only for a moment. The kernel empties the table with the address, and nothing
    fills it again.

    Repair: "systemctl restart route-tables" (on versions before 0.2.0 flush its tables first).

    See also: E14, C29, F03.
    """
    del site
    unit = e.unit("route-tables")
    done: set[str] = set()
    for line in e.tables or ():
        if not line.gateway_text or line.table in done:
            continue
        done.add(line.table)
        link = e.link(line.name)
        if unit is None or not unit.running or not table_empty(e, line) or link is None or not link.up:
            yield Passed(f"table-{line.table}", _UNIT)
            continue
        pointing = [rule for rule in e.rules or () if rule.table in (line.table, f"rtctl_{line.name}")]
        yield Found(
            subject=f"table-{line.table}",
            node=_UNIT,
            title=f"routing table {line.table} of {line.name} is empty"[:52],
            explanation=(
                f"The {line.name} interface lost its link for a moment; the kernel then empties its table, and nothing "
                "fills it again. Requests come in, replies leave by the management network."
            ),
            excerpts=(
                *(
                    Excerpt("ip rule", f"{rule.priority}: from {rule.source} lookup {rule.table}", ExcerptKind.COMMAND)
                    for rule in pointing[:1]
                ),
                Excerpt(
                    f"ip route show table {line.table}",
                    "(empty)",
                    ExcerptKind.COMMAND,
                    proposed=f"default via {line.gateway_text} dev {line.name}",
                    guilty=True,
                ),
            ),
            breaks=frozenset({NO_WAY_BACK}),
            remedy="systemctl restart route-tables",
            fix=refill(e),
        )


@rule("E14", "nic-down", group="routing", node="network:frontend", needs=("addresses",), sources=(_LAB,))
def nic_down(e: Evidence, site: Site) -> Iterator[Outcome]:
    """An interface of the VIPs is down.

    The appliance is cut off from the network that its clients come from.

    Recognise: "NO-CARRIER" or "state DOWN" in "ip link"; its address is gone. haproxy stays green.

    Why: the virtual card is disconnected, or hangs on a wrong port group; or somebody switched the interface off.

    Repair: connect the card in vCenter, or "ip link set frontend up"; then restart route-tables, because its table is
    empty by then (E13).

    See also: E13.
    """
    del site
    for name in ("workload", "frontend"):
        link = e.link(name)
        if link is None:
            continue
        if link.up:
            yield Passed(name, f"network:{name}")
            continue
        cable = "UP" in link.flags
        vips_here = name == "frontend" or e.link("frontend") is None
        yield Found(
            subject=name,
            node=f"network:{name}",
            title=f"{name} has no carrier" if cable else f"{name} is switched off",
            explanation=(
                f"The {name} interface is {'disconnected' if cable else 'switched off'}, its address and its routing "
                "table are gone. haproxy stays green, no packet arrives."
            ),
            excerpts=(
                Excerpt(
                    "ip link",
                    f"{name}: <{','.join(sorted(link.flags))}> state {link.state}",
                    ExcerptKind.COMMAND,
                    guilty=True,
                ),
            ),
            breaks=frozenset({NIC_DOWN, NO_WAY_BACK}) if vips_here else frozenset({NO_WAY_BACK}),
            remedy="connect the card in vCenter, then restart route-tables"
            if cable
            else f"ip link set {name} up; then restart route-tables",
        )


@rule(
    "C05a",
    "route-tables-leftovers",
    group="routing",
    node=_UNIT,
    needs=(_FILE, "units", "journal:route-tables"),
    sources=("https://github.com/haproxytech/vmware-haproxy/issues/10", _LAB),
)
def leftovers(e: Evidence, site: Site) -> Iterator[Outcome]:
    """A restart of route-tables failed over its own routes.

    Versions 0.1.9 and 0.1.10 cannot restart the unit: routes they left behind stop the next start half-way.

    Recognise: "RTNETLINK answers: File exists" in the journal right after a link-scope route, status 2.

    Why: stopping deletes the default routes only; adding the others again fails.

    Repair: flush both tables, then restart the unit; or reboot.

    See also: E13, C29.
    """
    del site
    unit = e.unit("route-tables")
    proof = lines_with(e.lines_of("route-tables"), "File exists")
    if unit is None or not unit.failed or not proof:
        yield Passed("route-tables", _UNIT)
        return
    yield Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables stopped over its own leftovers",
        explanation=(
            "Routes of its last run are still in the tables, and adding them again ended its start half-way. Replies "
            "to routed clients go astray."
        ),
        excerpts=journal_excerpts("route-tables", proof, "File exists", limit=2),
        breaks=_BREAKS,
        remedy="flush both tables, then restart route-tables",
        fix=refill(e),
    )


@rule(
    "C09",
    "rules-doubled",
    severity=Severity.INFO,
    group="routing",
    node=_UNIT,
    needs=("rules",),
    sources=("https://github.com/haproxytech/vmware-haproxy/issues/11", _LAB),
)
def rules_doubled(e: Evidence, site: Site) -> Iterator[Outcome]:
    """Routing rules stand there twice.

    Each rule of route-tables is doubled; nothing is broken by it.

    Recognise: the same "from ... lookup ..." several times in "ip rule".

    Why: every start of route-tables adds its rules, and no version deletes all of them.

    Repair: none needed; a reboot leaves one of each. After a change of address an old rule may win: then delete it.

    See also: C28.
    """
    del site
    seen = [(rule.source, rule.table) for rule in e.rules or () if rule.table not in ("local", "main", "default")]
    doubled = sorted({row for row in seen if seen.count(row) > 1})
    if not doubled:
        yield Passed("ip-rule", _UNIT)
        return
    source, table = doubled[0]
    yield Found(
        subject="ip-rule",
        node=_UNIT,
        title=f"{len(doubled)} routing rules are doubled",
        explanation="Every restart of route-tables adds its rules once more. Harmless; a reboot leaves one of each.",
        excerpts=(
            Excerpt(
                "ip rule", f"from {source} lookup {table}, {seen.count((source, table))} times", ExcerptKind.COMMAND
            ),
        ),
    )
