"""``noroute open``: a capture in the screen, or its report; the exit code of ``noroute check``."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from checks.model import Severity
from tui import screen_state
from tui.capture_opening import captured
from tui.questions import tell
from tui.report.outcome import exit_code, unreadable
from tui.report.printed import printed


def run(options: Namespace) -> int:
    """Show it until the screen is left, or print the report. Refusal (2) for a folder that is no capture."""
    visit = captured(options)
    code = exit_code(visit.snapshot, Severity(options.min_severity), options.fail_on_unknown)
    screen_state.remember_capture(Path(options.subject))
    if options.format is None and _on_a_terminal():
        from tui.commands import screen

        return screen.show(options, visit) or code
    sys.stdout.write(printed(visit.snapshot, code, options.format or "text", lambda *_: ""))
    if problem := unreadable(visit.snapshot):
        sys.stdout.flush()
        tell(problem)
    return code


def _on_a_terminal() -> bool:
    if not sys.stdout.isatty():
        return False
    from tui.terminal import why_no_screen

    return not why_no_screen()
