"""Setting text on a canvas: keys that can be clicked, words flush right, paragraphs, ready-made rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from textwrap import wrap

from checks.inert import inert
from screens.key_names import KEY, key_name
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role, Row, Span, Tint
from screens.picture.fit import fit

BOLD = Pen(Role.TEXT, bold=True)
HOTKEY = Pen(Role.ACCENT, bold=True)


def put_key(canvas: Canvas, x: int, y: int, key: str, word: str, pen: Pen | Role = Role.DIM, pressed: str = "") -> int:
    """``f fix``, clickable; returns where it ends. ``pressed`` is what a person presses in place of ``key``."""
    end = canvas.put(x, y, key_name(pressed or key), HOTKEY)
    end = canvas.put(canvas.put(end, y, " "), y, word, pen) if word else end
    canvas.hit(y, x, end, KEY + key)
    return end


def key_width(key: str, word: str) -> int:
    """How many cells :func:`put_key` takes."""
    return len(key_name(key)) + (1 + len(word) if word else 0)


def put_right(canvas: Canvas, right: int, y: int, text: str, pen: Pen | Role = Role.DIM) -> int:
    """``text`` so that it ends before column ``right``; returns where it starts."""
    shown = inert(text)
    start = max(right - len(shown), 0)
    canvas.put(start, y, shown, pen)
    return start


def put_paragraph(
    canvas: Canvas, x: int, y: int, text: str, room: int, *, lines: int | None = None, pen: Pen | Role = Role.TEXT
) -> int:
    """Untrusted prose broken at blanks into at most ``lines`` rows of ``room`` cells; returns the row after it."""
    rows = wrap(inert(text), max(room, 8), break_on_hyphens=False) or [""]
    if lines is not None:
        rows = at_most(lines, rows, room)
    for at, row in enumerate(rows, y):
        canvas.put(x, at, row, pen)
    return y + len(rows)


def rows_beside(text: str, room: int, taken: int) -> list[str]:
    """Untrusted prose broken at blanks into rows of ``room`` cells; the last ``taken`` cells of the first are kept
    free."""
    said, room = inert(text), max(room, 8)
    words = said.split() or [""]
    beside = len(words[0]) <= room - taken
    too_long = max(map(len, words)) > room
    indent = " " * taken if beside else ""
    rows = wrap(said, room, initial_indent=indent, break_long_words=too_long, break_on_hyphens=False)
    return [row.lstrip() for row in rows] if beside else ["", *rows]


def at_most(lines: int, rows: list[str], room: int) -> list[str]:
    """The first ``lines`` rows; where there are more the last one ends in a cut."""
    return rows if len(rows) <= lines else [*rows[: lines - 1], fit(" ".join(rows[lines - 1 :]), room)]


def paste(canvas: Canvas, x: int, y: int, rows: Iterable[Row]) -> int:
    """Rows drawn elsewhere; returns the row after them."""
    for at, row in enumerate(rows, y):
        canvas.put(x, at, "")
        left = x
        for span in row:
            end = canvas.put(left, at, span.text, Pen(span.role, span.bold, span.badge))
            if span.tint is not Tint.NONE:
                canvas.tint(at, left, end, span.tint)
            left = end
        y = at + 1
    return y


def split(row: Row, at: int) -> tuple[Row, Row]:
    """The cells before column ``at``, and those from it on."""
    left: list[Span] = []
    right: list[Span] = []
    x = 0
    for span in row:
        middle = min(max(at - x, 0), len(span.text))
        for side, text in ((left, span.text[:middle]), (right, span.text[middle:])):
            if text:
                side.append(replace(span, text=text))
        x += len(span.text)
    return tuple(left), tuple(right)
