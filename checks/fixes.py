"""The machine that carries out a fix: precondition, backup, write, act, come back, read again, verify.

It touches the appliance only through :class:`~checks.hands.Hands`, which the session supplies. Each change is handed
on as a new :class:`~checks.transaction.Transaction`; whatever happens, the last one says whether anything was written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from checks.hands import Hands
from checks.inert import inert
from checks.model import Diagnosis, Vantage
from checks.plan import Change, Reboot, Restore, Run, Step, Write
from checks.refusal import Refusal
from checks.transaction import (
    Outcome,
    Prepared,
    Stage,
    StepState,
    Transaction,
    TransactionStep,
    WriteResult,
)
from checks.verification import answering, fixed_wrong, is_worse, undone_wrong, unproven, waiting

Report = Callable[[Transaction], None]
# haproxy needs a moment to bind and to check its servers, an appliance that boots a longer one (s).
_SETTLE = (0.0, 1.0, 2.0, 4.0)
_SETTLE_AFTER_BOOT = (0.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STOPS = "systemctl stop "
_NO_BOOT_ID = "the boot id cannot be read, so that no reboot could be proven"
Note = Callable[[str], Awaitable[str]]


async def _nowhere(step: str) -> str:
    del step
    return ""


_REFUSALS = {
    WriteResult.CHANGED: "the file no longer has the bytes that were shown; read again and look at the new plan",
    WriteResult.SUPERSEDED: "another fix has taken this one's place meanwhile",
    WriteResult.NOT_A_FILE: "what lies under the file's name is no regular file",
    WriteResult.LOCKED: "another fix is under way",
    WriteResult.READ_ONLY: "the file cannot be written: it is immutable, or its file system is read-only",
    WriteResult.NO_BACKUP: "the backup could not be written: no room, or one of that name is there",
    WriteResult.NO_ROOM: "no room in /run for the new bytes",
    WriteResult.NO_SOURCE: "the file to copy from no longer has the bytes that were meant",
    WriteResult.RESTORED: "the write failed and the old bytes are back",
}


class Execution:
    """One run of a prepared fix. ``before`` is the diagnosis that the plan was made from; ``note`` writes each step
    down before it begins and gives the digest of the journal that then stands; ``client`` is the vantage whose probes
    count."""

    def __init__(
        self,
        prepared: Prepared,
        hands: Hands,
        before: Diagnosis,
        report: Report,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        note: Note = _nowhere,
        client: Vantage | None = None,
    ) -> None:
        self._note, self._client = note, client
        self._prepared, self._hands, self._before, self._report, self._sleep = prepared, hands, before, report, sleep
        self._started = time.monotonic()
        self._hung = ""
        self._step_started = self._started
        self._now = Transaction(
            prepared,
            tuple(
                TransactionStep("reboot" if stage is Stage.ACT and prepared.fix.reboot else stage) for stage in Stage
            ),
            datetime.now(UTC),
        )

    async def run(self) -> Transaction:
        """Carry the fix out; the returned value has an outcome. Refusal and OSError of the hands end it as lost."""
        fix = self._prepared.fix
        first = next((i for i, step in enumerate(fix.steps) if isinstance(step, Write | Restore)), 0)
        leading, rest = fix.steps[:first], fix.steps[first:]
        acts = [step for step in rest if isinstance(step, Run | Reboot)]
        self._begin(Stage.PRECONDITION)
        if fix.reboot and not await self._hands.boot_id():
            self._fail(Stage.PRECONDITION, _NO_BOOT_ID)
            return self._end(Outcome.REFUSED, f"{_NO_BOOT_ID}. Nothing was written")
        for step in leading:
            await self._note(f"run {step.command}" if isinstance(step, Run) else "run")
            if isinstance(step, Run) and not await self._command(step):
                right = await self._put_right(leading, acts)
                return self._end(Outcome.NOT_FIXED, f"{step.command} failed; nothing was written{right}")
        self._done(
            Stage.PRECONDITION, "the file still has the bytes of the diff" if fix.changes else "nothing is written"
        )
        if not fix.changes:
            self._skip(Stage.BACKUP, Stage.WRITE)
        for number, change in enumerate(fix.changes):
            try:
                refused = await self._write(change, self._prepared.backup_of(number))
            except Refusal as refusal:
                if refusal.exit_code == 1 and not number and self._now.wrote is False:
                    refusal.sentence += await self._put_right(leading, acts)
                raise
            if refused and self._now.outcome is None:
                if number:
                    return self._end(Outcome.NOT_FIXED, f"{refused}; what was written before stays: undo takes it back")
                right = await self._put_right(leading, acts)
                return self._end(Outcome.REFUSED, f"{refused}. Nothing was written{right}")
            if refused:
                return self._now
        await self._act(acts)
        return self._now if self._now.outcome is not None else await self._verify()

    async def _put_right(self, leading: Sequence[Step], acts: Sequence[Run | Reboot]) -> str:
        """Units that were stopped for a write that did not happen are started again, by what would have followed it;
        in words what was done."""
        commands = [step for step in acts if isinstance(step, Run)]
        if not commands or not any(isinstance(step, Run) and step.command.startswith(_STOPS) for step in leading):
            return ""
        self._log("what was stopped is started again")
        bad = [step.command for step in commands if not await self._command(step)]
        if bad:
            return f". What had been stopped could not be started again: {bad[0]} failed"
        return "; what had been stopped was started again"

    async def _write(self, change: Change, backup: str) -> str:
        """Why it was refused, "" where the new bytes are in place. Ends the fix where the file may not be whole."""
        page = await self._note(f"write {change.path}")
        self._begin(Stage.BACKUP, backup)
        written = await self._hands.write(change, backup, page)
        if written.broke:
            self._log(f"a lock that {written.broke} had left behind was broken")
        if written.result is WriteResult.UNKNOWN:
            self._log("the connection went while the file was written")
            # From here on nobody may say that nothing was written, until that is known.
            self._now = replace(self._now, wrote=None)
            written = replace(written, result=await self._unheard(change))
        if written.result is WriteResult.WRITTEN:
            self._done(Stage.BACKUP, backup)
            self._now = replace(self._now, wrote=True)
            inode = f", same inode {written.inode}" if written.inode else ""
            self._begin(Stage.WRITE)
            self._done(Stage.WRITE, f"{change.path.rpartition('/')[2]}{inode}, synced, read back")
            return ""
        if written.result is WriteResult.TORN:
            self._fail(Stage.WRITE, "neither the old nor the new bytes")
            self._now = replace(self._now, wrote=True)
            said = f"{change.path} is torn. The old bytes lie in {backup}: copy them back"
            self._end(Outcome.WORSE, said)
            return said
        if written.result is WriteResult.UNKNOWN:
            self._fail(Stage.WRITE, "the connection was lost")
            said = f"lost while {change.path} was written: it has the old bytes or the new ones, whole"
            self._end(Outcome.LOST, said)
            return said
        if self._now.wrote is None:
            self._now = replace(self._now, wrote=False)
        at = Stage.WRITE if written.result is WriteResult.RESTORED else Stage.BACKUP
        self._fail(at, _REFUSALS[written.result])
        held = f" ({written.said})" if written.said else ""
        return f"{_REFUSALS[written.result]}{held}"

    async def _unheard(self, change: Change) -> WriteResult:
        """How a write ended whose script was not heard to its end."""
        digest = await self._hands.digest(change.path)
        if digest == change.before_sha256:
            # It may not have begun yet, and begin any time. Once the page is turned it finds another one and ends.
            await self._note(f"write {change.path}, unheard")
            digest = await self._hands.digest(change.path)
        return _told_by_digest(change, digest)

    async def _act(self, steps: Sequence[Run | Reboot]) -> None:
        self._begin(Stage.ACT)
        for step in steps:
            if isinstance(step, Reboot):
                await self._reboot()
                return
            await self._note(f"act {step.command}")
            if not await self._command(step):
                self._fail(Stage.ACT, f"{step.command} failed")
                # Whether it worked is decided by what is read, not by one exit code.
                break
        else:
            run = len(self._prepared.fix.commands)
            self._done(Stage.ACT, f"{run} command{'' if run == 1 else 's'} run")
        self._skip(Stage.COME_BACK)

    async def _command(self, step: Run) -> bool:
        self._log(f"$ {step.command}")
        ran = await self._hands.run(step.command)
        self._now = replace(self._now, ran=True if ran.code is not None else self._now.ran or None)
        for line in ran.said.splitlines()[:5]:
            self._log(f"  {line}")
        if ran.code is None:
            self._log("the connection went before the command ended")
        if ran.hung:
            # What it was to do may come still, or never: what is read now tells nothing about that.
            self._hung = f"{step.command} has not come to its end"
        return ran.code == 0 or step.may_fail or ran.code is None

    async def _reboot(self) -> None:
        await self._note("reboot")
        before = await self._hands.boot_id()
        if not before:
            self._not_restarted(Stage.ACT, _NO_BOOT_ID)
            return
        self._log("$ systemctl reboot")
        ran = await self._hands.reboot()
        if ran.code:
            said = next(iter(ran.said.split("\n")), "").strip() or f"exit {ran.code}"
            self._not_restarted(Stage.ACT, f"systemctl reboot was refused: {inert(said, 200)}")
            return
        self._now = replace(self._now, ran=True)
        self._log("connection closed by the appliance")
        self._done(Stage.ACT, f"asked at {datetime.now(UTC):%H:%M:%S}, connection closed by the appliance")
        self._begin(
            Stage.COME_BACK,
            "waiting for a new boot id",
            notes=(f"boot id before  {before}", "boot id now     not read yet"),
        )
        self._now = replace(self._now, remaining=float(self._prepared.fix.seconds))
        try:
            now = await self._hands.come_back(self._log)
        except Refusal as refusal:
            if refusal.exit_code != 1:
                raise
            self._not_restarted(Stage.COME_BACK, refusal.sentence)
            return
        self._now = replace(self._now, remaining=None)
        self._done(
            Stage.COME_BACK,
            "new boot id: the appliance really restarted",
            notes=(f"boot id before  {before}", f"boot id now     {now}"),
        )

    def _not_restarted(self, stage: Stage, why: str) -> None:
        self._fail(stage, why)
        told = "the new bytes are in place" if self._now.wrote else "nothing was written"
        self._end(Outcome.NOT_FIXED, f"{why}; {told}")

    async def _verify(self) -> Transaction:
        settle = _SETTLE_AFTER_BOOT if self._prepared.fix.reboot else _SETTLE
        after = self._before
        wrong, open_ = "not read", ""
        await self._note("verify")
        self._begin(Stage.READ_AGAIN)
        for pause in settle:
            await self._sleep(pause)
            after = await self._hands.read_again()
            wrong, open_ = self._judged(after)
            if not wrong and not open_:
                break
        self._done(Stage.READ_AGAIN, f"{after.counts.ran} checks")
        self._begin(Stage.VERIFY)
        answers = answering(after)
        if self._prepared.undo:
            is_as_it_was = f"{self._prepared.code} is {'gone' if self._prepared.of_undo else 'back'}"
            self._done(Stage.VERIFY, wrong or f"{is_as_it_was}, {answers}")
            self._now = replace(self._now, unverified=wrong)
            if not self._prepared.fix.steps:
                return self._end(Outcome.UNDONE, "nothing had been changed: only its journal was taken away")
            old = "the old bytes are back" if self._prepared.fix.changes else "the commands were run"
            as_well = f"{self._prepared.code} too" if not self._prepared.of_undo else is_as_it_was
            return self._end(Outcome.UNDONE, f"{old}, {wrong or f'{as_well}: {answers}'}")
        if not wrong and not open_:
            answers += waiting(self._prepared, self._before, after)
            self._done(Stage.VERIFY, f"{self._prepared.code} is gone, nothing new is red, {answers}")
            return self._end(Outcome.FIXED, answers)
        self._fail(Stage.VERIFY, wrong or open_)
        if not wrong:
            self._now = replace(self._now, unverified=open_)
            return self._end(Outcome.NOT_FIXED, f"done; {open_}")
        outcome = Outcome.WORSE if is_worse(self._before, after) else Outcome.NOT_FIXED
        return self._end(outcome, f"{wrong}; {answers}")

    def _judged(self, after: Diagnosis) -> tuple[str, str]:
        """What is wrong and what stays unproven, each in words or ""."""
        if self._prepared.undo:
            return undone_wrong(self._prepared, after) or self._hung, ""
        wrong = fixed_wrong(self._prepared, self._before, after, self._client)
        return wrong, self._hung or unproven(after, self._client)

    def _change(self, stage: Stage, **changes: object) -> None:
        steps = list(self._now.steps)
        steps[stage.number - 1] = replace(steps[stage.number - 1], **changes)  # type: ignore[arg-type]
        self._now = replace(self._now, steps=tuple(steps), elapsed=time.monotonic() - self._started)
        self._report(self._now)

    def _begin(self, stage: Stage, detail: str = "", notes: tuple[str, ...] = ()) -> None:
        self._step_started = time.monotonic()
        self._change(stage, state=StepState.RUNNING, detail=detail, notes=notes)

    def _done(self, stage: Stage, detail: str, notes: tuple[str, ...] = ()) -> None:
        took = time.monotonic() - self._step_started
        self._change(stage, state=StepState.DONE, detail=detail, seconds=took, notes=notes)

    def _fail(self, stage: Stage, detail: str) -> None:
        took = time.monotonic() - self._step_started
        self._change(stage, state=StepState.FAILED, detail=detail, seconds=took)

    def _fail_running(self, detail: str) -> None:
        for stage, step in zip(Stage, self._now.steps, strict=True):
            if step.state is StepState.RUNNING:
                self._fail(stage, detail)

    def _skip(self, *stages: Stage) -> None:
        for stage in stages:
            self._change(stage, state=StepState.SKIPPED)

    def _log(self, text: str) -> None:
        self._now = replace(
            self._now, log=(*self._now.log, (datetime.now(UTC), text)), elapsed=time.monotonic() - self._started
        )
        self._report(self._now)

    def _end(self, outcome: Outcome, sentence: str) -> Transaction:
        self._now = replace(
            self._now, outcome=outcome, sentence=sentence, elapsed=time.monotonic() - self._started, remaining=None
        )
        self._report(self._now)
        return self._now

    def stopped(self, refusal: Refusal) -> Transaction:
        """End it because the hands or the journal refused: lost where the appliance is, else for the reason given."""
        if refusal.exit_code != 1 or self._now.wrote is None:
            return self.lost(refusal.sentence)
        self._fail_running(refusal.sentence)
        if self._now.wrote:
            return self._end(Outcome.NOT_FIXED, f"{refusal.sentence}; the new bytes are in place")
        return self._end(Outcome.REFUSED, f"{refusal.sentence}. Nothing was written")

    def lost(self, why: str) -> Transaction:
        """End it because the appliance cannot be reached any more."""
        self._fail_running(why)
        told = {
            True: "the new bytes are in place",
            False: "nothing was written",
            None: "the file has the old bytes or the new ones, whole",
        }[self._now.wrote]
        return self._end(Outcome.LOST, f"{why}; {told}")


def _told_by_digest(write: Change, digest: str) -> WriteResult:
    if digest == write.after_sha256:
        return WriteResult.WRITTEN
    if digest == write.before_sha256:
        return WriteResult.RESTORED
    return WriteResult.TORN if digest else WriteResult.UNKNOWN
