"""C: what restarts of route-tables leave behind, and stumble over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.model import Excerpt, ExcerptKind, Severity
from checks.rules.facts import card_down, journal_excerpts, lines_with, unit_down
from checks.rules.policy_repair import refill
from checks.rules.references import LAB, issue
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.way_back import astray
from checks.site import Site

_UNIT = "unit:route-tables"
_FILE = f"file:{ROUTE_TABLES_CFG}"


def _stopped_over(e: Evidence, words: str, found: Found) -> Outcome:
    """``found`` with its proof and its damage, where the unit has failed and its journal holds these words."""
    unit = e.unit("route-tables")
    proof = lines_with(e.lines_of("route-tables"), words)
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
    cards = (link.name for link in e.links or () if not link.up)
    found = Found(
        subject="route-tables",
        node=_UNIT,
        title="route-tables stopped over a card without link",
        explanation=(
            "A card was disconnected when the unit restarted, and its script cannot delete such a route. Replies to"
            " routed clients go astray."
        ),
        broken_by=frozenset(card_down(name) for name in cards),
        remedy="connect the card, restart route-tables",
    )
    yield _stopped_over(e, '"linkdown" is a garbage', found)
