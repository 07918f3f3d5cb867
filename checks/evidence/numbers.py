"""Whole numbers as an appliance prints them: bounded, because what it prints may be anything."""

from __future__ import annotations

_DIGITS = 18


def whole(text: str) -> int | None:
    """A decimal number of at most 18 ASCII digits, else None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def port_of(text: str) -> int | None:
    """A TCP port, 1 to 65535, else None."""
    number = whole(text)
    return number if number is not None and 0 < number < 1 << 16 else None
