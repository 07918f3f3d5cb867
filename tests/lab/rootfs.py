"""The appliance's root file system before anything of the appliance is in it: plain Debian, built once and cached.

It lives outside the tree and is named by the hash of its recipe, so a changed recipe is simply another directory.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.lab.commands import LabError, run

DEFAULT_RELEASE: Final = "bookworm"
# HAProxy 2.6 and 2.2: the appliance's own is 2.2, whose log lines differ from those of 2.4 and later.
RELEASES: Final = (DEFAULT_RELEASE, "bullseye")
PACKAGES: Final = [
    "systemd",
    "systemd-sysv",
    "dbus",
    "libpam-systemd",
    "openssh-server",
    "haproxy",
    "iproute2",
    "inotify-tools",
    "python3",
    "procps",
    "iputils-ping",
    "curl",
    "socat",
    "openssl",
    "lsof",
    "iptables",
    "login",
    "passwd",
    "sudo",
    "ca-certificates",
    "netcat-openbsd",
    "busybox",
]
# Timers and a console that nobody looks at: they only make a boot longer and its unit list noisier.
MASKED: Final = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "logrotate.timer",
    "console-getty.service",
    "e2scrub_reap.service",
    "systemd-timesyncd.service",
]
PREPARE: Final = f"""
set -eu
systemctl enable systemd-networkd.service systemd-networkd-wait-online.service ssh.service >/dev/null 2>&1
systemctl mask {" ".join(MASKED)} >/dev/null 2>&1
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id
rm -rf /var/cache/apt /var/lib/apt/lists /usr/share/doc /usr/share/man /usr/share/locale
mkdir -p /var/log/journal
"""


def cache_directory() -> Path:
    """Where built root file systems stay between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or "/var/cache") / "noroute-lab"


def mirror() -> str:
    """The Debian archive that this machine's own apt uses for its main suite."""
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    texts = [path.read_text(errors="replace") for path in lists if path.is_file()]
    for text in texts:
        for found in re.finditer(r"(?m)^(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+/debian)/?(?:\s|$)", text):
            return found[1]
    raise LabError("no Debian archive in /etc/apt/sources.list or sources.list.d: the root file system needs one")


def recipe(release: str) -> str:
    """A short name for everything that decides what the root file system of `release` contains."""
    parts = json.dumps([release, PACKAGES, PREPARE])
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def ensure(release: str = DEFAULT_RELEASE) -> Path:
    """The built root file system of `release`; builds it (about a minute) where the cache has none."""
    if release not in RELEASES:
        raise LabError(f"no recipe for {release}; there are {', '.join(RELEASES)}")
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"{release}-{recipe(release)}"
    with _only_one(cache / f"{release}.lock"):
        if not root.exists():
            _build(release, root)
            _forget_older(release, root)
    return root


def built(release: str) -> Path | None:
    """Where `release` is cached, if it is."""
    root = cache_directory() / f"{release}-{recipe(release)}"
    return root if root.exists() else None


def forget_all() -> list[Path]:
    """Delete every cached root file system that no running lab stands on; what was deleted."""
    found = [path for path in cache_directory().glob("*-*") if path.is_dir() and not _is_lower_layer(path)]
    for path in found:
        shutil.rmtree(path)
    return found


def _build(release: str, root: Path) -> None:
    """Build beside the final name and rename at the end, so that a killed build is never taken for a finished one."""
    draft = root.with_name(f"{root.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    print(f"lab: building the {release} root file system in {root.parent}, about a minute", file=sys.stderr)
    started = time.monotonic()
    wanted = f"--include={','.join(PACKAGES)}"
    run(["debootstrap", "--variant=minbase", wanted, release, str(draft), mirror()], timeout=900)
    run(["chroot", str(draft), "/bin/sh", "-c", PREPARE])
    draft.rename(root)
    print(f"lab: {release} built in {time.monotonic() - started:.0f} s", file=sys.stderr)


def _forget_older(release: str, current: Path) -> None:
    for path in current.parent.glob(f"{release}-*"):
        if path != current and not _is_lower_layer(path):
            shutil.rmtree(path)


def _is_lower_layer(path: Path) -> bool:
    """Another lab may still be running on an older recipe."""
    return str(path) in Path("/proc/self/mountinfo").read_text()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
