"""What a fix may do to the appliance: a protocol that the session supplies over SSH."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from checks.model import Diagnosis
from checks.plan import Change
from checks.transaction import Written


@dataclass(frozen=True, slots=True)
class Ran:
    """One command: its exit code (None: the connection went first) and what it printed (untrusted). ``hung`` where it
    was given up because it did not end."""

    code: int | None
    said: str = ""
    hung: bool = False


class Hands(Protocol):
    """What a fix may do to the appliance."""

    async def write(self, step: Change, backup: str, page: str) -> Written:
        """Run the script that writes, whenever it comes to run: only while the journal's digest is ``page``."""
        ...

    async def digest(self, path: str) -> str:
        """SHA-256 of a file now, reconnecting if needed; "" where it cannot be told."""
        ...

    async def run(self, command: str) -> Ran:
        """Run one command of the plan."""
        ...

    async def reboot(self) -> Ran:
        """Ask for the reboot; returns when the connection has gone, or when it was refused (another code than 0)."""
        ...

    async def come_back(self, say: Callable[[str], None]) -> str:
        """Wait until the appliance answers with another boot id and give that. Refusal (1) where it goes on with the
        old one, (3) where it never answers, or shuts its door for good."""
        ...

    async def boot_id(self) -> str:
        """The present boot id, or ""."""
        ...

    async def read_again(self) -> Diagnosis:
        """Collect and probe once more."""
        ...
