"""C and E: the policy tables in the kernel, which send replies back the way the requests came."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG, WORKLOAD_NETWORKS_CFG
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import NIC_DOWN, NO_WAY_BACK, file_excerpt, journal_excerpts, lines_with, table_empty, unit_down
from checks.rules.policy_repair import refill
from checks.rules.references import LAB, SCRIPTS, issue
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_UNIT = "unit:route-tables"
_FILE = f"file:{ROUTE_TABLES_CFG}"
_BREAKS = frozenset({unit_down("route-tables"), NO_WAY_BACK})


@rule("C29", "route-tables-stopped", group="routing", node=_UNIT, needs=("units",), sources=(LAB,))
def stopped(e: Evidence, _: Site) -> Iterator[Outcome]:
    """route-tables is stopped.

    Its tables are empty; its rules may still point to them.

    Recognise: the unit is inactive; "ip rule" shows bare numbers ("lookup 3"), "ip route show table 3" nothing.

    Why: somebody stopped it by hand.

    Repair: "systemctl start route-tables".

    See also: E13, C21.
    """
    unit = e.unit("route-tables")
    if unit is None or unit.active != "inactive" or unit.file_state != "enabled" or not unit.exists:
        yield Passed("route-tables", _UNIT)
        return
    yield Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables is stopped",
        explanation=(
            "Its tables are empty. Replies to clients behind the gateway leave by the management network and are lost; "
            "on-link clients are served."
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
    sources=(LAB,),
)
def table_is_empty(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A policy table is empty while its unit is green.

    Requests come in, replies to clients behind the gateway leave the wrong way.

    Recognise: all units are green, "ip route show table 3" is empty, "ip rule" still points to it. Clients on the
    VIPs' own network are served, routed clients time out.

    Why: the interface lost its link, if only for a moment. The kernel empties the table with the address, and nothing
    fills it again.

    Repair: "systemctl restart route-tables" (on versions before 0.2.0 flush its tables first).

    See also: E14, C29, F03.
    """
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
            title=f"routing table {line.table} of {line.name} is empty",
            explanation=(
                f"{line.name} lost its link for a moment: the kernel then empties its table, and nothing fills it "
                "again. Replies leave by the management network."
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


@rule(
    "C05a",
    "route-tables-leftovers",
    group="routing",
    node=_UNIT,
    needs=(_FILE, "units", "journal:route-tables"),
    sources=(issue(10), LAB),
)
def leftovers(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A restart of route-tables failed over its own routes.

    Versions 0.1.9 and 0.1.10 cannot restart the unit: routes they left behind stop the next start half-way.

    Recognise: "RTNETLINK answers: File exists" in the journal right after a link-scope route, status 2.

    Why: stopping deletes the default routes only; adding the others again fails.

    Repair: flush both tables, then restart the unit; or reboot.

    See also: E13, C29.
    """
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
    sources=(issue(11), LAB),
)
def rules_doubled(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Routing rules stand there twice.

    Each rule of route-tables is doubled; nothing is broken by it.

    Recognise: the same "from ... lookup ..." several times in "ip rule".

    Why: every start of route-tables adds its rules, and no version deletes all of them.

    Repair: none needed; a reboot leaves one of each. After a change of address an old rule may win: then delete it.

    See also: C28.
    """
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


@rule(
    "C05b",
    "old-rules",
    severity=Severity.WARNING,
    group="routing",
    node=_UNIT,
    needs=(_FILE, "rules"),
    sources=(issue(30), LAB),
)
def old_rules(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A routing rule of earlier days is still there.

    A rule leads an address into a policy table that route-tables.cfg does not name for it any more.

    Recognise: "from ADDRESS lookup ..." in "ip rule" with an address that no line of route-tables.cfg has.

    Why: version 0.2.0 never deletes a rule when the unit stops: a slip in its script. After a change of address or
    gateway the old rule may win.

    Repair: "ip rule del priority N" for each of them, or reboot.

    See also: C09, C05a.
    """
    tables = {name for line in e.tables or () for name in (line.table, f"rtctl_{line.name}")}
    known = {str(line.cidr.ip) for line in e.tables or () if line.cidr}
    for policy in e.rules or ():
        at = policy.source.partition("/")[0]
        if policy.table not in tables or policy.source == "all" or at in known:
            continue
        yield Found(
            subject=f"{policy.priority}",
            node=_UNIT,
            title=f"an old rule leads {at} to {policy.table}"[:52],
            explanation=(
                "No line of route-tables.cfg has this address: the rule is left over, and may win over the new one."
            ),
            excerpts=(
                Excerpt(
                    "ip rule",
                    f"{policy.priority}: from {policy.source} lookup {policy.table}",
                    ExcerptKind.COMMAND,
                    guilty=True,
                ),
            ),
            remedy=f"ip rule del priority {policy.priority}",
        )


@rule(
    "C05c",
    "route-tables-linkdown",
    group="routing",
    node=_UNIT,
    needs=("units", "journal:route-tables"),
    sources=(LAB,),
)
def linkdown(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A restart of route-tables failed because a card was disconnected.

    The unit stopped half-way; its tables are half filled.

    Recognise: 'either "to" is duplicate, or "linkdown" is a garbage' in its journal, status 255.

    Why: the script feeds what "ip route show" prints back into "ip route del", the word linkdown included.

    Repair: connect the card, then restart route-tables.

    See also: C05a, E14.
    """
    unit = e.unit("route-tables")
    proof = lines_with(e.lines_of("route-tables"), '"linkdown" is a garbage')
    if unit is None or not unit.failed or not proof:
        yield Passed("route-tables", _UNIT)
        return
    yield Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables stopped over a card without link",
        explanation=(
            "A card was disconnected when the unit restarted, and its script cannot delete such a route. Replies to"
            " routed clients go astray."
        ),
        excerpts=journal_excerpts("route-tables", proof, "linkdown", limit=2),
        breaks=_BREAKS,
        broken_by=frozenset({NIC_DOWN}),
        remedy="connect the card, restart route-tables",
    )


@rule(
    "B03",
    "no-link-scope-line",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="routing",
    node=_UNIT,
    needs=(_FILE,),
    sources=("https://github.com/haproxytech/vmware-haproxy/commit/d612463",),
)
def no_link_scope(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Neighbours of a card are answered over its gateway.

    A policy table has a default route and no route for the card's own network.

    Recognise: no line with four fields in route-tables.cfg; "ip route show table rtctl_frontend" has only "default".

    Why: versions before 0.1.9 write one line for each network. A gateway that does not send packets back where
    they came from drops such replies: then clients on the same network time out and all others work.

    Repair: a second line without the gateway, then restart route-tables; or a newer appliance.

    See also: E01, F03.
    """
    with_gateway = {line.table: line for line in e.tables or () if line.gateway_text}
    scoped = {line.table for line in e.tables or () if not line.gateway_text}
    for table, line in with_gateway.items():
        if table in scoped:
            yield Passed(f"table-{table}", _UNIT)
            continue
        yield Found(
            subject=f"table-{table}",
            node=_UNIT,
            title=f"{line.name} has no line for its own network"[:52],
            explanation=(
                "Replies to neighbours take the detour over the gateway; one that allows no hairpin drops them."
            ),
            excerpts=(file_excerpt(e.files[ROUTE_TABLES_CFG], line.number, context=1),),
            remedy=f"add {table},{line.name},{line.mac},{line.cidr_text}",
        )


@rule(
    "B19",
    "default-by-dhcp",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="routing",
    node=_UNIT,
    needs=("routes",),
    sources=("https://github.com/haproxytech/vmware-haproxy/commit/11d6505",),
)
def default_by_dhcp(e: Evidence, _: Site) -> Iterator[Outcome]:
    """DHCP put a second default route into the main table.

    Replies may leave by either card, and the next lease brings the route back.

    Recognise: two "default" lines in "ip route", one of them "proto dhcp" on workload or frontend.

    Why: up to 0.2.0 only static addresses get their own tables.

    Repair: static addresses for all cards.

    See also: B04, E01.
    """
    defaults = [route for route in e.routes or () if route.table == "main" and route.network.prefixlen == 0]
    stray = next((r for r in defaults if r.protocol == "dhcp" and r.device in ("workload", "frontend")), None)
    if stray is None or len(defaults) < 2:
        yield Passed("default", _UNIT)
        return
    yield Found(
        subject="default",
        node=_UNIT,
        title=f"a second default route leaves by {stray.device}",
        explanation="A DHCP lease put it there, and the next one will again: replies may leave by the wrong card.",
        excerpts=(
            Excerpt(
                "ip route",
                f"default via {stray.gateway} dev {stray.device} proto dhcp",
                ExcerptKind.COMMAND,
                guilty=True,
            ),
        ),
        remedy="static addresses for all cards",
    )


@rule(
    "B24",
    "workload-network-without-rule",
    severity=Severity.WARNING,
    grade=Grade.CODE,
    group="routing",
    node=_UNIT,
    needs=("rules", "units"),
    sources=(SCRIPTS,),
)
def network_without_rule(e: Evidence, _: Site) -> Iterator[Outcome]:
    """An additional workload network has no rule.

    The appliance was told of a network, and the kernel was not.

    Recognise: the lines of workload-networks.cfg against "to NETWORK lookup rtctl_workload" in "ip rule".

    Why: route-tables reads the file when it starts and failed or was not restarted since; or the line is no network.

    Repair: correct the line, restart route-tables. The primary workload network does not belong there.

    See also: E02, C05b.
    """
    unit = e.unit("route-tables")
    file = e.files.get(WORKLOAD_NETWORKS_CFG)
    if file is None:
        section = e.sections.get(f"file:{WORKLOAD_NETWORKS_CFG}")
        if section is None or not section.complete:
            yield Unsure("workload-networks.cfg", _UNIT, e.missing[f"file:{WORKLOAD_NETWORKS_CFG}"])
        else:  # versions before 0.2.0 have none
            yield Passed("workload-networks.cfg", _UNIT)
        return
    led = {policy.destination for policy in e.rules or ()}
    for number in range(1, len(file.lines) + 1):
        text = file.line_text(number).strip()
        if not text or text.startswith("#") or unit is None or not unit.running:
            continue
        if text in led or text.removesuffix("/32") in led:
            yield Passed(text, _UNIT)
            continue
        yield Found(
            subject=text,
            node=_UNIT,
            title=f"no rule leads to {text}"[:52],
            explanation=(
                "The file names it as a workload network; the kernel sends packets to it by the management gateway."
            ),
            excerpts=(file_excerpt(file, number, note="no rule", context=1),),
            remedy="correct the line, restart route-tables",
        )
