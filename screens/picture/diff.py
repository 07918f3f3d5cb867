"""What a write changes, line by line, with numbers; the characters that change are bold.

Nothing of it is cut and nothing is invisible: these are the bytes that a person confirms.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from checks.inert import inert
from checks.plan import Write
from screens.picture.canvas import Canvas, Pen
from screens.picture.cells import Role, Row, Tint
from screens.picture.fit import one_cell

_END = " (no line end)"


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a diff: ``sign`` is "-", "+" or " "; [start, end) of ``text`` are what changes."""

    sign: str
    number: int
    text: str
    changed: tuple[int, int] = (0, 0)


_PENS = {"-": (Role.ERROR, Tint.ROOT), "+": (Role.SUCCESS, Tint.ADDED), " ": (Role.DIM, Tint.NONE)}


def draw_diff(write: Write, width: int, context: int = 1) -> tuple[Row, ...]:
    """Rows ``-  9 │ 10.10.18.18/28``; a gap between distant changes is ``..``; nothing where nothing changes. What is
    changed goes on in a further row where it is longer than one; a line beside it is cut."""
    canvas = Canvas(width)
    lines = list(_lines(write, context))
    digits = max((len(str(line.number)) for line in lines if line is not None), default=0)
    y = 0
    for line in lines:
        if line is None:
            canvas.put(3, y, "..", Role.FAINT)
            y += 1
            continue
        role, tint = _PENS[line.sign]
        canvas.put(0, y, line.sign, Pen(role, bold=True))
        canvas.put(3, y, str(line.number).rjust(digits), role)
        end = _draw_text(canvas, digits + 6, y, line, role)
        for row in range(y, end):
            canvas.put(4 + digits, row, "│", Role.FAINT)
            canvas.tint(row, 0, width, tint)
        y = end
    return canvas.rows()


def _draw_text(canvas: Canvas, x: int, y: int, line: _Line, role: Role) -> int:
    """The row after it."""
    if line.sign == " ":
        canvas.put(x, y, line.text, Role.DIM)
        return y + 1
    room = max(canvas.width - x, 1)
    for left in range(0, max(len(line.text), 1), room):
        canvas.put(x, y, line.text[left : left + room])
        start, stop = (min(max(at - left, 0), room) for at in line.changed)
        canvas.put(x + start, y, line.text[left + start : left + stop], Pen(role, bold=True))
        y += 1
    return y


def _split(data: bytes) -> tuple[list[bytes], list[str]]:
    """Lines without their LF, and as they are shown; what follows the last LF, if anything, says that it has none."""
    *lines, last = data.split(b"\n")
    shown = list(map(_shown, lines))
    return ([*lines, last + _END.encode()], [*shown, _shown(last) + _END]) if last else (lines, shown)


def _shown(line: bytes) -> str:
    """Different bytes never look the same: what is no plain sign of one cell is an escape, and so is a blank at the end
    of the line."""
    text = line.decode("utf-8", "surrogateescape")
    body = text.rstrip(" ")
    return "".join(map(_sign, body)) + r"\x20" * (len(text) - len(body))


def _sign(character: str) -> str:
    if character == "\\":
        return r"\\"
    if character.isprintable() and one_cell(inert(character)) == character:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _lines(write: Write, context: int) -> Iterator[_Line | None]:
    (before, old), (after, new) = _split(write.before), _split(write.after)
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
