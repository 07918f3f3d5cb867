"""The panel at the right: the parts below each other, paged where they are higher than the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical

from screens.drill_down import Part
from screens.lines import put_key
from screens.picture.canvas import Canvas
from screens.picture.cells import Hit, Picture, Role, Row
from screens.picture_view import PictureView

_HEAD = 1  # a row that stays in sight from one page to the next


class Panel(Vertical):
    """Shows parts; a last row says how many of them are in sight and which comes next."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._body = PictureView(id="panel-body")
        # The last row of the text where all of it is in sight: a foot that came and went would have the whole screen
        # laid out anew at a key.
        self._foot = PictureView(id="panel-foot")
        self._text = Picture(())
        self._starts: list[tuple[str, int]] = []
        self._width = self._page = 0
        self._back = ""

    def compose(self) -> ComposeResult:
        """Body and last row."""
        yield self._body
        yield self._foot

    def show(self, parts: Iterable[Part], size: tuple[int, int], back: str = "", *, keep: bool = True) -> None:
        """Draw ``parts`` in ``size`` (columns, rows of text); ``back`` is where h leads; ``keep`` stays on the page."""
        self._width, self._page, self._back = size[0], size[1] - 1, back
        self._text, self._starts = joined(parts)
        rows = self._text.rows
        self._body.styles.height = self._page
        self._body.turn_to(min(self._body.top, len(rows) - self._page) if keep and self._paged else 0)
        self._body.show(self._text if self._paged else self._text.first(self._page))
        self._show_foot()

    @property
    def _paged(self) -> bool:
        return len(self._text.rows) > self._page + 1

    def page(self, direction: int = 1) -> None:
        """One screen on; from the last back to the first."""
        if not self._body.scroll_rows(direction * (self._page - _HEAD)) and direction > 0:
            self._body.scroll_rows(-self._body.top)

    def text(self) -> Picture:
        """All of it, to be copied."""
        return self._text

    def on_picture_view_scrolled(self) -> None:
        """Other parts are in sight."""
        self._show_foot()

    def _show_foot(self) -> None:
        self._foot.show(self._where() if self._paged else self._last_row())

    def _last_row(self) -> Picture:
        hits = tuple(replace(hit, row=0) for hit in self._text.hits if hit.row == self._page)
        return Picture(self._text.rows[self._page :], hits)

    def _where(self) -> Picture:
        canvas = Canvas(self._width)
        end = self._body.top + self._page
        ends = [start for _, start in self._starts[1:]] + [len(self._text.rows) + 1]
        shown = sum(until - 1 <= end for until in ends)
        x = canvas.put(0, 0, f"{shown} of {len(self._starts)} parts shown", Role.DIM) + 2
        ahead = next((name for (name, _), until in zip(self._starts, ends, strict=True) if until - 1 > end), "")
        word = f"next: {ahead}" if ahead else "from the start"
        x = put_key(canvas, x, 0, "space", word if x + 6 + len(word) <= self._width else "") + 2
        if self._back and x + len(f"h {self._back}") <= self._width:
            put_key(canvas, self._width - len(f"h {self._back}"), 0, "h", self._back)
        return canvas.picture()


def rows_of(parts: list[Part]) -> int:
    """How many rows they take with an empty one between them."""
    return sum(len(part.picture.rows) + 1 for part in parts) - 1


def joined(parts: Iterable[Part]) -> tuple[Picture, list[tuple[str, int]]]:
    """One picture of all parts with an empty row between them, and the row at which each starts."""
    rows: list[Row] = []
    hits: list[Hit] = []
    starts: list[tuple[str, int]] = []
    for part in parts:
        if rows:
            rows.append(())
        starts.append((part.name, len(rows)))
        hits += [Hit(len(rows) + hit.row, hit.left, hit.right, hit.node) for hit in part.picture.hits]
        rows += part.picture.rows
    return Picture(tuple(rows), tuple(hits)), starts
