"""A report as it leaves on standard output, in the form that was asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from checks.snapshot import Snapshot

if TYPE_CHECKING:
    from tui.report.finding_block import Typed


def printed(snapshot: Snapshot, code: int, form: str, typed: Typed) -> str:
    """``form`` is "text", with colours where a terminal shows it, or "json"; ``code`` is the exit code."""
    if form == "json":
        from tui.report import json

        return json.report(snapshot)
    from tui.report import text
    from tui.report.ansi import painted

    return painted(text.report(snapshot, code, typed), sys.stdout)
