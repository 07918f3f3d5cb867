"""A first word that is nearly a command: said before somebody waits for a host of that name."""

from __future__ import annotations

import socket
from argparse import Namespace

from checks.refusal import Refusal
from tui.arguments import PROGRAM, SCREEN, USAGE, connection_flags, nearest_command
from tui.configured_hosts import configuration, configured_hosts


def suspect(options: Namespace, before: str = f"{PROGRAM} ") -> None:
    """Refusal (2) for a target that is a command but for its spelling, where no host has that name and nothing else
    says that one is meant; it may ask for the name's address. ``before`` is what stands before words that are typed."""
    if options.command != SCREEN or options.literal or connection_flags(options):
        return
    word = options.target
    close = nearest_command(word)
    if not close:
        return
    if word in configured_hosts(configuration(None)) or _is_host(word):
        return
    raise Refusal(
        f"{word} is no command and no host that this machine knows: did you mean {close}? "
        f"A host of that name follows `--`: {before}-- {word}",
        USAGE,
    )


def _is_host(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return False
    return True
