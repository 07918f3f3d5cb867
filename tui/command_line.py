"""The command to type next for the same appliance, reached the same way."""

from __future__ import annotations

import shlex
from argparse import Namespace

from tui.arguments import PROGRAM, connection_flags


def retyped(options: Namespace, command: str, *words: str) -> str:
    """``noroute COMMAND [CONN] TARGET WORDS`` (or ``--demo SCENARIO``), quoted for a shell.

    A key that was accepted on the command line is known from then on, so its flag is left out; so is --read-only: to
    type a repair means to want it.
    """
    parts = [PROGRAM, command]
    if options.target:
        parts += [part for flag in connection_flags(options) if flag[0] != "--accept-host-key" for part in flag]
        parts.append(options.target)
    else:
        parts += ["--demo", options.scenario]
    return shlex.join([*parts, *words])
