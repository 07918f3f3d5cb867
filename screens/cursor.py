"""Where the cursor goes: along the path, to a hop, to the next finding."""

from __future__ import annotations

from checks.model import Diagnosis, Finding, NodeKind
from screens.picture.folding import rank

_HOPS = (
    (NodeKind.CLIENT,),
    (NodeKind.NETWORK,),
    (NodeKind.VIP, NodeKind.RANGE),
    (NodeKind.UNIT, NodeKind.APPLIANCE),
    (NodeKind.NETWORK,),
    (NodeKind.CLUSTER,),
)
_LANES = {1: ("network:frontend", "network:workload"), 4: ("network:workload",)}


def step(stops: tuple[str, ...], current: str | None, by: int) -> str | None:
    """The stop ``by`` places on, not beyond the ends; from nowhere to the first or the last."""
    if not stops:
        return None
    if current not in stops:
        return stops[0] if by > 0 else stops[-1]
    return stops[min(max(stops.index(current) + by, 0), len(stops) - 1)]


def hop(diagnosis: Diagnosis, number: int) -> str | None:
    """The worst node of the hop 0 to 5: client, frontend, VIPs, appliance, workload, clusters."""
    if number in _LANES:
        return next((name for name in _LANES[number] if diagnosis.node(name)), None)
    for kind in _HOPS[number]:
        nodes = diagnosis.of_kind(kind)
        if nodes:
            roots = {finding.node for root in diagnosis.roots if (finding := diagnosis.finding(root))}
            return min(nodes, key=lambda node: (node.id not in roots, rank(node.state))).id
    return None


def next_finding(diagnosis: Diagnosis, current: Finding | None, by: int) -> Finding | None:
    """The finding after or before ``current`` in reading order, round and round."""
    found = diagnosis.findings
    if not found:
        return None
    if current is None:
        return found[0 if by > 0 else -1]
    at = next((i for i, finding in enumerate(found) if finding.id == current.id), -1)
    return found[(at + by) % len(found)]
