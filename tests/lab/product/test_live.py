"""The live loop on the appliance: a change is seen at once, a lost connection is said and found again."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from checks.model import State, Vantage, Verdict
from checks.prompts import Asker
from checks.session import Session
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from tests.lab.bench import Bench
from tests.lab.faults.ranges import ANYIP
from tests.lab.product.doctor import ON_LINK, visit
from tests.screens.site import screen_text
from tui.app import NorouteApp

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


# Promised to whoever looks at the screen (s). Where a reading alone takes that long, a change takes two of them at
# most, as one may have begun just before it, and what lies between: the appliance's word, the moment in which it comes
# to rest, a picture.
SOON: Final = 2.0
READINGS: Final = 2
BETWEEN: Final = 1.0
TURNS: Final = 3


async def test_a_change_is_drawn_within_two_seconds(healthy_lab: Bench, state: Path) -> None:
    """From the moment at which the appliance's systemd has a unit change to the picture of the real program."""

    def opened(asker: Asker) -> AbstractAsyncContextManager[Session]:
        del asker
        return visit(healthy_lab, state, every=NEVER)

    app = NorouteApp(opened, origin=Origin(SourceKind.LIVE, ON_LINK, client_vantage=Vantage.JUMP))
    taken: list[float] = []
    async with app.run_test(size=(80, 24)) as pilot, asyncio.timeout(PATIENCE * 2 * TURNS):
        while "HEALTHY" not in screen_text(app):
            await pilot.pause(0.05)
        # The first one logged in too.
        first = app.main.snapshot.read_at
        await pilot.press("r")
        while app.main.snapshot.read_at == first:
            await pilot.pause(0.05)
        reading = app.main.snapshot.duration_ms / 1000
        for _ in range(TURNS):
            for change, word in (("stop", "stopped"), ("start", "active")):
                await asyncio.to_thread(healthy_lab.box.must, f"systemctl {change} haproxy")
                while not re.search(rf"haproxy +{word} ", screen_text(app)):
                    await pilot.pause(0.05)
                drawn = time.monotonic()
                said = "systemctl show -P StateChangeTimestampMonotonic haproxy"
                # The appliance's clock of this kind is this machine's: both run on one kernel.
                taken.append(drawn - int(await asyncio.to_thread(healthy_lab.box.must, said)) / 1e6)
            await asyncio.to_thread(healthy_lab.box.must, "systemctl reset-failed haproxy")
    told = ", ".join(f"{seconds:.2f}" for seconds in taken)
    print(f"drawn after {told} s, median {median(taken):.2f} s; a reading takes {reading:.2f} s")
    assert min(taken) > 0
    assert median(taken) <= max(SOON, READINGS * reading + BETWEEN), told


async def test_a_lost_connection_is_said_and_found_again(healthy_lab: Bench, state: Path) -> None:
    async with visit(healthy_lab, state, every=NEVER) as session, aclosing(session.snapshots()) as snapshots:  # type: ignore[type-var]
        await until(snapshots, healthy, PATIENCE)
        healthy_lab.jump.cut_connections()
        lost = await until(snapshots, lambda seen: seen.phase is Phase.LOST, PATIENCE)
        assert {node.state for node in lost.diagnosis.nodes if node.kind.value == "unit"} == {State.UNKNOWN}
        assert lost.diagnosis.verdict is not Verdict.HEALTHY
        await until(snapshots, healthy, PATIENCE)
