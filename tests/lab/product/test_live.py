"""The live loop on the appliance: a change is seen at once, a lost connection is said and found again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Final

import pytest

from checks.model import State, Verdict
from checks.snapshot import Phase, Snapshot
from tests.lab.bench import Bench
from tests.lab.faults.ranges import ANYIP
from tests.lab.product.doctor import visit

# Nothing but the appliance's own word, or a connection that ends, can bring a reading before that.
NEVER: Final = 3600.0
# How long a busy machine may take for a login and a reading.
PATIENCE: Final = 60.0
BAD: Final = (State.WARNING, State.FAILED)
RANGE: Final = "10.10.18.16/28"


async def until(snapshots: AsyncIterator[Snapshot], wanted: Callable[[Snapshot], bool], seconds: float) -> Snapshot:
    """The first moment that is wanted."""
    async with asyncio.timeout(seconds):
        async for snapshot in snapshots:
            if wanted(snapshot):
                return snapshot
    raise AssertionError("the session ended")


def state_of(snapshot: Snapshot, node: str) -> State:
    return next(one.state for one in snapshot.diagnosis.nodes if one.id == node)


def healthy(snapshot: Snapshot) -> bool:
    return snapshot.phase is Phase.LIVE and snapshot.diagnosis.verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("change", "node", "back"),
    [
        pytest.param("systemctl stop haproxy", "unit:haproxy", "systemctl start haproxy", id="a unit stops"),
        pytest.param(
            f"ip route del local {RANGE} dev lo", f"range:{RANGE}", f"ip route add local {RANGE} dev lo",
            id="a route goes without a word",
        ),
        pytest.param(
            "sed s/18.16/18.18/ $F >/root/typed; cat /root/typed >$F".replace("$F", ANYIP), "unit:anyip-routes",
            f"systemctl stop anyip-routes; sed -i s/18.18/18.16/ {ANYIP}; systemctl start anyip-routes",
            id="a line is mistyped",
        ),
    ],
)  # fmt: skip
async def test_a_change_is_on_the_screen_at_once(
    healthy_lab: Bench, state: Path, change: str, node: str, back: str
) -> None:
    async with visit(healthy_lab, state, every=NEVER) as session, aclosing(session.snapshots()) as snapshots:  # type: ignore[type-var]
        await until(snapshots, healthy, PATIENCE)
        healthy_lab.box.must(change)
        await until(snapshots, lambda seen: state_of(seen, node) in BAD, PATIENCE)
        healthy_lab.box.must(back)
        mended = await until(snapshots, lambda seen: state_of(seen, node) is State.OK, PATIENCE)
        assert [told for told in mended.timeline if told.state in BAD]


async def test_a_lost_connection_is_said_and_found_again(healthy_lab: Bench, state: Path) -> None:
    async with visit(healthy_lab, state, every=NEVER) as session, aclosing(session.snapshots()) as snapshots:  # type: ignore[type-var]
        await until(snapshots, healthy, PATIENCE)
        healthy_lab.jump.cut_connections()
        lost = await until(snapshots, lambda seen: seen.phase is Phase.LOST, PATIENCE)
        assert {node.state for node in lost.diagnosis.nodes if node.kind.value == "unit"} == {State.UNKNOWN}
        assert lost.diagnosis.verdict is not Verdict.HEALTHY
        await until(snapshots, healthy, PATIENCE)
