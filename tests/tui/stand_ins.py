"""A session that was scripted, and the snapshots that it hands out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from checks.evidence.evidence import Evidence, Login
from checks.model import Diagnosis, Vantage
from checks.prompts import Asker
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.transaction import Prepared, Transaction
from tests import samples

READ_AT = datetime(2020, 11, 20, 15, 33, 12, tzinfo=UTC)
LIVE = Origin(
    SourceKind.LIVE,
    "root@haproxy.jarvis.lab",
    via=("me@jump01",),
    client_vantage=Vantage.JUMP,
    site="jarvis",
    user="root",
)
DEMO = replace(LIVE, kind=SourceKind.DEMO, target="no-route-to-host", site="")


def snapshot(diagnosis: Diagnosis, origin: Origin = LIVE, evidence: Evidence | None = None) -> Snapshot:
    """A moment at which everything was read."""
    evidence = evidence or Evidence(taken_at=READ_AT)
    return Snapshot(origin, Phase.LIVE, diagnosis, evidence, read_at=READ_AT, duration_ms=3500)


def unreached(problem: str) -> Snapshot:
    """A moment at which nothing could be read."""
    evidence = Evidence(login=Login(reached=False, problem=problem))
    return Snapshot(LIVE, Phase.FAILED, samples.unknown(), evidence, duration_ms=40, detail=problem)


@dataclass
class ScriptedSession:
    """Hands out one snapshot, plans from a table, and transactions from a list; remembers what was carried out."""

    snapshot: Snapshot
    plans: dict[str, Prepared] = field(default_factory=dict)
    way_back: Prepared | None = None
    moments: list[Transaction] = field(default_factory=list)
    carried_out: list[Prepared] = field(default_factory=list)
    rest: Prepared | None = None

    async def once(self) -> Snapshot:
        return self.snapshot

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        plan = self.plans.get(finding_id)
        if plan is None:
            raise Refusal(f"{finding_id}: nothing to repair here", 2)
        return replace(plan, fix=plan.fix.by_reboot()) if reboot else plan

    async def prepare_undo(self, fix_id: str | None = None, *, reboot: bool = False) -> Prepared:
        if self.way_back is None or fix_id not in (None, self.way_back.fix_id):
            raise Refusal("there is no fix to undo", 2)
        return self.way_back

    async def prepare_resume(self) -> Prepared:
        if self.rest is None:
            raise Refusal("no fix was cut off on this appliance", 2)
        return self.rest

    async def carry_out(self, prepared: Prepared) -> AsyncIterator[Transaction]:
        self.carried_out.append(prepared)
        for moment in self.moments:
            yield replace(moment, prepared=prepared)


def way(session: ScriptedSession, site: Site | None = None) -> Callable[[Namespace], Any]:
    """What stands in place of ``tui.session_opening.way_of``."""

    @asynccontextmanager
    async def opened(asker: Asker) -> AsyncIterator[ScriptedSession]:
        del asker
        yield session

    return lambda options: SimpleNamespace(origin=session.snapshot.origin, site=site, open=opened)
