"""How a node stands among the others: guilty, a consequence, or simply in its own state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from checks.model import Diagnosis, Finding, Node, State, worst
from screens.picture.canvas import GLYPHS, ROLES, Pen
from screens.picture.cells import Role


@dataclass(frozen=True, slots=True)
class NodeStyle:
    """How to write a node. ``code`` is that of the root finding on it, ``by`` the codes that explain it."""

    state: State
    code: str = ""
    by: str = ""

    @property
    def root(self) -> bool:
        """Whether the thing to repair lies here."""
        return bool(self.code)

    @property
    def glyph(self) -> str:
        """The state in one cell."""
        return GLYPHS[self.state]

    @property
    def mark(self) -> Pen:
        """For the glyph."""
        return Pen(Role.CONSEQUENCE if self.by else ROLES[self.state], bold=self.root)

    @property
    def name(self) -> Pen:
        """For the name."""
        quiet = self.by or self.state is State.UNKNOWN
        return Pen(Role.DIM if quiet else Role.TEXT, bold=self.root)

    def said(self, state: State) -> Pen:
        """For a word about the node that has a state of its own: quiet unless something is newly wrong."""
        if state in (State.OK, State.UNKNOWN, State.CHECKING) or self.by:
            return Pen(Role.DIM)
        return Pen(ROLES[state], bold=self.root)

    def sign(self, state: State) -> Pen:
        """For a second glyph on the node's row."""
        return Pen(Role.CONSEQUENCE if self.by and state is State.FAILED else ROLES[state], bold=self.root)


class NodeStyles:
    """The standing of every node of a diagnosis."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._on: dict[str, list[Finding]] = defaultdict(list)
        for finding in diagnosis.findings:
            self._on[finding.node].append(finding)
        self._diagnosis = diagnosis
        self._roots = frozenset(diagnosis.roots)

    def of(self, node: Node) -> NodeStyle:
        """How a node stands."""
        found = self._on.get(node.id, [])
        root = next((finding for finding in found if finding.id in self._roots), None)
        if root is not None:
            return NodeStyle(node.state, code=root.code)
        explained = bool(found) and all(finding.explained_by for finding in found)
        if node.state is State.FAILED and explained:
            return NodeStyle(node.state, by=self._origin(found[0]))
        return NodeStyle(node.state)

    def _origin(self, finding: Finding) -> str:
        """The code at the beginning of what explains a finding: what to repair, not the step before."""
        roots = self._diagnosis.roots_of(finding)
        return roots[0].code if roots else finding.explained_by[0].partition(":")[0]

    def together(self, nodes: Iterable[Node]) -> NodeStyle:
        """How several nodes stand as one: as the root among them, else as the worst, which a plain failure leads."""
        looks = [self.of(node) for node in nodes]
        state = worst(look.state for look in looks)
        equal = [look for look in looks if look.state is state]
        order = sorted(equal, key=lambda look: (not look.root, bool(look.by)))
        return order[0] if order else NodeStyle(state)
