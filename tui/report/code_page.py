"""What ``noroute explain CODE`` prints: the catalogue's words for one code."""

from __future__ import annotations

from checks.rules.entries import Entry
from screens.picture.cells import Role, Span
from tui.report.page import Paper

_KEY = 11


def write_code(paper: Paper, entry: Entry) -> None:
    """Title, grade, what it is; how it is recognised, why it happens, what repairs it, the way back; or why no rule
    can tell."""
    paper.line(Span(entry.code, Role.ACCENT, bold=True), "  ", Span(entry.title, bold=True))
    kind = entry.severity if entry.kind == "rule" else "no rule"
    paper.line(Span(f"     {entry.name}, {kind}, grade {entry.grade}", Role.DIM))
    paper.gap()
    paper.prose(entry.what, 5)
    for key, text in (
        ("recognise", entry.recognise),
        ("why", entry.why),
        ("repair", entry.repair),
        ("undo", entry.undo),
        ("no rule", entry.why_no_rule),
        ("see also", entry.see_also),
    ):
        if text:
            paper.gap()
            paper.keyed(key, text.split("\n\n"), 5, _KEY)
    if entry.sources:
        paper.gap()
        paper.line(Span("     sources", Role.DIM))
        for source in entry.sources:
            paper.prose(source, 5)
