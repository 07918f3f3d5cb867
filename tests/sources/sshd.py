"""A real OpenSSH server on loopback for one test, with its own keys and configuration."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from tests.required import missing, needs

SSHD = Path("/usr/sbin/sshd")
_SEPARATION = Path("/run/sshd")


def why_not() -> str:
    """Why no sshd can be started here, "" where it can."""
    if not SSHD.exists():
        return "OpenSSH's sshd is not installed"
    if os.geteuid() == 0 and not _SEPARATION.is_dir():
        try:
            _SEPARATION.mkdir(mode=0o755)
        except OSError as problem:
            return f"{_SEPARATION} cannot be made: {problem.strerror}"
    return ""


needs_sshd = needs(why_not())


@dataclass
class Sshd:
    """A running server: where it listens, its public host key, and the client key file that it lets in."""

    port: int
    host_key: asyncssh.SSHKey
    client_key: Path
    pid: int
    log: Path

    @property
    def known_hosts_line(self) -> str:
        """What a known_hosts file says of it."""
        return f"[127.0.0.1]:{self.port} {self.host_key.export_public_key().decode()}"

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Not a word from it and from its connections meanwhile; the kernel goes on to take what comes."""
        stopped = [self.pid, *_below(self.pid)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def let_in(self, key: Path) -> None:
        """Accept another client key instead of its own."""
        shutil.copy(f"{key}.pub", self.log.parent / "authorized_keys")


def _below(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [one for child in children for one in (child, *_below(child))]


@contextmanager
def sshd(folder: Path, *settings: str, port: int = 0, shell_init: str = "", program: Path = SSHD) -> Iterator[Sshd]:
    """Start a server in ``folder`` with extra configuration lines. ``program`` is sshd under another name, whose PAM
    service has that name too; ``shell_init`` is sh text that every command runs
    after, in place of what a login shell may do by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    host = folder / "host_key"
    client = folder / "client_key"
    for path in (host, client):
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519")
            key.write_private_key(str(path))
            key.write_public_key(f"{path}.pub")
            path.chmod(0o600)
    shutil.copy(f"{client}.pub", folder / "authorized_keys")
    # A listening socket of our own finds a free port; sshd takes it over a moment later.
    if not port:
        with socket.socket() as probing:
            probing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probing.bind(("127.0.0.1", 0))
            port = probing.getsockname()[1]
    force = []
    if shell_init:
        wrapper = folder / "shell"
        wrapper.write_text(f'#!/bin/sh\n{shell_init}\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n')
        wrapper.chmod(0o755)
        force = [f"ForceCommand {wrapper}"]
    lines = [
        # The first value of a setting counts.
        *settings,
        *force,
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {host}",
        f"PidFile {folder / 'pid'}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PrintMotd no",
        "LogLevel VERBOSE",
    ]
    configuration = folder / "sshd_config"
    configuration.write_text("\n".join(lines) + "\n")
    log = folder / "log"
    log.unlink(missing_ok=True)
    process = subprocess.Popen([str(program), "-D", "-f", str(configuration), "-E", str(log)])
    try:
        _wait_for(port, process, log)
        public = asyncssh.read_public_key(f"{host}.pub")
        yield Sshd(port, public, client, process.pid, log)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1000):
        # Its log cannot be waited for, its end can.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            missing(f"sshd does not start here: {log.read_text() if log.exists() else 'no log'}")
        if log.exists() and f"port {port}" in log.read_text():
            return
    pytest.fail(f"sshd does not listen on port {port} after 10 s")
