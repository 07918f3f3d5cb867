"""``noroute explain``: print a page, or say what could have been asked."""

from __future__ import annotations

import sys
from argparse import Namespace

from checks.inert import inert
from checks.refusal import Refusal
from tui import explain
from tui.arguments import FINE, USAGE
from tui.report.ansi import painted


def run(options: Namespace) -> int:
    """Print the page. Refusal (exit code 2) for what is neither a code nor an address."""
    rows = explain.whole(options.about) if options.about else explain.page(options.subject)
    if rows is None and (several := [word for word in options.subject.split() if explain.page(word) is not None]):
        raise Refusal(f"explain: one at a time, such as `noroute explain {several[0]}`", USAGE)
    if rows is None:
        raise Refusal(
            f"explain: {inert(options.subject, 60)!r} is neither a code (`noroute rules` lists them) nor an address, "
            "such as 10.10.18.18/28, 10.10.18.17-10.10.18.30 or /28",
            USAGE,
        )
    sys.stdout.write(painted(rows, sys.stdout))
    return FINE
