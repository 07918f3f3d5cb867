"""A PAM service of its own for one sshd: a password, and a one-time code behind it where that is wanted."""

from __future__ import annotations

import getpass
import hmac
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sources.sshd import SSHD, why_not

PASSWORD = "correct horse battery"
_SERVICES = Path("/etc/pam.d")
_MODULES = ("/lib/*/security", "/lib/security", "/usr/lib/*/security", "/lib64/security")
_SECRET = bytes.fromhex("3132333435363738393031323334353637383930")


def why_no_pam() -> str:
    """Why no service can be made here, "" where it can."""
    if os.geteuid() != 0:
        return "only root can make a PAM service"
    for module in ("pam_exec.so", "pam_oath.so"):
        if not any(path for pattern in _MODULES for path in Path("/").glob(f"{pattern[1:]}/{module}")):
            return f"{module} is not installed"
    return why_not()


def code(number: int) -> str:
    """The one-time code of that number, from 0, as RFC 4226 makes it."""
    digest = hmac.digest(_SECRET, struct.pack(">Q", number), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


@contextmanager
def pam_service(folder: Path, *, codes: bool = False) -> Iterator[Path]:
    """The program to start as sshd, so that it asks this service. ``codes`` asks for a one-time code after the
    password. Each password that comes is a line of ``folder/passwords``."""
    name = f"noroute-test-{os.getpid()}-{folder.name}"
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.symlink_to(SSHD)
    heard, check, users = folder / "passwords", folder / "check", folder / "users.oath"
    check.write_text(
        f"#!/bin/sh\ngiven=$(tr -d '\\000')\nprintf '%s\\n' \"$given\" >> '{heard}'\n[ \"$given\" = '{PASSWORD}' ]\n"
    )
    check.chmod(0o700)
    users.write_text(f"HOTP {getpass.getuser()} - {_SECRET.hex()}\n")
    users.chmod(0o600)
    lines = [f"auth required pam_exec.so quiet expose_authtok {check}"]
    if codes:
        lines.append(f"auth required pam_oath.so usersfile={users} window=5 digits=6")
    # Of a stack where no module grants credentials sshd says that they were denied.
    lines += ["auth required pam_permit.so", "account required pam_permit.so", "session required pam_permit.so"]
    service = _SERVICES / name
    service.write_text("\n".join(lines) + "\n")
    try:
        yield program
    finally:
        service.unlink()
