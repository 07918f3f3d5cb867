"""The live loop on the simulated site: a change there is seen at once, and told as it happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from checks.evidence.probes import Answer, Probe
from checks.model import NodeKind, State, Vantage, Verdict
from checks.prompts import NeverAsk
from checks.session import Session, open_session
from checks.site import Site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.transaction import Prepared
from tui.demo.site import simulated
from tui.session_opening import demo_target

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


async def test_another_place_counts_and_both_are_compared(tmp_path: Path) -> None:
    """This machine of the demo is a pair of sockets: real bytes, and none leaves the process."""
    origin = Origin(SourceKind.DEMO, "demo", via=("demo-jump",), client_vantage=Vantage.JUMP, user="root")
    async with (
        simulated("no-route-to-host", clock=20.0) as demo,
        open_session(demo_target(demo), origin, asker=NeverAsk(), state=tmp_path, every=600.0) as session,
    ):
        snapshots = session.snapshots()
        first = await _until(snapshots, Verdict.BROKEN)
        assert _places(first) == {"jump", "appliance"}
        assert session.vantages == (Vantage.HERE, Vantage.JUMP)
        session.probe_from(Vantage.HERE)
        async with asyncio.timeout(_AT_ONCE):
            async for moved in snapshots:
                if moved.origin.client_vantage is Vantage.HERE:
                    break
        assert _places(moved) == {"here", "jump", "appliance"}
        assert moved.diagnosis.verdict is Verdict.BROKEN
        (vip,) = (node for node in moved.diagnosis.nodes if node.id == "vip:10.10.18.19:443")
        here = vip.mark("here")
        assert here is not None and here.state is State.FAILED and here.detail.startswith("no route to host")
        plan = await session.prepare_fix(moved.diagnosis.roots[0])
        session.probe_from(Vantage.JUMP)
        await _repaired(session, plan)
        assert session.snapshot.origin.client_vantage is Vantage.HERE, "verified from where it was confirmed"
        session.probe_from(Vantage.HERE)
        healed = await _until(snapshots, Verdict.HEALTHY)
        while healed.origin.client_vantage is not Vantage.HERE:
            healed = await _until(snapshots, Verdict.HEALTHY)
        assert healed.diagnosis.sentence.endswith("from here")
        await snapshots.aclose()  # type: ignore[attr-defined]


async def test_the_api_is_asked_at_the_port_that_the_appliance_names(tmp_path: Path) -> None:
    """Not at the plan's: what nobody listens on says nothing of the API."""
    origin = Origin(SourceKind.DEMO, "demo", client_vantage=Vantage.JUMP, user="root")
    plan = Site(dataplane_port=5999)
    async with (
        simulated("healthy", clock=20.0) as demo,
        open_session(demo_target(demo), origin, asker=NeverAsk(), state=tmp_path, site=plan) as session,
    ):
        for _ in range(2):
            snapshot = await session.once()
            asked = {(probe.port, probe.answer) for probe in _of_the_appliance(snapshot)}
            assert asked == {(22, Answer.OK), (5556, Answer.OK)}
            nodes = {node.label: node.note for node in snapshot.diagnosis.of_kind(NodeKind.LISTENER)}
            assert nodes == {"ssh": "192.168.100.10:22", "dataplane API": "192.168.100.10:5556"}


def _of_the_appliance(snapshot: Snapshot) -> list[Probe]:
    assert snapshot.evidence is not None
    return [probe for probe in snapshot.evidence.probes if probe.address == "192.168.100.10"]


def _places(snapshot: Snapshot) -> set[str]:
    return {check.mark for node in snapshot.diagnosis.of_kind(NodeKind.VIP) for check in node.checks if check.mark}


async def _repaired(session: Session, plan: Prepared) -> None:
    last = [moment async for moment in session.carry_out(plan)][-1]
    assert last.proven, last.sentence
