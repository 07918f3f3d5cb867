"""On what and with what it was measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("textual", "rich", "asyncssh", "cryptography")


def machine() -> dict[str, str]:
    """Processor, operating system, Python and the libraries that count."""
    return {
        "processor": f"{os.cpu_count()} x {_processor()}",
        "operating system": f"{_distribution()}, Linux {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "OpenSSH": _openssh(),
    }


def _processor() -> str:
    facts = Path("/proc/cpuinfo").read_text("utf-8")
    found = re.search(r"^model name\s*:\s*(.+)$", facts, re.MULTILINE)
    return found[1] if found else platform.machine()


def _distribution() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def _openssh() -> str:
    said = subprocess.run(["ssh", "-V"], capture_output=True, text=True).stderr
    return said.partition(",")[0].partition(" ")[0].removeprefix("OpenSSH_")
