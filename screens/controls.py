"""What a screen may ask of whoever runs the session: the only way from a key to the appliance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from checks.model import Vantage

if TYPE_CHECKING:
    from checks.transaction import Prepared, Transaction


class Controls(Protocol):
    """Implemented by ``checks.session.Session``; tests put a scripted one in its place."""

    def recheck(self) -> None:
        """Read and probe again now."""
        ...

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        """The plan for a finding, preconditions checked. Raises ``checks.refusal.Refusal``."""
        ...

    async def prepare_undo(self, fix_id: str | None = None, *, reboot: bool = False) -> Prepared:
        """The way back of the last (or that) fix as a plan. Raises ``checks.refusal.Refusal``."""
        ...

    def carry_out(self, prepared: Prepared) -> AsyncIterator[Transaction]:
        """Run exactly that plan; yields a new value at each change, the last one with an outcome.
        It goes on where nobody iterates any more."""
        ...


@runtime_checkable
class Vantages(Protocol):
    """What controls may have beside: several places to probe from, one of them counting as what users see."""

    @property
    def vantages(self) -> tuple[Vantage, ...]:
        """The places there are."""
        ...

    def probe_from(self, vantage: Vantage) -> None:
        """Let another place count from the next reading on."""
        ...


@runtime_checkable
class Resuming(Protocol):
    """What controls may have beside: going on with a fix that was cut off."""

    async def prepare_resume(self) -> Prepared:
        """What is left of it to do, as a plan. Raises ``checks.refusal.Refusal``."""
        ...
