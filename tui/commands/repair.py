"""``noroute fix`` and ``noroute undo``: the plan, the question, each step as it ends, the outcome."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from checks.no_plan import not_found
from checks.refusal import Refusal
from checks.transaction import Outcome, Prepared, Stage, StepState, Transaction
from screens.picture.cells import Row
from tui import session_opening
from tui.arguments import FINE, FOUND, UNREADABLE, USAGE
from tui.command_line import retyped
from tui.questions import HeadlessAsker, answer, at_terminal, confirmed, tell
from tui.report.ansi import painted
from tui.report.incident import incident
from tui.report.outcome import unreadable
from tui.report.plan_page import ended_steps, outcome_rows, plan_page, step_rows
from tui.signals import run as run_until_signal

if TYPE_CHECKING:
    from checks.session import Session

_CODES = {Outcome.FIXED: FINE, Outcome.UNDONE: FINE, Outcome.LOST: UNREADABLE}


def run(options: Namespace) -> int:
    """0 done and verified or the plan printed, 1 not, 2 wrong usage or nothing to do, 3 not reachable or lost."""
    return run_until_signal(_repair(options))


async def _repair(options: Namespace) -> int:
    if options.read_only and not options.dry_run:
        raise Refusal(f"{options.command}: --read-only writes nothing; --dry-run prints the plan", USAGE)
    way = session_opening.way_of(options)
    with _report(options.report) as write_report:
        async with way.open(HeadlessAsker()) as session:
            prepared = await _prepared(session, options)
            before = session.snapshot
            _print(plan_page(prepared))
            if options.dry_run:
                return FINE
            _check_digest(prepared, options)
            if not await _agreed(prepared, options):
                tell("nothing was written")
                return FOUND
            ended = await _carry_out(session, prepared, options)
            write_report(incident(before, session.snapshot, ended))
            return FOUND if ended.unverified else _CODES.get(ended.outcome or Outcome.LOST, FOUND)


@contextmanager
def _report(name: str) -> Iterator[Callable[[str], None]]:
    """What writes the report. Its file is made before anything is done, and taken away where nothing was. Refusal (2)
    where it cannot be made, or where there is one."""
    if not name:
        yield lambda text: None
        return
    path = Path(name)
    try:
        path.open("x").close()
    except OSError as problem:
        raise Refusal(f"--report {name}: {problem.strerror}", USAGE) from None

    def write(text: str) -> None:
        path.write_text(text, "utf-8")
        tell(f"the report is in {name}")

    try:
        yield write
    finally:
        if path.exists() and not path.stat().st_size:
            path.unlink()


async def _prepared(session: Session, options: Namespace) -> Prepared:
    if options.command == "undo":
        return await session.prepare_undo(options.subject or None, reboot=options.reboot)
    if options.resume:
        return await session.prepare_resume()
    finding_id = options.subject if ":" in options.subject else await _only_one(session, options.subject)
    return await session.prepare_fix(finding_id, reboot=options.reboot)


async def _only_one(session: Session, code: str) -> str:
    """The id of the one finding with that code. Refusal (2) where that fault is not found now, there are more, or no
    such code, (3) where the appliance could not be read."""
    snapshot = await session.once()
    if problem := unreadable(snapshot):
        raise Refusal(problem, UNREADABLE)
    those = [found for found in snapshot.diagnosis.findings if found.code == code.upper()]
    ids = [found.id for found in those]
    if len(ids) == 1:
        return ids[0]
    roots = dict.fromkeys(root.id for found in those for root in snapshot.diagnosis.roots_of(found))
    if roots and not any(found.fix for found in those):
        raise Refusal(f"fix: {code} has nothing to repair of its own; repair {', '.join(roots)} first", USAGE)
    if ids:
        raise Refusal(f"fix: {code} was found {len(ids)} times, name one: {', '.join(ids)}", USAGE)
    raise not_found(snapshot.diagnosis, code)


def _check_digest(prepared: Prepared, options: Namespace) -> None:
    if options.plan and options.plan != prepared.fix.digest:
        raise Refusal(f"the plan is {prepared.fix.digest} now, not {options.plan}. Nothing was written", FOUND)


async def _agreed(prepared: Prepared, options: Namespace) -> bool:
    """Whether a person or an option said yes to exactly this plan."""
    if options.plan:
        return True
    if options.yes:
        if prepared.production:
            raise Refusal(
                f"{prepared.production} is a production site: --yes is not enough, --plan {prepared.fix.digest} is. "
                "Nothing was written",
                USAGE,
            )
        return True
    if not at_terminal():
        raise Refusal(
            f"{options.command}: nothing was written. Without a terminal nothing asks: add --yes, or "
            f"--plan {prepared.fix.digest} for exactly this plan",
            USAGE,
        )
    sys.stdout.flush()
    if prepared.production:
        typed = await answer(f"{prepared.production} is a production site. Type its name to go on: ")
        return (typed or "").strip() == prepared.production
    return await confirmed("Carry it out?")


async def _carry_out(session: Session, prepared: Prepared, options: Namespace) -> Transaction:
    printed = 0
    last: Transaction | None = None
    try:
        async for transaction in session.carry_out(prepared):
            last = transaction
            for number, step in ended_steps(transaction, printed):
                _print(step_rows(number, step))
                sys.stdout.flush()
                printed = number
    except asyncio.CancelledError:
        tell(f"stopped in step {last.current if last else 1} of 7. {_so_far(last)}; see what is so now:")
        tell(retyped(options, "check"))
        raise
    if last is None or last.outcome is None:
        raise Refusal("the fix ended without an outcome", UNREADABLE)
    _print(outcome_rows(last))
    if last.undoable and last.outcome is not Outcome.FIXED:
        tell(f"the way back: {retyped(options, 'undo')}")
    return last


def _so_far(last: Transaction | None) -> str:
    """What a fix that was stopped has done, as far as it said."""
    if last is None:
        return "Nothing was written"
    if last.wrote:
        return "What was written is whole"
    # The script that makes the backup writes too, and says so only at its end.
    writes = last.prepared.fix.changes and last.steps[Stage.BACKUP.number - 1].state is StepState.RUNNING
    if writes or last.wrote is None:
        return "Whether the file was written is not known; it is whole either way"
    return "No file was written; commands were begun" if last.log else "Nothing was written"


def _print(rows: tuple[Row, ...]) -> None:
    sys.stdout.write(painted(rows, sys.stdout))
