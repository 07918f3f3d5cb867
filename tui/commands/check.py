"""``noroute check``: read once, report, exit code."""

from __future__ import annotations

import sys
from argparse import Namespace

from checks.model import Severity
from tui import session_opening
from tui.command_line import retyped
from tui.questions import HeadlessAsker, tell
from tui.report.outcome import exit_code, unreadable
from tui.report.printed import printed
from tui.signals import run as run_until_signal


def run(options: Namespace) -> int:
    """Print the report on standard output; the exit code is the same in every format."""
    return run_until_signal(_check(options))


async def _check(options: Namespace) -> int:
    async with session_opening.way_of(options).open(HeadlessAsker()) as session:
        snapshot = await session.once()
    code = exit_code(snapshot, Severity(options.min_severity), options.fail_on_unknown)
    sys.stdout.write(printed(snapshot, code, options.format, lambda *words: _typed(options, *words)))
    seen = options.format == "text" and sys.stdout.isatty()
    if (problem := unreadable(snapshot)) and not seen:
        sys.stdout.flush()
        tell(problem)
    return code


def _typed(options: Namespace, command: str, *words: str) -> str:
    # A demo ends with its process, and with it what could be undone.
    return retyped(options, command, *words) if options.target or command != "undo" else ""
