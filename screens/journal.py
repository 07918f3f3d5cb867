"""The page of the journal as it was read. Its text is the appliance's: shown inert, long lines move by l and h."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from checks.snapshot import Snapshot
from screens.footer import FooterKey
from screens.live_page import LivePage
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role
from screens.side_column import draw_journal_line, journal_lines

_STEP = 16


class JournalScreen(LivePage):
    """All units, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,right", "move(1)", "right", id="journal.right"),
        Binding("h,left", "move(-1)", "left", id="journal.left"),
    ]

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._scroll = 0

    def title_words(self) -> tuple[str, str]:
        """Their order."""
        return "JOURNAL", "all units, newest first"

    def frame_keys(self) -> list[FooterKey]:
        """Back, copy, along the line."""
        return [*super().frame_keys(), FooterKey("l", "right"), FooterKey("h", "left")]

    def content(self, width: int, room: int) -> Picture:
        """One row per line."""
        del room
        canvas = Canvas(width)
        lines = journal_lines(self.snapshot)
        if not lines:
            canvas.put(0, 0, "No line of the journal was read.", Role.DIM)
        for y, line in enumerate(reversed(lines)):
            draw_journal_line(canvas, y, line, width, self._scroll)
        return canvas.picture()

    def action_move(self, direction: int) -> None:
        """Along the lines."""
        self._scroll = max(self._scroll + direction * _STEP, 0)
        self.redraw()
