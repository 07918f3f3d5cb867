"""The live loop: connect, collect, probe, diagnose, and again; and the fixes that it carries out.

One session owns one connection. Everything it learns leaves it as frozen snapshots.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from checks.background_diagnosis import Seen, judged
from checks.changes import changes, same
from checks.collector import Collector, Round
from checks.diagnosis import diagnose
from checks.evidence.evidence import Evidence, Login, read
from checks.evidence.section import Reading
from checks.fix_service import Repairs
from checks.model import Diagnosis, State, Vantage
from checks.prompts import Asker
from checks.refusal import STRANGER, Refusal
from checks.site import Site
from checks.snapshot import Change, Origin, Phase, Snapshot, shut_by
from checks.sources.connection import Connection
from checks.sources.target import Target
from checks.transaction import Prepared, Transaction

_TIMELINE = 200
# Between two pictures of the first reading: an eye follows ten a second.
_FILL_IN = 0.1
# So many moments wait for who is slow: a loss that is over at once is still seen.
_BEHIND = 16
_BACKOFF = (1.0, 2.0, 4.0, 8.0, 15.0)
# A unit that restarts says so in several lines, within a moment (s).
_SETTLE = 0.3
_LOST = "the connection was lost: nothing is known about the appliance's inside"
_DOUBLINGS = 8


class Session:
    """One appliance, live. Open it with :func:`open_session`."""

    def __init__(
        self,
        target: Target,
        origin: Origin,
        *,
        asker: Asker,
        state: Path,
        site: Site | None = None,
        extra_vips: tuple[str, ...] = (),
        every: float = 15.0,
    ) -> None:
        self._site, self._every = site or Site(), every
        self._collector = Collector(target, asker, state, self._site, extra_vips)
        self._repairs = Repairs(state, self._site, self)
        self._again = asyncio.Event()
        self._busy = asyncio.Lock()
        self._listeners: list[asyncio.Queue[Snapshot]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = self._wanted = origin.client_vantage
        # What was known the last time that the appliance could be read; ``_lost`` while it cannot be any more.
        self._known: Diagnosis | None = None
        self._lost = False
        self._now = Snapshot(origin, Phase.CONNECTING, self._blank())

    @property
    def snapshot(self) -> Snapshot:
        """The present moment."""
        return self._now

    def recheck(self) -> None:
        """Read and probe again now."""
        self._again.set()

    @property
    def vantages(self) -> tuple[Vantage, ...]:
        """The places where users may stand."""
        return (Vantage.HERE, Vantage.JUMP) if self._now.origin.via else (Vantage.HERE,)

    def probe_from(self, vantage: Vantage) -> None:
        """Let that place count as the users' from the next regular reading on; the one before it is asked too. Never
        inside a fix: what was confirmed is verified from where it was confirmed."""
        self._wanted = vantage
        self._again.set()

    async def once(self) -> Snapshot:
        """Connect if needed, read, probe and diagnose once. Never raises for an appliance that cannot be reached:
        the snapshot is ``shut`` then and its evidence says why."""
        async with self._busy:
            await self._round()
        return self._now

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """Every moment from now on, until the iterator is closed; who is far behind misses the oldest. Reads again when
        asked, when the connection was lost, and every so many seconds."""
        queue: asyncio.Queue[Snapshot] = asyncio.Queue(_BEHIND)
        self._listeners.append(queue)
        loop = asyncio.create_task(self._loop())
        getting = asyncio.create_task(queue.get())
        try:
            yield self._now
            while True:
                await asyncio.wait({getting, loop}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    loop.result()
                    return
                moment, getting = getting.result(), asyncio.create_task(queue.get())
                yield moment
        finally:
            self._listeners.remove(queue)
            for task in (getting, loop):
                task.cancel()
            await asyncio.gather(getting, loop, return_exceptions=True)

    async def close(self) -> None:
        """End a running fix's watching and the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._collector.close()

    # -- reading ---------------------------------------------------------------------------------------------

    async def _loop(self) -> None:
        failures = quiet = 0
        try:
            while True:
                before = self._now.diagnosis
                self._again.clear()
                self._collector.changed.clear()
                async with self._busy:
                    self._client = self._wanted
                    await self._own_up_to_a_loss()
                    await self._round()
                failed = self._now.shut or self._now.phase is Phase.LOST
                failures = failures + 1 if failed else 0
                quiet = quiet + 1 if same(before, self._now.diagnosis) else 0
                if self._now.shut:
                    pause = None  # refused at the door: only a person can change that
                else:
                    pause = _BACKOFF[min(failures, len(_BACKOFF)) - 1] if failed else self._every
                if failed and pause is not None:
                    self._publish(replace(self._now, retry_at=datetime.now(UTC) + timedelta(seconds=pause)))
                await self._wait(pause, quiet)
        finally:
            await self._collector.stop_following()

    async def _wait(self, seconds: float | None, quiet: int) -> None:
        """Until somebody asks, something changes there, the connection goes, or the time is up. An appliance that
        keeps saying "changed" when nothing did is believed less and less."""
        now = {asyncio.create_task(self._again.wait())}
        connection = self._collector.connection
        if connection is not None and not connection.lost.is_set():
            now.add(asyncio.create_task(connection.lost.wait()))
        changed = asyncio.create_task(self._collector.changed.wait())
        try:
            await asyncio.wait({*now, changed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if changed.done() and not any(task.done() for task in now):
                settle = min(_SETTLE * 2 ** min(quiet, _DOUBLINGS), self._every)
                await asyncio.wait(now, timeout=settle, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*now, changed):
                task.cancel()

    async def _round(self) -> None:
        """One look, from the connection to the diagnosis; publishes as it goes."""
        work = Round()
        phase = Phase.READING if self._collector.connection else Phase.CONNECTING
        before = replace(self._now, phase=phase, detail="")
        # Of a door that was shut nothing stays: it may open now.
        self._publish(replace(before, diagnosis=self._blank(), evidence=None) if self._now.shut else before)
        filling_in = asyncio.create_task(self._fill_in(work))
        try:
            await self._collector.look(
                work,
                self._client,
                follow=bool(self._listeners),
                meanwhile=lambda: self._show_meanwhile(work),
            )
        except Refusal as refusal:
            was_in = self._now.read_at is not None
            if refusal.code == STRANGER:
                # What answers on another machine's ports says nothing about a site.
                work = Round(work.started)
            work.login = Login(False, refusal.sentence, refusal.code, refusal.said)
            final = refusal.code or refusal.final or not was_in
            await self._settle(work, shut_by(refusal.code) if final else Phase.LOST, refusal.sentence)
            return
        finally:
            filling_in.cancel()
            await asyncio.gather(filling_in, return_exceptions=True)
            self._name_user()
        if not work.reading.complete and not work.reading.sections:
            work.login = Login(False, _LOST)
        lost = not work.reading.complete
        await self._settle(work, Phase.LOST if lost else Phase.LIVE, "; ".join(work.reading.remarks))

    def _blank(self) -> Diagnosis:
        return diagnose(read(Reading(), pending=True, client_vantage=self._client), self._site)

    async def _own_up_to_a_loss(self) -> None:
        """From the moment that the connection is gone nothing is known any more, however soon it is back."""
        connection = self._collector.connection
        if self._now.phase is Phase.LIVE and connection is not None and connection.lost.is_set():
            await self._settle(Round(login=Login(False, _LOST)), Phase.LOST, "the connection ended")

    def _name_user(self) -> None:
        connection = self._collector.connection
        if connection is not None and not self._now.origin.user:
            origin = replace(self._now.origin, user=connection.appliance.user)
            self._now = replace(self._now, origin=origin)

    async def _judged(self, work: Round, *, pending: bool) -> tuple[Evidence, Diagnosis]:
        """What has come so far, and what it says."""
        seen = Seen(work.reading, tuple(work.probes), work.login, pending, self._client, tuple(self._collector.vips))
        return await judged(seen, self._site, watched=bool(self._listeners))

    async def _fill_in(self, work: Round) -> None:
        """Let the first look fill in as it comes, as often as leaves the screen most of the time; later ones replace
        the old picture when they are whole."""
        if self._now.read_at is not None or not self._listeners:
            return
        while await work.more.wait():
            work.more.clear()
            started = time.monotonic()
            _, diagnosis = await self._judged(work, pending=True)
            self._publish(replace(self._now, phase=Phase.READING, diagnosis=diagnosis))
            await asyncio.sleep(max(_FILL_IN, 3 * (time.monotonic() - started)))

    async def _show_meanwhile(self, work: Round) -> None:
        """Show what changed on the appliance while dead addresses are still waited for: with what clients saw the last
        time, where they have not looked again."""
        if self._now.read_at is None or self._now.evidence is None or not work.reading.complete:
            return
        if self._now.evidence.client_vantage is not self._client:
            return
        seen = {(probe.vantage, probe.target) for probe in work.probes}
        old = [probe for probe in self._now.evidence.probes if (probe.vantage, probe.target) not in seen]
        mixed = Round(work.started, work.reading, work.login, [*work.probes, *old])
        evidence, diagnosis = await self._judged(mixed, pending=False)
        lines = changes(self._known, diagnosis, datetime.now(UTC))
        self._known = diagnosis
        timeline = (*self._now.timeline, *lines)[-_TIMELINE:]
        self._publish(replace(self._now, diagnosis=diagnosis, evidence=evidence, timeline=timeline))

    async def _settle(self, work: Round, phase: Phase, detail: str) -> None:
        if phase is Phase.LOST:
            # Who is gone has seen nothing, whatever seemed so in its last seconds.
            work.probes[:] = [probe for probe in work.probes if self._collector.has(probe.vantage)]
        evidence, diagnosis = await self._judged(work, pending=False)
        if phase is Phase.STRANGER:  # there is no appliance to draw
            diagnosis = replace(diagnosis, nodes=(), edges=())
        now = datetime.now(UTC)
        lines: tuple[Change, ...] = ()
        if phase is Phase.LIVE:
            back = (Change(now, "connected again", State.OK),) if self._lost else ()
            lines = (*back, *changes(self._known, diagnosis, now))
            self._known = diagnosis
        elif phase is Phase.LOST and not self._lost:
            lines = (Change(now, f"lost: {detail}", State.WARNING),)
        self._lost = phase is Phase.LOST
        self._publish(
            replace(
                self._now,
                origin=replace(self._now.origin, client_vantage=self._client),
                phase=phase,
                diagnosis=diagnosis,
                evidence=evidence,
                read_at=now if phase is Phase.LIVE else self._now.read_at,
                duration_ms=round((time.monotonic() - work.started) * 1000),
                detail=detail,
                retry_at=None,
                timeline=(*self._now.timeline, *lines)[-_TIMELINE:],
                **self._kept(evidence),
            )
        )

    def _publish(self, snapshot: Snapshot) -> None:
        if snapshot == self._now:
            return
        self._now = snapshot
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(snapshot)

    # -- repairing -------------------------------------------------------------------------------------------

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        """See :meth:`checks.fix_service.Repairs.prepare_fix`."""
        async with self._busy:
            return await self._repairs.prepare_fix(finding_id, reboot=reboot)

    async def prepare_undo(self, fix_id: str | None = None, *, reboot: bool = False) -> Prepared:
        """See :meth:`checks.fix_service.Repairs.prepare_undo`."""
        async with self._busy:
            return await self._repairs.prepare_undo(fix_id, reboot=reboot)

    async def prepare_resume(self) -> Prepared:
        """See :meth:`checks.fix_service.Repairs.prepare_resume`."""
        async with self._busy:
            return await self._repairs.prepare_resume()

    async def fresh(self) -> Connection:
        """Read the appliance anew, so that a plan is made from its present bytes, for whoever holds the session. What
        clients see is kept as it was: waiting for dead addresses would tell the plan nothing."""
        seen = self._now.evidence
        if seen is None or not seen.probes:
            return await self._first()
        work = Round(probes=list(seen.probes))
        try:
            work.reading = await self._collector.read()
            connection = await self._collector.connected()
        except Refusal as refusal:
            raise Refusal(refusal.sentence, 3, code=refusal.code, said=refusal.said) from None
        if not work.reading.complete:
            raise Refusal("; ".join(work.reading.remarks) or "the appliance cannot be read", 3)
        await self._settle(work, Phase.LIVE, "")
        return connection

    async def _first(self) -> Connection:
        """A whole look, where none was taken yet. Refusal (3) where the appliance cannot be read."""
        await self._round()
        if self._now.phase is not Phase.LIVE:
            login = self._now.evidence.login if self._now.evidence else Login()
            raise Refusal(self._now.detail or "the appliance cannot be read", 3, code=login.code, said=login.said)
        return await self._collector.connected()

    async def read_again(self) -> Diagnosis:
        """Read and probe once more, for whoever holds the session."""
        await self._round()
        return self._now.diagnosis

    async def carry_out(self, prepared: Prepared) -> AsyncIterator[Transaction]:
        """Run exactly that plan; a new value at each change, the last with an outcome. Refusal where nothing was begun.
        The fix goes on to its end even where nobody iterates any more."""
        queue: asyncio.Queue[Transaction | None] = asyncio.Queue()
        task = asyncio.create_task(self._carry_out(prepared, queue))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        while (transaction := await queue.get()) is not None:
            yield transaction
        await task

    async def _carry_out(self, prepared: Prepared, queue: asyncio.Queue[Transaction | None]) -> None:
        def report(transaction: Transaction) -> None:
            queue.put_nowait(transaction)
            self._publish(replace(self._now, phase=Phase.FIXING, transaction=transaction))

        try:
            async with self._busy:
                self._client = prepared.client
                ended = await self._repairs.carry_out(prepared, report, asyncio.sleep)
                said = f"{prepared.kind} of {prepared.code}: {ended.ending}"
                moment = replace(
                    self._now,
                    phase=Phase.LIVE,
                    timeline=(*self._now.timeline, Change(datetime.now(UTC), said, ended.state))[-_TIMELINE:],
                    **self._kept(self._now.evidence),
                )
                connection = self._collector.connection
                if connection is not None and connection.lost.is_set():
                    self._now = moment
                    await self._own_up_to_a_loss()
                else:
                    self._publish(moment)
            self.recheck()
        finally:
            queue.put_nowait(None)

    def _kept(self, evidence: Evidence | None) -> dict[str, Any]:
        """What the records say of the appliance."""
        appliance = self._collector.fingerprint
        found = self._repairs.unfinished(evidence, appliance) if evidence is not None else None
        return {"can_undo": self._repairs.can_undo(appliance), "unfinished": found}


@asynccontextmanager
async def open_session(
    target: Target,
    origin: Origin,
    *,
    asker: Asker,
    state: Path,
    site: Site | None = None,
    extra_vips: tuple[str, ...] = (),
    every: float = 15.0,
) -> AsyncIterator[Session]:
    """A session that is closed at the end. Nothing is connected before the first reading."""
    session = Session(target, origin, asker=asker, state=state, site=site, extra_vips=extra_vips, every=every)
    try:
        yield session
    finally:
        await session.close()
