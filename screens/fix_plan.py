"""What a fix would do, in five numbered parts, and what was checked before."""

from __future__ import annotations

from checks.inert import inert
from checks.model import State
from checks.plan import Write
from checks.transaction import Prepared
from screens.framed import INPUT
from screens.lines import BOLD, HOTKEY, paste, put_key, put_paragraph, put_right
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Pen
from screens.picture.cells import Picture, Role
from screens.picture.diff import draw_diff
from screens.prose import cost

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_WHAT = 25


def draw_plan(
    prepared: Prepared, width: int, airy: bool, asking: bool = False, pending: str = "", read_only: bool = False
) -> Picture:
    """``airy`` puts an empty row between the parts; ``asking`` leaves room for the name of a production site;
    ``pending`` says that the preconditions are being checked, or what follows from them; ``read_only``
    leaves out the key for another plan."""
    canvas = Canvas(width)
    gap = 1 if airy else 0
    y = 0
    if asking:
        canvas.put(0, 0, f"{prepared.production} is a production site: type its name to go on", BOLD)
        x = canvas.put(0, 1, "> ", HOTKEY)
        canvas.hit(1, x, min(x + 40, width), INPUT)
        y = 3
    y = _changes(canvas, y, prepared) + gap
    y = _commands(canvas, y, prepared, other=airy and not read_only and not prepared.undo) + gap
    pen = Pen(Role.WARNING, bold=True) if prepared.undo else Pen()
    y = _part(canvas, y, 3, "what it interrupts", (prepared.fix.interrupts,), pen) + gap
    y = _verified(canvas, y, prepared) + gap
    # Where no key leads back, the fix may still say how a person gets there.
    back = prepared.fix.undone or "it cannot be undone"
    y = _part(canvas, y, 5, "how it is undone", (back,)) + gap
    if pending:
        canvas.put(0, y, pending, Role.ACCENT)
    else:
        _preconditions(canvas, y, prepared)
    return canvas.picture()


def _heading(canvas: Canvas, y: int, number: int, words: str) -> int:
    canvas.put(0, y, str(number), HOTKEY)
    return canvas.put(2, y, words, BOLD)


def _count(number: int, thing: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} {thing}{'s' if number != 1 else ''}"


def _changes(canvas: Canvas, y: int, prepared: Prepared) -> int:
    writes = prepared.fix.writes
    if not writes:
        _heading(canvas, y, 1, "change no file")
        return y + 1
    for write in writes:
        end = _heading(canvas, y, 1, _change_words(write))
        where = ", ".join(part for part in (write.path, prepared.file_facts) if part)
        if len(where) + end + 2 <= canvas.width:
            put_right(canvas, canvas.width, y, where)
        else:
            y += 1
            canvas.put(2, y, where, Role.DIM)
        y = paste(canvas, 2, y + 1, draw_diff(write, canvas.width - 2))
    if prepared.backup:
        folder, _, name = prepared.backup.rpartition("/")
        beside = any(write.path.rpartition("/")[0] == folder for write in writes)
        canvas.put(9, y, f"backup beside it: {name}" if beside else f"backup: {prepared.backup}", Role.DIM)
        y += 1
    return y


def _change_words(write: Write) -> str:
    rows = write.diff(0).splitlines()[2:]
    new, old = (sum(row.startswith(sign) for row in rows) for sign in "+-")
    verb = "change" if new and old else "add" if new else "remove"
    return f"{verb} {_count(max(new, old), 'line')}"


def _commands(canvas: Canvas, y: int, prepared: Prepared, *, other: bool) -> int:
    fix = prepared.fix
    _heading(canvas, y, 2, f"run {_count(len(fix.commands), 'command')}")
    put_right(canvas, canvas.width, y, cost(fix))
    for command in fix.commands:
        y += 1
        x = canvas.put(2, y, "$ ", Role.DIM)
        canvas.put(x, y, command)
    y += 1
    if other:
        words = (
            "goes back to restarting single units" if fix.reboot else "reboots instead, about 60 s, as the article did"
        )
        put_key(canvas, 9, y, "b", words)
        y += 1
    return y


def _part(canvas: Canvas, y: int, number: int, words: str, said: tuple[str, ...], pen: Pen | Role = Role.TEXT) -> int:
    _heading(canvas, y, number, words)
    for line in said:
        y = put_paragraph(canvas, _WHAT, y, line, canvas.width - _WHAT, pen=pen)
    return y


def _verified(canvas: Canvas, y: int, prepared: Prepared) -> int:
    y = _part(canvas, y, 4, "how it is verified", ("all of this, or it counts as failed:",), Role.DIM)
    for line in prepared.fix.verifies:
        canvas.put(_WHAT, y, "∙", Role.ACCENT)
        y = put_paragraph(canvas, _WHAT + 2, y, line, canvas.width - _WHAT - 2)
    return y


def _preconditions(canvas: Canvas, y: int, prepared: Prepared) -> None:
    x = 0
    for check in prepared.preconditions:
        words = inert(check.detail or check.id)
        if x and x + len(words) + 2 > canvas.width:
            x, y = 0, y + 1
        canvas.put(x, y, GLYPHS[check.state], ROLES[check.state])
        bad = check.state is State.FAILED
        x = canvas.put(x + 2, y, words, ROLES[check.state] if bad else Role.DIM) + 4
