"""Which process of which machine it is: names of machines and numbers of processes are used more than once.

As far as the platform tells: the machine, its present boot, the namespace of its process numbers, the number, and when
that process began. Machines whose files were cloned are told apart by their boots only where both run.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import uuid
from pathlib import Path

_PROC = Path("/proc")
_MACHINE_ID = Path("/etc/machine-id")
_UNKNOWN = "-"
_NUMBER = re.compile(r"[0-9]{1,9}")


def mine() -> str:
    """This process, in five words without blanks."""
    return f"{_machine()} {_boot()} {_namespace()} {os.getpid()} {_began(os.getpid())}"


def lives(identity: str) -> bool | None:
    """Whether that process is there still; None where it is none of this machine's, so that nobody here can tell."""
    words = identity.split(" ")
    if len(words) != 5 or not _NUMBER.fullmatch(words[3]) or words[0] != _machine():
        return None
    _, boot, namespace, number, began = words
    if boot != _boot():
        return False
    if namespace != _namespace():
        return None
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is there, and somebody else's
    return _began(int(number)) in (began, _UNKNOWN)


def _machine() -> str:
    # The id itself is nobody's business: systemd asks to keep it on its machine.
    known = _text(_MACHINE_ID) or f"{uuid.getnode():012x}"
    return hashlib.sha256(f"noroute {known} {socket.gethostname()}".encode()).hexdigest()[:16]


def _boot() -> str:
    return _text(_PROC / "sys/kernel/random/boot_id") or _UNKNOWN


def _namespace() -> str:
    try:
        return "".join(re.findall("[0-9]", str((_PROC / "self/ns/pid").readlink()))) or _UNKNOWN
    except OSError:
        return _UNKNOWN


def _began(number: int) -> str:
    # The name of the program, in brackets, may hold anything.
    fields = _text(_PROC / str(number) / "stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else _UNKNOWN


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
