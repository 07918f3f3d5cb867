"""What the next start makes of a fix that was cut off: in which state it is, how it goes on, how it is taken back."""

from __future__ import annotations

import math
import re

from checks import interrupted_renewal
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import FIX_JOURNAL
from checks.fix_journal import Entry, holder, parse
from checks.ledger import Record
from checks.plan import Change, Reboot, Restore, Run, Step, Write
from checks.transaction import Left, Unfinished

_STAMP = re.compile(rb"[0-9]{1,11}")
# Both are whole seconds, taken one after the other.
_ROUNDED = 2.0


def page_of(e: Evidence) -> tuple[bytes, float | None]:
    """The journal's text in the evidence, b"" where there is none, and its age in seconds by the appliance's clock:
    None where there is no clock, or one by which it was written later than now."""
    at, text = _stamped(e)
    if e.clock is None or not at:
        return text, None
    age = e.clock.now.timestamp() - int(at)
    return text, max(age, 0.0) if age > -_ROUNDED else None


def written_at(e: Evidence) -> str:
    """When the journal in the evidence was written, in seconds of the appliance's clock; "" where that is not known."""
    return _stamped(e)[0]


def _stamped(e: Evidence) -> tuple[str, bytes]:
    section = e.sections.get("fix-journal")
    if section is None or not section.complete or section.code != 0:
        return "", b""
    first, _, text = section.out.partition(b"\n")
    return (first.decode() if _STAMP.fullmatch(first) else ""), text


def journal_of(e: Evidence) -> Entry | None:
    """The journal on the appliance, None where there is none or none that can be read."""
    text, _ = page_of(e)
    return parse(text) if text else None


def unfinished(e: Evidence, record: Record | None, is_open: Record | None) -> Unfinished | None:
    """The fix without an end that the evidence and the records tell of. ``record`` is that of the journal's fix, if it
    was begun from here; ``is_open`` the last one here that has no end."""
    text, age = page_of(e)
    if text:
        entry = parse(text)
        if entry is None:
            return None
        if record is not None and record.ended and record.fix_id == entry.fix_id:
            return None
        age = _by_uptime(e, entry, age)
        return _judged(e, entry, age, record, holder(entry, age))
    if is_open is None:
        return None
    change = next((step for step in is_open.steps if isinstance(step, Write | Restore)), None)
    # The appliance has no journal: it was not begun there, or all of it was done and only its end was not kept here.
    if change is None or is_open.step in ("", "precondition"):
        return None
    entry = _entry_from(is_open, change)
    return _judged(e, entry, None, is_open, holder(entry, math.inf))


def _by_uptime(e: Evidence, entry: Entry, age: float | None) -> float | None:
    """The age, None where it cannot be: nothing is older than the boot in which it began. The clock was set forward."""
    same = bool(entry.boot) and entry.boot == e.boot_id
    return None if age is not None and same and e.clock is not None and age > e.clock.uptime + _ROUNDED else age


def _entry_from(record: Record, change: Change) -> Entry:
    return Entry(
        record.fix_id, record.finding_id, record.code, record.kind, record.owner, record.begun_at, record.step,
        change.path, record.backup, change.before_sha256, change.after_sha256,
    )  # fmt: skip


_WORDS = {
    Left.OLD: "{path} has its old bytes",
    Left.NEW: "{path} has the new bytes",
    Left.TORN: "{path} has neither the old nor the new bytes; {backup} has the old ones",
    Left.EDITED: "{path} was changed by somebody since",
    Left.UNREAD: "{path} could not be read, so nobody can tell what it holds",
    Left.COMMANDS: "it writes no file",
}


