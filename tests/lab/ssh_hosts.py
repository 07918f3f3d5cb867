"""The machines one logs in to on the way: the jump host and the far client, each a real sshd in its own namespace.

They have accounts and files of their own (an overlay of the same root file system), so a login there is not a login
on this machine.
"""

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.lab.addresses import ROOT_PASSWORD
from tests.lab.commands import run, wait_for
from tests.lab.disk import Disk
from tests.lab.slots import Slot
from tests.lab.vantage import Vantage

USER: Final = "lab"
SETTINGS: Final = {"UsePAM": "no", "PidFile": "none", "HostKey": "/etc/ssh/ssh_host_ed25519_key", "LogLevel": "VERBOSE"}


class SshHost:
    """One machine with an sshd whose settings a test may change."""

    def __init__(self, slot: Slot, name: str, address: str) -> None:
        self.name = name
        self.address = address
        self._slot = slot
        self._disk = Disk(slot.directory / name, slot.namespace(name))
        self._process: subprocess.Popen[bytes] | None = None
        self._settings: dict[str, str] = {}

    def install(self, rootfs: Path, authorized_key: str, host_keys: Path) -> None:
        """Make its disk: one account, its key, the host's keys."""
        self._disk.renew(rootfs)
        root = self._disk.root
        account = f"useradd -m -s /bin/bash {USER}; echo {USER}:{ROOT_PASSWORD} | chpasswd; mkdir -p /run/sshd"
        run(["chroot", str(root), "/bin/sh", "-ec", account])
        ssh = root / "home" / USER / ".ssh"
        ssh.mkdir(mode=0o700)
        (ssh / "authorized_keys").write_text(authorized_key)
        run(["chroot", str(root), "chown", "-R", f"{USER}:", f"/home/{USER}/.ssh"])
        for key in host_keys.iterdir():
            target = root / "etc/ssh" / key.name
            target.write_bytes(key.read_bytes())
            target.chmod(0o600)

    def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start sshd, with `settings` beside the lab's own; returns when it listens."""
        self._settings = dict(settings or {})
        lines = "".join(f"{key} {value}\n" for key, value in {**SETTINGS, **self._settings}.items())
        root = self._disk.root
        (root / "etc/ssh/sshd_config").write_text(lines)
        # Mounts and processes live in namespaces of their own: when sshd's parent ends, all of it is gone.
        script = (
            f"mount --rbind /dev {shlex.quote(str(root))}/dev; mount -t proc proc {shlex.quote(str(root))}/proc; "
            f"exec chroot {shlex.quote(str(root))} /usr/sbin/sshd -D -E /var/log/sshd.log"
        )
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "/bin/sh", "-ec", script]
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", self._slot.namespace(self.name), *apart],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        (self._slot.directory / f"{self.name}.pid").write_text(str(self._process.pid))
        answers = Vantage(self._slot, self.name)
        wait_for(f"sshd on {self.name}", lambda: answers.tcp(self.address, 22, 1).outcome == "data", seconds=10)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Start sshd again with other settings (those of an earlier call are forgotten). Cuts every connection."""
        if dict(settings) != self._settings or self._process is None:
            self.stop()
            self.start(settings)

    def cut_connections(self) -> None:
        """End every connection through it at once, without a word to either side's SSH, and listen again."""
        self.stop()
        self.start(self._settings)

    def write(self, inside: str, content: bytes) -> None:
        """Put a file on it (a banner, say)."""
        (self._disk.root / inside.lstrip("/")).write_bytes(content)

    def log(self) -> str:
        """What its sshd logged since it was installed."""
        return (self._disk.root / "var/log/sshd.log").read_text(errors="replace")

    def stop(self) -> None:
        """End sshd and all its sessions."""
        file = self._slot.directory / f"{self.name}.pid"
        if not file.exists():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None
        file.unlink()

    def remove(self) -> None:
        """Stop it and delete its disk."""
        self.stop()
        self._disk.remove()
