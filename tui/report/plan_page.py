"""A fix on paper: the plan before it is confirmed, each step as it ends, and how it ended."""

from __future__ import annotations

from checks.model import State
from checks.plan import Restore
from checks.transaction import Prepared, StepState, Transaction, TransactionStep
from screens.fix_progress import badge
from screens.picture.canvas import GLYPHS, ROLES
from screens.picture.cells import Role, Row, Span
from screens.picture.diff import draw_diff
from tui.report.page import Paper, wrapped

_KEY = 12
_SIGNS = {
    StepState.DONE: Span(GLYPHS[State.OK], ROLES[State.OK]),
    StepState.FAILED: Span(GLYPHS[State.FAILED], ROLES[State.FAILED]),
    StepState.SKIPPED: Span("-", Role.DIM),
}


def plan_page(prepared: Prepared) -> tuple[Row, ...]:
    """What would be changed and run, what it interrupts, how it is verified and undone; preconditions; digest."""
    paper = Paper()
    fix = prepared.fix
    paper.line(Span(prepared.title, bold=True), f"   {prepared.target}, nothing has been changed yet")
    paper.line(Span(f"{prepared.finding_id}: {fix.summary}", Role.DIM))
    for number, change in enumerate(fix.changes):
        paper.gap()
        facts = f", {prepared.file_facts}" if prepared.file_facts and number == 0 else ""
        paper.keyed("change", [f"{change.path}{facts}"], 0, _KEY)
        if isinstance(change, Restore):
            paper.keyed("", [change.words], 0, _KEY)
        else:
            paper.picture(draw_diff(change, paper.width - _KEY), indent=_KEY)
        if prepared.backup:
            paper.keyed("", [f"backup beside it: {prepared.backup_of(number).rpartition('/')[2]}"], 0, _KEY)
    if fix.besides:
        paper.keyed("", [f"{GLYPHS[State.WARNING]} {fix.besides}"], 0, _KEY, 2)
    paper.gap()
    paper.keyed("run", [f"$ {command}" for command in fix.commands] or ["nothing"], 0, _KEY, 2)
    paper.keyed("", [f"about {fix.seconds} s, {'with a reboot' if fix.reboot else 'no reboot'}"], 0, _KEY)
    for key, lines in (
        ("interrupts", [fix.interrupts]),
        ("verified", [f"∙ {one}" for one in fix.promises]),
        ("undone", [fix.undone]),
    ):
        paper.gap()
        paper.keyed(key, lines, 0, _KEY, 2 if key == "verified" else 0)
    paper.gap()
    for check in prepared.preconditions:
        paper.line(Span(GLYPHS[check.state], ROLES[check.state]), f" {check.detail or check.id}")
    paper.gap()
    paper.keyed("digest", [fix.digest], 0, _KEY)
    return paper.rows


def step_rows(number: int, step: TransactionStep) -> tuple[Row, ...]:
    """A step that has ended, and what it noted."""
    paper = Paper()
    detail = step.detail or ("not needed" if step.state is StepState.SKIPPED else "")
    took = f"{step.seconds:.1f} s" if step.seconds is not None else ""
    head = f" {number} {step.name:<13} "
    room = paper.width - len(head) - 1 - len(took) - 1
    first, *rest = wrapped(detail, room)
    paper.line(_SIGNS[step.state], head, first.ljust(room), " ", Span(took, Role.DIM))
    for row in [*rest, *step.notes]:
        paper.line(" " * (len(head) + 1), Span(row, Role.DIM))
    return paper.rows


def outcome_rows(ended: Transaction) -> tuple[Row, ...]:
    """How it ended, in a sentence, whether anything was written, and where that is kept."""
    paper = Paper()
    word, role = badge(ended)
    sentence = ended.sentence.rstrip(".") + "."
    said = sentence if ended.became in sentence else f"{sentence} {ended.became}"
    paper.keyed(Span(word, role, bold=True), [said, ended.logged], 0, max(len(word) + 2, _KEY))
    return ((), *paper.rows)


def ended_steps(transaction: Transaction, printed: int) -> list[tuple[int, TransactionStep]]:
    """The steps that have ended since the first ``printed`` ones, numbered from 1."""
    ended = []
    for number, step in enumerate(transaction.steps[printed:], printed + 1):
        if step.state in (StepState.PLANNED, StepState.RUNNING):
            break
        ended.append((number, step))
    return ended
