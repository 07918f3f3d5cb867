"""What the cursor is on: a node, a finding there, and whether a person put it there."""

from __future__ import annotations

from checks.model import Diagnosis, Finding

FOLDS = ("vips:", "more:")
"""What the ids of rows begin with that stand for several nodes."""


class Selection:
    """Follows the first root until the cursor is moved by hand; never on a node that is not there any more."""

    def __init__(self) -> None:
        self.node: str | None = None
        self._finding: str | None = None
        self._by_hand = False

    def follow(self, diagnosis: Diagnosis) -> None:
        """A new diagnosis."""
        if self._finding is not None and diagnosis.finding(self._finding) is None:
            self._finding = None
        if self._by_hand and self.node is not None and (self.folded or diagnosis.node(self.node) is not None):
            return
        self._by_hand = False
        root = next((found for name in diagnosis.roots if (found := diagnosis.finding(name))), None)
        self.node = None if root is None else root.node
        self._finding = None if root is None else root.id

    def put(self, node: str, finding: str | None = None) -> None:
        """By hand."""
        self.node, self._finding, self._by_hand = node, finding, True

    @property
    def chosen(self) -> str | None:
        """The finding that was selected by itself."""
        return self._finding

    @property
    def folded(self) -> bool:
        """Whether it is a row that stands for several nodes."""
        return self.node is not None and self.node.startswith(FOLDS)

    def finding(self, diagnosis: Diagnosis) -> Finding | None:
        """The finding that was selected, else the first of the selected node."""
        chosen = diagnosis.finding(self._finding) if self._finding else None
        if chosen is not None and chosen.node == self.node:
            return chosen
        return next(iter(diagnosis.on(self.node)), None) if self.node else None

    def repairable(self, diagnosis: Diagnosis) -> Finding | None:
        """The finding that a fix is about: the selected one or what explains it, else the first root with a fix."""
        chosen = self.finding(diagnosis)
        ids = (*((chosen.id, *chosen.explained_by) if chosen else ()), *diagnosis.roots)
        found = (finding for name in ids if (finding := diagnosis.finding(name)))
        return next((finding for finding in found if finding.fix is not None), None)
