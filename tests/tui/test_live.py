"""The live loop on the simulated site: a change there is seen at once, and told as it happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from checks.asking import NeverAsk
from checks.model import State, Vantage, Verdict
from checks.session import open_session
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from tui.demo.site import simulated
from tui.opening import demo_target

# Far less than the regular reading: only the appliance's own word can have brought it.
_AT_ONCE = 10.0


async def _until(snapshots: AsyncIterator[Snapshot], verdict: Verdict) -> Snapshot:
    async with asyncio.timeout(_AT_ONCE):
        async for snapshot in snapshots:
            if snapshot.phase is Phase.LIVE and snapshot.diagnosis.verdict is verdict:
                return snapshot
    raise AssertionError("the session ended")


async def test_a_change_on_the_appliance_is_read_at_once(tmp_path: Path) -> None:
    """A route that goes and comes back, without a line in any journal."""
    origin = Origin(SourceKind.DEMO, "demo", client_vantage=Vantage.JUMP, user="root")
    async with (
        simulated("healthy", clock=20.0) as demo,
        open_session(demo_target(demo), origin, asker=NeverAsk(), state=tmp_path, every=600.0) as session,
    ):
        snapshots = session.snapshots()
        await _until(snapshots, Verdict.HEALTHY)
        demo.model.kernel.remove_local("10.10.18.16/28")
        broken = await _until(snapshots, Verdict.BROKEN)
        assert broken.diagnosis.roots == ("C02:10.10.18.16/28",)
        demo.model.kernel.add_local("10.10.18.16/28")
        again = await _until(snapshots, Verdict.HEALTHY)
        told = [(change.text, change.state) for change in again.timeline]
        assert ("0 of 2 VIPs answer", State.FAILED) in told
        assert told[-1] == ("broken -> healthy", State.OK)
        await snapshots.aclose()  # type: ignore[attr-defined]
