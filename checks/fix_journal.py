"""What a fix writes down before each of its steps.

It is written twice: in the state folder, with all that a way back needs, and on the appliance, where it is also what
keeps two noroutes from fixing at once. The one on the appliance holds facts only, so that nothing that an appliance
says can become a command. It is there exactly as long as a fix has no end.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from checks import process_identity
from checks.evidence.manifest import FILES, FIX_JOURNAL
from checks.inert import inert
from checks.ledger import who
from checks.plan import Restore
from checks.refusal import Refusal
from checks.transaction import Prepared, WriteResult, Written

_SCHEMA = "noroute/journal/1"
# A step takes seconds, a reboot minutes; whoever has not written for so long (s) is gone.
STALE_SECONDS = 900.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
# The fixes that this process carries out now.
_UNDER_WAY: set[str] = set()
_BACKUP = re.compile(r"\.noroute-[0-9]{8}-[0-9]{6}[0-9.-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One fix as far as it came. ``owner`` is "anna@desk 4711" with the number of noroute's process, ``process`` that
    process as :mod:`checks.process_identity` names it, ``begun_at`` by that machine's clock, ``boot`` the appliance's
    boot id when it was begun. The digests are of the bytes that ``path`` had and is to have; all three are "" where
    nothing is written. ``ran`` says whether anything was run before the write."""

    fix_id: str
    finding_id: str
    code: str
    kind: str
    owner: str
    begun_at: str
    step: str = "precondition"
    path: str = ""
    backup: str = ""
    before_sha256: str = ""
    after_sha256: str = ""
    ran: str = ""
    process: str = ""
    boot: str = ""

    def text(self) -> bytes:
        """As it lies on the appliance."""
        return (json.dumps({"schema": _SCHEMA, **asdict(self)}, indent=1) + "\n").encode()


def entry_of(prepared: Prepared, boot: str = "") -> Entry:
    """The first page of a fix; ``boot`` is the appliance's present boot id. Bytes that are put back from the backup of
    a fix that was cut off stay known by that backup: what is there now may be torn, and is nothing to go back to."""
    entry = Entry(
        fix_id=prepared.fix_id,
        finding_id=prepared.finding_id,
        code=prepared.code,
        kind=prepared.kind,
        owner=owner(),
        begun_at=datetime.now(UTC).isoformat(timespec="seconds"),
        process=process_identity.mine(),
        boot=boot,
    )
    change = next(iter(prepared.fix.changes), None)
    if change is None:
        return entry
    again = isinstance(change, Restore) and bool(prepared.resumes)
    return replace(
        entry,
        path=change.path,
        backup=change.source if isinstance(change, Restore) and again else prepared.backup,
        before_sha256=change.after_sha256 if again else change.before_sha256,
        after_sha256=change.after_sha256,
    )


def owner() -> str:
    """Who holds a journal: ``user@machine`` and the number of this process."""
    return f"{who()} {os.getpid()}"


def parse(data: bytes) -> Entry | None:
    """What a page says, None for what is none. All of it is the appliance's word: a path is one that noroute writes, a
    backup lies beside it, digests are digests; else they are left out."""
    try:
        row = json.loads(data)
        if not isinstance(row, dict) or row.get("schema") != _SCHEMA:
            return None
        # Whatever a later version of the same schema says besides is not needed to understand it.
        texts = {name: row[name] for name in Entry.__slots__ if name in row}
        if not all(isinstance(value, str) for value in texts.values()):
            return None
        entry = Entry(**{name: inert(value, 200) for name, value in texts.items()})
    except (ValueError, TypeError, RecursionError):
        return None
    known = (
        entry.path in FILES
        and entry.backup.startswith(entry.path)
        and _BACKUP.fullmatch(entry.backup.removeprefix(entry.path)) is not None
        and _SHA256.fullmatch(entry.before_sha256) is not None
        and _SHA256.fullmatch(entry.after_sha256) is not None
    )
    return entry if known else replace(entry, path="", backup="", before_sha256="", after_sha256="")


