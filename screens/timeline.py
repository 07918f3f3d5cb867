"""The page of all that changed since the program looks."""

from __future__ import annotations

from checks.model import State
from screens.lines import put_paragraph
from screens.live_page import LivePage
from screens.picture.canvas import GLYPHS, ROLES, Canvas
from screens.picture.cells import Picture, Role


class TimelineScreen(LivePage):
    """The newest change first."""

    def title_words(self) -> tuple[str, str]:
        """Their order."""
        return "TIMELINE", "newest first"

    def content(self, width: int, room: int) -> Picture:
        """Time, how it stands since, and what changed."""
        del room
        canvas = Canvas(width)
        canvas.put(0, 0, "")
        newest = sorted(self.snapshot.timeline, key=lambda change: change.at, reverse=True)
        y = 0
        for change in newest:
            canvas.put(0, y, f"{change.at:%H:%M:%S}", Role.DIM)
            canvas.put(10, y, GLYPHS[change.state], ROLES[change.state])
            pen = Role.TEXT if change.state is State.OK else ROLES[change.state]
            y = put_paragraph(canvas, 12, y, change.text, width - 12, pen=pen)
        return canvas.picture()
