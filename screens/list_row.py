"""One row of a list in the panel: how something stands, what it is, what was seen there."""

from __future__ import annotations

from functools import lru_cache

from checks.inert import inert
from checks.model import State
from screens.lines import put_paragraph
from screens.picture.canvas import GLYPHS, ROLES, Canvas
from screens.picture.cells import Role, Row

_NAME, _COLUMN = 22, 26
_LEAST = 20
_BELOW = 4
_LINES = 3


# A unit with 300 VIPs has a thousand rows; a new result changes a few of them.
@lru_cache(maxsize=4096)
def list_row(state: State, name: str, said: str, width: int) -> tuple[Row, ...]:
    """``✓ jump  200, 0.4 ms``; words that have no room beside the name stand below it."""
    canvas = Canvas(width)
    canvas.put(0, 0, GLYPHS[state], ROLES[state])
    if width >= _COLUMN + _LEAST:
        canvas.put(2, 0, name, Role.TEXT, _NAME)
        if said:
            put_paragraph(canvas, _COLUMN, 0, said, width - _COLUMN, lines=_LINES, pen=Role.DIM)
        return canvas.rows()
    end = canvas.put(2, 0, name, Role.TEXT, width - 2)
    beside = max(end + 2, width - len(inert(said)))
    if beside + len(inert(said)) <= width:
        canvas.put(beside, 0, said, Role.DIM)
    elif said:
        put_paragraph(canvas, _BELOW, 1, said, width - _BELOW, lines=_LINES, pen=Role.DIM)
    return canvas.rows()
