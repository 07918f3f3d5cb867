"""A widget that shows a picture: rows of spans painted line by line, only those that changed."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, getters
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.base_app import BaseApp
from screens.key_names import KEY
from screens.picture.cells import Picture, Row

_WHEEL = 3


class PictureView(Widget):
    """Cells on the screen. A click on a hit presses its key or tells the parent the node; what is higher than the
    widget is scrolled by the wheel and by :meth:`scroll_rows`."""

    ALLOW_SELECT: ClassVar[bool] = False
    app = getters.app(BaseApp)

    class Picked(Message):
        """A node was clicked; ``twice`` when it was clicked once more."""

        def __init__(self, view: PictureView, node: str, twice: bool) -> None:
            super().__init__()
            self.view = view
            self.node = node
            self.twice = twice

    class Scrolled(Message):
        """Other rows of the picture are in sight now."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.picture = Picture(())
        self.top = 0
        self._rows: tuple[Row, ...] = ()
        self._strips: dict[Row, Strip] = {}
        self._base = Style()

    def show(self, picture: Picture) -> None:
        """Draw ``picture``; cells that are as before are not painted again."""
        picture = self.app.keymap.drawn(picture, type(self.screen), type(self.app))
        old, new = self._rows, self.app.shown(picture.rows)
        self.picture, self._rows = picture, new
        if len(self._strips) > 4 * len(new) + 64:
            self._strips.clear()
        nothing: Row = ()
        rows = islice(zip_longest(old, new, fillvalue=nothing), self.top, self.top + self.size.height)
        for y, (before, after) in enumerate(rows, self.top):
            if before != after:
                self._repaint(y, *changed_cells(before, after))

    def dress(self) -> None:
        """Write every row again: the theme, the glyphs or the mask changed."""
        self._strips.clear()
        self._rows = self.app.shown(self.picture.rows)
        self.refresh()

    def _repaint(self, row: int, left: int, right: int) -> None:
        right = min(right, self.size.width)
        if 0 <= row - self.top < self.size.height and left < right:
            self.refresh(Region(left, row - self.top, right - left, 1))

    def notify_style_update(self) -> None:
        """A new theme: every strip is written again."""
        self._strips.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``; the style under them is worked out once for all of them."""
        base = self.rich_style
        if base != self._base:
            self._strips.clear()
            self._base = base
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight."""
        at, base = y + self.top, self._base
        row = self._rows[at] if at < len(self._rows) else ()
        strip = self._strips.get(row)
        if strip is None:
            strip = Strip([Segment(span.text, base + self.app.inks.of(span)) for span in row])
            self._strips[row] = strip
        return strip.adjust_cell_length(self.size.width, base)

    def scroll_rows(self, by: int) -> bool:
        """Move by so many rows, as far as there are any; whether anything moved."""
        top = min(max(self.top + by, 0), max(len(self._rows) - self.size.height, 0))
        if top == self.top:
            return False
        self.top = top
        self.refresh()
        self.post_message(self.Scrolled())
        return True

    def bring_into_view(self, row: int, height: int) -> None:
        """Scroll just so far that a row of the picture is in sight in a widget of ``height``, with one beside it."""
        top = min(self.top, max(row - 1, 0))
        top = min(max(top, row + 2 - height), max(len(self._rows) - height, 0))
        self.turn_to(top)

    def turn_to(self, top: int) -> None:
        """Have row ``top`` of the picture as the first in sight."""
        if top != self.top:
            self.top = top
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        if self.scroll_rows(_WHEEL):
            event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        if self.scroll_rows(-_WHEEL):
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """Press the key or pick the node under the mouse."""
        at = event.get_content_offset(self)
        node = None if at is None else self.node_at(at.x, at.y)
        if node is None:
            return
        event.stop()
        if node.startswith(KEY):
            self.app.simulate_key(node.removeprefix(KEY))
        else:
            self.post_message(self.Picked(self, node, event.chain > 1))

    def node_at(self, x: int, y: int) -> str | None:
        """What a cell stands for: of several hits the one drawn last, which lies on top."""
        row = y + self.top
        hits = [hit.node for hit in self.picture.hits if hit.row == row and hit.left <= x < hit.right]
        return next((node for node in hits if node.startswith(KEY)), hits[-1] if hits else None)


def changed_cells(old: Row, new: Row) -> tuple[int, int]:
    """Where two rows begin to differ and where they stop, as cells [left, right)."""
    before, after = (
        [(cell, span.role, span.bold, span.tint, span.badge) for span in row for cell in span.text]
        for row in (old, new)
    )
    longest = max(len(before), len(after))
    cells = list(zip_longest(before, after))
    left = next((at for at, (one, other) in enumerate(cells) if one != other), longest)
    right = next((at for at in range(longest, left, -1) if cells[at - 1][0] != cells[at - 1][1]), left)
    return left, right
