"""What the command line said, for a target that is chosen later: it holds unless the words chosen say otherwise."""

from __future__ import annotations

from argparse import Namespace

from checks.sources.target import parse_target
from tui.arguments import SCREEN

_ONE = ("jump", "config", "site", "probe_from", "password_file")
_MANY = ("identities", "vips", "accepted_keys")


def inherited(chosen: Namespace, given: Namespace) -> Namespace:
    """The options ``chosen`` with those of the command line, ``given``. ``--read-only`` always holds; the way to a
    real target is no way to the demo or to a capture."""
    merged = Namespace(**vars(chosen))
    merged.read_only = getattr(chosen, "read_only", False) or getattr(given, "read_only", False)
    merged.every = getattr(chosen, "every", None) or getattr(given, "every", None)
    if given.command != SCREEN:
        return merged
    if chosen.command == "open":
        merged.site = chosen.site or given.site
    if chosen.command != SCREEN:
        return merged
    for name in _ONE:
        setattr(merged, name, getattr(chosen, name) or getattr(given, name))
    for name in _MANY:
        setattr(merged, name, list(dict.fromkeys([*getattr(chosen, name), *getattr(given, name)])))
    if chosen.target:
        place = parse_target(chosen.target)
        merged.user = chosen.user or ("" if place.user else given.user)
        merged.ssh_port = chosen.ssh_port or (None if place.port else given.ssh_port)
    return merged
