"""The simulated disk: paths that lead to inodes, and who is told when an inode changes.

Errors are the operating system's own classes (``FileNotFoundError`` and such), with its words in ``strerror``.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.demo.clock import Clock

# All files together: a visitor must not be able to fill the host's memory.
CAPACITY = 8_000_000
# How long ago (s) a planted file was written.
AGE = 86_400.0 * 41
Told = Callable[[], None]


@dataclass
class Inode:
    """The bytes of one file and what ``stat`` says of it; ``watches`` are told of each change of the bytes."""

    number: int
    data: bytes
    changed: float
    mode: int = 0o644
    watches: list[Told] = field(default_factory=list)


def _refuse(code: int, path: str) -> OSError:
    return OSError(code, os.strerror(code), path)


class Disk:
    """Files by absolute path. Directories are there as long as a file is in them, or once they were made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 262_145
        self._files: dict[str, Inode] = {}
        self._made: set[str] = {"/", "/root", "/tmp", "/run"}

    def _new(self, data: bytes, mode: int = 0o644) -> Inode:
        self._next += 7
        return Inode(self._next, data, self._clock.stamp(), mode)

    def path(self, text: str, folder: str = "/root") -> str:
        """An absolute path without ``.``, ``..`` and doubled slashes."""
        parts: list[str] = []
        for part in (text if text.startswith("/") else f"{folder}/{text}").split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def folders(self) -> set[str]:
        """All directories."""
        found = set(self._made)
        for path in self._files:
            while path != "/":
                path = path.rpartition("/")[0] or "/"
                found.add(path)
        return found

    def is_folder(self, path: str) -> bool:
        """Whether a directory of that name exists."""
        return path in self.folders()

    def exists(self, path: str) -> bool:
        """Whether a file of that name exists."""
        return path in self._files

    def inode(self, path: str) -> Inode:
        """The inode a path leads to."""
        if path in self._files:
            return self._files[path]
        if self.is_folder(path):
            raise _refuse(errno.EISDIR, path)
        raise _refuse(errno.ENOENT, path)

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return self.inode(path).data

    def write(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Give a file these bytes in place: the inode stays, and whoever watches it is told."""
        self._room(path, len(data))
        if path not in self._files:
            if self.is_folder(path):
                raise _refuse(errno.EISDIR, path)
            if not self.is_folder(path.rpartition("/")[0] or "/"):
                raise _refuse(errno.ENOENT, path)
            self._files[path] = self._new(data, mode)
            return
        inode = self._files[path]
        inode.data, inode.changed = data, self._clock.stamp()
        for told in tuple(inode.watches):
            told()

    def append(self, path: str, data: bytes) -> None:
        """Add bytes to the end of a file, which is made where it is not there."""
        self.write(path, (self.read(path) if self.exists(path) else b"") + data)

    def replace(self, path: str, data: bytes) -> None:
        """Put another file in place of this one, as editors and ``sed -i`` do: whoever watched the old inode
        watches nothing from now on."""
        self._room(path, len(data))
        old = self.inode(path)
        self._files[path] = self._new(data, old.mode)
        old.watches.clear()

    def plant(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Have a file there with its directories: how the disk is filled before the first boot."""
        self._files[path] = inode = self._new(data, mode)
        inode.changed -= AGE

    def remove(self, path: str) -> None:
        """Take a file away."""
        self.inode(path).watches.clear()
        del self._files[path]

    def entries(self, folder: str) -> list[str]:
        """The names in a directory, sorted."""
        if not self.is_folder(folder):
            raise _refuse(errno.ENOENT if not self.exists(folder) else errno.ENOTDIR, folder)
        start = folder if folder.endswith("/") else folder + "/"
        paths = (*self._files, *self.folders())
        return sorted({path[len(start) :].partition("/")[0] for path in paths if path.startswith(start)} - {""})

    def matching(self, pattern: str) -> list[str]:
        """The paths that an absolute pattern with ``*`` and ``?`` names, sorted; a star stops at a slash."""
        translated = "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in pattern)
        wanted = re.compile(re.sub(r"(\[\^/\]\*)+", "[^/]*", translated))
        return sorted(path for path in {*self._files, *self.folders()} if wanted.fullmatch(path))

    def _room(self, path: str, size: int) -> None:
        others = sum(len(inode.data) for name, inode in self._files.items() if name != path)
        if others + size > CAPACITY:
            raise _refuse(errno.ENOSPC, path)
