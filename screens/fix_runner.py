"""What the dialog of a fix needs of whoever carries it out."""

from __future__ import annotations

from typing import Protocol

from checks.transaction import Prepared, Transaction


class FixRunner(Protocol):
    """Who prepares and carries out, and keeps what is under way when the dialog is closed."""

    transaction: Transaction | None
    trouble: str

    @property
    def running(self) -> bool:
        """Whether a fix is under way."""
        ...

    @property
    def words(self) -> str:
        """``fixing, step 5 of 7``, or nothing."""
        ...

    async def prepare(self, finding_id: str | None, reboot: bool) -> Prepared:
        """The plan for a finding, None for the way back. Raises Refusal."""
        ...

    def start(self, prepared: Prepared) -> None:
        """Carry out what was confirmed."""
        ...
