"""Which address e explains beside the code of a finding."""

from __future__ import annotations

from checks.addresses import Kind, spelling
from checks.model import Finding, Node, NodeKind


def address_of(finding: Finding | None, node: Node | None) -> str:
    """The address or range, as it was typed, that a finding is about, else the one that a node stands for; or ""."""
    subjects = ("" if finding is None else finding.subject, _stands_for(node))
    return next((text for text in subjects if spelling(text.partition("#")[0]).kind is not Kind.NOTHING), "")


def _stands_for(node: Node | None) -> str:
    if node is None:
        return ""
    if node.kind is NodeKind.NETWORK:
        return node.note
    return node.label.partition(":")[0]
