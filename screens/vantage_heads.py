"""The heads of the map for a session: this machine, the jump host, or both."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from checks.model import Diagnosis, NodeKind, Vantage
from checks.snapshot import Origin
from screens.heading import host_words
from screens.picture.heads import Head


def heads_of(origin: Origin, diagnosis: Diagnosis) -> tuple[Head, ...]:
    """One head per place that is asked. With a jump host this machine is one only where it was probed."""
    asked = {check.mark for node in diagnosis.nodes for check in node.checks}
    heads = []
    if not origin.via or Vantage.HERE.value in asked or origin.client_vantage is Vantage.HERE:
        heads.append(_head(Vantage.HERE, "this machine", origin, diagnosis))
    if origin.via:
        heads.append(_head(Vantage.JUMP, host_words(origin.via[-1]), origin, diagnosis))
    return tuple(heads)


def _head(vantage: Vantage, label: str, origin: Origin, diagnosis: Diagnosis) -> Head:
    users = vantage is origin.client_vantage
    at = origin.client_address if users else ""
    return Head(vantage, label, at, _way(at, diagnosis), users)


def _way(at: str, diagnosis: Diagnosis) -> str:
    networks = {node.label: node.note for node in diagnosis.of_kind(NodeKind.NETWORK)}
    upper = networks.get("frontend") or networks.get("workload")
    try:
        return "on-link" if IPv4Address(at) in IPv4Network(upper or "", strict=False) else "routed"
    except ValueError:
        return ""