def not_understood(data: bytes) -> str:
    """Why a journal that is there cannot be taken over, in words; "" where there is none, or one that is understood."""
    if not data or parse(data) is not None:
        return ""
    try:
        row = json.loads(data)
        schema = row.get("schema") if isinstance(row, dict) else None
    except (ValueError, RecursionError):
        schema = None
    if isinstance(schema, str) and schema.startswith("noroute/journal/") and schema != _SCHEMA:
        return (
            f"{FIX_JOURNAL} is a newer noroute's ({inert(schema, 40)}): go on with that one, or remove the file there"
        )
    return f"{FIX_JOURNAL} cannot be read as noroute's journal: look what it is, and remove it there"


class Page(Protocol):
    """Where the journal on the appliance is written."""

    async def swap(self, before: bytes, after: bytes, at: str = "") -> Written:
        """Replace its text if it is ``before``; empty is no journal. ``at`` is when that was written, in seconds of the
        appliance's clock, "" for now."""
        ...

    async def page(self) -> bytes:
        """Its text now. Refusal where it cannot be read."""
        ...


class Journal:
    """The journal of one fix: taken before its first step, turned before each, given back at its end.

    ``keep`` is told each step first: what is known here must not be behind what the appliance knows.
    """

    def __init__(self, entry: Entry, page: Page, keep: Callable[[str], None], seen: bytes = b"") -> None:
        self._entry, self._page, self._keep = entry, page, keep
        self._text, self._taken = seen, False

    async def take(self) -> None:
        """Refusal (1) where somebody else has it, or where it cannot be written; (3) where the appliance is gone."""
        await self._turn(self._entry)
        self._taken = True
        _UNDER_WAY.add(self._entry.fix_id)

    async def note(self, step: str) -> str:
        """``step`` is about to begin; the digest of the page that says so. Refusal (1) where somebody else has taken
        the journal over meanwhile."""
        self._keep(step)
        ran = "yes" if step.startswith("run ") else self._entry.ran
        await self._turn(replace(self._entry, step=step, ran=ran))
        return hashlib.sha256(self._text).hexdigest()

    async def give_back(self, earlier: bytes = b"", at: str = "") -> None:
        """The fix has an end; ``earlier`` is the page of the one that it was to take over, where it did not, and ``at``
        when that was written: its age tells others whether its owner may be at it still. Where the appliance cannot be
        told, the next start finds a journal of a fix that is known here to have ended, and takes it away."""
        self.leave()
        if self._taken:
            with contextlib.suppress(Refusal):
                await self._page.swap(self._text, earlier, at)

    def leave(self) -> None:
        """Nothing goes on any more, and what was left behind stays written."""
        _UNDER_WAY.discard(self._entry.fix_id)

    async def _turn(self, entry: Entry) -> None:
        text = entry.text()
        written = await self._page.swap(self._text, text)
        if written.result is WriteResult.UNKNOWN:
            # Whether it was written before the connection went is read, not guessed.
            if await self._page.page() == text:
                written = Written(WriteResult.WRITTEN)
            else:
                written = await self._page.swap(self._text, text)
        result = written.result
        if result is WriteResult.WRITTEN:
            self._entry, self._text = entry, text
            return
        if result is WriteResult.CHANGED:
            raise Refusal(_taken(await self._page.page()), 1)
        raise Refusal(
            {
                WriteResult.LOCKED: f"another fix is writing on this appliance at this moment: {written.said}",
                WriteResult.UNKNOWN: "the connection was lost while the journal was written",
            }.get(result, f"{FIX_JOURNAL} cannot be written: no room, or its disk is read-only"),
            3 if result is WriteResult.UNKNOWN else 1,
        )


def _taken(page: bytes) -> str:
    other = parse(page)
    if other is None:
        return "the journal on the appliance was changed by somebody else"
    return f"{other.owner} has begun a{'n' if other.kind == 'undo' else ''} {other.kind} of {other.code} here"


def holder(entry: Entry, age: float | None) -> bool | None:
    """Whether whoever began it may be at it still: this process, another one of this machine that lives, or somebody
    elsewhere; the others only if they wrote less than a quarter of an hour ago. ``age`` is in seconds, None where no
    clock tells it; None where then nobody can tell."""
    if entry.fix_id in _UNDER_WAY:
        return True
    if entry.process == process_identity.mine() or process_identity.lives(entry.process) is False:
        return False
    return None if age is None else age < STALE_SECONDS
