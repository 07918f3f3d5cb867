"""What ``noroute explain --benign`` prints."""

from __future__ import annotations

from checks.rules.benign import benign
from screens.picture.cells import Role, Span
from tui.report.page import Paper


def write_benign(paper: Paper) -> None:
    """Each harmless thing: who says it, the lines, why it does no harm."""
    paper.prose("These look like faults and are none: nothing above information is found over them.")
    for row in benign():
        paper.gap()
        paper.line(Span(row.where, bold=True), Span(f"   grade {row.grade}", Role.DIM))
        for line in row.lines:
            paper.prose(line, 5)
        paper.prose(row.why, 5, Role.DIM)
