"""The lines that prove a finding: part of a file, a command's output, the journal, a probe's answer.

Everything shown was written by others: it is made inert, and cut with ``..`` at the right edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import wrap

from checks.inert import inert, inert_span
from checks.model import Excerpt, ExcerptKind
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role, Row, Tint

_GUTTER = 2  # the glyph and a blank
_TIME = 9
_CUT = ".."
_UNIT = re.compile(r"[\w@.-]+\.service: ")
_WRAPPED = 4


def draw_excerpts(
    excerpts: Iterable[Excerpt], width: int, context: int = 1, caption: bool = True, scroll: int = 0
) -> tuple[Row, ...]:
    """Excerpts below each other in ``width`` columns, the source named once as long as it stays the same.

    ``context`` lines before a guilty line of a file; ``scroll`` leaves out so many characters on the left.
    """
    canvas = Canvas(width)
    y, source = 0, None
    for excerpt in excerpts:
        if caption and excerpt.source != source:
            if source is not None and excerpt.kind is not ExcerptKind.COMMAND:
                canvas.put(0, y, "")
                y += 1
            y = _caption(canvas, y, excerpt)
        source = excerpt.source
        y = _draw(canvas, y, excerpt, context, scroll)
    return canvas.rows()


def _caption(canvas: Canvas, y: int, excerpt: Excerpt) -> int:
    """Where it was read; of a file also which line."""
    sign = "$ " if excerpt.kind is ExcerptKind.COMMAND else ""
    place = ""
    if excerpt.line is not None:
        place = f"line {excerpt.line}" + (f" of {excerpt.total}" if excerpt.total is not None else "")
    room = canvas.width - (len(place) + 2 if place and len(place) + 12 < canvas.width else 0)
    canvas.put(0, y, sign + inert(source_words(excerpt)), Role.DIM, room)
    if room < canvas.width:
        canvas.put(canvas.width - len(place), y, place, Role.DIM)
    return y + 1


def source_words(excerpt: Excerpt) -> str:
    """Where it was read, as a person calls it: ``journal, anyip-routes`` for the section ``journal:anyip-routes``."""
    kind, colon, unit = excerpt.source.partition(":")
    return f"journal, {unit}" if colon and kind == "journal" else excerpt.source


def _draw(canvas: Canvas, y: int, excerpt: Excerpt, context: int, scroll: int) -> int:
    number = "" if excerpt.line is None else str(excerpt.line)
    left = _GUTTER
    if number:
        left += len(number) + 3
        for at, line in enumerate(before := excerpt.before[len(excerpt.before) - min(context, len(excerpt.before)) :]):
            counted = (excerpt.line or 0) - len(before) + at
            _gutter(canvas, y, " ", str(counted).rjust(len(number)), Role.DIM)
            canvas.put(left, y, _scrolled(inert(line), scroll), Role.DIM)
            y += 1
    if excerpt.kind is ExcerptKind.JOURNAL:
        return _journal(canvas, y, excerpt, scroll)
    text, span = inert_span(excerpt.text, excerpt.span)
    shown, shift = _window(text or "(empty)", span, canvas.width - left, scroll)
    pen = Pen(Role.TEXT, bold=True) if excerpt.guilty else Role.DIM if number == "" else Role.TEXT
    _gutter(canvas, y, "✗" if excerpt.guilty else " ", number, Role.ERROR if excerpt.guilty else Role.DIM)
    canvas.put(left, y, shown, pen)
    if excerpt.guilty:
        canvas.tint(y, 0, canvas.width, Tint.ROOT)
    y += 1
    if span is not None or excerpt.note:
        y = _carets(canvas, y, excerpt, (0, 0) if span is None else (span[0] - shift, span[1] - shift), number, left)
    for line in (excerpt.proposed or "").split("\n") if excerpt.proposed is not None else ():
        _gutter(canvas, y, "+", number, Role.SUCCESS)
        canvas.put(left, y, inert(line), Pen(Role.SUCCESS, bold=True))
        canvas.tint(y, 0, canvas.width, Tint.ADDED)
        y += 1
    return y


def _gutter(canvas: Canvas, y: int, glyph: str, number: str, role: Role) -> None:
    canvas.put(0, y, glyph, Pen(role, bold=glyph == "+"))
    if number:
        canvas.put(_GUTTER, y, number, role)
        canvas.put(_GUTTER + len(number) + 1, y, "│", Role.FAINT)


def _scrolled(text: str, scroll: int) -> str:
    return text if not scroll else (_CUT + text[scroll + len(_CUT) :] if len(text) > scroll else "")


def _window(text: str, span: tuple[int, int] | None, room: int, scroll: int) -> tuple[str, int]:
    """The part of a line that is shown and how far it moved left: the guilty span must be in it."""
    shift = scroll
    if not scroll and span is not None and len(text) > room:
        # The port belongs to the address: the span's word is shown to its end.
        end = text.find(" ", span[1])
        needed = len(text) if end < 0 else end + len(_CUT)
        if needed > room:
            shift = max(min(span[0] - 4, len(text) - room), min(needed - room, span[0] - len(_CUT)), 0)
    if not shift:
        return text, 0
    return _scrolled(text, shift), shift


def _carets(canvas: Canvas, y: int, excerpt: Excerpt, span: tuple[int, int], number: str, left: int) -> int:
    """``^^ host bits set: 18 = 16 + 2``: the reason right of the carets, else left of them, else below."""
    _gutter(canvas, y, " ", " " * len(number), Role.FAINT)
    room = canvas.width - left
    start, end = max(min(span[0], room - 1), 0), max(min(span[1], room), 0)
    # An empty span is a place where something is missing.
    carets = "^" * max(end - start, 1 if excerpt.span else 0)
    canvas.put(left + start, y, carets, Pen(Role.ERROR, bold=True))
    note = inert(excerpt.note)
    if not note:
        return y + 1
    after = start + len(carets) + (1 if carets else 0)
    # In little room the sum says enough: "host bits set: 18 = 16 + 2".
    core = note.rpartition(": ")[2]
    beside = next((said for said in (note, core) if len(said) <= room - after), "")
    if beside:
        canvas.put(left + after, y, beside, Role.ERROR)
    elif len(note) < start:
        canvas.put(left + start - 1 - len(note), y, note, Role.ERROR)
    else:
        y += 1
        for at, line in enumerate(wrap(note, max(room, 8))):
            y += 1 if at else 0
            _gutter(canvas, y, " ", " " * len(number), Role.FAINT)
            canvas.put(left, y, line, Role.ERROR)
    return y + 1


def _journal(canvas: Canvas, y: int, excerpt: Excerpt, scroll: int) -> int:
    """``15:30:07 RTNETLINK answers: Invalid argument``. In little room the unit's name goes first, as the caption says
    it; the guilty line is never cut before it says what it is guilty of."""
    x = 0
    if excerpt.at is not None:
        canvas.put(0, y, excerpt.at.strftime("%H:%M:%S"), Role.DIM)
        x = _TIME
    text, room = inert(excerpt.text), canvas.width - x
    if scroll:
        canvas.put(x, y, _scrolled(text, scroll), Role.ERROR if excerpt.guilty else Role.TEXT)
        return y + 1
    if len(text) > room:
        text = _UNIT.sub("", text)
    if not excerpt.guilty:
        canvas.put(x, y, text)
        return y + 1
    rows = wrap(text, max(room, 8), break_on_hyphens=False) or [""]
    for row in (*rows[: _WRAPPED - 1], *([" ".join(rows[_WRAPPED - 1 :])] if len(rows) >= _WRAPPED else [])):
        canvas.put(x, y, row, Role.ERROR)
        y += 1
    return y
