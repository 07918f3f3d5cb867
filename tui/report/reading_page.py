"""What ``noroute explain --what-is-read`` prints: the manifest, in words and to the letter."""

from __future__ import annotations

from checks.evidence.manifest import ITEMS, REDACTED_FILES
from screens.picture.cells import Role, Span
from tui.report.page import Paper


def write_reading(paper: Paper) -> None:
    """Every section: how a person would say it, its bounds, what is replaced, and the exact command."""
    paper.prose(
        f"{len(ITEMS)} sections, read by one POSIX sh script in one SSH session. None of them writes. Where a command "
        "needs root and root is not to be had, its section counts as not checked."
    )
    for item in ITEMS:
        paper.gap()
        bounds = f"at most {item.seconds} s and {item.limit:,} bytes"
        paper.line(Span(item.what, bold=True), Span(f"   {bounds}", Role.DIM))
        if item.name.removeprefix("file:") in REDACTED_FILES:
            paper.prose("passwords, hashes, tokens and headers with credentials are replaced on the appliance", 5)
        if item.name == "first-boot":
            paper.prose("the log holds passwords: only these words are counted and leave the appliance", 5)
        paper.prose(item.shell, 5, Role.DIM)
