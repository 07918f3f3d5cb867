"""The fix that is planned or runs: it goes on whether or not its dialog is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker

from checks.refusal import Refusal
from checks.snapshot import Snapshot
from screens.controls import Controls, Resuming

if TYPE_CHECKING:
    from checks.transaction import Prepared, Transaction
    from screens.fix_dialog import FixScreen


class Changed(Message):
    """The fix that runs out of sight went on."""


class FixController:
    """Belongs to the screen that shows the site; its workers live as long as that one."""

    def __init__(self, screen: Screen[None]) -> None:
        self.controls: Controls | None = None
        self.transaction: Transaction | None = None
        self.trouble = ""
        self._screen = screen
        self.dialog: FixScreen | None = None
        self._snapshot: Snapshot | None = None
        self._work: Worker[Any] | None = None
        self._begun: Prepared | None = None
        self._resume = False

    @property
    def running(self) -> bool:
        """Whether a fix is under way."""
        return self._work is not None and not self._work.is_finished

    @property
    def kind(self) -> str:
        """``fix`` or ``undo`` while one is under way, else ""."""
        return self._begun.kind if self.running and self._begun is not None else ""

    @property
    def unwell(self) -> bool:
        """Whether the last fix is through and did not end as it should."""
        return not self.running and self.transaction is not None and not self.transaction.proven

    @property
    def words(self) -> str:
        """What the header says meanwhile."""
        if not self.running or self.transaction is None:
            return ""
        from checks.transaction import STEPS

        doing = "undoing" if self.transaction.prepared.undo else "fixing"
        return f"{doing}, step {self.transaction.current} of {len(self.transaction.steps) or len(STEPS)}"

    def plan(self, finding_id: str | None, *, resume: bool = False) -> None:
        """Open the plan for a finding; None is the way back of the last fix, or with ``resume`` what is left of the
        one that was cut off."""
        self.transaction, self.trouble = None, ""
        self._resume = resume
        self._open(finding_id)

    def show(self) -> None:
        """Open the dialog of the fix that runs, or ran last."""
        if self._begun is not None:
            self._open(None if self._begun.undo else self._begun.finding_id)

    def _open(self, finding_id: str | None) -> None:
        from screens.fix_dialog import FixScreen

        self.dialog = FixScreen(self, finding_id)
        if self._snapshot is not None:
            self.dialog.look(self._snapshot)
        self._screen.app.push_screen(self.dialog, self._closed)

    def _closed(self, _: None) -> None:
        self.dialog = None

    def look(self, snapshot: Snapshot) -> None:
        """A new moment of the site."""
        self._snapshot = snapshot
        if self.dialog is not None:
            self.dialog.look(snapshot)

    async def prepare(self, finding_id: str | None, reboot: bool) -> Prepared:
        """The plan, or Refusal."""
        assert self.controls is not None
        if finding_id is None and self._resume and isinstance(self.controls, Resuming):
            return await self.controls.prepare_resume()
        if finding_id is None:
            return await self.controls.prepare_undo(reboot=reboot)
        return await self.controls.prepare_fix(finding_id, reboot=reboot)

    def start(self, prepared: Prepared) -> None:
        """Carry out what was confirmed. A second start while one runs is ignored."""
        if not self.running:
            self.trouble, self._resume, self._begun = "", False, prepared
            self._work = self._screen.run_worker(
                self._carry_out(prepared), name="repair", group="repair", exclusive=True, exit_on_error=False
            )

    async def _carry_out(self, prepared: Prepared) -> None:
        assert self.controls is not None
        try:
            async for transaction in self.controls.carry_out(prepared):
                self.transaction = transaction
                self.changed()
        except Refusal as refusal:
            self.trouble = refusal.sentence

    def changed(self) -> None:
        """Show the present step, in the dialog or in the header."""
        if self.dialog is not None:
            self.dialog.redraw()
        elif self._screen.is_current:
            self._screen.post_message(Changed())

    def ended(self, worker: Worker[Any], trouble: str = "") -> None:
        """A worker of the screen is through; ``trouble`` where it did not end by itself."""
        if worker is not self._work:
            return
        self.trouble = trouble or self.trouble
        if self.dialog is None:
            self._tell()
        self.changed()

    def _tell(self) -> None:
        """Say how a fix ended that ran out of sight, or why it did not begin; what is not well is shown, where no page
        stands in its way."""
        ended = self.transaction
        if self.unwell and self._screen.is_active:
            self.show()
        elif ended is not None and ended.outcome is not None:
            from screens.fix_progress import badge

            self._screen.app.notify(f"{badge(ended)[0]}: {ended.sentence}", markup=False)
        elif self.trouble:
            self._screen.app.notify(self.trouble, severity="error", markup=False)
