"""The words of the panel that are worked out: how a node stands, where it fails, what a fix costs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.inert import inert
from checks.model import Node, NodeKind, State, Vantage
from screens.picture.heads import Head

if TYPE_CHECKING:
    from checks.plan import Fix

_STATES = {
    State.OK: "ok",
    State.WARNING: "warning",
    State.FAILED: "failed",
    State.UNKNOWN: "not checked",
    State.CHECKING: "checking",
}


def condition(node: Node) -> str:
    """``failed, range not routed``: the node's own word and its effect, or what was found there."""
    word = node.word or _STATES[node.state]
    effect = node.mark("effect")
    if effect is not None and effect.detail:
        return inert(f"{word}, {effect.detail}")
    told = next((check.detail for check in node.checks if check.state is node.state and check.detail), "")
    if told and not node.word and node.kind is not NodeKind.NETWORK:
        return inert(told)
    return inert(word)


def cost(fix: Fix) -> str:
    """``12 s, no reboot``."""
    return f"{fix.seconds} s, {'reboots the appliance' if fix.reboot else 'no reboot'}"


def sentences(text: str, room: int, lines: int) -> str:
    """As many whole sentences of ``text`` as fit in so many lines; of the first, where it does not, what does."""
    kept = ""
    for sentence in re.findall(r".+?(?:[.!?](?=\s)|$)", inert(text)):
        longer = f"{kept} {sentence.strip()}".strip()
        if kept and _lines(longer, room) > lines:
            break
        kept = longer
    if _lines(kept, room) <= lines:
        return kept
    ends = [match.start() for match in re.finditer(r"[:;,] ", kept)]
    return next((f"{kept[:end]}." for end in reversed(ends) if _lines(kept[: end + 1], room) <= lines), kept)


def until_clause(text: str, room: int) -> str:
    """``text`` where it fits, else as many of its clauses as fit, else all of it, to be cut where it is put."""
    ends = [match.start() for match in re.finditer(r"[:;,] ", text) if match.start()]
    return next((text[:end] for end in (len(text), *reversed(ends)) if end <= room), text)


def _lines(text: str, room: int) -> int:
    rows, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > room:
            rows, used = rows + 1, 0
        used += len(word) + (1 if used else 0)
    return rows


def conclusion(vip: Node, heads: tuple[Head, ...]) -> str:
    """What the three places together say about one VIP; "" where they say nothing."""
    asked = [(head, check) for head in heads if (check := vip.mark(head.vantage.value))]
    bad = [head for head, check in asked if check.state is State.FAILED]
    own = vip.mark(Vantage.APPLIANCE.value)
    if bad and len(bad) < len(asked):
        way = next((head.way for head in bad if head.way), "")
        return (
            f"only the {way} one fails: look at the way back" if way else f"only {bad[0].label} fails: look at its way"
        )
    if own is None or not bad:
        return ""
    if own.state is State.FAILED:
        return "not even the appliance gets an answer from itself"
    return "the appliance answers itself: look at the way to it" if own.state is State.OK else ""
