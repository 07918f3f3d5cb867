"""How a verdict and a finding are marked: glyph, word and role, the same on every screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass

from checks.model import Severity, Verdict
from screens.picture.cells import Role


@dataclass(frozen=True, slots=True)
class Sign:
    """One cell, what it means in a word, and as what it is coloured."""

    glyph: str
    word: str
    role: Role

    @property
    def badge(self) -> str:
        """``✗ BROKEN``."""
        return f"{self.glyph} {self.word}"


VERDICTS = {
    Verdict.BROKEN: Sign("✗", "BROKEN", Role.ERROR),
    Verdict.DEGRADED: Sign("✗", "DEGRADED", Role.ERROR),
    Verdict.AT_RISK: Sign("!", "AT RISK", Role.WARNING),
    Verdict.INCOMPLETE: Sign("?", "INCOMPLETE", Role.UNKNOWN),
    Verdict.HEALTHY: Sign("✓", "HEALTHY", Role.SUCCESS),
}
SEVERITIES = {
    Severity.FAILED: Sign("✗", "failed", Role.ERROR),
    Severity.WARNING: Sign("!", "warning", Role.WARNING),
    # Not the question mark of what could not be checked: this was, and is only possible.
    Severity.INFO: Sign("i", "info", Role.NETWORK),
}
