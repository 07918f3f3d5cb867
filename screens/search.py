"""Finding a node or a finding by words: what ``/``, ``n`` and the command palette look through."""

from __future__ import annotations

from dataclasses import dataclass

from checks.inert import inert
from checks.model import Diagnosis, Node, NodeKind
from screens.picture.canvas import GLYPHS, ROLES
from screens.picture.cells import Role
from screens.prose import condition
from screens.signs import SEVERITIES


@dataclass(frozen=True, slots=True)
class Match:
    """A place to go to. ``label`` and ``told`` are inert."""

    label: str
    told: str
    sign: str
    role: Role
    node: str
    finding: str | None = None


def everything(diagnosis: Diagnosis) -> tuple[tuple[Match, str], ...]:
    """All that can be found, findings first, each with the text that is searched."""
    labels = {node.id: node.label for node in diagnosis.nodes}
    found = []
    for one in diagnosis.findings:
        place, sign = labels.get(one.node, ""), SEVERITIES[one.severity]
        match = Match(inert(f"{one.code}  {one.title}"), inert(place), sign.glyph, sign.role, one.node, one.id)
        found.append((match, f"{one.id} {one.name} {one.title} {place}".casefold()))
    for node in diagnosis.nodes:
        match = Match(inert(_name(node, labels)), condition(node), GLYPHS[node.state], ROLES[node.state], node.id)
        found.append((match, f"{node.kind} {match.label} {node.note} {node.word} {node.id}".casefold()))
    return tuple(found)


def _name(node: Node, labels: dict[str, str]) -> str:
    owner = labels.get(node.within, "")
    kind = "VIP" if node.kind is NodeKind.VIP else node.kind.value
    return f"{kind} {node.label or node.id}" + (f"  {owner}" if owner else "")


def matches(diagnosis: Diagnosis, words: str) -> tuple[Match, ...]:
    """What holds every one of ``words``, in reading order; everything where there are none."""
    wanted = words.casefold().split()
    return tuple(match for match, text in everything(diagnosis) if all(word in text for word in wanted))


def following(found: tuple[Match, ...], node: str | None, finding: str | None, by: int = 1) -> Match | None:
    """The match after the one that is selected, round and round."""
    if not found:
        return None
    here = [at for at, match in enumerate(found) if match.node == node and match.finding == finding]
    here = here or [at for at, match in enumerate(found) if match.node == node]
    if not here:
        return found[0 if by > 0 else -1]
    return found[(here[-1 if by > 0 else 0] + by) % len(found)]
