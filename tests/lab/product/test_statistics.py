"""haproxy's statistics where the appliance has neither socat nor nc nor python3."""

from pathlib import Path

from tests.lab.addresses import PLAIN_USER
from tests.lab.bench import Bench
from tests.lab.product.doctor import read, visit

_TAKE_AWAY = (
    "rm -f $(command -v socat nc nc.openbsd) /etc/alternatives/nc; mv $(readlink -f $(command -v python3)) /root/kept"
)


async def test_they_come_over_the_connection(healthy_lab: Bench, state: Path) -> None:
    with_tools = await read(healthy_lab, state)
    healthy_lab.box.must(_TAKE_AWAY)
    async with visit(healthy_lab, state) as session:
        snapshot = await session.once()
    assert snapshot.evidence is not None
    assert snapshot.evidence.sections["show-stat"].code == 0
    # The stand-in for the Data Plane API is written in Python.
    assert [left.checks for left in snapshot.diagnosis.not_checked] == [("D09",)]
    assert snapshot.diagnosis.counts.ok + 1 == with_tools.counts.ok


async def test_who_may_not_ask_is_told_so(healthy_lab: Bench, state: Path) -> None:
    healthy_lab.box.must(_TAKE_AWAY)
    async with visit(healthy_lab, state, user=PLAIN_USER) as session:
        snapshot = await session.once()
    assert snapshot.evidence is not None
    assert "show-stat" in snapshot.evidence.missing
