"""An address with a number that begins with a 0: two addresses in one spelling, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.addresses import address
from checks.evidence.ip_reading import read_by_ip

_NUMBER = r"([0-9]{1,10})"
_SPELLED = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:/{_NUMBER})?")
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Readings:
    """``octet`` is the first number that begins with a 0, of those that are none to base 8 if there are any. ``plain``
    is the address without such zeros, "" where its mask is too long then; ``by_eight`` what programs read that take a
    leading 0 for base 8, "" where a number is none then. A mask stands behind both."""

    octet: str
    plain: str
    by_eight: str


def readings(text: str) -> Readings | None:
    """How such an address may be read; None for any other text."""
    match = _SPELLED.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [number for number in match.groups() if number is not None]
    padded = [number for number in numbers if len(number) > 1 and number.startswith("0")]
    octet = next((number for number in padded if set(number) & set("89")), padded[0] if padded else "")
    plain = ".".join(str(int(number)) for number in numbers[:4])
    length = match[5]
    if not octet or address(plain) is None:
        return None
    try:
        read = read_by_ip(match[0])
    except ValueError:
        by_eight = ""
    else:
        by_eight = str(read.ip) if length is None else str(read)
    if length is not None:
        plain = f"{plain}/{int(length)}" if int(length) <= _LONGEST else ""
    return Readings(octet, plain, by_eight) if plain or by_eight else None
