"""A fix under way and how it ended: seven steps, what to do if nothing comes back, the log, the badge."""

from __future__ import annotations

from checks.transaction import StepState, Transaction, TransactionStep
from screens.lines import BOLD, put_key, put_paragraph, put_right
from screens.picture.canvas import GLYPHS, ROLES, Canvas, Pen
from screens.picture.cells import Picture, Role, Tint

_DETAIL = 21
_GLYPHS = {
    StepState.PLANNED: (" ", Role.DIM),
    StepState.RUNNING: ("◌", Role.ACCENT),
    StepState.DONE: ("✓", Role.SUCCESS),
    StepState.FAILED: ("✗", Role.ERROR),
    StepState.SKIPPED: ("-", Role.FAINT),
}


def badge(ended: Transaction) -> tuple[str, Role]:
    """Glyph, word and colour of how it ended."""
    return f"{GLYPHS[ended.state]} {ended.ending.upper()}", ROLES[ended.state]


def draw_progress(transaction: Transaction, width: int, elapsed: float, airy: bool, try_it: str = "") -> Picture:
    """``elapsed`` seconds since the start, ``try_it`` the command that shows a user that it works again."""
    canvas = Canvas(width)
    y = 0
    for number, step in enumerate(transaction.steps, 1):
        y = _step(canvas, y, number, step, transaction, elapsed)
    if airy:
        y += 1
    if transaction.outcome is None:
        if transaction.prepared.fix.reboot:
            y = put_paragraph(canvas, 0, y, _nothing_back(transaction), width, pen=Role.DIM) + 1
    else:
        y = _end(canvas, y, transaction, airy, try_it)
    if transaction.log:
        canvas.put(0, y, "LOG", Role.DIM)
        for at, text in transaction.log:
            y += 1
            canvas.put(0, y, f"{at:%H:%M:%S}", Role.DIM)
            canvas.put(10, y, text)
    return canvas.picture()


def _step(canvas: Canvas, y: int, number: int, step: TransactionStep, whole: Transaction, elapsed: float) -> int:
    glyph, role = _GLYPHS[step.state]
    quiet = step.state in (StepState.PLANNED, StepState.SKIPPED)
    canvas.put(0, y, glyph, Pen(role, bold=True))
    canvas.put(2, y, str(number), Role.DIM)
    canvas.put(5, y, step.name, Role.DIM if quiet else Role.TEXT)
    took = "" if step.seconds is None else f"{step.seconds:.1f} s" if step.seconds < 10 else f"{step.seconds:.0f} s"
    right = put_right(canvas, canvas.width, y, took)
    if step.state is StepState.RUNNING:
        canvas.tint(y, 0, canvas.width, Tint.SELECTED)
    pen = Role.ERROR if step.state is StepState.FAILED else Role.DIM
    room = right - _DETAIL - 1
    # A path has no blanks to break at: its name says enough, the plan had it in full.
    detail = step.detail or ("not needed" if step.state is StepState.SKIPPED else "")
    said = detail if len(detail) <= room or " " in detail else detail.rpartition("/")[2]
    y = put_paragraph(canvas, _DETAIL, y, said, room, lines=2, pen=pen)
    if step.state is StepState.RUNNING and whole.remaining is not None:
        y = _bar(canvas, y, elapsed, whole.remaining)
    for note in step.notes:
        canvas.put(_DETAIL, y, note, Role.DIM)
        y += 1
    return y


def _bar(canvas: Canvas, y: int, elapsed: float, remaining: float) -> int:
    words = f"  about {max(remaining, 0):.0f} s left"
    cells = max(min(canvas.width - _DETAIL - len(words), 46), 4)
    done = round(cells * elapsed / max(elapsed + max(remaining, 0), 1))
    x = canvas.put(_DETAIL, y, "━" * min(done, cells), Role.ACCENT)
    x = canvas.put(x, y, "╌" * (cells - min(done, cells)), Role.FAINT)
    canvas.put(x, y, words, Role.DIM)
    return y + 1


def _nothing_back(transaction: Transaction) -> str:
    kept = "The old file lies beside the new one; " if transaction.prepared.backup else ""
    return (
        "If nothing comes back in 3 min: open the console of the VM in vCenter. "
        f"{kept}this screen and the next start of noroute both say how to put it back."
    )


def _end(canvas: Canvas, y: int, transaction: Transaction, airy: bool, try_it: str) -> int:
    word, role = badge(transaction)
    good = transaction.proven
    first = y
    if airy:
        y += 1
    x = canvas.put(1, y, f" {word} ", Pen(role, bold=True, badge=True))
    y = put_paragraph(canvas, x + 1, y, transaction.sentence, canvas.width - x - 2, pen=BOLD)
    if not good:
        y = put_paragraph(canvas, x + 1, y, transaction.became, canvas.width - x - 2, pen=Role.DIM)
    if airy:
        canvas.put(0, y, "")
        y += 1
    for row in range(first, y):
        canvas.put(0, row, " " if row in (first, y - 1) and airy else "")
        if not transaction.unverified:
            canvas.tint(row, 0, canvas.width, Tint.ADDED if good else Tint.ROOT)
    y += 1
    if try_it and good and not transaction.prepared.undo:
        # A key beside the command would stand in the middle of it where it is wrapped.
        x = canvas.put(0, y, "Try it:", Role.DIM)
        put_key(canvas, x + 2, y, "c", "copies it")
        y = put_paragraph(canvas, 2, y + 1, try_it, canvas.width - 2, lines=2) + 1
    return put_paragraph(canvas, 0, y, transaction.logged, canvas.width, pen=Role.DIM) + 1
