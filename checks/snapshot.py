"""One moment of the live loop: what the screen draws and a report prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from checks import refusal
from checks.model import Diagnosis, State, Vantage

if TYPE_CHECKING:
    from checks.evidence.evidence import Evidence
    from checks.transaction import Transaction, Unfinished


class SourceKind(StrEnum):
    """Where the evidence comes from."""

    LIVE = "live"
    CAPTURE = "capture"
    BUNDLE = "bundle"
    DEMO = "demo"
    PLAN = "plan"


class Phase(StrEnum):
    """What the session is doing."""

    CONNECTING = "connecting"
    READING = "reading"
    LIVE = "live"
    LOST = "lost"
    FIXING = "fixing"
    STILL = "still"  # a capture: nothing will change
    # Shut: ``detail`` says why, the value is what a person reads.
    FAILED = "not reached"
    DENIED = "not logged in"
    KEY_CHANGED = "host key changed"
    STRANGER = "not the appliance"  # logged in to, but it is another machine: nothing it says counts


_SHUT = {
    refusal.DENIED: Phase.DENIED,
    "H01": Phase.DENIED,
    refusal.KEY_CHANGED: Phase.KEY_CHANGED,
    refusal.STRANGER: Phase.STRANGER,
}


def shut_by(code: str) -> Phase:
    """How things stand after a refusal with that code, where only a person can change it."""
    return _SHUT.get(code, Phase.FAILED)


@dataclass(frozen=True, slots=True)
class Origin:
    """What is looked at and how: the site's name, the target as typed, the hops, and as whom it is read. ``lesson``
    is what a simulated site teaches."""

    kind: SourceKind
    target: str
    via: tuple[str, ...] = ()
    client_vantage: Vantage = Vantage.HERE
    site: str = ""
    user: str = ""
    read_only: bool = False
    client_address: str = ""
    lesson: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the timeline."""

    at: datetime
    text: str
    state: State
    node: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Frozen, so that a screen can tell by comparison what to redraw.

    ``read_at`` is when the evidence was complete (None: never yet), ``retry_at`` when the next try begins
    while the connection is lost, ``unfinished`` the fix that was cut off on this appliance, or that somebody else is
    carrying out there now.
    """

    origin: Origin
    phase: Phase
    diagnosis: Diagnosis
    evidence: Evidence | None = None
    read_at: datetime | None = None
    duration_ms: int = 0
    detail: str = ""
    retry_at: datetime | None = None
    timeline: tuple[Change, ...] = ()
    transaction: Transaction | None = None
    can_undo: bool = False
    unfinished: Unfinished | None = None

    @property
    def shut(self) -> bool:
        """Whether nothing more comes until a person does something: no way in, or in to another machine."""
        return self.phase is Phase.FAILED or self.phase in _SHUT.values()


def captured_words(snapshot: Snapshot) -> str:
    """Why nothing can be done in a capture."""
    at = "" if snapshot.read_at is None else f" of {snapshot.read_at:%Y-%m-%d %H:%M}"
    return f"this is a capture of {snapshot.origin.target}{at}: nothing can be changed"
