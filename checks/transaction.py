"""How a fix goes, as data: what is about to be done, the seven steps, how it ended.

The machine that carries it out is ``checks.fixes``; screens and reports only read these values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checks.model import Check, State, Vantage
from checks.plan import Fix


class Stage(StrEnum):
    """The seven steps of a fix, in their order."""

    PRECONDITION = "precondition"
    BACKUP = "backup"
    WRITE = "write"
    ACT = "act"
    COME_BACK = "come back"
    READ_AGAIN = "read again"
    VERIFY = "verify"

    @property
    def number(self) -> int:
        """Its place, counted from 1."""
        return STEPS.index(self) + 1


STEPS = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A fix (or the way back) ready to be shown and confirmed.

    ``fix_id`` names it in the state folder and in the name of the backup; ``target`` is the appliance as it is
    shown; ``file_facts`` is "0644 root, 477 bytes"; ``backup`` the path beside the file ("" where nothing is
    written); ``preconditions`` were just checked; ``undo`` is the way back; ``production`` is the site's name
    that has to be typed first, or "". ``undoes`` is the fix that it takes back, ``resumes`` the one that was cut off
    and that it brings to an end, or "". ``may_reboot`` says that a restart of the appliance does the same as that of
    its units. ``client`` is the place from which it will be verified, ``price`` what its way
    back takes from clients again. ``of_undo`` says that what it takes back is an undo: its finding has to be gone then.
    ``audit`` is the path of the log, on this machine, in which it will stand.
    """

    fix_id: str
    finding_id: str
    code: str
    title: str
    target: str
    fix: Fix
    file_facts: str = ""
    backup: str = ""
    preconditions: tuple[Check, ...] = ()
    undo: bool = False
    production: str = ""
    undoes: str = ""
    resumes: str = ""
    client: Vantage = Vantage.HERE
    price: str = ""
    may_reboot: bool = False
    of_undo: bool = False
    audit: str = ""

    @property
    def kind(self) -> str:
        """``fix`` or ``undo``."""
        return "undo" if self.undo else "fix"

    def backup_of(self, number: int) -> str:
        """Where the old bytes of change ``number`` (from 0) go: beside its file, under a name of its own."""
        suffix = self.backup.rpartition(".noroute-")[2]
        if number == 0:
            return self.backup
        return f"{self.fix.changes[number].path}.noroute-{suffix}-{number + 1}"


class WriteResult(StrEnum):
    """How the script that writes ended."""

    WRITTEN = "written"
    CHANGED = "changed"  # the file no longer has the bytes that were shown
    SUPERSEDED = "superseded"  # the journal is no longer this fix's: it was given up, or somebody else took over
    NOT_A_FILE = "not-a-file"  # a folder or a device lies under its name
    LOCKED = "locked"  # another fix is under way
    NO_BACKUP = "no-backup"  # no room, or a backup of that name exists
    READ_ONLY = "read-only"  # its file system is, or the file is immutable
    NO_ROOM = "no-room"  # the place where the new bytes wait is full
    RESTORED = "restored"  # the write failed and the old bytes are back
    NO_SOURCE = "no-source"  # the file to copy from has other bytes by now
    TORN = "torn"  # neither the old nor the new bytes; the backup has the old ones
    UNKNOWN = "unknown"  # the connection went before the script could say


@dataclass(frozen=True, slots=True)
class Written:
    """What the script that writes said: its result, the owner of a held lock and for how long or "", the inode,
    whether a backup exists, and the owner of a lock that was left behind and broken, or ""."""

    result: WriteResult
    said: str = ""
    inode: int | None = None
    backup: bool = False
    broke: str = ""


