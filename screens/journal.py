"""The page of the journal as it was read. Its text is the appliance's: shown inert, long lines broken."""

from __future__ import annotations

from screens.live_page import LivePage
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role
from screens.side_column import draw_journal_line, journal_lines

_MOST = 12
"""Rows of one line: what haproxy says of one bind takes three at 80 columns."""


class JournalScreen(LivePage):
    """All units, newest first."""

    def title_words(self) -> tuple[str, str]:
        """Their order."""
        return "JOURNAL", "all units, newest first"

    def content(self, width: int, room: int) -> Picture:
        """Time, unit and what it said."""
        del room
        canvas = Canvas(width)
        lines = journal_lines(self.snapshot)
        if not lines:
            canvas.put(0, 0, "No line of the journal was read.", Role.DIM)
        y = 0
        for line in reversed(lines):
            y = draw_journal_line(canvas, y, line, width, _MOST)
        return canvas.picture()
