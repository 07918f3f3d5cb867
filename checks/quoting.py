"""The one way in which a value reaches a shell, and what counts as a plain command."""

from __future__ import annotations

import shlex


def quoted(value: str) -> str:
    """``value`` as one word of any POSIX shell. ValueError for control characters and for what is no text that could
    be printed: no path, name or address that noroute handles has any."""
    if value and not value.isprintable():
        raise ValueError(f"not printable: {value!r}")
    return shlex.quote(value)


def plain(command: str) -> bool:
    """Whether ``command`` is one program with its words and nothing that a shell would interpret: no operator, no
    substitution, no pattern, no control character. ``sh -c '...'`` is one too: what is in the quotes was meant."""
    if not command.isprintable():
        return False
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    return bool(words) and shlex.join(words) == command
