"""Text made to fit its cells: inert, one cell per character, a cut ends in ``..``."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

from checks.inert import inert

_CUT = ".."
# Letters and signs of one cell on every terminal: Latin to Georgian, Latin's later letters, signs up to the
# geometric shapes, check marks. Of all else some terminal (or some version of Unicode) makes none or two.
_ONE_CELL = ((0x20, 0x10FF), (0x1E00, 0x25FF), (0x2700, 0x27BF))


def one_cell(text: str) -> str:
    """Inert ``text`` with ``?`` for each character whose width is not one cell everywhere."""
    return text if text.isascii() else "".join(map(_sure, text))


def _sure(character: str) -> str:
    known = any(first <= ord(character) <= last for first, last in _ONE_CELL)
    return character if known and unicodedata.category(character)[0] not in "MC" else "?"


@lru_cache(maxsize=4096)
def fit(text: str, width: int) -> str:
    """At most ``width`` cells of untrusted ``text``; what is cut ends in ``..``."""
    if width <= 0:
        return ""
    shown = one_cell(inert(text))
    if len(shown) <= width:
        return shown
    return shown[: max(width - len(_CUT), 0)] + _CUT[:width]


def clause(detail: str, width: int, good: bool) -> str:
    """The part of ``detail`` that fits: all of it, else its clause that matters, else a cut.

    Of several clauses the first says what is, the last what is wrong with it: ``:5556, cert 12 days``.
    """
    shown = inert(detail)
    if len(shown) <= width:
        return shown
    clauses = shown.split(", ")
    shorter = clauses[0] if good else clauses[-1]
    if len(shorter) > width:
        shorter = shorter.replace(" is ", " ")
    # "range not routed" says the same as "not routed" on the row of the unit that routes ranges.
    before, negation, after = shorter.partition(" not ")
    if len(shorter) > width and negation and " " not in before:
        shorter = f"not {after}"
    return fit(shorter, width)


def network_of(text: str) -> IPv4Network | None:
    """A CIDR, or None."""
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


def from_dot(text: str, within: IPv4Network | None) -> str:
    """``10.10.18.19:443`` as ``.19:443`` inside 10.10.18.0/24, ``.18.19:443`` inside a /16, else unchanged."""
    host, colon, port = text.partition(":")
    try:
        address = IPv4Address(host)
    except ValueError:
        return text
    equal = within.prefixlen // 8 if within is not None and address in within else 0
    if not equal:
        return text
    return "." + ".".join(host.split(".")[min(equal, 3) :]) + colon + port
