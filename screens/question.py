"""Facts in two columns, for the dialogs that a connection opens."""

from __future__ import annotations

from collections.abc import Iterable

from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role

_COLUMN = 9


def put_facts(canvas: Canvas, y: int, facts: Iterable[tuple[str, str, Pen | Role]]) -> int:
    """``host     jump01 port 22``; an empty name continues the column. Returns the row after them."""
    for name, value, pen in facts:
        canvas.put(0, y, name, Role.DIM)
        canvas.put(_COLUMN, y, value, pen)
        y += 1
    return y
