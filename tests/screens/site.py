"""A site on the screen without a session: sample snapshots, scripted controls, the screen's text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.pilot import Pilot

from checks.evidence.evidence import Evidence
from checks.evidence.journal import JournalLine
from checks.evidence.system import Certificate, Disk, PasswordAge
from checks.model import Check, Diagnosis, State, Vantage
from checks.plan import Fix
from checks.refusal import Refusal
from checks.snapshot import Change, Origin, Phase, Snapshot, SourceKind
from checks.transaction import STEPS, Left, Outcome, Prepared, StepState, Transaction, TransactionStep, Unfinished
from screens.base_app import BaseApp
from screens.main import MainScreen
from tests import samples

NOW = datetime(2020, 11, 20, 15, 33, 14, tzinfo=UTC)
ORIGIN = Origin(
    SourceKind.LIVE,
    "root@haproxy.jarvis.lab",
    via=("jump01",),
    client_vantage=Vantage.JUMP,
    site="jarvis",
    user="root",
    client_address="10.10.18.50",
)
TIMELINE = (
    Change(NOW - timedelta(minutes=3), "anyip-routes failed", State.FAILED),
    Change(NOW - timedelta(seconds=30), "3 of 3 VIPs answer", State.OK),
)
FIX = replace(samples.FIX, back=samples.FIX.steps)
_STARTED = NOW - timedelta(seconds=2)
CUT_OFF = Unfinished(
    "20201120-153314-A01",
    samples.A01,
    "A01",
    "fix",
    "anna@desk",
    30.0,
    "write",
    Left.OLD,
    "a fix of A01 by anna@desk was cut off before the write: anyip-routes.cfg has its old bytes",
    can_go_on=True,
    can_undo=True,
)


def evidence() -> Evidence:
    """What the panels read beside the diagnosis."""
    lines = ("adding route for 10.10.18.18/28", "RTNETLINK answers: Invalid argument")
    return Evidence(
        journal={
            "anyip-routes": tuple(
                JournalLine("anyip-routes", text, NOW - timedelta(minutes=3), priority=3 if "RTNET" in text else 6)
                for text in lines
            )
        },
        password_age=PasswordAge((NOW + timedelta(days=62)).date(), False),
        certificate=Certificate(NOW, datetime(2030, 11, 18, tzinfo=UTC), "haproxy", "haproxy", ""),
        disks=(Disk("/", 12_400_000_000, 31),),
    )


def snapshot(diagnosis: Diagnosis, **changes: Any) -> Snapshot:
    """A live moment, read two seconds ago."""
    moment = Snapshot(ORIGIN, Phase.LIVE, diagnosis, evidence(), read_at=_STARTED, timeline=TIMELINE)
    return replace(moment, **changes)


def sample(name: str) -> Snapshot:
    """The sample diagnosis of that name as a live moment."""
    return snapshot(getattr(samples, name)())


def prepared(fix: Fix = FIX, **changes: Any) -> Prepared:
    """The plan for A01."""
    plan = Prepared(
        fix_id="20201120-153314-A01",
        finding_id=samples.A01,
        code="A01",
        title="10.10.18.18/28 is not a network address",
        target="haproxy.jarvis.lab",
        fix=fix,
        file_facts="0644 root, 477 bytes",
        backup="/etc/vmware/anyip-routes.cfg.noroute-20201120-153314",
        preconditions=(
            Check("bytes", State.OK, "the file still has the bytes of this diff"),
            Check("writer", State.OK, "may write: root"),
            Check("room", State.OK, "12.4 GB free"),
        ),
        may_reboot=True,
    )
    return replace(plan, **changes)


def transaction(plan: Prepared, current: int, outcome: Outcome | None = None, **changes: Any) -> Transaction:
    """One moment of carrying out ``plan``, at step ``current`` of seven."""
    details = ("the file still has the bytes of the diff", "anyip-routes.cfg.noroute-20201120-153314", "line 9")
    steps = []
    for number, name in enumerate(STEPS, 1):
        done = outcome is not None or number < current
        state = StepState.DONE if done else StepState.RUNNING if number == current else StepState.PLANNED
        if number == len(STEPS) and outcome in (Outcome.NOT_FIXED, Outcome.WORSE):
            state = StepState.FAILED
        steps.append(TransactionStep(name, state, (details + ("",) * 4)[number - 1], 0.1 if done else None))
    moment = Transaction(plan, tuple(steps), NOW, outcome=outcome, wrote=bool(current > 3 or outcome))
    return replace(moment, **changes)


class ScriptedControls:
    """Answers as a session would; ``ready`` lets it answer, ``go`` lets the running
    fix take its next step. After a fix the site is healthy."""

    def __init__(self, app: SampleApp | None = None) -> None:
        self.app = app
        self.asked: list[str] = []
        self.refusal: Refusal | None = None
        self.declines: Refusal | None = None
        self.production = ""
        self.vantages: tuple[Vantage, ...] = (Vantage.HERE, Vantage.JUMP)
        self.outcome = Outcome.FIXED
        self.unverified = ""
        self.go = asyncio.Semaphore(0)
        self.pause = self.breaks = False
        self.ready = asyncio.Event()
        self.ready.set()
        self.error: Exception | None = None

    def stop_after(self, steps: int) -> None:
        """Let a fix go on for so many of its moments, and no farther."""
        self.pause, self.go = True, asyncio.Semaphore(steps)

    def probe_from(self, vantage: Vantage) -> None:
        """Note it."""
        self.asked.append(f"probe from {vantage}")

    def recheck(self) -> None:
        """Count it."""
        self.asked.append("recheck")

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        """The plan of the samples."""
        self.asked.append(f"fix {finding_id}{' reboot' if reboot else ''}")
        await self.ready.wait()
        if self.error is not None:
            raise self.error
        if self.refusal is not None:
            raise self.refusal
        fix = FIX.by_reboot() if reboot else FIX
        return prepared(fix, production=self.production)

    async def prepare_undo(self, fix_id: str | None = None, *, reboot: bool = False) -> Prepared:
        """The way back."""
        self.asked.append(f"undo {fix_id or ''}{' reboot' if reboot else ''}".strip())
        if self.refusal is not None:
            raise self.refusal
        write = replace(samples.WRITE, before=samples.WRITE.after, after=samples.WRITE.before)
        fix = replace(samples.FIX, summary="put the backup in place", steps=(write, *samples.FIX.steps[1:]))
        fix = replace(fix, interrupts="brings A01 back: 3 VIPs stop answering", verifies=("the file's old bytes",))
        fix = fix.by_reboot() if reboot else fix
        return prepared(fix, undo=True, title="brings A01 back: 3 VIPs stop answering")

    async def carry_out(self, plan: Prepared) -> AsyncIterator[Transaction]:
        """Seven steps, then the outcome; the site changes with it."""
        self.asked.append(f"carry out {plan.fix_id}{' undo' if plan.undo else ''}")
        if self.declines is not None:
            if self.pause:
                await self.go.acquire()
            raise self.declines
        for number in range(1, 8):
            if self.breaks and number == 4:
                raise RuntimeError("hunter2")
            if self.pause:
                await self.go.acquire()
            yield transaction(plan, number, elapsed=float(number), remaining=10.0 - number)
        outcome = Outcome.UNDONE if plan.undo else self.outcome
        if self.app is not None and outcome in (Outcome.FIXED, Outcome.UNDONE):
            after = samples.article() if plan.undo else samples.healthy()
            self.app.main.snapshot = snapshot(after, can_undo=not plan.undo)
        sentence = "3 of 3 VIPs answer from jump01" if outcome is Outcome.FIXED else "1 of 3 VIPs answers"
        if self.unverified:
            sentence = f"done; {self.unverified}"
        yield transaction(plan, 7, outcome, sentence=sentence, elapsed=8.0, unverified=self.unverified)


class Going(ScriptedControls):
    """Controls that can go on with a fix."""

    async def prepare_resume(self) -> Prepared:
        """What is left."""
        self.asked.append("resume")
        return prepared(title="goes on where it was cut off")


class SampleApp(BaseApp[int]):
    """The main screen with a sample on it and scripted controls behind its keys."""

    def __init__(self, name: str | Snapshot, **options: Any) -> None:
        super().__init__(**options)
        self.main = MainScreen(sample(name) if isinstance(name, str) else name, clock=lambda: NOW)
        self.scripted = ScriptedControls(self)
        self.main.controls = self.scripted

    def on_mount(self) -> None:
        """The only screen."""
        self.push_screen(self.main)


def screen_rows(app: App[Any]) -> list[list[Segment]]:
    """What the terminal shows, row by row, as it is written. The one place that reads Textual's insides."""
    return [list(strip) for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[Any]) -> str:
    """What the terminal shows, row by row, without trailing blanks."""
    return "\n".join("".join(segment.text for segment in row).rstrip() for row in screen_rows(app))


async def until(pilot: Pilot[Any], text: str, gone: bool = False) -> str:
    """The screen's text as soon as it holds ``text`` (or no longer does)."""
    for _ in range(200):
        shown = screen_text(pilot.app)
        if (text in shown) is not gone:
            return shown
        await pilot.pause(0.01)
    raise AssertionError(f"{text!r} {'stayed' if gone else 'did not come'}:\n{screen_text(pilot.app)}")
