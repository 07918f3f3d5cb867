"""The repairs of the policy tables and of the rules into them, which every version of the appliance survives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from checks.addresses import interface
from checks.evidence.evidence import Evidence
from checks.evidence.kernel import Rule
from checks.evidence.route_tables import TableLine
from checks.plan import Fix, Run, Step, Write
from checks.rules.own_rules import asked_for

# 0 means all tables to ip, 253 to 255 are the system's own.
_OWN_TABLES = range(1, 253)


def _startable(e: Evidence, line: TableLine, raised: str) -> bool:
    """Whether the unit can take a line: the emptied tables come back only where it can take all of them. ``raised``
    is a NIC that will be up by then, with the address of the line."""
    if line.cidr is None or not any(line.table == str(number) for number in _OWN_TABLES):
        return False
    nics = (link for link in e.links or () if link.up or link.name == raised)
    link = next((link for link in nics if link.mac.lower() == line.mac.lower()), None)
    if link is None:
        return False
    own = (line.cidr,) if link.name == raised else link.addresses
    if line.gateway_text:
        # The kernel judges by what the NIC has, whatever the line says of its network.
        return line.gateway is not None and any(line.gateway in interface.network for interface in own)
    return any(interface.ip == line.cidr.ip for interface in own)


def restart_words(e: Evidence) -> str:
    """How a person has route-tables fill its tables: where it would fail over a line of its file, after that line."""
    bad = next((line for line in e.tables or () if not _startable(e, line, "")), None)
    restart = "systemctl restart route-tables"
    return restart if bad is None else f"make line {bad.number} of route-tables.cfg fit the NIC, then {restart}"


def _number(e: Evidence, policy: Rule) -> str:
    """The number of a rule's table, which is one of the unit's own; "" where nobody can tell it."""
    numbers = {line.table for line in e.tables or () if policy.table in line.kernel_names}
    return next((str(number) for number in _OWN_TABLES if numbers == {str(number)}), "")


def words(e: Evidence, policy: Rule) -> str:
    """All that ``ip rule`` has to be told to delete exactly this rule, or to add it again; "" where that is not
    certain."""
    number = _number(e, policy)
    source, destination = (interface(text) for text in (policy.source, policy.destination))
    from_all, to_all = policy.source == "all", policy.destination in ("", "all")
    if not number or not policy.whole or policy.priority <= 0 or from_all is to_all:
        return ""
    if (source is None and not from_all) or (destination is None and not to_all):
        return ""
    return f"priority {policy.priority} {f'to {destination}' if from_all else f'from {source}'} lookup {number}"


def _made_again(e: Evidence) -> list[str]:
    """The rules that a start of the unit makes, each by all its words."""
    return [named for policy in asked_for(e) if (named := words(e, policy))]


def delete_rules(e: Evidence, surplus: Sequence[Rule], what: str, interrupts: str) -> Fix | None:
    """Delete exactly these rules; ``what`` they are, in words. None where one of them cannot be named so that it, and
    no other one, goes and comes back."""
    named = [words(e, policy) for policy in surplus]
    if not all(named) or len(set(named)) < len(named):
        return None
    count = f"{len(named)} {what}{'' if len(named) == 1 else 's'}"
    return Fix(
        summary=f"delete {count}",
        # A fix that was cut off and goes on, or back, meets rules that are gone, or there, already.
        steps=tuple(Run(f"ip rule del {one}", may_fail=True) for one in named),
        interrupts=interrupts,
        verifies=("the finding is gone and nothing new is red",),
        undone=f"{count} added again",
        seconds=2,
        back=tuple(Run(f"ip rule add {one}", "as it was", may_fail=True) for one in named),
    )


def refill(e: Evidence, write: Write | None = None, without: Collection[int] = (), raised: str = "") -> Fix | None:
    """Bring the policy tables back by the one way that every version of the unit survives: its rules deleted and its
    tables flushed before it starts, because older versions stop half-way over a route that is still there and newer
    ones never delete a rule. ``without`` are the lines that ``write`` takes out, ``raised`` a NIC that is brought up
    before. None where the unit would fail again over another line: what still works would be lost."""
    lines = [line for line in e.tables or () if line.number not in without]
    if not lines or not all(_startable(e, line, raised) for line in lines):
        return None
    tables = sorted({line.table for line in lines})
    steps: tuple[Step, ...] = (
        *((write,) if write else ()),
        # One that cannot be named so that it alone goes is none that the unit made.
        *(Run(f"ip rule del {one}", "it would be doubled", may_fail=True) for one in _made_again(e)),
        *(Run(f"ip route flush table {table}", "start from nothing", may_fail=True) for table in tables),
        Run("systemctl reset-failed route-tables", may_fail=True),
        Run("systemctl restart route-tables", "fill the tables again"),
    )
    return Fix(
        summary="restart route-tables" if write is None else "take the stale lines out, restart route-tables",
        steps=steps,
        interrupts="replies to clients behind the gateway, for about a second; on-link clients notice nothing",
        verifies=("the finding is gone and nothing new is red",),
        undone="the old bytes come back from the backup"
        if write
        else "nothing is written; the tables are made anew each time",
        seconds=3,
        back=(write.swapped(), Run("systemctl restart route-tables", may_fail=True)) if write else (),
    )


# networkd gives a NIC its address some moments after its link: a gateway is refused until then. The program has no
# name that a shell finds.
_WAIT = "/usr/lib/systemd/systemd-networkd-wait-online --timeout=20 --interface="


def raise_nic(e: Evidence, name: str) -> Fix | None:
    """Bring a NIC up that somebody set down, wait for its address, and fill the policy tables that the kernel
    emptied with it. None where they could not be filled again."""
    filled = refill(e, raised=name)
    if filled is None:
        return None
    return replace(
        filled,
        summary=f"bring {name} up, restart route-tables",
        steps=(
            Run(f"ip link set {name} up", "as it is after a boot"),
            Run(f"{_WAIT}{name}", "systemd-networkd gives it its address"),
            *filled.steps,
        ),
        interrupts=f"nothing by {name}: it is down. Replies by other gateways pause for about a second",
        undone=f"{name} is set down again",
        seconds=6,
        back=(Run(f"ip link set {name} down", "as it was"),),
    )
