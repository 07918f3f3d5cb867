"""What a write changes, line by line, with numbers; the characters that change are bold."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from checks.inert import inert
from checks.plan import Write
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role, Row, Tint

_END = b" (no line end)"


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a diff: ``sign`` is "-", "+" or " "; [start, end) of ``text`` are what changes."""

    sign: str
    number: int
    text: str
    changed: tuple[int, int] = (0, 0)


_PENS = {"-": (Role.ERROR, Tint.ROOT), "+": (Role.SUCCESS, Tint.ADDED), " ": (Role.DIM, Tint.NONE)}


def draw_diff(write: Write, width: int, context: int = 1) -> tuple[Row, ...]:
    """Rows ``-  9 │ 10.10.18.18/28``; a gap between distant changes is ``..``; nothing where nothing changes."""
    canvas = Canvas(width)
    lines = list(_lines(write, context))
    digits = max((len(str(line.number)) for line in lines if line is not None), default=0)
    left = digits + 6
    for y, line in enumerate(lines):
        if line is None:
            canvas.put(3, y, "..", Role.FAINT)
            continue
        role, tint = _PENS[line.sign]
        canvas.put(0, y, line.sign, Pen(role, bold=True))
        canvas.put(3, y, str(line.number).rjust(digits), role)
        canvas.put(4 + digits, y, "│", Role.FAINT)
        _draw_text(canvas, left, y, line, role)
        canvas.tint(y, 0, width, tint)
    return canvas.rows()


def _draw_text(canvas: Canvas, x: int, y: int, line: _Line, role: Role) -> None:
    end = canvas.put(x, y, line.text, Role.DIM if line.sign == " " else Role.TEXT) - x
    # Where the line was cut its last two cells are the mark of the cut.
    visible = end if end == len(line.text) else max(end - 2, 0)
    start, stop = (min(at, visible) for at in line.changed)
    canvas.put(x + start, y, line.text[start:stop], Pen(role, bold=True))


def _split(data: bytes) -> list[bytes]:
    """Lines without their LF; what follows the last LF, if anything, says that it has none."""
    *lines, last = data.split(b"\n")
    return lines + ([last + _END] if last else [])


def _shown(line: bytes) -> str:
    """A line end other than LF stays visible, and so does what is not UTF-8: a diff must not look like no change."""
    return inert(line.decode("utf-8", "backslashreplace"))


def _lines(write: Write, context: int) -> Iterator[_Line | None]:
    before, after = _split(write.before), _split(write.after)
    old, new = list(map(_shown, before)), list(map(_shown, after))
    groups = difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(context)
    for at, group in enumerate(groups):
        if at:
            yield None
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (_Line(" ", j1 + n + 1, old[i1 + n]) for n in range(i2 - i1))
                continue
            pairs = i2 - i1 == j2 - j1
            for n in range(i1, i2):
                yield _Line("-", n + 1, old[n], _changed(old[n], new[j1 + n - i1]) if pairs else (0, len(old[n])))
            for n in range(j1, j2):
                yield _Line("+", n + 1, new[n], _changed(new[n], old[i1 + n - j1]) if pairs else (0, len(new[n])))


def _changed(text: str, other: str) -> tuple[int, int]:
    """[start, end) of ``text`` between what both begin and end with, widened to whole numbers."""
    start = 0
    while start < min(len(text), len(other)) and text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    stop = len(text) - end
    # 18 becomes 16: the number changes, not its last digit.
    while start and text[start - 1].isdigit() and start < len(text) and text[start].isdigit():
        start -= 1
    while stop < len(text) and stop and text[stop].isdigit() and text[stop - 1].isdigit():
        stop += 1
    return start, stop
