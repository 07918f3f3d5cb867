"""``ss -Hltnp``: who listens where."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening TCP socket; ``address`` is "0.0.0.0" or "*" for all; ``process`` is "" where not allowed."""

    address: str
    port: int
    process: str = ""


_USERS = re.compile(r'users:\(\("([^"]*)"')


def parse(text: str) -> tuple[Listener, ...]:
    """Sockets in the order given; rows of another form are passed over."""
    found = []
    for row in text.splitlines():
        fields = row.split()
        if len(fields) < 4 or fields[0] != "LISTEN":
            continue
        host, _, port = fields[3].rpartition(":")
        if port.isascii() and port.isdigit() and len(port) <= 5:
            users = _USERS.search(row)
            found.append(Listener(host.partition("%")[0].strip("[]"), int(port), users[1] if users else ""))
    return tuple(found)
