"""A page that goes on showing the newest moment of the site while it is open."""

from __future__ import annotations

from checks.snapshot import Snapshot
from screens.page import PageScreen


class LivePage(PageScreen):
    """Draws ``snapshot``; :meth:`look` gives it a newer one."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def look(self, snapshot: Snapshot) -> None:
        """What was read since."""
        self.snapshot = snapshot
        self.redraw()
