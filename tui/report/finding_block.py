"""One finding on paper: what, where, the proof, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from checks.inert import inert
from checks.model import Diagnosis, Excerpt, ExcerptKind, Finding
from checks.plan import Fix
from checks.rules.entries import also
from screens.picture.cells import Role, Span
from screens.picture.excerpt import draw_excerpts
from screens.picture.ruler import draw_ruler
from screens.signs import SEVERITIES
from tui.report.page import Paper
from tui.report.words import command_rows

INDENT = 7
_KEY = 10
_JOURNAL_LINES = 5
_TITLES = 3

# How a command for the same appliance is typed: from the command and its words; "" for one that makes no sense there.
Typed = Callable[..., str]


def write_finding(paper: Paper, finding: Finding, diagnosis: Diagnosis, typed: Typed) -> None:
    """The finding and, in a few lines, those that it explains."""
    sign = SEVERITIES[finding.severity]
    paper.gap()
    head = Span(f"{sign.glyph} {finding.code}", sign.role, bold=True)
    paper.line(head, f"{'':{max(INDENT - 2 - len(finding.code), 1)}}", Span(finding.title, bold=True))
    # What `noroute fix` is told.
    paper.prose(finding.id, INDENT, Role.DIM)
    journal = [one for one in finding.excerpts if one.kind is ExcerptKind.JOURNAL]
    _excerpts(paper, [one for one in finding.excerpts if one.kind is not ExcerptKind.JOURNAL])
    if finding.ruler is not None:
        paper.picture(draw_ruler(finding.ruler, paper.width - INDENT - 3), indent=INDENT + 3)
        paper.gap()
    paper.prose(finding.explanation, INDENT)
    keyed: list[tuple[str, list[str], int]] = [
        ("journal", [_journal_line(line) for line in _telling(journal)], len("15:30:07 ")),
        ("explains", _explained(finding, diagnosis), len("A01  ")),
        ("to do", [finding.remedy] if finding.remedy else [], 0),
        ("see also", _also(finding), len("A01  ")),
    ]
    if finding.fix is not None or any(lines for _, lines, _ in keyed):
        paper.gap()
    for key, lines, hang in keyed:
        paper.keyed(key, lines, INDENT, _KEY, hang)
    if finding.fix is not None:
        _fix(paper, finding.fix, finding.id, typed)


def _excerpts(paper: Paper, excerpts: list[Excerpt]) -> None:
    for (source, kind), group in groupby(excerpts, lambda one: (one.source, one.kind)):
        lines = list(group)
        place = f"$ {source}" if kind is ExcerptKind.COMMAND else source
        if len(lines) == 1 and lines[0].line is not None:
            total = f" of {lines[0].total}" if lines[0].total is not None else ""
            place += f", line {lines[0].line}{total}"
        paper.line(" " * INDENT, Span(place, Role.DIM))
        paper.gap()
        paper.picture(draw_excerpts(lines, paper.width - INDENT - 2, caption=False), indent=INDENT + 2)
        paper.gap()


def _telling(journal: list[Excerpt]) -> list[Excerpt]:
    """Few enough lines to read: the guilty ones come first, in the order of the journal."""
    order = sorted(range(len(journal)), key=lambda at: not journal[at].guilty)[:_JOURNAL_LINES]
    return [journal[at] for at in sorted(order)]


def _journal_line(excerpt: Excerpt) -> str:
    return f"{excerpt.at:%H:%M:%S} {excerpt.text}" if excerpt.at is not None else excerpt.text


def _explained(finding: Finding, diagnosis: Diagnosis) -> list[str]:
    """By code: each title, of many alike only the subjects, of many that differ only the first."""
    found = [one for one in map(diagnosis.finding, finding.explains) if one is not None]
    lines = []
    for code, group in groupby(sorted(found, key=lambda one: one.code), lambda one: one.code):
        alike = list(group)
        titles = list(dict.fromkeys(one.title for one in alike))
        if len(titles) == 1 and len(alike) > 1:
            lines.append(f"{code}  {titles[0]}: {', '.join(one.subject for one in alike)}")
        elif len(titles) <= _TITLES:
            lines += [f"{code}  {title}" for title in titles]
        else:
            lines.append(f"{code}  {titles[0]}, and {len(alike) - 1} more like it")
    return lines


def _also(finding: Finding) -> list[str]:
    """Where nothing here can be repaired: what leads to the same and no rule can tell, for a person to look at."""
    if finding.fix is not None:
        return []
    return [f"{one.code:<5}{one.title}" for one in also(finding.code) if one.kind == "elsewhere"]


def _fix(paper: Paper, fix: Fix, finding_id: str, typed: Typed) -> None:
    reboot = "with a reboot" if fix.reboot else "no reboot"
    undo = "can be undone" if fix.undoable else "cannot be undone"
    paper.keyed("fix", [f"{fix.summary}: about {fix.seconds} s, {reboot}, {undo}"], INDENT, _KEY)
    write_command(paper, "", typed("fix", finding_id))
    if fix.undoable and (back := typed("undo")):
        paper.keyed("", ["afterwards, to take it back:"], INDENT, _KEY)
        write_command(paper, "", back)


def write_command(paper: Paper, key: str, command: str) -> None:
    """A command that can be pasted as it stands; nothing for ""."""
    for row in command_rows(command, paper.width - INDENT - _KEY) if command else ():
        paper.line(" " * INDENT, Span(key.ljust(_KEY), Role.DIM), Span(inert(row), Role.ACCENT))
        key = ""
