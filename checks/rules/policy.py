"""C and E: the policy tables in the kernel, which send replies back the way the requests came."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG, WORKLOAD_NETWORKS_CFG
from checks.evidence.route_tables import table_name
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import (
    BOOTING,
    LINE_REFUSED,
    file_excerpt,
    journal_excerpts,
    no_way_back,
    table_empty,
    unit_down,
    waiting,
)
from checks.rules.policy_repair import refill, restart_words
from checks.rules.references import LAB, SCRIPTS
from checks.rules.return_path import astray, vip_nic
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_UNIT = "unit:route-tables"
_FILE = f"file:{ROUTE_TABLES_CFG}"


@rule("C29", "route-tables-stopped", group="routing", node=_UNIT, needs=("units",), sources=(LAB,))
def stopped(e: Evidence, _: Site) -> Iterator[Outcome]:
    """route-tables is stopped.

    Its tables are empty; its rules may still point to them.

    Recognise: the unit is inactive; "ip rule" shows bare numbers ("lookup 3"), "ip route show table 3" nothing.

    Why: somebody stopped it by hand.

    Repair: "systemctl start route-tables".

    Undo: nothing is written; "systemctl stop route-tables" brings the old state back.

    See also: E13, C21.
    """
    unit = e.unit("route-tables")
    if "route-tables" in waiting(e):
        yield Unsure("route-tables", _UNIT, BOOTING)
        return
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
        breaks=frozenset({unit_down("route-tables")}) | astray(e),
        remedy=restart_words(e).replace("restart", "start"),
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

    Why: the interface lost its link, if only for a moment, or its address was changed by hand. The kernel empties the
    table with the address, and nothing fills it again. Or somebody edited route-tables.cfg: the unit's watcher empties
    all tables before it fills them, and stops at a line that it cannot take (C06, C07, C08).

    Repair: "systemctl restart route-tables" (on versions before 0.2.0 flush its tables first).

    Undo: nothing is written; the tables are made anew from route-tables.cfg each time.

    See also: C06, C07, C08, E14, C29, F03.
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
        pointing = [rule for rule in e.rules or () if rule.table in line.kernel_names]
        yield Found(
            subject=f"table-{line.table}",
            node=_UNIT,
            title=f"routing table {line.table} of {line.name} is empty",
            explanation=(
                f"The kernel empties it when {line.name} loses its link or address, if only for a moment; nothing "
                "fills it again. Replies leave by management."
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
            breaks=frozenset({no_way_back(line.name)}),
            broken_by=frozenset({LINE_REFUSED}),
            remedy=restart_words(e),
            fix=refill(e),
            # Clients come to the VIPs by their own NIC; the other network's way back is missed by fewer.
            severity=None if line.name == vip_nic(e) else Severity.WARNING,
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
    """Neighbours of a NIC are answered over its gateway.

    A policy table has a default route and no route for the NIC's own network.

    Recognise: no line with four fields in route-tables.cfg; "ip route show table rtctl_frontend" has only "default".

    Why: versions before 0.1.9 write one line for each network. A gateway that does not send packets back where
    they came from drops such replies: then clients on the same network time out and all others work.

    Repair: a second line without the gateway, then restart route-tables; or a newer appliance.

    Fixed in: 0.1.9.

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

    Replies may leave by either NIC, and the next lease brings the route back.

    Recognise: two "default" lines in "ip route", one of them "proto dhcp" on workload or frontend.

    Why: up to 0.2.0 only static addresses get their own tables.

    Repair: static addresses for all NICs.

    Fixed in: no build that was released: the vendor's source has it since September 2021.

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
        explanation="A DHCP lease put it there, and the next one will again: replies may leave by the wrong NIC.",
        excerpts=(
            Excerpt(
                "ip route",
                f"default via {stray.gateway} dev {stray.device} proto dhcp",
                ExcerptKind.COMMAND,
                guilty=True,
            ),
        ),
        remedy="static addresses for all NICs",
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
    tables = {table_name("workload"), *(line.table for line in e.tables or () if line.name == "workload")}
    led = {policy.destination for policy in e.rules or () if policy.table in tables}
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
