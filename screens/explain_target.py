"""What e explains of the selection: beside a finding its address, without one an address or a code."""

from __future__ import annotations

from checks.addresses import Kind, spelling
from checks.model import Finding, Node, NodeKind
from checks.rules.entries import entry


def address_of(finding: Finding | None, node: Node | None) -> str:
    """The address or range, as it was typed, that a finding is about, else the one that a node stands for; or ""."""
    subjects = ("" if finding is None else finding.subject, _stands_for(node))
    return next((text for text in subjects if spelling(text.partition("#")[0]).kind is not Kind.NOTHING), "")


def codes_of(node: Node | None) -> tuple[str, ...]:
    """The codes of the catalogue that were looked for on a node, as its panel lists them, each once."""
    checks = () if node is None or node.kind is NodeKind.VIP else node.checks
    codes = dict.fromkeys(check.id.partition(":")[0] for check in checks)
    return tuple(code for code in codes if entry(code) is not None)


def _stands_for(node: Node | None) -> str:
    if node is None:
        return ""
    if node.kind is NodeKind.NETWORK:
        return node.note
    return node.label.partition(":")[0]
