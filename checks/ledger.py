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

from checks.plan import Reboot, Restore, Run, Step, Write
from checks.refusal import Refusal

_SCHEMA = "noroute/fix/1"
_STEPS = ("back", "steps")
_NUMBER = "number"
# What records of the first version lack.
_LATER = frozenset(
    ("kind", "owner", "begun_at", "step", "wrote", "undoes", "price", "of_undo", "replaced", "left", "production")
)


@dataclass(frozen=True, slots=True)
class Record:
    """One fix, or one undo (``kind``).

    ``appliance`` is its identity (the fingerprint of its host key), ``target`` how it was typed. ``steps`` is what it
    does, ``back`` the way back. ``status`` is "begun", an outcome, "undone", "resumed" or "given up"; ``step`` the last
    one that was begun, ``owner`` whose process it is; ``wrote`` is "yes", "no", or "" where that is not known;
    ``undoes`` the fix that it takes back, ``of_undo`` "yes" where that is an undo itself; ``price`` what the way back
    takes from clients, in words, or "". ``replaced`` and ``left`` are the fingerprints of the certificates that were
    there before and at its end, "" where it makes none, or where that is not known. ``production`` is the name of the
    production site that it was carried out on, or "": its way back asks as the fix did, with no site file too.
    """

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
    kind: str = "fix"
    steps: tuple[Step, ...] = ()
    owner: str = ""
    begun_at: str = ""
    step: str = ""
    wrote: str = ""
    undoes: str = ""
    price: str = ""
    of_undo: str = ""
    replaced: str = ""
    left: str = ""
    production: str = ""

    @property
    def ended(self) -> bool:
        """Whether it came to an end of which the outcome is known."""
        return self.status not in ("begun", "lost")


class Ledger:
    """The records and the audit log below one state folder."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "fixes"
        self._audit = state / "audit.log"

    def save(self, record: Record) -> None:
        """Write a record whole. OSError where the state folder cannot be written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{quote(record.fix_id, safe='')}.json"
        numbers = {known: number for number, known, _ in self._numbered()}
        number = numbers.get(path) or max(numbers.values(), default=0) + 1
        temporary = path.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({**_to_json(record), _NUMBER: number}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _synced(self._folder)

    @property
    def log(self) -> Path:
        """Where the audit log lies."""
        return self._audit

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
            file.flush()
            os.fsync(file.fileno())

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
        undoable = [record for record in found if _undoable(record)]
        return undoable[-1] if undoable else None

    def get(self, appliance: str, fix_id: str) -> Record | None:
        """The record of that fix on that appliance, if it was made from here."""
        return next((one for one in self._all() if (one.appliance, one.fix_id) == (appliance, fix_id)), None)

    def open(self, appliance: str) -> Record | None:
        """The last record on an appliance, where it has no end."""
        last = next((one for one in reversed(self._all()) if one.appliance == appliance), None)
        return last if last is not None and not last.ended else None

    def stamps(self) -> frozenset[str]:
        """The names of all fixes that are known here, on whatever appliance."""
        return frozenset(record.fix_id for record in self._all())

    def _all(self) -> list[Record]:
        return [record for _, _, record in self._numbered()]

    def _numbered(self) -> list[tuple[int, Path, Record]]:
        """All records in the order in which they were begun, whatever the clock said meanwhile."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                row = json.loads(path.read_text())
                found.append((_number(row), path, _from_json(row)))
            except (OSError, ValueError, KeyError, TypeError, RecursionError, binascii.Error):
                continue  # a record of another version is no reason to refuse the others
        return sorted(found, key=lambda one: one[:2])


def _number(row: dict[str, object]) -> int:
    # Records of the first version have none, and are older than all that have.
    number = row.get(_NUMBER, 0) if isinstance(row, dict) else 0
    return number if isinstance(number, int) and number > 0 else 0


def closed(record: Record, status: str, wrote: bool | None = None) -> Record:
    """The record with how it ended."""
    return replace(record, status=status, wrote={True: "yes", False: "no", None: ""}[wrote])


def _undoable(record: Record) -> bool:
    if not record.back or record.status in ("undone", "resumed", "refused"):
        return False
    # What went on after its write was done has none among its own steps.
    return not (record.wrote == "no" and any(isinstance(step, Write | Restore) for step in record.steps))


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def who() -> str:
    """``user@machine`` of whoever runs noroute."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _to_json(record: Record) -> dict[str, object]:
    steps = {name: [_step_to_json(step) for step in getattr(record, name)] for name in _STEPS}
    plain = {name: getattr(record, name) for name in Record.__slots__ if name not in _STEPS}
    return {"schema": _SCHEMA, **plain, **steps}


def _step_to_json(step: Step) -> dict[str, object]:
    if isinstance(step, Write):
        return {"do": "write", "path": step.path, "before": _b64(step.before), "after": _b64(step.after)}
    if isinstance(step, Restore):
        return {"do": "restore", **{name: getattr(step, name) for name in Restore.__slots__}}
    if isinstance(step, Run):
        return {"do": "run", "command": step.command, "why": step.why, "may_fail": step.may_fail}
    return {"do": "reboot"}


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_json(row: dict[str, object]) -> Record:
    if not isinstance(row, dict) or row.get("schema") != _SCHEMA:
        raise ValueError("another schema")
    steps: dict[str, tuple[Step, ...]] = {}
    for name in _STEPS:
        found = row["back"] if name == "back" else row.get(name, [])  # a record of an older version has no others
        if not isinstance(found, list):
            raise TypeError(f"{name} is no list")
        steps[name] = tuple(_step_from_json(step) for step in found)
    plain = [name for name in Record.__slots__ if name not in _STEPS]
    texts = {name: row[name] for name in plain if name in row or name not in _LATER}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("not a text")
    return Record(**texts, **steps)  # type: ignore[arg-type]


def _step_from_json(row: dict[str, object]) -> Step:
    if row["do"] == "write":
        before, after = (base64.b64decode(str(row[name]), validate=True) for name in ("before", "after"))
        return Write(str(row["path"]), before, after)
    if row["do"] == "run":
        return Run(str(row["command"]), str(row["why"]), bool(row["may_fail"]))
    if row["do"] == "restore":
        return Restore(*(str(row[name]) for name in Restore.__slots__))
    return Reboot()
