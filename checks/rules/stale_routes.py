"""C: what restarts of route-tables leave behind, and stumble over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_restart
from checks.evidence.kernel import Rule
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.model import Excerpt, ExcerptKind, Severity
from checks.rules.facts import journal_excerpts, lines_with, nic_gone, own_addresses, unit_down
from checks.rules.own_rules import of_no_line
from checks.rules.policy_repair import delete_rules, refill, words
from checks.rules.references import LAB, issue
from checks.rules.return_path import astray
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:route-tables"
_FILE = f"file:{ROUTE_TABLES_CFG}"


def _stopped_over(e: Evidence, words: str, found: Found) -> Outcome:
    """``found`` with its proof and its damage, where the unit has failed and its last restart holds these words."""
    unit = e.unit("route-tables")
    proof = lines_with(last_restart(e.lines_of("route-tables"), "route-tables"), words)
    if unit is None or not unit.failed or not proof:
        return Passed("route-tables", _UNIT)
    return replace(
        found,
        excerpts=journal_excerpts("route-tables", proof, words, limit=2),
        breaks=frozenset({unit_down("route-tables")}) | astray(e),
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

    Undo: nothing is written; the tables are made anew from route-tables.cfg each time.

    Fixed in: 0.2.0, which has C05b instead; 0.1.8 does not have it either.

    See also: E13, C29.
    """
    found = Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables stopped over its own leftovers",
        explanation=(
            "Routes of its last run are still in the tables, and adding them again ended its start half-way. Replies "
            "to routed clients go astray."
        ),
        remedy="flush both tables, then restart route-tables",
        fix=refill(e),
    )
    yield _stopped_over(e, "File exists", found)


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

    Repair: none needed; a reboot leaves one of each. "ip rule del" with all words of the second one takes it away; of
    equal rules the first one acts, so nothing else changes.

    Undo: "ip rule add" with the same words.

    Fixed in: 0.2.0 for the first start; there each further restart adds a copy (C05b).

    See also: C05b, C28.
    """
    first: dict[tuple[str, str, str], list[Rule]] = {}
    for policy in sorted(e.rules or (), key=lambda policy: policy.priority):
        if policy.whole and policy.table not in ("local", "main", "default"):
            first.setdefault((policy.source, policy.destination, policy.table), []).append(policy)
    doubled = {row: equal for row, equal in sorted(first.items()) if len(equal) > 1}
    if not doubled:
        yield Passed("ip-rule", _UNIT)
        return
    (source, destination, table), equal = next(iter(doubled.items()))
    to = f" to {destination}" if destination else ""
    yield Found(
        subject="ip-rule",
        node=_UNIT,
        title=f"{len(doubled)} routing rules are doubled",
        explanation="Every restart of route-tables adds its rules once more. Harmless; a reboot leaves one of each.",
        excerpts=(Excerpt("ip rule", f"from {source}{to} lookup {table}, {len(equal)} times", ExcerptKind.COMMAND),),
        remedy="a reboot leaves one of each",
        fix=delete_rules(
            e,
            [policy for equal in doubled.values() for policy in equal[1:]],
            "second rule",
            "nothing: of equal rules the first one acts, and it stays",
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

    A rule leads an address or a network into a policy table that the appliance's files do not name for it any more.

    Recognise: "from ADDRESS/MASK lookup ..." in "ip rule" that no line of route-tables.cfg has, or "to NETWORK lookup
    rtctl_workload" that no line of workload-networks.cfg has.

    Why: version 0.2.0 never deletes a rule when the unit stops: a slip in its script. After a change of address, mask
    or gateway the old rule may win.

    Repair: "ip rule del" with all words of each of them (another rule may have its priority), or reboot.

    Undo: "ip rule add" with the same words.

    Fixed in: no build; it came with 0.2.0.

    See also: C09, C05a.
    """
    old = of_no_line(e)
    # An address that a NIC has is led by this rule alone, or by the right one too.
    right = {_ip(policy.source) for policy in e.rules or () if policy not in old and policy.source != "all"}
    needed = {str(at) for at in own_addresses(e)} - right
    used = needed & {_ip(policy.source) for policy in old}
    fix = None if used else delete_rules(e, old, "old rule", "nothing: no line asks for it any more")
    for policy in old:
        led = policy.source if policy.source != "all" else f"to {policy.destination}"
        file = "route-tables.cfg" if policy.source != "all" else "workload-networks.cfg"
        selector = f"from {policy.source}" if policy.source != "all" else led
        yield Found(
            subject=f"{policy.priority}",
            node=_UNIT,
            title=f"an old rule leads {led.removeprefix('to ')} to {policy.table}"[:52],
            explanation=f"No line of {file} asks for it: the rule is left over, and may win over the new one.",
            excerpts=(
                Excerpt(
                    "ip rule", f"{policy.priority}: {selector} lookup {policy.table}", ExcerptKind.COMMAND, guilty=True
                ),
            ),
            remedy=f"ip rule del {named}"
            if (named := words(e, policy))
            else f"ip rule del with all words of rule {policy.priority}",
            fix=fix,
        )


def _ip(text: str) -> str:
    return text.partition("/")[0]


@rule(
    "C05c",
    "route-tables-linkdown",
    group="routing",
    node=_UNIT,
    needs=("units", "journal:route-tables"),
    sources=(LAB,),
)
def linkdown(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A restart of route-tables failed because a NIC was disconnected.

    The unit stopped half-way; its tables are half filled.

    Recognise: 'either "to" is duplicate, or "linkdown" is a garbage' in its journal, status 255.

    Why: the script feeds what "ip route show" prints back into "ip route del", the word linkdown included.

    Repair: connect the NIC, then restart route-tables.

    See also: C05a, E14.
    """
    nics = (link.name for link in e.links or () if not link.up)
    found = Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables stopped over a NIC without link",
        explanation=(
            "A NIC was disconnected when the unit restarted, and its script cannot delete such a route. Replies to"
            " routed clients go astray."
        ),
        broken_by=frozenset(nic_gone(name) for name in nics),
        remedy="connect the NIC, restart route-tables",
    )
    yield _stopped_over(e, '"linkdown" is a garbage', found)
