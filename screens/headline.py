"""Row 0 of every screen: who is looked at, how many checks went how, and an age that grows by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from textual.containers import Horizontal
from textual.timer import Timer

from checks.snapshot import Snapshot
from screens.age import age_words, next_change
from screens.frame import WORDY
from screens.heading import age_width, draw_header
from screens.lines import split
from screens.picture.cells import Picture
from screens.picture_view import PictureView


@runtime_checkable
class ShowsSite(Protocol):
    """The screen below all pages, as far as they show it above themselves."""

    @property
    def snapshot(self) -> Snapshot:
        """The present moment."""
        ...

    @property
    def now(self) -> datetime:
        """The present; in a capture that is when it was taken."""
        ...

    @property
    def running(self) -> str:
        """How far a fix is that runs, or ""."""
        ...


class Headline(Horizontal):
    """Draws itself again when its words grow old, as long as its screen is the one in sight."""

    DEFAULT_CSS = """
    Headline { height: 1; width: 1fr; background: $surface; }
    Headline PictureView { height: 1; width: 1fr; background: $surface; }
    """

    def __init__(self) -> None:
        # The age is a widget of its own, as Textual writes the whole of a widget's row where one cell changed.
        self._header, self._age = PictureView(id="header"), PictureView(id="age")
        super().__init__(self._header, self._age, id="headline")
        self._site: ShowsSite | None = None
        self._tick: Timer | None = None

    def show(self, site: ShowsSite) -> None:
        """The present moment of ``site``."""
        self._site = site
        self._draw()

    def stop(self) -> None:
        """Behind a page nothing ticks: Textual would write the page anew, all of it, each time."""
        if self._tick is not None:
            self._tick.stop()
            self._tick = None

    def _draw(self) -> None:
        self.stop()
        site = self._site
        if site is None or not self.screen.is_active:
            return
        width, now, snapshot = self.screen.size.width, site.now, site.snapshot
        words = site.running or age_words(snapshot, now, width < WORDY)
        age = min(age_width(words, width), width)
        left, right = split(draw_header(snapshot, now, width, site.running).rows[0], width - age)
        self._header.show(Picture((left,)))
        self._age.styles.width = age
        self._age.show(Picture((right,)))
        pause = next_change(snapshot, now)
        if pause is not None:
            self._tick = self.set_timer(pause + 0.01, self._draw)