def _judged(e: Evidence, entry: Entry, age: float | None, record: Record | None, held: bool | None) -> Unfinished:
    owner = entry.owner.partition(" ")[0]
    left = Left.RUNNING if held else _left(e, entry)
    what = f"{'an undo' if entry.kind == 'undo' else 'a fix'} of {entry.code} by {owner}"
    here = record is not None and record.fix_id == entry.fix_id
    renewal = record if here and left is Left.COMMANDS and record is not None and record.replaced else None
    state = _WORDS.get(left, "").format(path=entry.path, backup=entry.backup)
    if renewal is not None:
        state = interrupted_renewal.words(e, renewal)
    if left is Left.RUNNING:
        for_ = f", last heard of {age:.0f} s ago" if age is not None else ""
        sentence = f"{what} is under way: {entry.step}{for_}"
    else:
        sentence = f"{what} was cut off {_where(entry, left)}: {state}{_units(entry, left)}"
    if held is None:
        sentence = (
            f"{what} has no end, and the appliance's clock does not tell how old {FIX_JOURNAL} is: {owner} may be at "
            f"it still. {state[:1].upper()}{state[1:]}. Ask {owner} before you take it over"
        )
    stuck = renewal is not None and interrupted_renewal.left_to_do(e, renewal, entry.step) is None
    safe = left in (Left.OLD, Left.NEW, Left.TORN)
    return Unfinished(
        entry.fix_id, entry.finding_id, entry.code, entry.kind, entry.owner.partition(" ")[0], age, entry.step, left,
        sentence, entry.path, entry.backup, in_doubt=held is None, restarted=_restarted(e, entry),
        can_go_on=here and not stuck and left in (Left.OLD, Left.NEW, Left.COMMANDS),
        can_undo=(safe and (here or bool(entry.path))) or left in (Left.COMMANDS, Left.EDITED),
    )  # fmt: skip


def _restarted(e: Evidence, entry: Entry) -> bool:
    """Whether the reboot that was about to begin was done."""
    return entry.step == "reboot" and bool(entry.boot) and bool(e.boot_id) and entry.boot != e.boot_id


def _left(e: Evidence, entry: Entry) -> Left:
    if not entry.path:
        return Left.COMMANDS
    file = e.files.get(entry.path)
    now = file.sha256 if file is not None else ""
    if not now:
        return Left.UNREAD
    if now == entry.after_sha256:
        return Left.NEW
    if now == entry.before_sha256:
        return Left.OLD
    return Left.TORN if entry.step.startswith("write") else Left.EDITED


def _where(entry: Entry, left: Left) -> str:
    if entry.step.startswith("write"):
        known = {Left.OLD: "before it wrote", Left.NEW: "after the write", Left.UNREAD: "at its write"}
        return known.get(left, "inside the write")
    if entry.step.startswith("run "):
        return "before it wrote"
    if entry.step.startswith("act "):
        return "while its commands ran"
    return {"reboot": "while the appliance restarted", "verify": "before it was verified"}.get(
        entry.step, "before its first step"
    )


def _units(entry: Entry, left: Left) -> str:
    if left is Left.OLD and entry.ran:
        return ", units that it had stopped were not started again"
    if left is Left.NEW and entry.step.startswith("write"):
        return ", units were not restarted"
    if left is Left.NEW and entry.step.startswith("act "):
        return ", not every unit was restarted"
    return ""


def to_the_end(e: Evidence, record: Record, found: Unfinished) -> tuple[Step, ...]:
    """What is left to do of a fix that was cut off: what follows the write where the new bytes are there, else all. A
    reboot is not done twice, and where only the proof was missing nothing is."""
    if record.replaced:
        return interrupted_renewal.left_to_do(e, record, found.step) or ()
    if found.step == "verify" and found.left in (Left.NEW, Left.COMMANDS):
        return ()
    last = max((i for i, step in enumerate(record.steps) if isinstance(step, Write | Restore)), default=-1)
    steps = record.steps[last + 1 :] if found.left is Left.NEW else record.steps
    return tuple(step for step in steps if not (found.restarted and isinstance(step, Reboot)))


def way_out(
    e: Evidence, record: Record | None, found: Unfinished, digest_now: str, before_sha256: str
) -> tuple[Step, ...]:
    """What takes back what a fix that was cut off has done. Without its record only the file can be put back: no
    command is taken from what an appliance says."""
    if record is not None and record.replaced:
        return interrupted_renewal.way_back(e, record, found.step)
    if found.left in (Left.EDITED, Left.COMMANDS):
        return record.back if record is not None and found.left is Left.COMMANDS else ()
    if record is None:
        return () if found.left is Left.OLD else (Restore(found.path, found.backup, digest_now, before_sha256),)
    # What starts units again with whatever bytes are there stands behind the write.
    after = _behind(record.back or record.steps)
    if found.left is Left.OLD:
        return after if any(isinstance(step, Run) for step in _before(record.steps)) else ()
    if found.left is Left.NEW and record.back:
        return record.back
    return (Restore(found.path, found.backup, digest_now, before_sha256), *after)


def _before(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    first = next((i for i, step in enumerate(steps) if isinstance(step, Write | Restore)), len(steps))
    return steps[:first]


def _behind(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    last = max((i for i, step in enumerate(steps) if isinstance(step, Write | Restore)), default=len(steps))
    return tuple(step for step in steps[last + 1 :] if isinstance(step, Run | Reboot))
