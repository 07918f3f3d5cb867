"""What noroute keeps of its fixes in the state folder: a record for the way back, and the audit log.

A record is written before the first byte on the appliance changes and again when the fix ended, each time whole and
by rename, so that a killed noroute leaves one that tells how far it came.
"""

from __future__ import annotations

import base64
import binascii
import getpass
import json
import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from checks.plan import Reboot, Run, Step, Write
from checks.refusal import Refusal

_SCHEMA = "noroute/fix/1"


@dataclass(frozen=True, slots=True)
class Record:
    """One fix. ``appliance`` is its identity (the fingerprint of its host key), ``target`` how it was typed;
    ``back`` the steps of the way back; ``status`` "begun", an outcome, or "undone"."""

    fix_id: str
    appliance: str
    target: str
    finding_id: str
    code: str
    summary: str
    backup: str
    status: str
    back: tuple[Step, ...] = ()
    digest: str = ""


class Ledger:
    """The records and the audit log below one state folder."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "fixes"
        self._audit = state / "audit.log"

    def save(self, record: Record) -> None:
        """Write a record whole. OSError where the state folder cannot be written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{quote(record.fix_id, safe='')}.json"
        temporary = path.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(_to_json(record), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def audit(self, record: Record, what: str, result: str) -> None:
        """One line: when, who, where, what, result, as JSON."""
        self._audit.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        row = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": who(),
            "target": record.target,
            "appliance": record.appliance,
            "what": what,
            "fix": record.fix_id,
            "finding": record.finding_id,
            "digest": record.digest,
            "result": result,
        }
        with os.fdopen(os.open(self._audit, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(json.dumps(row) + "\n")

    def last(self, appliance: str, fix_id: str | None = None) -> Record | None:
        """The last fix on an appliance that can be undone, or the named one. Refusal (2) where the named one is not
        there or was made on another appliance."""
        found = [record for record in self._all() if record.appliance == appliance]
        if fix_id is not None:
            named = next((record for record in found if record.fix_id == fix_id), None)
            if named is None:
                known = ", ".join(record.fix_id for record in found) or "none"
                raise Refusal(f"no fix {fix_id} on this appliance; known here: {known}", 2)
            return named
        undoable = [
            record for record in found if record.back and record.status != "undone" and record.status != "refused"
        ]
        return undoable[-1] if undoable else None

    def _all(self) -> list[Record]:
        records = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                records.append(_from_json(json.loads(path.read_text())))
            except (OSError, ValueError, KeyError, TypeError, binascii.Error):
                continue  # a record of another version is no reason to refuse the others
        return records


def closed(record: Record, status: str) -> Record:
    """The record with how it ended."""
    return replace(record, status=status)


def who() -> str:
    """``user@machine`` of whoever runs noroute."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _to_json(record: Record) -> dict[str, object]:
    steps = [_step_to_json(step) for step in record.back]
    plain = {name: getattr(record, name) for name in Record.__slots__ if name != "back"}
    return {"schema": _SCHEMA, **plain, "back": steps}


def _step_to_json(step: Step) -> dict[str, object]:
    if isinstance(step, Write):
        return {"do": "write", "path": step.path, "before": _b64(step.before), "after": _b64(step.after)}
    if isinstance(step, Run):
        return {"do": "run", "command": step.command, "why": step.why, "may_fail": step.may_fail}
    return {"do": "reboot"}


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_json(row: dict[str, object]) -> Record:
    if row.get("schema") != _SCHEMA:
        raise ValueError("another schema")
    steps = row["back"]
    if not isinstance(steps, list):
        raise TypeError("back is no list")
    texts = {name: row[name] for name in Record.__slots__ if name != "back"}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("not a text")
    return Record(**texts, back=tuple(_step_from_json(step) for step in steps))  # type: ignore[arg-type]


def _step_from_json(row: dict[str, object]) -> Step:
    if row["do"] == "write":
        before, after = (base64.b64decode(str(row[name]), validate=True) for name in ("before", "after"))
        return Write(str(row["path"]), before, after)
    if row["do"] == "run":
        return Run(str(row["command"]), str(row["why"]), bool(row["may_fail"]))
    return Reboot()
