"""A fix that was cut off, on paper: what is so now, and what to type."""

from __future__ import annotations

from checks.model import State
from checks.transaction import Left, Unfinished
from screens.picture.canvas import GLYPHS, ROLES
from screens.picture.cells import Span
from tui.report.finding_block import Typed, write_command
from tui.report.page import Paper


def write_unfinished(paper: Paper, found: Unfinished, typed: Typed) -> None:
    """The sentence, and the commands that go on with it and that take it back."""
    state = State.UNKNOWN if found.left is Left.RUNNING else State.WARNING
    paper.gap()
    paper.keyed(Span(f"{GLYPHS[state]} {found.kind}", ROLES[state], bold=True), [f"{found.sentence}."], 0, 9)
    if found.can_go_on:
        write_command(paper, "go on", typed("fix", "--resume"))
    if found.can_undo:
        write_command(paper, "undo", typed("undo", found.fix_id))
