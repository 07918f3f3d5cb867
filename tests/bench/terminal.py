"""A program on a pseudo-terminal, and when it wrote what."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_CHUNK = 65536
_SMALL = (80, 24)


class Gone(Exception):
    """The program ended, or did not write in time what was waited for; the text has its last words."""


class Terminal:
    """A pseudo-terminal with a program on it; leaving the block ends the program."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], size: tuple[int, int] = (80, 24)
    ) -> None:
        columns, rows = size
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.seen = b""
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def type(self, keys: bytes) -> None:
        """What a person would."""
        os.write(self._master, keys)

    def read(self, until: float) -> bytes:
        """What it writes next, b"" where the moment ``until`` comes first."""
        if not select.select([self._master], [], [], max(until - time.perf_counter(), 0))[0]:
            return b""
        try:
            chunk = os.read(self._master, _CHUNK)
        except OSError:
            chunk = b""
        if not chunk:
            raise Gone(f"the program ended; it wrote {self.seen[-2000:]!r}")
        self.seen += chunk
        return chunk

    def wait_for(self, *signs: bytes, seconds: float = 60, after: int = 0) -> float:
        """The moment when all ``signs`` had been written after the first ``after`` bytes."""
        end = time.perf_counter() + seconds
        while not all(sign in self.seen[after:] for sign in signs):
            if not self.read(end):
                raise Gone(f"no {signs!r} within {seconds:g} s; it wrote {self.seen[-2000:]!r}")
        return time.perf_counter()

    def settle(self, quiet: float = 1.0, seconds: float = 60) -> None:
        """Read until it is quiet for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if not self.read(time.perf_counter() + quiet):
                return
        raise Gone(f"never quiet for {quiet:g} s within {seconds:g} s")

    def count(self, seconds: float) -> int:
        """How many bytes it writes from now on."""
        end, before = time.perf_counter() + seconds, len(self.seen)
        while time.perf_counter() < end:
            self.read(end)
        return len(self.seen) - before


def rss_kib(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def processor_ms(pid: int) -> float:
    """What all threads of a process have used of the processor; a busy machine stretches time, but hardly this."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text("ascii").split()[0]) for task in tasks) / 1e6
