"""Which keys of the main screen would do something now, and how its footer names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding

from checks.model import Finding, State, Verdict
from checks.snapshot import Phase, Snapshot, captured_words
from screens.controls import Controls, Resuming, Vantages
from screens.explain_target import address_of, codes_of
from screens.footer import FooterKey
from screens.heading import running_words
from screens.main_keys import BINDINGS, RANKS


@dataclass(frozen=True, slots=True)
class Present:
    """How things stand on the main screen. ``node`` is what the cursor is on, ``running`` what is under way ("fix",
    "undo" or ""), ``folded`` whether the node stands for several, ``drilled`` whether the panel is open, ``keeps``
    whether a capture can be saved, ``listed`` whether the site was chosen from a list."""

    snapshot: Snapshot
    controls: Controls | None
    node: str | None
    finding: Finding | None
    repairable: Finding | None
    running: str
    drilled: bool
    folded: bool
    keeps: bool
    listed: bool = False

    @property
    def _still(self) -> bool:
        return self.snapshot.phase is Phase.STILL

    @property
    def _read(self) -> bool:
        """Whether anything of the appliance was read; behind a shut door there is only that it is shut."""
        return self.snapshot.evidence is not None and not self.snapshot.shut

    def available(self, action: str) -> bool:
        """Whether an action would do anything."""
        snapshot, unfinished = self.snapshot, self.snapshot.unfinished
        asked = self.controls is not None and not self._still
        plans = self.controls is not None
        match action:
            case "fix":
                return bool(self.running) or (plans and self.repairable is not None)
            case "undo":
                back = snapshot.can_undo or (unfinished is not None and unfinished.can_undo)
                return asked and back and not self.running
            case "go_on":
                left = unfinished is not None and unfinished.can_go_on
                return left and asked and isinstance(self.controls, Resuming) and not self.running
            case "recheck":
                return asked
            case "back":
                return self.drilled
            case "open":
                return self.node is not None
            case "finding":
                return bool(snapshot.diagnosis.findings)
            case "space":
                return self.drilled or self.folded
            case "explain":
                node = snapshot.diagnosis.node(self.node or "")
                return self.finding is not None or bool(address_of(None, node) or codes_of(node))
            case "find" | "find_next":
                return bool(snapshot.diagnosis.nodes)
            case "save":
                return self.keeps and self._read
            case "journal" | "addresses":
                return self._read
            case "probe_from":
                return isinstance(self.controls, Vantages) and len(self.controls.vantages) > 1 and not self.running
            case "timeline":
                return bool(snapshot.timeline)
        return True

    @property
    def _taken_back(self) -> bool:
        from checks.transaction import Outcome

        ended = self.snapshot.transaction
        return ended is not None and ended.outcome is Outcome.UNDONE

    def _why_no_plan(self, finding: Finding) -> str:
        from checks.evidence.evidence import Evidence
        from checks.no_plan import why_no_plan

        return why_no_plan(self.snapshot.evidence or Evidence(), self.snapshot.diagnosis, finding)

    @property
    def _unknown(self) -> bool:
        """Whether nobody knows how the selected node does; where none is, how the whole site does."""
        node = self.snapshot.diagnosis.node(self.node or "")
        if node is not None:
            return node.state in (State.UNKNOWN, State.CHECKING)
        return self.snapshot.shut or self.snapshot.diagnosis.verdict is Verdict.INCOMPLETE

    def why_not(self, action: str) -> str:
        """What to say where a key is pressed that would do nothing now; "" where nothing needs a word."""
        snapshot = self.snapshot
        if self.available(action):
            return ""
        match action:
            case "undo" | "go_on" | "recheck" | "probe_from" if self._still:
                return captured_words(snapshot)
            case "fix" if self.controls is None and self.repairable is not None:
                return "nobody is connected that could make a plan"
            case "fix" if self.finding is not None and self.finding.fix is None:
                why = self._why_no_plan(self.finding)
                return f"no plan{';' if why.startswith('by hand') else ':'} {why}"
            case "fix" if self._unknown:
                return "nothing is known here, so there is nothing to repair"
            case "fix":
                return "nothing to repair: nothing is wrong with what is selected"
            case "undo" | "probe_from" if self.running:
                return "a fix is under way"
            case "undo" if self._taken_back:
                return "nothing to undo: the last fix was taken back already"
            case "undo":
                return "nothing to undo: no fix was made from here"
            case "probe_from":
                return "users stand at one place here: no jump host leads to the appliance"
            case "finding":
                return "nothing was found"
            case "timeline" if self._still:
                return "a capture is one moment: nothing changes in it"
            case "timeline":
                return "nothing has changed since the start"
            case "explain":
                return "nothing here has a code or an address" if self.node else "nothing is selected"
            case "journal" | "addresses" | "save" if snapshot.phase in (Phase.CONNECTING, Phase.READING):
                return "the first reading is not at its end yet: a moment"
            case "journal" | "addresses":
                return "nothing was read"
            case "save":
                return "nothing was read: there is nothing to save"
        return ""

    def word(self, binding: Binding) -> str:
        """What a key does now, in a word or two."""
        match binding.id:
            case "map.fix" if self.running:
                return running_words(self.running)
            case "map.fix" if self.snapshot.origin.read_only:
                return "plan"
            case "map.fold" if self.drilled:
                return "page"
            case "map.quit" if self.drilled or self.listed:
                return "back"
        return binding.description

    def footer(self) -> Iterator[FooterKey]:
        """The keys with their words, in the order of the table."""
        for binding in BINDINGS:
            if not isinstance(binding, Binding) or not binding.show:
                continue
            name = binding.id or ""
            if not self.available(binding.action.partition("(")[0]) or (self.drilled and name == "map.open"):
                continue
            rank = 0 if self.drilled and name == "map.fold" else RANKS.get(name, 0)
            yield FooterKey(binding.key.partition(",")[0], self.word(binding), rank)
