"""What the next start makes of a fix that was cut off: in which state it is, how it goes on, how it is taken back."""

from __future__ import annotations

from checks.evidence.evidence import Evidence
from checks.fix_journal import Entry, holder, parse
from checks.ledger import Record
from checks.plan import Change, Reboot, Restore, Run, Step, Write
from checks.transaction import Left, Unfinished


def page_of(e: Evidence) -> tuple[bytes, float | None]:
    """The journal's text in the evidence, b"" where there is none, and its age in seconds by the appliance's clock."""
    section = e.sections.get("fix-journal")
    if section is None or not section.complete or section.code != 0:
        return b"", None
    first, _, text = section.out.partition(b"\n")
    try:
        age = max((e.clock.now.timestamp() if e.clock else 0.0) - int(first), 0.0) if e.clock else None
    except ValueError:
        age = None
    return text, age


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
        return _judged(e, entry, age, record)
    if is_open is None:
        return None
    change = next((step for step in is_open.steps if isinstance(step, Write | Restore)), None)
    # The appliance has no journal: it was not begun there, or all of it was done and only its end was not kept here.
    if change is None or is_open.step in ("", "precondition"):
        return None
    return _judged(e, _entry_from(is_open, change), None, is_open)


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
    Left.COMMANDS: "it writes no file",
}


def _judged(e: Evidence, entry: Entry, age: float | None, record: Record | None) -> Unfinished:
    left = Left.RUNNING if holder(entry, age) else _left(e, entry)
    what = f"{'an undo' if entry.kind == 'undo' else 'a fix'} of {entry.code} by {entry.owner.partition(' ')[0]}"
    if left is Left.RUNNING:
        for_ = f", last heard of {age:.0f} s ago" if age is not None else ""
        sentence = f"{what} is under way: {entry.step}{for_}"
    else:
        state = _WORDS[left].format(path=entry.path, backup=entry.backup)
        sentence = f"{what} was cut off {_where(entry, left)}: {state}{_units(entry, left)}"
    here = record is not None and record.fix_id == entry.fix_id
    safe = left in (Left.OLD, Left.NEW, Left.TORN)
    return Unfinished(
        entry.fix_id, entry.finding_id, entry.code, entry.kind, entry.owner.partition(" ")[0], age, entry.step, left,
        sentence, entry.path, entry.backup,
        can_go_on=here and left in (Left.OLD, Left.NEW, Left.COMMANDS),
        can_undo=(safe and (here or bool(entry.path))) or left in (Left.COMMANDS, Left.EDITED),
    )  # fmt: skip


def _left(e: Evidence, entry: Entry) -> Left:
    if not entry.path:
        return Left.COMMANDS
    file = e.files.get(entry.path)
    now = file.sha256 if file is not None else ""
    if now == entry.after_sha256:
        return Left.NEW
    if now == entry.before_sha256:
        return Left.OLD
    return Left.TORN if entry.step.startswith("write") and now else Left.EDITED


def _where(entry: Entry, left: Left) -> str:
    if entry.step.startswith("write"):
        return {Left.OLD: "before it wrote", Left.NEW: "after the write"}.get(left, "inside the write")
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


def to_the_end(record: Record, left: Left) -> tuple[Step, ...]:
    """What is left to do of a fix that was cut off: what follows the write where the new bytes are there, else all."""
    last = max((i for i, step in enumerate(record.steps) if isinstance(step, Write | Restore)), default=-1)
    return record.steps[last + 1 :] if left is Left.NEW else record.steps


def way_out(record: Record | None, found: Unfinished, digest_now: str, before_sha256: str) -> tuple[Step, ...]:
    """What takes back what a fix that was cut off has done. Without its record only the file can be put back: no
    command is taken from what an appliance says."""
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
