"""The dialog of a fix: the plan before anything happens, the steps while it runs, how it ended."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from checks.model import Diagnosis, NodeKind, State
from checks.refusal import Refusal
from checks.snapshot import Phase, Snapshot, captured_words
from checks.transaction import Outcome, Prepared, Transaction
from screens.copying import copy
from screens.fix_plan import draw_plan
from screens.fix_progress import badge, draw_progress
from screens.fix_runner import FixRunner
from screens.footer import FooterKey
from screens.frame import LEAST_HEIGHT, LEAST_WIDTH
from screens.framed import FramedScreen
from screens.lines import BOLD, put_paragraph
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role, plain

_CLIENT_PORT = ":443"
_UNTOUCHED = "Nothing was written"
_ONLY_READS = "this session only reads: nothing can be changed from here"


class FixScreen(FramedScreen[None]):
    """Opens with the plan for a finding (None: the way back), or with what runs already."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "run", "run it", id="fix.run"),
        Binding("b", "reboot", "reboot instead", id="fix.reboot"),
        Binding("u", "undo", "undo", id="fix.undo"),
        Binding("r", "again", "try again", id="fix.again"),
        Binding("c", "copy", "copy", id="fix.copy"),
        Binding("h,left", "hide", "hide, it goes on", id="fix.hide"),
        Binding("q", "hide", "leave", id="fix.leave"),
        # Into the field for a name letters are typed, whichever key leaves otherwise.
        Binding("escape,ctrl+d", "hide", "leave", show=False, id="fix.escape", priority=True),
    ]

    def __init__(self, bench: FixRunner, finding_id: str | None) -> None:
        super().__init__()
        self._bench = bench
        self._finding = finding_id
        self._snapshot: Snapshot | None = None
        self._prepared: Prepared | None = None
        self._refused: Refusal | None = None
        self._reboot = self._asking = False
        self._wanted = ""
        self._seen: tuple[Transaction | None, float] = (None, 0.0)

    def compose(self) -> ComposeResult:
        """The frame, and the input for the name of a production site."""
        yield from super().compose()
        name = Input(id="name", compact=True)
        name.cursor_blink = False
        yield name

    def on_mount(self) -> None:
        """Ask for the plan, unless one is carried out or has ended already."""
        self.set_interval(1, self._tick)
        if not self._bench.running and self._transaction is None:
            self._prepare()
        super().on_mount()

    def look(self, snapshot: Snapshot) -> None:
        """A new moment of the site."""
        self._snapshot = snapshot
        self.redraw()

    def _tick(self) -> None:
        if self._bench.running:
            self.redraw()

    def _prepare(self) -> None:
        self._prepared, self._refused, self._asking, self._wanted = None, None, False, ""
        self._bench.trouble = ""
        self.run_worker(self._fetch(), name="prepare", group="prepare", exclusive=True, exit_on_error=False)
        self.redraw()

    async def _fetch(self) -> None:
        try:
            self._prepared = await self._bench.prepare(self._finding, self._reboot)
        except Refusal as refusal:
            self._refused = refusal
        self.redraw()
        wanted, self._wanted = self._wanted, ""
        if self._prepared is None or not wanted:
            return
        if wanted == self._prepared.fix.digest:
            self.action_run()
        else:
            self.notify("the plan is another one now: read it again", markup=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A plan that failed otherwise than by a refusal is said, not thrown."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._refused = Refusal(self.app.failed(event.worker.error), 1)
            self.redraw()

    # What is shown

    @property
    def _transaction(self) -> Transaction | None:
        return self._bench.transaction

    @property
    def _ended(self) -> bool:
        return self._transaction is not None and not self._bench.running

    @property
    def _declined(self) -> str:
        """Why what was confirmed did not begin."""
        return self._bench.trouble if self._transaction is None and not self._bench.running else ""

    @property
    def _runnable(self) -> bool:
        prepared = self._prepared
        if prepared is None or self._transaction is not None or self._read_only or self._declined:
            return False
        return all(check.state is not State.FAILED for check in prepared.preconditions)

    @property
    def _provisional(self) -> Prepared | None:
        """The plan as the last reading has it, to be read while its preconditions are checked."""
        if self._finding is None or self._snapshot is None or self._refused is not None:
            return None
        finding = self._snapshot.diagnosis.finding(self._finding)
        if finding is None or finding.fix is None or self._prepared is not None:
            return None
        fix = finding.fix.by_reboot() if self._reboot else finding.fix
        target = self._snapshot.origin.target
        return Prepared("", finding.id, finding.code, finding.title, target, fix, may_reboot=True)

    @property
    def _other_way(self) -> Prepared | None:
        """The plan that stands there, where it has another way."""
        if self._asking or self._read_only or self._transaction is not None:
            return None
        plan = self._prepared if self._runnable else self._provisional
        return plan if plan is not None and plan.may_reboot else None

    @property
    def _read_only(self) -> bool:
        return self._snapshot is not None and self._snapshot.origin.read_only

    def title_words(self) -> tuple[str, str]:
        """What is fixed, and whether anything has been changed."""
        plan = self._transaction.prepared if self._transaction is not None else self._prepared or self._provisional
        if plan is None:
            return (f"FIX {self._finding.partition(':')[0]}" if self._finding else "UNDO", "")
        name = f"{'UNDO' if plan.undo else 'FIX'} {plan.code}{'  by reboot' if plan.fix.reboot else ''}"
        transaction = self._transaction
        if transaction is None:
            state = "nothing is changed from here" if self._read_only else "nothing has been changed yet"
            return name, f"{plan.target}, {state}"
        minutes, seconds = divmod(int(self._elapsed()), 60)
        if self._bench.running and transaction.outcome is None:
            return name, f"step {transaction.current} of {len(transaction.steps)}, {minutes:02}:{seconds:02}"
        return name, "stopped" if self._bench.trouble else f"done in {minutes:02}:{seconds:02}"

    def role(self) -> Role:
        """Accent, at the end that of the outcome."""
        if self._transaction is not None and self._transaction.outcome is not None:
            return badge(self._transaction)[1]
        return Role.ERROR if self._refused is not None or self._bench.trouble else Role.ACCENT

    def content(self, width: int, room: int) -> Picture:
        """The plan, the steps, or why there is neither; with air between the parts where that fits."""
        shown = self._content(width, True)
        return shown if len(shown.rows) <= room else self._content(width, False)

    def _content(self, width: int, airy: bool) -> Picture:
        if self._transaction is not None:
            try_it = _try_it(self._snapshot.diagnosis) if self._snapshot is not None else ""
            shown = draw_progress(self._transaction, width, self._elapsed(), airy, try_it)
            return _with_trouble(shown, self._bench.trouble, width) if self._bench.trouble else shown
        if self._prepared is not None and not self._declined:
            return draw_plan(self._prepared, width, airy, self._asking, read_only=self._read_only)
        provisional = self._provisional if not self._bench.running and not self._declined else None
        if provisional is not None:
            then = ", then it runs" if self._wanted else ""
            return draw_plan(provisional, width, airy, pending=f"◌ checking whether this can be done now{then}")
        canvas = Canvas(width)
        if self._refused is not None or self._declined:
            said = self._refused.sentence if self._refused is not None else self._declined
            canvas.put(0, 0, " ✗ NOT POSSIBLE ", Pen(Role.ERROR, bold=True, badge=True))
            y = put_paragraph(canvas, 0, 2, said, width, pen=BOLD)
            if self._refused is not None and self._refused.said:
                y = put_paragraph(canvas, 0, y + 1, self._refused.said, width, pen=Role.DIM)
            if _UNTOUCHED not in said:
                canvas.put(0, y + 1, f"{_UNTOUCHED}.", Role.DIM)
        elif self._bench.running:
            canvas.put(0, 0, "◌ starting", Role.ACCENT)
        else:
            canvas.put(0, 0, "◌ checking whether this can be done now", Role.ACCENT)
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """The keys that do something in the present state."""
        if self._bench.running:
            return [FooterKey("h", "hide, it goes on"), FooterKey("c", "copy the log")]
        if self._ended:
            ended = self._transaction
            failed = ended is not None and ended.outcome in (Outcome.NOT_FIXED, Outcome.WORSE) and not ended.unverified
            leave = FooterKey("q", "back to the map")
            undo = [FooterKey("u", "undo")] if self._undoable else []
            first = [*undo, leave] if failed else [leave, *undo]
            return [*first, FooterKey("c", "copy the command" if self._command else "copy the log")]
        if self._asking:
            # Any letter is typed into the field.
            return [FooterKey("enter", "run it"), FooterKey("escape", "leave")]
        keys = []
        if self._runnable:
            keys.append(FooterKey("y", "run it"))
        elif self._refused is not None or self._declined:
            keys.append(FooterKey("r", "try again"))
        elif self._provisional is not None and not self._read_only:
            keys.append(FooterKey("y", "run it"))
        if (other := self._other_way) is not None:
            keys.append(FooterKey("b", "units instead" if other.fix.reboot else "reboot instead"))
        if self._prepared is not None:
            keys.append(FooterKey("c", "copy"))
        return [*keys, FooterKey("q", "leave")]

    @property
    def _undoable(self) -> bool:
        ended = self._transaction
        return ended is not None and ended.undoable

    @property
    def _command(self) -> str:
        ended = self._transaction
        if ended is None or ended.outcome is not Outcome.FIXED or self._snapshot is None:
            return ""
        return _try_it(self._snapshot.diagnosis)

    def _elapsed(self) -> float:
        transaction = self._transaction
        if transaction is None:
            return 0.0
        if self._seen[0] is not transaction:
            self._seen = (transaction, monotonic())
        since = monotonic() - self._seen[1] if self._bench.running else 0.0
        return transaction.elapsed + since

    # What the keys do

    def action_run(self) -> None:
        """Carry out the plan; a production site's name is typed first. While the preconditions are checked it is
        remembered: it holds for exactly the plan that stood there."""
        provisional = self._provisional
        if provisional is not None and not self._read_only and self._transaction is None:
            self._wanted = provisional.fix.digest
            self.redraw()
            return
        if self._read_only and self._transaction is None and self._snapshot is not None:
            still = self._snapshot.phase is Phase.STILL
            self.notify(captured_words(self._snapshot) if still else _ONLY_READS, markup=False)
        if not self._runnable or self._bench.running:
            return
        assert self._prepared is not None
        if self._prepared.production and not self._asking:
            self._asking = True
            self._top = 0
            self.redraw()
            self.query_one("#name", Input).focus()
            return
        if not self._asking:
            self._begin()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The name of the production site."""
        event.stop()
        if self._prepared is None or not self._asking:
            return
        right = event.value.strip() == self._prepared.production
        event.input.value = ""
        if right:
            self._asking = False
            self._begin()
        else:
            self.notify(f"that is not {self._prepared.production}; nothing was done", markup=False)

    def _begin(self) -> None:
        assert self._prepared is not None
        if self.app.size.width < LEAST_WIDTH or self.app.size.height < LEAST_HEIGHT:
            self.notify("too small to read the plan: nothing was done", markup=False)
            return
        self.set_focus(None)
        self._top = 0
        self._bench.start(self._prepared)
        self.redraw()

    def action_reboot(self) -> None:
        """The same by a reboot, and back."""
        if self._other_way is not None:
            self._reboot = not self._reboot
            self._prepare()

    def action_undo(self) -> None:
        """The way back of what has just ended, as a plan."""
        if self._ended and self._undoable:
            self._bench.transaction = None
            self._finding, self._reboot = None, False
            self._prepare()

    def action_again(self) -> None:
        """Ask for the plan again."""
        if self._refused is not None or self._declined:
            self._prepare()

    async def action_copy(self) -> None:
        """The command to try, else what is shown."""
        text = self._command or plain(self.app.shown(self.content(76, 40).rows))
        self.notify(await copy(self.app, text), markup=False)

    def action_hide(self) -> None:
        """Back to the map; what runs goes on."""
        if self._asking:
            self._asking = False
            self.query_one("#name", Input).value = ""
            self.set_focus(None)
            self.redraw()
            return
        self.dismiss(None)


def _with_trouble(picture: Picture, trouble: str, width: int) -> Picture:
    canvas = Canvas(width)
    put_paragraph(canvas, 0, 0, trouble, width, pen=Pen(Role.ERROR, bold=True))
    return Picture((*picture.rows, (), *canvas.rows()), picture.hits)


def _try_it(diagnosis: Diagnosis) -> str:
    """The login that a user would try, where a VIP answers on its port."""
    for vip in diagnosis.of_kind(NodeKind.VIP):
        host, _, port = vip.label.partition(":")
        if f":{port}" == _CLIENT_PORT and vip.state is State.OK:
            return f"kubectl vsphere login --server={host} --vsphere-username you@vsphere.local"
    return ""
