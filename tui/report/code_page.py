"""What ``noroute explain CODE`` prints: the catalogue's words for one code."""

from __future__ import annotations

from checks.rules.entries import Entry, also
from screens.picture.cells import Role, Span
from tui.report.page import Paper

_KEY = 11


def write_code(paper: Paper, entry: Entry) -> None:
    """Title, grade, what it is; how it is recognised, why it happens, what repairs it, the way back; why no rule can
    tell, where none can; what else to look at."""
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
        ("fixed in", entry.fixed_in),
        ("no rule", entry.why_no_rule),
    ):
        if text:
            paper.gap()
            paper.keyed(key, text.split("\n\n"), 5, _KEY)
    if entry.also:
        paper.gap()
        paper.keyed("see also", [f"{one.code:<5}{one.title}" for one in also(entry.code)], 5, _KEY, 5)
    if entry.sources:
        paper.gap()
        paper.line(Span("     sources", Role.DIM))
        for source in entry.sources:
            paper.prose(source, 5)
