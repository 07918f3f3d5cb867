"""The part that both vendor scripts share: a shell that reads what inotifywait tells of one inode.

An editor that replaces the file leaves it watching nothing; a command that fails in the reader ends the reader
and nobody notices.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tui.demo.files import Inode
from tui.demo.host import Host


class Watching:
    """``script watch``: three processes as long as all is well. ``react`` runs on each change of the bytes and
    returns its exit code."""

    def __init__(self, host: Host, unit: str, script: str, path: str, react: Callable[[int], int]) -> None:
        self._host, self._unit, self._script, self._path, self._react = host, unit, script, path, react
        self._inode: Inode | None = None
        self._pids: tuple[int, int, int] = (0, 0, 0)
        self._reads = False

    def begin(self) -> None:
        """Start to watch."""
        main, notifier, _ = self._pids = (self._host.pid(), self._host.pid(), self._host.pid())
        self._reads = True
        # systemd says "Started" before the script gets as far as its first word.
        self._host.clock.after(0.01, partial(self._say_so, main, notifier))
        self._inode = self._host.disk.inode(self._path)
        self._inode.watches.append(self._told)

    def _say_so(self, main: int, notifier: int) -> None:
        source = self._script.rpartition("/")[2]
        self._host.journal.write(self._unit, source, main, "watching configuration file for changes")
        self._host.journal.write(self._unit, source, notifier, "Setting up watches.")
        self._host.journal.write(self._unit, source, notifier, "Watches established.")

    def end(self) -> None:
        """Stop watching."""
        if self._inode is not None and self._told in self._inode.watches:
            self._inode.watches.remove(self._told)
        self._inode, self._pids, self._reads = None, (0, 0, 0), False

    def _told(self) -> None:
        if self._reads and self._react(self._pids[2]) != 0:
            self._reads = False

    @property
    def follows(self) -> int | None:
        """The number of the inode that is watched, None where it is watched no more."""
        inode = self._inode
        return inode.number if inode is not None and self._told in inode.watches else None

    @property
    def notifier(self) -> int:
        """Number of the process that holds the watch."""
        return self._pids[1]

    def processes(self) -> list[tuple[int, str]]:
        """Number and command line of each, the main one first."""
        main, notifier, reader = self._pids
        if not main:
            return []
        shell = f"/bin/bash {self._script} watch"
        rows = [(main, shell), (notifier, f"inotifywait -m -e modify {self._path}")]
        return [*rows, (reader, shell)] if self._reads else rows
