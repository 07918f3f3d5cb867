"""What sshd was told, and where it listens."""

from __future__ import annotations

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import SSHD_CONFIG
from checks.evidence.numbers import port_of

_USUAL = 22


def sshd_setting(e: Evidence, key: str) -> tuple[str, int]:
    """The first value of a setting of sshd and its line, or ("", 0): for sshd the first one counts. What follows a
    Match holds for some logins only."""
    file = e.files.get(SSHD_CONFIG)
    for number, raw in enumerate(file.lines if file else (), 1):
        words = raw.decode("utf-8", "replace").replace("=", " ", 1).split()
        if len(words) > 1 and words[0].lower() == "match":
            break
        if len(words) > 1 and words[0].lower() == key.lower():
            return words[1], number
    return "", 0


def ssh_port(e: Evidence) -> int:
    """The port of sshd: the one that it was told, or where it listens on others only, the lowest of those."""
    listen = sshd_setting(e, "ListenAddress")[0]
    _, colon, behind = listen.rpartition(":")
    told = (port_of(behind) if colon else None) or port_of(sshd_setting(e, "Port")[0]) or _USUAL
    heard = {socket.port for socket in e.listeners or () if socket.process == "sshd"}
    return told if not heard or told in heard else min(heard)
