"""What this machine must offer before the lab can boot, and what of it is missing."""

import os
import shutil
from typing import Final

PROVIDED_BY: Final = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "mount": "mount",
    "openssl": "openssl",
    "ssh": "openssh-client",
}


def packages_to_install() -> list[str]:
    """The Debian packages whose program is not on the path, sorted."""
    return sorted({package for program, package in PROVIDED_BY.items() if shutil.which(program) is None})


def what_is_missing() -> list[str]:
    """Everything that keeps the lab from booting here, in words for a person; empty where nothing does."""
    missing = [f"the Debian package {package}" for package in packages_to_install()]
    if os.geteuid() != 0:
        missing.insert(0, "root")
    return missing
