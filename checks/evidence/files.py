"""Files as they lie on the appliance: exact bytes, and what ``stat`` and ``sha256sum`` say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Stat:
    """``inode``, ``size`` (bytes), ``mtime`` (UTC), ``mode`` ("644"), ``owner`` ("root:root")."""

    inode: int
    size: int
    mtime: datetime
    mode: str
    owner: str


@dataclass(frozen=True, slots=True)
class File:
    """One file. ``sha256`` is of the bytes on the appliance; ``content`` may have credentials replaced."""

    path: str
    content: bytes
    stat: Stat | None = None
    sha256: str = ""

    @property
    def lines(self) -> tuple[bytes, ...]:
        """Lines without their "\\n" (a CR stays); the last one also where it is not ended."""
        parts = self.content.split(b"\n")
        return tuple(parts[:-1] if parts[-1] == b"" else parts)

    @property
    def ended(self) -> bool:
        """Whether the last line is ended by a newline (an empty file counts as ended)."""
        return not self.content or self.content.endswith(b"\n")

    def line_text(self, number: int) -> str:
        """Line ``number`` (from 1) as text, U+FFFD for bytes that are not UTF-8."""
        return self.lines[number - 1].decode("utf-8", "replace")


def parse_stat(text: str) -> dict[str, Stat]:
    """From ``stat -c '%i %s %Y %a %U:%G %n'``."""
    found = {}
    for row in text.splitlines():
        fields = row.split(" ", 5)
        if len(fields) == 6 and all(field.isascii() and field.isdigit() for field in fields[:3]):
            try:
                inode, size, seconds = (int(field) for field in fields[:3])
                mtime = datetime.fromtimestamp(seconds, UTC)
            except (ValueError, OverflowError, OSError):
                continue
            found[fields[5]] = Stat(inode, size, mtime, fields[3], fields[4])
    return found


def parse_sha256(text: str) -> dict[str, str]:
    """From ``sha256sum``: digest by path."""
    rows = (row.split("  ", 1) for row in text.splitlines())
    return {row[1]: row[0] for row in rows if len(row) == 2 and len(row[0]) == 64}
