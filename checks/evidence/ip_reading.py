"""How ``ip`` reads a prefix, which is not how people do.

It reads numbers as C does: 010 is 8, 0x10 is 16, and numbers that are missing are 0. So some lines are routes to it
that nobody meant, and others are no prefix. Source: ``get_addr_ipv4``, ``get_netmask`` of iproute2; measured with 6.1.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Interface

# What strtoul takes with base 0; blanks and a sign may stand before it.
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", re.ASCII)


def read_by_ip(text: str) -> IPv4Interface:
    """The address and length that ``ip`` makes of a prefix; ValueError where it makes none. With host bits the kernel
    refuses it afterwards."""
    if text in ("default", "any", "all"):
        return IPv4Interface("0.0.0.0/0")
    whole, slash, length = text.partition("/")
    return IPv4Interface((_address(whole), _length(length) if slash else 32))


def _number(text: str, pos: int, largest: int) -> tuple[int, int]:
    """The number at ``pos`` and where it ends; ValueError where there is none."""
    found = _NUMBER.match(text, pos)
    if found is None:
        raise ValueError("no digits")
    digits = found[2].lower()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10
    # Longer ones are larger than any bound: Python need not count them out.
    value = int(digits, base) if len(digits) < 20 else largest + 1
    if value > largest or (found[1] == "-" and value):
        raise ValueError("too large")
    return value, found.end()


def _address(text: str) -> int:
    """One to four numbers with dots between; those that are missing are zero."""
    value, pos = 0, 0
    for shift in (24, 16, 8, 0):
        number, pos = _number(text, pos, 255)
        value |= number << shift
        if pos == len(text):
            return value
        if text[pos] != ".":
            break
        pos += 1
    raise ValueError("extra characters")


def _length(text: str) -> int:
    """A prefix length, as a number or as a mask."""
    try:
        length, end = _number(text, 0, 32)
        if end == len(text):
            return length
    except ValueError:
        pass
    host = _address(text) ^ 0xFFFF_FFFF
    if host & (host + 1):
        raise ValueError("no mask")
    return 32 - host.bit_length()
