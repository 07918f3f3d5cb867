"""A fix as data: what would be written and run, shown before anything happens."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Write:
    """Replace the bytes of a file in place; refused unless it still holds ``before``."""

    path: str
    before: bytes
    after: bytes

    @property
    def before_sha256(self) -> str:
        """Hex digest of the bytes that the diff was made from."""
        return hashlib.sha256(self.before).hexdigest()

    @property
    def after_sha256(self) -> str:
        """Hex digest of the bytes that are to be there."""
        return hashlib.sha256(self.after).hexdigest()

    def swapped(self) -> Write:
        """The write that puts the old bytes back."""
        return Write(self.path, self.after, self.before)

    def diff(self, context: int = 1) -> str:
        """Unified diff. Bytes that are not UTF-8 appear as U+FFFD; a missing final newline is said
        the way ``diff`` says it."""
        old, new = (_lines(data) for data in (self.before, self.after))
        rows = difflib.unified_diff(old, new, self.path, self.path, n=context)
        return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def _lines(data: bytes) -> list[str]:
    # Only "\n" ends a line here: a CR belongs to the line, and form feeds or U+2028 must not split one.
    parts = data.decode("utf-8", "replace").split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


@dataclass(frozen=True, slots=True)
class Run:
    """One command on the appliance: one program and its words, composed from constants and typed values only; with
    anything for a shell to interpret it is refused. ``may_fail`` where the state that it leads to is a failure (the
    way back to a broken site)."""

    command: str
    why: str = ""
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Restore:
    """Replace the bytes of a file by those of another one on the appliance, which never leave it; refused unless
    both still have their digests. ``source`` "" is, in a way back, the backup of the fix itself."""

    path: str
    source: str
    before_sha256: str
    after_sha256: str

    @property
    def words(self) -> str:
        """Where the new bytes come from."""
        return f"gets the bytes of {self.source}, copied on the appliance"


@dataclass(frozen=True, slots=True)
class Reboot:
    """Restart the whole appliance; proven by a new boot id."""


REBOOT_SECONDS = 60
"""About how long a reboot takes."""
REBOOTS = f"everything on the appliance for about {REBOOT_SECONDS} s, management too"
_UNITS = ("start", "stop", "restart", "reload", "reset-failed")
_BOOT_DOES = (*(f"systemctl {verb} " for verb in _UNITS), "ip ")

Change = Write | Restore
Step = Write | Restore | Run | Reboot


@dataclass(frozen=True, slots=True)
class Fix:
    """An ordered list of steps that can be previewed, applied, verified and undone.

    ``seconds`` is about how long it takes; ``interrupts`` what stops meanwhile, in words;
    ``verifies`` what must be true afterwards or the fix counts as failed; ``undone`` the way back in words.
    ``routed`` are the lines of the range file of which each must be in the local routing table then, ``answering`` the
    VIPs (ADDR:PORT) that must answer from where clients are.
    ``back`` are the steps of the way back, empty where there is none. ``certificate`` is the fingerprint of the one
    that its commands replace, or "". ``besides`` says what the appliance gets that nobody typed, or "".
    """

    summary: str
    steps: tuple[Step, ...]
    interrupts: str
    verifies: tuple[str, ...]
    undone: str
    seconds: int
    back: tuple[Step, ...] = ()
    routed: tuple[str, ...] = ()
    answering: tuple[str, ...] = ()
    certificate: str = ""
    besides: str = ""

    @property
    def promises(self) -> tuple[str, ...]:
        """All that will be verified, in words."""
        routed = f"{', '.join(self.routed)} {'is' if len(self.routed) == 1 else 'are'} in the local routing table"
        answers = (f"{vip} answers from where clients are" for vip in self.answering)
        return (*self.verifies, *((routed,) if self.routed else ()), *answers)

    @property
    def undoable(self) -> bool:
        """Whether there is a way back."""
        return bool(self.back)

    @property
    def reboot(self) -> bool:
        """Whether a step restarts the appliance."""
        return any(isinstance(step, Reboot) for step in self.steps)

    @property
    def writes(self) -> tuple[Write, ...]:
        """The steps that change a file to bytes that can be shown."""
        return tuple(step for step in self.steps if isinstance(step, Write))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The steps that change a file, to whatever."""
        return tuple(step for step in self.steps if isinstance(step, Write | Restore))

    @property
    def commands(self) -> tuple[str, ...]:
        """What would be run, as a person would type it."""
        return tuple(
            "systemctl reboot" if isinstance(step, Reboot) else step.command
            for step in self.steps
            if isinstance(step, Run | Reboot)
        )

    @property
    def digest(self) -> str:
        """Names exactly this plan: any other byte to write or command to run gives another digest."""
        rows = [_named(step) for step in self.steps]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]

    def by_reboot(self) -> Fix:
        """The same, but the appliance restarts instead of single units. The way back is the one of the units: to reboot
        once more for it is for a person to choose."""
        back = self.back if self.changes or self.certificate else ()
        steps = tuple(step for step in self.steps if not _by_boot(step))
        undone = "a reboot cannot be taken back"
        undone = f"{self.undone}; {undone}" if steps else f"nothing is written; {undone}"
        return Fix(
            summary=f"{self.summary.partition(',')[0]}, reboot",
            steps=(*steps, Reboot()),
            interrupts=REBOOTS,
            verifies=("the appliance is back with a new boot id", *self.verifies),
            undone=self.undone if back else undone,
            seconds=REBOOT_SECONDS,
            back=back,
            routed=self.routed,
            answering=self.answering,
            certificate=self.certificate,
            besides=self.besides,
        )


def _by_boot(step: Step) -> bool:
    """Whether a boot does the same as that command: start units, make routes and rules anew."""
    return isinstance(step, Reboot) or (isinstance(step, Run) and step.command.startswith(_BOOT_DOES))


def _named(step: Step) -> list[str]:
    match step:
        case Write():
            return [step.path, step.before_sha256, step.after_sha256]
        case Restore():
            return [step.path, step.before_sha256, step.after_sha256, step.source]
        case Run():
            return [step.command]
        case Reboot():
            return ["reboot", "the appliance"]  # told from a command of that name
