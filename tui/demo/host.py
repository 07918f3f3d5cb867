"""What every simulated program needs: the clock, the disk, the kernel, the journal and process numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.demo.clock import Clock
from tui.demo.files import Disk
from tui.demo.journal import Journal
from tui.demo.kernel import Kernel


@dataclass
class Host:
    """One machine's parts."""

    clock: Clock
    disk: Disk
    kernel: Kernel
    journal: Journal
    last_pid: int = field(default=40)

    def pid(self) -> int:
        """A number for a new process."""
        self.last_pid += 3
        return self.last_pid

    def lines(self, path: str) -> list[str]:
        """A file as a shell's ``while read`` loop sees it: a last line without newline is lost, as is a missing
        file."""
        if not self.disk.exists(path):
            return []
        return [part.decode("utf-8", "surrogateescape") for part in self.disk.read(path).split(b"\n")[:-1]]
