"""The one repair of the policy tables, which every version of the appliance survives."""

from __future__ import annotations

from collections.abc import Collection

from checks.evidence.evidence import Evidence
from checks.evidence.route_tables import TableLine
from checks.plan import Fix, Run, Step, Write


def _own_rules(e: Evidence) -> list[int]:
    tables = {line.table for line in e.tables or ()} | {f"rtctl_{line.name}" for line in e.tables or ()}
    return [rule.priority for rule in e.rules or () if rule.table in tables]


# 0 means all tables to ip, 253 to 255 are the system's own.
_OWN_TABLES = range(1, 253)


def _startable(e: Evidence, line: TableLine) -> bool:
    """Whether the unit can take a line: the emptied tables come back only where it can take all of them."""
    gateway = not line.gateway_text or (
        line.gateway is not None and line.cidr is not None and line.gateway in line.cidr.network
    )
    table = any(line.table == str(number) for number in _OWN_TABLES)
    return gateway and table and any(link.mac.lower() == line.mac.lower() and link.up for link in e.links or ())


def refill(e: Evidence, write: Write | None = None, without: Collection[int] = ()) -> Fix | None:
    """Bring the policy tables back by the one way that every version of the unit survives: its rules deleted and its
    tables flushed before it starts, because older versions stop half-way over a route that is still there and newer
    ones never delete a rule. ``without`` are the lines that ``write`` takes out. None where the unit would fail again
    over another line: what still works would be lost."""
    lines = [line for line in e.tables or () if line.number not in without]
    if not lines or not all(_startable(e, line) for line in lines):
        return None
    tables = sorted({line.table for line in lines})
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
