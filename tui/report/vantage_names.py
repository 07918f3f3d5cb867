"""The places that probes started from, as a report names them."""

from __future__ import annotations

from checks.model import Vantage
from checks.refusal import Refusal
from checks.sources.target import parse_place


def name_of(vantage: Vantage, via: tuple[str, ...]) -> str:
    """``this machine``, the jump host's name, ``the appliance``."""
    if vantage is Vantage.JUMP and via:
        try:
            return parse_place(via[-1]).host
        except Refusal:
            return via[-1]
    return {Vantage.HERE: "this machine", Vantage.JUMP: "the jump host", Vantage.APPLIANCE: "the appliance"}[vantage]
