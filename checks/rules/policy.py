"""C and E: the policy tables in the kernel, which send replies back the way the requests came."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.model import Excerpt, ExcerptKind, Severity
from checks.rules.facts import NO_WAY_BACK, journal_excerpts, lines_with, table_empty, unit_down
from checks.rules.policy_repair import refill
from checks.rules.references import LAB, issue
from checks.rules.rule import Found, Outcome, Passed, rule
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
