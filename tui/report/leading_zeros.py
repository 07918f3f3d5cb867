"""An address whose octets begin with a 0: two addresses in one spelling, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.addresses import address

_SPELLED = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)(/\d+)?", re.ASCII)
_LARGEST = 255


@dataclass(frozen=True, slots=True)
class Readings:
    """``octet`` is the first that begins with a 0. ``plain`` is the address without such zeros, ``by_eight`` what
    programs read that take a leading 0 for base 8, "" where an octet is no number then; a mask stands behind both."""

    octet: str
    plain: str
    by_eight: str


def readings(text: str) -> Readings | None:
    """How such an address may be read; None for any other text."""
    match = _SPELLED.fullmatch(text.strip())
    if match is None:
        return None
    octets, tail = match.groups()[:4], match[5] or ""
    octet = next((octet for octet in octets if len(octet) > 1 and octet.startswith("0")), "")
    plain = ".".join(str(int(octet)) for octet in octets)
    if not octet or address(plain) is None:
        return None
    eights = [_by_eight(octet) for octet in octets]
    whole = all(number is not None and number <= _LARGEST for number in eights)
    return Readings(octet, plain + tail, ".".join(map(str, eights)) + tail if whole else "")


def _by_eight(octet: str) -> int | None:
    if not octet.startswith("0"):
        return int(octet)
    return int(octet, 8) if set(octet) <= set("01234567") else None
