"""What one command or file gave, exactly: the raw form of all evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """How a section ended; each is a fact of its own."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    CUT = "cut"
    LOST = "lost"  # the connection went while it was under way


@dataclass(frozen=True, slots=True)
class Section:
    """The bytes of one command or file.

    ``code`` is the exit code (None unless it exited), ``limit`` the bytes kept where it was cut,
    ``ms`` how long it took on the appliance.
    """

    name: str
    what: str
    out: bytes = b""
    err: bytes = b""
    ending: Ending = Ending.EXITED
    code: int | None = 0
    limit: int = 0
    ms: float | None = None

    @property
    def complete(self) -> bool:
        """Whether all of its output is here (whatever the exit code)."""
        return self.ending is Ending.EXITED

    @property
    def text(self) -> str:
        """Output as UTF-8, U+FFFD for what is not."""
        return self.out.decode("utf-8", "replace")

    @property
    def why_not(self) -> str:
        """In words why it cannot be used, or ""."""
        if self.ending is Ending.TIMED_OUT:
            return f"{self.what}: no answer in time"
        if self.ending is Ending.CUT:
            return f"{self.what}: cut at {self.limit} bytes"
        if self.ending is Ending.LOST:
            return f"{self.what}: the connection was lost while it was read"
        if self.code == 127:
            return f"{self.what}: not on the appliance"
        if self.code and not self.out:
            said = self.err.decode("utf-8", "replace").strip().partition("\n")[0]
            return f"{self.what}: exit {self.code}" + (f", {said}" if said else "")
        return ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All sections of one round of collecting.

    ``complete`` is False where the end marker never came; ``remarks`` say what else was odd (junk from a login
    shell, a frame that does not belong). ``user`` is who read.
    """

    sections: dict[str, Section] = field(default_factory=dict)
    taken_at: datetime | None = None
    complete: bool = True
    remarks: tuple[str, ...] = ()
