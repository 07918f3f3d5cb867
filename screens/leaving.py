"""The question before a fix that runs is left: what becomes of it, and whether to wait for its end."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from checks.transaction import Transaction
from screens.fix_runner import FixRunner
from screens.footer import FooterKey
from screens.framed import FramedScreen
from screens.lines import BOLD, put_paragraph
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role

_LOOK_EVERY = 0.25
_LEFT = (
    "Left now, the appliance ends what it is doing in this step by itself. The steps after it are not done, and "
    "nothing proves that the fix works."
)
_KEPT = (
    "It is not lost: the appliance and this machine keep a journal of it. The next start says how far it came; "
    "o there, or noroute fix TARGET --resume, goes on, and u takes it back."
)
_GONE = "This simulated site ends with the program, and the fix with it."


class LeaveScreen(FramedScreen[bool]):
    """True to leave, now or once the fix has ended well. Closes by itself when nothing runs any more: whatever did not
    end well is to be read first. ``gone`` says that the site itself ends with the program."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "wait", "wait, then leave", id="leave.wait"),
        Binding("y", "now", "leave now", id="leave.now"),
        Binding("q,n,escape", "stay", "stay", id="leave.stay"),
    ]
    fills = False

    def __init__(self, bench: FixRunner, *, gone: bool = False) -> None:
        super().__init__()
        self._bench, self._gone = bench, gone
        self._waiting = False

    def on_mount(self) -> None:
        """Follow the fix."""
        super().on_mount()
        self.set_interval(_LOOK_EVERY, self._look)

    def _look(self) -> None:
        if self._bench.running:
            self.redraw()
            return
        # Beneath a page it waits: to dismiss would take that page away.
        if not self.is_active:
            return
        ended = self._bench.transaction
        self.dismiss(self._waiting and ended is not None and ended.proven)

    def title_words(self) -> tuple[str, str]:
        """What runs."""
        return "LEAVE?  a fix is under way", self._bench.words

    def role(self) -> Role:
        """A warning."""
        return Role.WARNING

    def content(self, width: int, room: int) -> Picture:
        """How far it is, what leaving does to it, how it goes on."""
        del room
        canvas = Canvas(width)
        running = self._bench.transaction
        if self._waiting:
            canvas.put(0, 0, "◌ leaves when the fix has ended well", Role.ACCENT)
        else:
            said = what_is_left(running)
            canvas.put(0, 0, said[:1].upper() + said[1:], BOLD)
        y = put_paragraph(canvas, 0, 2, _GONE if self._gone else _LEFT, width)
        if running is not None:
            y = put_paragraph(canvas, 0, y + 1, running.became, width)
        if not self._gone:
            put_paragraph(canvas, 0, y + 1, _KEPT, width, pen=Role.DIM)
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """Wait, leave, stay."""
        wait = [] if self._waiting else [FooterKey("w", "wait, then leave")]
        return [*wait, FooterKey("y", "leave now"), FooterKey("q", "stay")]

    def action_wait(self) -> None:
        """Leave as soon as the fix has ended well."""
        self._waiting = True
        self.redraw()

    def action_now(self) -> None:
        """Leave it alone."""
        self.dismiss(True)

    def action_stay(self) -> None:
        """Back to where it was asked."""
        self.dismiss(False)


def what_is_left(running: Transaction | None) -> str:
    """``A01 is in step 4 of 7: act``."""
    if running is None:
        return "a fix is about to begin"
    step = running.steps[running.current - 1].name
    doing = "the way back of " if running.prepared.undo else ""
    return f"{doing}{running.prepared.code} is in step {running.current} of {len(running.steps)}: {step}"
