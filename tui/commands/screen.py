"""``noroute``, ``noroute TARGET`` and ``noroute demo``: the screen."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from checks.refusal import Refusal
from tui import config, screen_state
from tui.arguments import SCREEN, USAGE
from tui.command_typos import suspect
from tui.promptness import kept_for_good, quicken_pictures
from tui.session_opening import way_of
from tui.settings import ascii_only, config_file

if TYPE_CHECKING:
    from tui.protocols import Visit


def run(options: Namespace) -> int:
    """Show the screen until it is left; its exit code. Without a target it asks for one. Refusal (2) without a
    terminal, and for a configuration that cannot be meant so."""
    suspect(options)
    return show(options, None if options.command == SCREEN and not options.target else way_of(options))


def show(options: Namespace, way: Visit | None) -> int:
    """The same where it is known already where ``options`` lead."""
    from tui.terminal import why_no_screen

    if why := why_no_screen():
        hint = "" if way is not None else "no target: `noroute root@haproxy.lab`, say, or `noroute demo`; "
        raise Refusal(hint + why, USAGE)
    own = config.load(config_file())
    quicken_pictures()
    with kept_for_good():
        from tui.app import NorouteApp
        from tui.keymap import keymap_of
        from tui.start_choices import Kept

        # The screen is drawn on standard error.
        app = NorouteApp(
            way.open if way is not None else None,
            origin=way.origin if way is not None else None,
            habits=Kept(options, own.theme),
            theme=options.theme or screen_state.theme(own.theme),
            ascii=options.ascii or bool(own.ascii) or ascii_only(sys.stderr.encoding),
            keymap=keymap_of(own, NorouteApp),
        )
    for name, wrong in ((options.theme, None), (own.theme, own)):
        if name and name not in app.available_themes:
            said = f"there is no theme {name}; there are: {', '.join(sorted(app.available_themes))}"
            raise Refusal(f"--theme: {said}", USAGE) if wrong is None else wrong.wrong("[screen] theme", said)
    app.run(mouse=not options.no_mouse and own.mouse is not False)
    return app.return_code or 0
