"""The simulated journal, in the forms of ``journalctl``: short text and one JSON object a line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from tui.demo.clock import Clock

LIMIT = 5000
_ALWAYS = ("__CURSOR", "__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP", "_BOOT_ID")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``unit`` is the unit it is about; ``source`` the program that wrote it ("systemd", "haproxy");
    ``at`` seconds of the epoch, ``up`` seconds since the boot."""

    at: float
    up: float
    boot: str
    unit: str
    source: str
    pid: int
    message: bytes
    priority: int = 6

    @property
    def text(self) -> str:
        """The message as text."""
        return self.message.decode("utf-8", "replace")


class Journal:
    """What was written since the boot (the appliance keeps its journal in memory)."""

    def __init__(self, clock: Clock, hostname: str) -> None:
        self._clock = clock
        self.hostname = hostname
        self.boot = ""
        self._booted = 0.0
        self._last = 0.0
        self.entries: list[Entry] = []

    def begin(self, boot: str) -> None:
        """Start anew for a boot, named by 32 hex digits."""
        self.boot, self._booted = boot, self._clock.stamp()
        self.entries.clear()

    def write(self, unit: str, source: str, pid: int, message: str | bytes, priority: int = 6) -> None:
        """Add a line; two lines never have the same time."""
        self._last = at = max(self._clock.stamp(), self._last + 0.000_211)
        data = message if isinstance(message, bytes) else message.encode()
        self.entries.append(Entry(at, at - self._booted, self.boot, unit, source, pid, data, priority))
        del self.entries[:-LIMIT]

    def of(self, units: Iterable[str] = (), priority: int = 7) -> list[Entry]:
        """The lines about these units, or all."""
        wanted = set(units)
        return [row for row in self.entries if (not wanted or row.unit in wanted) and row.priority <= priority]

    def short(self, rows: Iterable[Entry]) -> str:
        """As ``journalctl`` prints them; bytes that no terminal should get are told by their number only."""
        return "".join(
            f"{time.strftime('%b %d %H:%M:%S', time.gmtime(row.at))} {self.hostname} {row.source}[{row.pid}]: "
            + (row.text if _printable(row.message) else f"[{len(row.message)}B blob data]")
            + "\n"
            for row in rows
        )

    def json(self, rows: Iterable[Entry], fields: frozenset[str] = frozenset()) -> str:
        """As ``journalctl -o json`` prints them; ``fields`` limits them, but for the four that always come."""
        return "".join(json.dumps(self._fields(row, fields), ensure_ascii=False) + "\n" for row in rows)

    def _fields(self, row: Entry, fields: frozenset[str]) -> dict[str, object]:
        realtime, monotonic = int(row.at * 1e6), int(row.up * 1e6)
        by_systemd = row.source == "systemd"
        found: dict[str, object] = {
            "__CURSOR": f"s=6e6f726f757465;b={row.boot};m={monotonic:x};t={realtime:x}",
            "__REALTIME_TIMESTAMP": str(realtime),
            "__MONOTONIC_TIMESTAMP": str(monotonic),
            "_BOOT_ID": row.boot,
            "_HOSTNAME": self.hostname,
            "SYSLOG_IDENTIFIER": row.source,
            "_PID": str(row.pid),
            "PRIORITY": str(row.priority),
            "_SYSTEMD_UNIT": "init.scope" if by_systemd else f"{row.unit}.service",
            "MESSAGE": row.text if _printable(row.message) else list(row.message),
        }
        if by_systemd:
            found["UNIT"] = f"{row.unit}.service"
        return {key: value for key, value in found.items() if not fields or key in fields or key in _ALWAYS}


def _printable(message: bytes) -> bool:
    # journald's own test: UTF-8 without C0 (but tab and newline), DEL and C1. Bidi overrides pass.
    try:
        text = message.decode()
    except UnicodeDecodeError:
        return False
    return not any((char < " " and char not in "\t\n") or "\x7f" <= char < "\xa0" for char in text)
