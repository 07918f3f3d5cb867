"""The shells that an appliance or a test machine may run noroute's scripts with."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.required import needs

_KNOWN = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
SHELLS = [
    pytest.param(command, id=name, marks=needs("" if shutil.which(command[0]) else f"no {name} here"))
    for name, command in _KNOWN.items()
]


def run(shell: list[str], script: str, seconds: float = 20) -> bytes:
    """What a script prints under a shell; it must end in time and say nothing on its own stderr."""
    ended = subprocess.run([*shell, "-c", script], capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL)
    assert ended.stderr == b""
    return ended.stdout
