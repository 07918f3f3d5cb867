"""The machine that carries out a fix: precondition, backup, write, act, come back, read again, verify.

It touches the appliance only through :class:`Hands`, which the session supplies. Each change is handed on as a new
:class:`~checks.transaction.Transaction`; whatever happens, the last one says whether anything was written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from checks.model import Diagnosis, NodeKind, Severity, State
from checks.plan import Reboot, Run, Write
from checks.transaction import STEPS, Outcome, Prepared, StepState, Transaction, TransactionStep, WriteResult, Written

Report = Callable[[Transaction], None]
# haproxy needs a moment to bind and to check its servers, an appliance that boots a longer one (s).
_SETTLE = (0.0, 1.0, 2.0, 4.0)
_SETTLE_AFTER_BOOT = (0.0, 2.0, 4.0, 8.0, 15.0, 30.0)


@dataclass(frozen=True, slots=True)
class Ran:
    """One command: its exit code (None: the connection went first) and what it printed (untrusted)."""

    code: int | None
    said: str = ""


class Hands(Protocol):
    """What a fix may do to the appliance."""

    async def write(self, step: Write, backup: str) -> Written:
        """Run the script that writes."""
        ...

    async def digest(self, path: str) -> str:
        """SHA-256 of a file now, reconnecting if needed; "" where it cannot be told."""
        ...

    async def run(self, command: str) -> Ran:
        """Run one command of the plan."""
        ...

    async def reboot(self) -> None:
        """Ask for the reboot; returns when the connection has gone."""
        ...

    async def come_back(self, say: Callable[[str], None]) -> str:
        """Wait until the appliance answers with another boot id and give that; Refusal where it never does."""
        ...

    async def boot_id(self) -> str:
        """The present boot id, or ""."""
        ...

    async def read_again(self) -> Diagnosis:
        """Collect and probe once more."""
        ...


_REFUSALS = {
    WriteResult.CHANGED: "the file no longer has the bytes that were shown; read again and look at the new plan",
    WriteResult.LOCKED: "another fix is under way",
    WriteResult.NO_BACKUP: "the backup could not be written: no room, or one of that name is there",
    WriteResult.NO_ROOM: "no room in /run for the new bytes",
    WriteResult.RESTORED: "the write failed and the old bytes are back",
}


class Execution:
    """One run of a prepared fix. ``before`` is the diagnosis that the plan was made from."""

    def __init__(
        self,
        prepared: Prepared,
        hands: Hands,
        before: Diagnosis,
        report: Report,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._prepared, self._hands, self._before, self._report, self._sleep = prepared, hands, before, report, sleep
        self._started = time.monotonic()
        self._step_started = self._started
        self._now = Transaction(
            prepared,
            tuple(TransactionStep("reboot" if name == "act" and prepared.fix.reboot else name) for name in STEPS),
            datetime.now(UTC),
        )

    async def run(self) -> Transaction:
        """Carry the fix out; the returned value has an outcome. Refusal and OSError of the hands end it as lost."""
        fix = self._prepared.fix
        first_write = next((i for i, step in enumerate(fix.steps) if isinstance(step, Write)), len(fix.steps))
        leading, rest = fix.steps[:first_write], fix.steps[first_write:]
        if not fix.writes:
            leading, rest = (), fix.steps
        self._begin(1)
        for step in leading:
            if isinstance(step, Run) and not await self._command(step):
                return self._end(Outcome.NOT_FIXED, f"{step.command} failed; nothing was written")
        self._done(1, "the file still has the bytes of the diff" if fix.writes else "nothing is written")
        if fix.writes:
            for write in fix.writes:
                ended = await self._write(write)
                if ended is not None:
                    return ended
        else:
            self._skip(2, 3)
        acted = await self._act([step for step in rest if not isinstance(step, Write)])
        return acted or await self._verify()

    async def _write(self, write: Write) -> Transaction | None:
        self._begin(2, self._prepared.backup)
        written = await self._hands.write(write, self._prepared.backup)
        if written.result is WriteResult.UNKNOWN:
            self._log("the connection went while the file was written")
            written = replace(written, result=_told_by_digest(write, await self._hands.digest(write.path)))
        if written.result is WriteResult.WRITTEN:
            self._done(2, self._prepared.backup)
            self._now = replace(self._now, wrote=True)
            inode = f", same inode {written.inode}" if written.inode else ""
            self._begin(3)
            self._done(3, f"{write.path.rpartition('/')[2]}{inode}, synced, read back")
            return None
        if written.result is WriteResult.TORN:
            self._fail(3, "neither the old nor the new bytes")
            self._now = replace(self._now, wrote=True)
            return self._end(
                Outcome.WORSE, f"{write.path} is torn. The old bytes lie in {self._prepared.backup}: copy them back"
            )
        if written.result is WriteResult.UNKNOWN:
            self._fail(3, "the connection was lost")
            self._now = replace(self._now, wrote=None)
            return self._end(
                Outcome.LOST, f"lost while {write.path} was written: it has the old bytes or the new ones, whole"
            )
        self._fail(2 if written.result is not WriteResult.RESTORED else 3, _REFUSALS[written.result])
        held = f" ({written.said})" if written.said else ""
        return self._end(Outcome.REFUSED, f"{_REFUSALS[written.result]}{held}. Nothing was written")

    async def _act(self, steps: list[Run | Reboot]) -> Transaction | None:
        self._begin(4)
        if any(isinstance(step, Reboot) for step in steps):
            return await self._reboot()
        for step in steps:
            if isinstance(step, Run) and not await self._command(step):
                self._fail(4, f"{step.command} failed")
                # Whether it worked is decided by what is read, not by one exit code.
                break
        else:
            self._done(4, f"{len(steps)} command{'' if len(steps) == 1 else 's'} run")
        self._skip(5)
        return None

    async def _command(self, step: Run) -> bool:
        self._log(f"$ {step.command}")
        ran = await self._hands.run(step.command)
        for line in ran.said.splitlines()[:5]:
            self._log(f"  {line}")
        if ran.code is None:
            self._log("the connection went before the command ended")
        return ran.code == 0 or step.may_fail or ran.code is None

    async def _reboot(self) -> Transaction | None:
        before = await self._hands.boot_id()
        self._log("$ systemctl reboot")
        await self._hands.reboot()
        self._log("connection closed by the appliance")
        self._done(4, f"asked at {datetime.now(UTC):%H:%M:%S}, connection closed by the appliance")
        self._begin(5, "waiting for a new boot id", notes=(f"boot id before  {before}", "boot id now     not read yet"))
        self._now = replace(self._now, remaining=float(self._prepared.fix.seconds))
        now = await self._hands.come_back(self._log)
        self._now = replace(self._now, remaining=None)
        self._done(
            5,
            "new boot id: the appliance really restarted",
            notes=(f"boot id before  {before}", f"boot id now     {now}"),
        )
        return None

    async def _verify(self) -> Transaction:
        settle = _SETTLE_AFTER_BOOT if self._prepared.fix.reboot else _SETTLE
        after = self._before
        wrong = "not read"
        self._begin(6)
        for pause in settle:
            await self._sleep(pause)
            after = await self._hands.read_again()
            wrong = self._undone_wrong(after) if self._prepared.undo else self._fixed_wrong(after)
            if not wrong:
                break
        self._done(6, f"{after.counts.ran} checks")
        self._begin(7)
        answers = _answering(after)
        if self._prepared.undo:
            self._done(7, wrong or f"{self._prepared.code} is back, {answers}")
            old = "the old bytes are back" if self._prepared.fix.writes else "the commands were run"
            return self._end(Outcome.UNDONE, f"{old}, {wrong or f'{self._prepared.code} too: {answers}'}")
        if not wrong:
            self._done(7, f"{self._prepared.code} is gone, nothing new is red, {answers}")
            return self._end(Outcome.FIXED, answers)
        self._fail(7, wrong)
        worse = bool(self._new_red(after)) or _count_answering(after) < _count_answering(self._before)
        return self._end(Outcome.WORSE if worse else Outcome.NOT_FIXED, f"{wrong}; {answers}")

    def _fixed_wrong(self, after: Diagnosis) -> str:
        """What is still wrong after a fix, or ""."""
        if after.finding(self._prepared.finding_id) is not None:
            return f"{self._prepared.finding_id} is still there"
        new = self._new_red(after)
        if new:
            return f"new: {', '.join(new[:3])}"
        old = self._before.finding(self._prepared.finding_id)
        left = [id for id in (old.explains if old else ()) if after.finding(id) is not None]
        if left:
            return f"still there: {', '.join(left[:3])}"
        unprobed = [
            node.label
            for node in after.of_kind(NodeKind.VIP)
            if not any(check.id.startswith("probe:") and check.state is not State.UNKNOWN for check in node.checks)
        ]
        if unprobed:
            return f"whether {unprobed[0]} answers clients could not be checked"
        return ""

    def _undone_wrong(self, after: Diagnosis) -> str:
        if after.finding(self._prepared.finding_id) is None:
            return f"{self._prepared.code} did not come back"
        return ""

    def _new_red(self, after: Diagnosis) -> list[str]:
        known = {finding.id for finding in self._before.findings}
        return [
            finding.id for finding in after.findings if finding.severity is Severity.FAILED and finding.id not in known
        ]

    def _change(self, number: int, **changes: object) -> None:
        steps = list(self._now.steps)
        steps[number - 1] = replace(steps[number - 1], **changes)  # type: ignore[arg-type]
        self._now = replace(self._now, steps=tuple(steps), elapsed=time.monotonic() - self._started)
        self._report(self._now)

    def _begin(self, number: int, detail: str = "", notes: tuple[str, ...] = ()) -> None:
        self._step_started = time.monotonic()
        self._change(number, state=StepState.RUNNING, detail=detail, notes=notes)

    def _done(self, number: int, detail: str, notes: tuple[str, ...] = ()) -> None:
        took = time.monotonic() - self._step_started
        self._change(number, state=StepState.DONE, detail=detail, seconds=took, notes=notes)

    def _fail(self, number: int, detail: str) -> None:
        took = time.monotonic() - self._step_started
        self._change(number, state=StepState.FAILED, detail=detail, seconds=took)

    def _skip(self, *numbers: int) -> None:
        for number in numbers:
            self._change(number, state=StepState.SKIPPED)

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

    def lost(self, why: str) -> Transaction:
        """End it because the appliance cannot be reached any more."""
        running = next((i for i, step in enumerate(self._now.steps, 1) if step.state is StepState.RUNNING), None)
        if running is not None:
            self._fail(running, why)
        told = {
            True: "the new bytes are in place",
            False: "nothing was written",
            None: "the file has the old bytes or the new ones, whole",
        }[self._now.wrote]
        return self._end(Outcome.LOST, f"{why}; {told}")


def _told_by_digest(write: Write, digest: str) -> WriteResult:
    if digest == write.after_sha256:
        return WriteResult.WRITTEN
    if digest == write.before_sha256:
        return WriteResult.RESTORED
    return WriteResult.TORN if digest else WriteResult.UNKNOWN


def _count_answering(diagnosis: Diagnosis) -> int:
    return sum(node.state is State.OK for node in diagnosis.of_kind(NodeKind.VIP))


def _answering(diagnosis: Diagnosis) -> str:
    vips = diagnosis.of_kind(NodeKind.VIP)
    return f"{_count_answering(diagnosis)} of {len(vips)} VIPs answer"
