"""A renewal of the certificate, or the undo of one, of which the end is not known: which certificate lies there now,
what is left to do, what takes it back.

Nobody knows the bytes of a certificate before it is made, so the fingerprint of the one before it has to tell. What
lies there and is not known, a person may have made since: it is kept beside before anything takes its place.
"""

from __future__ import annotations

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import SERVER_CRT
from checks.ledger import Record
from checks.plan import Run, Step
from checks.rules.certificate_repair import brings, keeping, makes


def present(e: Evidence) -> str:
    """The fingerprint of the certificate that is there, "" where none can be read."""
    return e.certificate.fingerprint if e.certificate is not None else ""


def words(e: Evidence, record: Record) -> str:
    """Which certificate is there now, as a clause."""
    now = present(e)
    if not now:
        return f"{SERVER_CRT} cannot be read"
    return f"{SERVER_CRT} is {'the one from before' if now == record.replaced else 'another one than before'}"


def left_to_do(e: Evidence, record: Record, step: str) -> tuple[Step, ...] | None:
    """What brings it to its end, ``step`` being the last that was begun; None where somebody has renewed the
    certificate before it came to that."""
    if step == "verify":
        return ()
    if record.kind == "undo":
        return without_loss(e, record, record.steps)
    if present(e) in ("", record.replaced):
        return record.steps
    return record.steps[_making(record) + 1 :] if _may_have_made(record, step) else None


def way_back(e: Evidence, record: Record, step: str) -> tuple[Step, ...]:
    """What takes it back; nothing where it had not come to its new certificate."""
    return without_loss(e, record, record.back) if record.back and _may_have_made(record, step) else ()


def without_loss(e: Evidence, record: Record, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, which put another certificate in place; before them, what keeps the present one where it is not known
    to be the fix's own or the one from before."""
    now = present(e)
    known = now in ("", record.replaced, record.left) or any(brings(step, now) for step in steps)
    return steps if known else (*keeping(now), *steps)


def _making(record: Record) -> int:
    """The place among its steps of the one that makes the certificate; -1 in what went on behind that one."""
    return next((number for number, step in enumerate(record.steps) if makes(step)), -1)


def _may_have_made(record: Record, step: str) -> bool:
    if step == "precondition":
        return False
    commands = [f"act {one.command}" if isinstance(one, Run) else "" for one in record.steps]
    return step not in commands or commands.index(step) >= _making(record)
