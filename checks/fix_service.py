"""Repairs of one appliance: from a finding to a plan, from a confirmed plan to its end, whatever happens between.

A plan is carried out exactly as it was shown or not at all: it is made anew from fresh evidence first and must be the
same. Each step is written down before it begins, in the state folder and on the appliance.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from checks import fix_planning
from checks.evidence.evidence import Evidence
from checks.fix_journal import Journal, entry_of
from checks.fixes import Execution
from checks.interrupted_fix import journal_of, page_of, unfinished, written_at
from checks.ledger import Ledger, Record, closed
from checks.model import Diagnosis
from checks.refusal import Refusal
from checks.remote_actions import RemoteActions
from checks.site import Site
from checks.snapshot import Snapshot
from checks.sources.connection import Connection
from checks.transaction import Left, Outcome, Prepared, Transaction, Unfinished

Report = Callable[[Transaction], None]


class Reader(Protocol):
    """Who reads the appliance for a repair."""

    @property
    def snapshot(self) -> Snapshot:
        """The present moment."""
        ...

    async def fresh(self) -> Connection:
        """Read the appliance anew, and give the connection. Refusal (3) where it cannot be read."""
        ...

    async def read_again(self) -> Diagnosis:
        """Read and probe once more."""
        ...


class Repairs:
    """The repairs of one appliance. ``state`` is the folder of records and audit log."""

    def __init__(self, state: Path, site: Site, reader: Reader) -> None:
        self._ledger, self._site, self._reader = Ledger(state), site, reader

    def can_undo(self, appliance: str) -> bool:
        """Whether a fix of the appliance with that key could be taken back."""
        return self._ledger.last(appliance) is not None

    def unfinished(self, e: Evidence, appliance: str) -> Unfinished | None:
        """The fix without an end that evidence and records tell of."""
        entry = journal_of(e)
        record = self._ledger.get(appliance, entry.fix_id) if entry is not None else None
        return unfinished(e, record, self._ledger.open(appliance))

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        """The plan for a finding, preconditions checked. Refusal (2) where that fault is not found now, there is no
        such code or nothing to repair here, (3) where the appliance cannot be read."""
        await self._reader.fresh()
        plan = fix_planning.fix(self._reader.snapshot, self._site, finding_id, self._known(), reboot=reboot)
        return self._logged(plan)

    async def prepare_undo(self, fix_id: str | None = None, *, reboot: bool = False) -> Prepared:
        """The way back of the fix that was cut off, else of the last one, or of the named one. ``reboot`` restarts the
        appliance in place of its units. Refusal (2) where there is none, or none of that name."""
        connection = await self._reader.fresh()
        now = self._reader.snapshot
        found = now.unfinished
        if found is not None and found.can_undo and fix_id in (None, found.fix_id):
            record = self._ledger.get(connection.fingerprint, found.fix_id)
            return self._logged(fix_planning.take_back(now, self._site, record, self._known()))
        record = self._ledger.last(connection.fingerprint, fix_id)
        return self._logged(fix_planning.undo(now, self._site, record, self._known(), reboot=reboot))

    async def prepare_resume(self) -> Prepared:
        """What is left to do of the fix that was cut off. Refusal (2) where there is none that was begun from here."""
        connection = await self._reader.fresh()
        now = self._reader.snapshot
        record = self._ledger.get(connection.fingerprint, now.unfinished.fix_id) if now.unfinished else None
        return self._logged(fix_planning.go_on(now, self._site, record, self._known()))

    def _logged(self, prepared: Prepared) -> Prepared:
        return replace(prepared, audit=str(self._ledger.log))

    async def carry_out(
        self, prepared: Prepared, report: Report, sleep: Callable[[float], Awaitable[None]]
    ) -> Transaction:
        """Run exactly that plan, reporting each change; how it ended. Refusal where nothing was begun: (1) where
        a precondition does not hold or the plan is another one by now, (3) where the appliance cannot be read."""
        if self._reader.snapshot.origin.read_only:
            raise Refusal(f"{prepared.title}: this session reads only. Nothing was written", 1)
        connection = await self._reader.fresh()
        prepared = self._anew(prepared, connection.fingerprint)
        fix_planning.check(prepared)
        record = fix_planning.record(prepared, connection.fingerprint)
        hands = RemoteActions(connection, self._reader.read_again)

        def keep(step: str) -> None:
            try:
                self._ledger.save(replace(record, step=step))
            except OSError:
                # The appliance's journal has the step too; to stop half-way for this machine's disk would be worse.
                return

        now = self._reader.snapshot
        evidence = now.evidence or Evidence()
        seen, boot = page_of(evidence)[0], evidence.boot_id or ""
        journal = Journal(entry_of(prepared, boot), hands, keep, seen)
        try:
            self._ledger.save(record)
            self._ledger.audit(record, prepared.kind, "begun")
        except OSError as problem:
            raise Refusal(
                f"{problem.filename}: {problem.strerror}; without a record there is no way back. Nothing was written", 1
            ) from None
        execution = Execution(prepared, hands, now.diagnosis, report, sleep, journal.note, now.origin.client_vantage)
        cut_off = self._cut_off(now.unfinished, connection.fingerprint)
        try:
            await journal.take()
            self._take_over(record, now.unfinished, cut_off, prepared)
            ended = await execution.run()
        except Refusal as refusal:
            ended = execution.stopped(refusal)
        except asyncio.CancelledError:
            # A signal, or the end of noroute: what was begun has no end, and the log says that too.
            with contextlib.suppress(OSError):
                self._ledger.audit(record, record.kind, "cut off: noroute was ended in the middle of it")
            raise
        finally:
            journal.leave()
        if ended.outcome is Outcome.REFUSED and now.unfinished is not None:
            # Nothing was done: the one that was cut off is as it was.
            await journal.give_back(seen, written_at(evidence))
            if cut_off is not None:
                with contextlib.suppress(OSError):
                    self._ledger.save(cut_off)
        return await self._end(record, ended, journal)

    def _known(self) -> frozenset[str]:
        """The names of fixes that are taken: those made from here, and the one that was cut off."""
        found = self._reader.snapshot.unfinished
        return self._ledger.stamps() | ({found.fix_id} if found is not None else set())

    def _anew(self, prepared: Prepared, appliance: str) -> Prepared:
        """The same plan from the present evidence, under the names that were shown. Refusal (1) where it is another."""
        now, known = self._reader.snapshot, self._known()
        try:
            if prepared.resumes and prepared.resumes == prepared.undoes:
                record = self._ledger.get(appliance, prepared.resumes)
                fresh = fix_planning.take_back(now, self._site, record, known)
            elif prepared.resumes:
                record = self._ledger.get(appliance, prepared.resumes)
                fresh = fix_planning.go_on(now, self._site, record, known)
            elif prepared.undo:
                record = self._ledger.last(appliance, prepared.undoes or None)
                fresh = fix_planning.undo(now, self._site, record, known, reboot=prepared.fix.reboot)
            else:
                reboot = prepared.fix.reboot
                fresh = fix_planning.fix(now, self._site, prepared.finding_id, known, reboot=reboot)
        except Refusal as refusal:
            raise Refusal(f"{refusal.sentence}. Nothing was written", 1) from None
        if fresh.fix.digest != prepared.fix.digest:
            raise Refusal(
                f"{prepared.title}: the plan is {fresh.fix.digest} by now, not {prepared.fix.digest} as it was shown: "
                "look at it again. Nothing was written",
                1,
            )
        return replace(prepared, preconditions=fresh.preconditions)

    def _cut_off(self, found: Unfinished | None, appliance: str) -> Record | None:
        """The record of the fix that was cut off, if it was begun from here."""
        if found is None or found.left is Left.RUNNING:
            return None
        record = self._ledger.get(appliance, found.fix_id)
        return record if record is not None and not record.ended else None

    def _take_over(self, record: Record, found: Unfinished | None, old: Record | None, prepared: Prepared) -> None:
        """The fix that was cut off has no journal any more: what goes on or takes it back has taken its place. Refusal
        (1) where that cannot be kept."""
        if found is None or found.left is Left.RUNNING:
            return
        status = "resumed" if prepared.resumes and not prepared.undo else "given up"
        try:
            if old is not None:
                self._ledger.save(replace(old, status=status))
                self._ledger.audit(old, old.kind, f"{status}: {record.fix_id} has taken its place")
            else:
                self._ledger.audit(record, record.kind, f"took over {found.fix_id}, begun by {found.owner}")
        except OSError as problem:
            raise Refusal(f"{problem.filename}: {problem.strerror}; what was cut off cannot be taken over", 1) from None

    def _certificate(self) -> str:
        """The fingerprint of the certificate that is there now."""
        evidence = self._reader.snapshot.evidence
        return evidence.certificate.fingerprint if evidence is not None and evidence.certificate is not None else ""

    async def _end(self, record: Record, ended: Transaction, journal: Journal) -> Transaction:
        outcome = ended.outcome or Outcome.LOST
        with contextlib.suppress(OSError):  # what was done stays done, and the screen says it
            left = self._certificate() if record.replaced and ended.was_read_again else ""
            self._ledger.save(replace(closed(record, "begun" if ended.torn else outcome, ended.wrote), left=left))
            self._ledger.audit(record, record.kind, f"{ended.ending}: {ended.sentence}")
            if outcome is Outcome.UNDONE and record.undoes:
                undone = self._ledger.get(record.appliance, record.undoes)
                if undone is not None:
                    self._ledger.save(replace(undone, status="undone"))
        if outcome is not Outcome.LOST and not ended.torn:
            await journal.give_back()
        return ended