class StepState(StrEnum):
    """Where a step of the transaction stands."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class TransactionStep:
    """One of the seven steps; ``notes`` are further rows ("boot id before  7b0c4f2e")."""

    name: str
    state: StepState = StepState.PLANNED
    detail: str = ""
    seconds: float | None = None
    notes: tuple[str, ...] = ()


class Outcome(StrEnum):
    """How a transaction ended."""

    FIXED = "fixed"
    UNDONE = "undone"
    NOT_FIXED = "not fixed"
    WORSE = "worse"
    REFUSED = "refused"
    LOST = "lost"


_STATES = {Outcome.FIXED: State.OK, Outcome.UNDONE: State.OK, Outcome.WORSE: State.FAILED}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One moment of a running or finished fix. ``wrote`` says whether the appliance's files were changed
    (None: the connection went before that was known), ``ran`` whether any command of the plan was run there (None: as
    for ``wrote``). ``remaining`` is about how many seconds are left.
    ``unverified`` says why what was done could not be proven to work, "" where it was proven or has failed."""

    prepared: Prepared
    steps: tuple[TransactionStep, ...]
    started_at: datetime
    log: tuple[tuple[datetime, str], ...] = ()
    outcome: Outcome | None = None
    sentence: str = ""
    wrote: bool | None = False
    elapsed: float = 0.0
    remaining: float | None = None
    unverified: str = ""
    ran: bool | None = False

    @property
    def changed(self) -> bool | None:
        """Whether the appliance is another than before, by a file or by a command; None where nobody knows."""
        if self.wrote or self.ran:
            return True
        return None if self.wrote is None or self.ran is None else False

    @property
    def undoable(self) -> bool:
        """Whether it has ended with something that its way back takes back."""
        ended = self.outcome not in (None, Outcome.REFUSED)
        return ended and bool(self.changed) and not self.prepared.undo and self.prepared.fix.undoable

    @property
    def became(self) -> str:
        """What became of the appliance, in one sentence: the same on the screen, on the command line and in reports."""
        if self.wrote:
            return "The file was changed."
        if self.wrote is None:
            return "Whether the file was written is not known; it is whole either way."
        if self.ran:
            return "No file was written; commands were run."
        if self.ran is None:
            return "No file was written; whether a command was run is not known."
        return "Nothing was written."

    @property
    def logged(self) -> str:
        """Where what was done is written down, in one sentence."""
        place = f" {self.prepared.audit}" if self.prepared.audit else ""
        return f"Written to the audit log{place}: who, when, what, result."

    @property
    def ending(self) -> str:
        """How it ended in a word or two: what was done and never seen to work is no success, and an undo is not there
        to fix anything."""
        if self.unverified:
            return "not verified"
        return "failed" if self._undo_failed else self.outcome or Outcome.LOST

    @property
    def state(self) -> State:
        """How good its end is; unknown where nobody can tell."""
        if self.unverified or self.outcome in (None, Outcome.LOST):
            return State.UNKNOWN
        return State.FAILED if self._undo_failed else _STATES.get(self.outcome, State.WARNING)

    @property
    def _undo_failed(self) -> bool:
        return self.prepared.undo and self.outcome is Outcome.NOT_FIXED

    @property
    def proven(self) -> bool:
        """Whether it has ended as it should, and that was seen."""
        return self.outcome in (Outcome.FIXED, Outcome.UNDONE) and not self.unverified

    @property
    def was_read_again(self) -> bool:
        """Whether the appliance was read after all was done."""
        return self.steps[Stage.READ_AGAIN.number - 1].state is StepState.DONE

    @property
    def torn(self) -> bool:
        """Whether a file was left with neither its old nor its new bytes."""
        return self.outcome is Outcome.WORSE and self.steps[Stage.WRITE.number - 1].state is StepState.FAILED

    @property
    def current(self) -> int:
        """Number of the step that runs now or ran last, counted from 1."""
        begun = [i for i, step in enumerate(self.steps, 1) if step.state is not StepState.PLANNED]
        return begun[-1] if begun else 1


class Left(StrEnum):
    """What a fix that was cut off has left behind."""

    RUNNING = "running"  # it is not cut off: whoever began it may be at it still
    OLD = "old"  # the file has its old bytes
    NEW = "new"  # the file has the new bytes
    TORN = "torn"  # neither: it was cut off inside the write, and the backup has the old ones
    EDITED = "edited"  # neither: somebody changed the file since
    UNREAD = "unread"  # the file could not be read
    COMMANDS = "commands"  # it writes nothing; some of its commands were run


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A fix that has no end, as it was found. ``kind`` is "fix" or "undo", ``owner`` who began it ("anna@desk"),
    ``age`` seconds since its last step (None: unknown), ``step`` that step in words. ``sentence`` says it all.

    ``path`` and ``backup`` are "" where it writes nothing. ``can_go_on`` and ``can_undo`` say what may be offered.
    ``in_doubt`` says that nobody can tell whether its owner is at it still: only a person may take it over, and only by
    going on with it or taking it back. ``restarted`` says that the reboot which was its last step was done.
    """

    fix_id: str
    finding_id: str
    code: str
    kind: str
    owner: str
    age: float | None
    step: str
    left: Left
    sentence: str
    path: str = ""
    backup: str = ""
    can_go_on: bool = False
    can_undo: bool = False
    in_doubt: bool = False
    restarted: bool = False
