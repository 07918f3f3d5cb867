"""Small phrases that several parts of a report share."""

from __future__ import annotations

import shlex


def several(count: int, noun: str) -> str:
    """``1 root``, ``2 roots``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def addresses(count: int) -> str:
    """``1 address``, ``4,096 addresses``."""
    return f"{count:,} address{'' if count == 1 else 'es'}"


def command_rows(command: str, room: int) -> list[str]:
    """A shell command in rows of about ``room`` columns that can be pasted whole: each but the last ends in `` \\``."""
    rows = [""]
    for word in map(shlex.quote, shlex.split(command)):
        if rows[-1] and len(rows[-1]) + 1 + len(word) > room - 2:
            rows[-1] += " \\"
            rows.append("  " + word)
        else:
            rows[-1] += f" {word}" if rows[-1] else word
    return rows
