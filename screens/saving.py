"""The dialog of ``s``: where a capture of what was read goes, and whether it got there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from checks.refusal import Refusal
from checks.snapshot import Snapshot
from screens.footer import FooterKey
from screens.framed import INPUT, FramedScreen
from screens.heading import host_words
from screens.lines import BOLD, put_paragraph
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Picture, Role

Keep = Callable[[Path, Snapshot], None]
"""Writes what a snapshot was made from into a new folder; raises Refusal."""


_NOT_MASKED = "The mask is on the screen only: in the capture stand the true addresses and names."


class SaveScreen(FramedScreen[str | None]):
    """Where it was saved, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+d", "leave", "leave", id="save.leave", priority=True),
    ]
    fills = False

    def __init__(self, snapshot: Snapshot, keep: Keep) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._keep = keep
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """The frame and the field."""
        yield from super().compose()
        field = Input(self.app.shown_text(proposed_name(self._snapshot)), id="save", compact=True)
        field.cursor_blink = False
        yield field

    def on_mount(self) -> None:
        """Typing goes into the field at once."""
        super().on_mount()
        self.query_one(Input).focus()

    def title_words(self) -> tuple[str, str]:
        """What is saved."""
        return "SAVE A CAPTURE", "nothing leaves this machine"

    def content(self, width: int, room: int) -> Picture:
        """The field, what is in a capture, what went wrong."""
        del room
        canvas = Canvas(width)
        x = canvas.put(0, 0, "A new folder for it:", BOLD)
        canvas.put(x + 2, 0, f"below {Path.cwd()}", Role.DIM)
        canvas.put(0, 1, "")
        canvas.hit(1, 0, min(width, 70), INPUT)
        evidence = self._snapshot.evidence
        sections = 0 if evidence is None else len(evidence.sections)
        probes = 0 if evidence is None else len(evidence.probes)
        said = f"It holds all that was read last: {sections} sections and {probes} probes, exactly as they came. "
        said += "Passwords and keys were taken out on the appliance; addresses and names are in it."
        y = put_paragraph(canvas, 0, 3, said, width, pen=Role.DIM)
        if self.app.masked:
            y = put_paragraph(canvas, 0, y + 1, _NOT_MASKED, width, pen=Role.WARNING)
        if self._trouble:
            put_paragraph(canvas, 0, y + 1, self._trouble, width, pen=Pen(Role.ERROR, bold=True))
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """Save or not."""
        return [FooterKey("enter", "save"), FooterKey("escape", "leave")]

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write it; what cannot be is said here, and asked again."""
        event.stop()
        name = event.value.strip()
        if not name:
            return
        folder = _folder(name)
        try:
            await asyncio.to_thread(self._keep, folder, self._snapshot)
        except Refusal as refusal:
            self._trouble = refusal.sentence
            self.redraw()
            return
        self.dismiss(str(folder))

    def action_leave(self) -> None:
        """Nothing is saved."""
        self.dismiss(None)


def _folder(name: str) -> Path:
    """As a shell would take it."""
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError:  # ~nobody
        return Path(name).absolute()


def proposed_name(snapshot: Snapshot) -> str:
    """``noroute-haproxy-20201120-153312``, with ``-2`` where the same reading was saved before."""
    at = snapshot.read_at or datetime.now(UTC)
    host = "".join(letter for letter in host_words(snapshot.origin.target) if letter.isalnum() or letter in "-.")
    name = f"noroute-{host or 'site'}-{at:%Y%m%d-%H%M%S}"
    others = (f"{name}-{number}" for number in count(2))
    return next(free for free in chain((name,), others) if not Path(free).exists())
