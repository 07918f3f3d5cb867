"""What a fix would do, in five numbered parts, and what was checked before."""

from __future__ import annotations

from textwrap import wrap

from checks.inert import inert
from checks.model import State
from checks.plan import Change, Restore, Write
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
    y = _commands(canvas, y, prepared, other=airy and not read_only and prepared.may_reboot) + gap
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
    if not prepared.fix.changes:
        _heading(canvas, y, 1, "write no file: only the commands change anything")
        return y + 1
    for number, change in enumerate(prepared.fix.changes):
        end = _heading(canvas, y, 1, _change_words(change))
        facts = prepared.file_facts if number == 0 else ""
        where = ", ".join(part for part in (change.path, facts) if part)
        if len(where) + end + 2 <= canvas.width:
            put_right(canvas, canvas.width, y, where)
            y += 1
        else:
            y = put_paragraph(canvas, 2, y + 1, where, canvas.width - 2, pen=Role.DIM)
        if isinstance(change, Write):
            y = paste(canvas, 2, y, draw_diff(change, canvas.width - 2))
        else:
            y = put_paragraph(canvas, 2, y, change.words, canvas.width - 2)
        if prepared.backup:
            kept = _backup_words(change, prepared.backup_of(number))
            y = put_paragraph(canvas, 9, y, kept, canvas.width - 9, pen=Role.DIM)
    if prepared.fix.besides:
        canvas.put(2, y, GLYPHS[State.WARNING], ROLES[State.WARNING])
        y = put_paragraph(canvas, 4, y, prepared.fix.besides, canvas.width - 4, pen=Role.WARNING)
    return y


def _backup_words(change: Change, backup: str) -> str:
    folder, _, name = backup.rpartition("/")
    return f"backup beside it: {name}" if change.path.rpartition("/")[0] == folder else f"backup: {backup}"


def _change_words(change: Change) -> str:
    if isinstance(change, Restore):
        return "replace one file"
    rows = change.diff(0).splitlines()[2:]
    new, old = (sum(row.startswith(sign) for row in rows) for sign in "+-")
    verb = "change" if new and old else "add" if new else "remove"
    return f"{verb} {_count(max(new, old), 'line')}"


def _commands(canvas: Canvas, y: int, prepared: Prepared, *, other: bool) -> int:
    fix = prepared.fix
    _heading(canvas, y, 2, f"run {_count(len(fix.commands), 'command')}")
    put_right(canvas, canvas.width, y, cost(fix))
    y += 1
    for command in fix.commands:
        canvas.put(2, y, "$ ", Role.DIM)
        first, *rest = wrap(inert(command), canvas.width - 4, subsequent_indent="  ", break_on_hyphens=False)
        for row in (first, *rest):
            canvas.put(4, y, row)
            y += 1
    if other:
        words = (
            "goes back to restarting single units" if fix.reboot else "reboots the whole appliance instead, about 60 s"
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
    for line in prepared.fix.promises:
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
        role = ROLES[check.state] if check.state is State.FAILED else Role.DIM
        if len(words) + 2 > canvas.width:
            x, y = canvas.width, put_paragraph(canvas, 2, y, words, canvas.width - 2, pen=role) - 1
        else:
            x = canvas.put(x + 2, y, words, role) + 4
