"""``noroute TARGET`` and ``noroute demo``: the screen."""

from __future__ import annotations

import sys
from argparse import Namespace

from checks.refusal import Refusal
from tui.arguments import SCREEN, USAGE
from tui.opening import way_of
from tui.settings import ascii_only


def run(options: Namespace) -> int:
    """Show the screen until it is left; its exit code. Refusal (2) without a target, or without a terminal."""
    if options.command == SCREEN and not options.target:
        raise Refusal(
            "no target: `noroute root@haproxy.lab`, `noroute -J me@jump root@haproxy.lab`, or `noroute demo` to look "
            "around without one (see `noroute --help`)",
            USAGE,
        )
    way = way_of(options)
    from tui.terminal import why_no_screen

    if why := why_no_screen():
        raise Refusal(why, USAGE)
    from tui.app import NorouteApp

    # The screen is drawn on standard error.
    app = NorouteApp(way.open, origin=way.origin, ascii=ascii_only(sys.stderr.encoding))
    app.run()
    return app.return_code or 0
