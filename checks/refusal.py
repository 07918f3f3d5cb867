"""The one exception that reaches a person: a sentence, and the exit code it stands for."""

from __future__ import annotations

# Codes of refusals that are no findings: there is no appliance to find them on.
DENIED = "denied"
KEY_CHANGED = "key-changed"
STRANGER = "stranger"


class Refusal(Exception):
    """Something cannot be done. ``sentence`` says what, where and what would be right; ``exit_code`` is the
    contract's: 1 not done, 2 wrong usage or nothing to repair, 3 not reachable. ``code`` names the finding that the
    refusal is (H01) or the door that is shut (the codes above), or is "". ``said`` is the other side's own text
    (untrusted). ``final`` says that trying again by itself would be wrong: a door that said no."""

    def __init__(self, sentence: str, exit_code: int, *, code: str = "", said: str = "", final: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code
        self.code = code
        self.said = said
        self.final = final


class HostKeyChanged(Refusal):
    """A host shows another key than the known one: nothing goes on to it, and nothing tries again by itself."""
