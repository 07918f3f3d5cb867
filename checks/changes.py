"""What changed between two diagnoses, for the timeline."""

from __future__ import annotations

from datetime import datetime

from checks.model import Diagnosis, NodeKind, State, Verdict, of_vips
from checks.snapshot import Change

_SETTLED = frozenset({State.OK, State.WARNING, State.FAILED})
_STATE_OF = {
    Verdict.BROKEN: State.FAILED,
    Verdict.DEGRADED: State.FAILED,
    Verdict.AT_RISK: State.WARNING,
    Verdict.INCOMPLETE: State.UNKNOWN,
    Verdict.HEALTHY: State.OK,
}


def same(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether nothing changed that a person would see: states and findings, not the milliseconds."""
    return [(node.id, node.state, node.word) for node in before.nodes] == [
        (node.id, node.state, node.word) for node in after.nodes
    ] and [finding.id for finding in before.findings] == [finding.id for finding in after.findings]


def changes(before: Diagnosis | None, after: Diagnosis, at: datetime) -> tuple[Change, ...]:
    """One line for each node whose settled state changed; VIPs in one line together. The first diagnosis of all
    gives one line with its verdict."""
    if before is None:
        return (Change(at, f"first read: {after.verdict}, {after.sentence}", _STATE_OF[after.verdict]),)
    old = before.by_id()
    moved = [
        node
        for node in after.nodes
        if node.id in old and node.state is not old[node.id].state and {node.state, old[node.id].state} <= _SETTLED
    ]
    found = [
        Change(at, f"{node.label or node.id} {node.word or node.state}", node.state, node.id)
        for node in moved
        if node.kind in (NodeKind.UNIT, NodeKind.NETWORK, NodeKind.CLUSTER, NodeKind.LISTENER)
    ]
    vips = [node for node in moved if node.kind is NodeKind.VIP]
    if vips:
        all_vips = after.of_kind(NodeKind.VIP)
        good = sum(node.state is State.OK for node in all_vips)
        found.append(Change(at, of_vips(good, len(all_vips)), State.OK if good == len(all_vips) else State.FAILED))
    if before.verdict is not after.verdict:
        found.append(Change(at, f"{before.verdict} -> {after.verdict}", _STATE_OF[after.verdict]))
    return tuple(found)
