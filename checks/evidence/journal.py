"""``journalctl -o json``: one object a line, where MESSAGE may be text or a list of byte values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One entry. ``unit`` is the unit it is about (systemd's own lines name it in UNIT), without ``.service``;
    ``text`` is untrusted; ``at`` is UTC."""

    unit: str
    text: str
    at: datetime | None = None
    identifier: str = ""
    pid: str = ""
    priority: int = 6


def parse(data: bytes) -> tuple[JournalLine, ...]:
    """Entries in the order given; lines that are no JSON object are passed over (a cut leaves half a line)."""
    found = []
    for row in data.split(b"\n"):
        try:
            entry = json.loads(row)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            found.append(_line(entry))
    return tuple(found)


def _line(entry: dict[str, object]) -> JournalLine:
    unit = _text(entry.get("UNIT")) or _text(entry.get("_SYSTEMD_UNIT"))
    priority = _text(entry.get("PRIORITY"))
    return JournalLine(
        unit=unit.removesuffix(".service"),
        text=_text(entry.get("MESSAGE")),
        at=_time(_text(entry.get("__REALTIME_TIMESTAMP"))),
        identifier=_text(entry.get("SYSLOG_IDENTIFIER")),
        pid=_text(entry.get("_PID")),
        priority=int(priority) if priority in "01234567" and priority else 6,
    )


def _text(value: object) -> str:
    # A field that occurs more than once comes as a list of its values.
    if isinstance(value, list) and value and isinstance(value[0], (str, list)):
        value = value[0]
    if isinstance(value, str):
        return value
    # Not valid UTF-8, or with control characters: journald sends the bytes themselves.
    if isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value).decode("utf-8", "replace")
    return ""


def _time(text: str) -> datetime | None:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return _EPOCH + timedelta(microseconds=int(text))


def last_start(lines: Iterable[JournalLine], unit: str) -> tuple[JournalLine, ...]:
    """The entries of a unit since systemd last began to start it: what belongs to its present condition."""
    rows = [line for line in lines if line.unit == unit]
    for i in range(len(rows) - 1, -1, -1):
        if rows[i].identifier == "systemd" and rows[i].text.startswith("Starting "):
            return tuple(rows[i:])
    return tuple(rows)


def last_restart(lines: Iterable[JournalLine], unit: str) -> tuple[JournalLine, ...]:
    """The entries of a unit since systemd last began to stop it, what came of the starts after that included; of a
    unit that was never stopped, :func:`last_start`."""
    rows = [line for line in lines if line.unit == unit]
    for i in range(len(rows) - 1, -1, -1):
        if rows[i].identifier == "systemd" and rows[i].text.startswith("Stopping "):
            return tuple(rows[i:])
    return last_start(rows, unit)
