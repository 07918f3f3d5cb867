"""What a check that could not be made was about, in words a person knows."""

from __future__ import annotations

import re

from checks.inert import inert
from checks.model import Diagnosis, Vantage
from checks.rules.entries import entry

_CODE = re.compile(r"[A-H][0-9]{2}[a-z]?")
_PLACES = {
    Vantage.HERE.value: "from here",
    Vantage.JUMP.value: "from the jump host",
    Vantage.APPLIANCE.value: "from the appliance",
}
# Kinds whose own name says more than the subject alone.
_NAMED = ("gateway", "nic", "effect")


def about_words(check: str, more: int = 0) -> str:
    """``Supervisor``, ``10.10.18.19:443 from here``, ``range-host-bits, 3 more``: never a part of an id. ``more`` is
    how many others it stands for."""
    kind, _, subject = check.partition(":")
    if kind == "probe":
        vantage, _, target = subject.partition(":")
        words = f"{target} {_PLACES.get(vantage, vantage)}"
    elif _CODE.fullmatch(kind):
        known = None if subject else entry(kind)
        words = known.name if known is not None else subject or kind
    else:
        words = f"{subject} {kind}" if kind in _NAMED else subject or kind
    return inert(f"{words}, {more} more" if more else words)


def node_of(diagnosis: Diagnosis, check: str) -> str | None:
    """The node a check belongs to, where there is exactly one such check."""
    return next((node.id for node in diagnosis.nodes for own in node.checks if own.id == check), None)
