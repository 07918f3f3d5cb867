"""SSH cut in the middle: whatever was under way, what is said afterwards is true of the appliance's bytes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from checks.refusal import Refusal
from tests.lab.addresses import MANAGEMENT
from tests.lab.bench import Bench
from tests.lab.box import PROJECT
from tests.lab.commands import wait_for
from tests.lab.faults import FAULTS
from tests.lab.faults.ranges import ANYIP
from tests.lab.network import set_carrier
from tests.lab.product.doctor import PATIENCE, Said, carried_out, command, noroute, surroundings, visit
from tests.lab.product.gate import Gate
from tests.lab.product.traces import backups

ROOT: Final = "A01:10.10.18.18/28"
LOCK: Final = "/run/noroute.lock"


def cut_at_the_jump_host(lab: Bench) -> None:
    """Every connection through it ends; it listens again a moment later."""
    lab.jump.cut_connections()


def cut_at_the_appliance(lab: Bench) -> None:
    """The appliance's side of every login is killed, its sshd stays."""
    lab.box.run("pkill -KILL -f '^sshd: root'")


def pull_the_cable(lab: Bench) -> None:
    """Nothing arrives any more, and nobody says so. (The test that follows boots an appliance with its cable in.)"""
    set_carrier(lab.slot, MANAGEMENT.name, up=False)


CUTS: Final = (cut_at_the_jump_host, cut_at_the_appliance, pull_the_cable)


def run_and_cut(
    lab: Bench, state: Path, gate: Gate, cut: Callable[[Bench], None], *words: str, late: bool = False
) -> Said:
    """Run a command line, cut it off at the gate, and let the script on the appliance go on: at once, or (``late``)
    only when the command line has ended."""
    with subprocess.Popen(
        command(lab, *words), cwd=PROJECT, env=surroundings(state), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        try:
            gate.reached()
            cut(lab)
            if not late:
                gate.open()
            out, err = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
            gate.open()
    return Said(running.returncode, out, err)


@pytest.mark.parametrize("cut", CUTS)
def test_cut_while_collecting(healthy_lab: Bench, state: Path, cut: Callable[[Bench], None]) -> None:
    gate = Gate(healthy_lab, {"haproxy": "-v"})
    said = run_and_cut(healthy_lab, state, gate, cut, "check", "--format", "json")
    assert said.code == 3, said
    report = json.loads(said.out)
    assert report["verdict"] not in ("healthy", "broken")
    assert report["findings"] == []
    assert report["checks"]["unknown"] > 0
    assert "nothing is known about" in said.err


@pytest.mark.parametrize(
    ("cut", "tool", "pattern", "late"),
    [
        pytest.param(cut_at_the_appliance, "cp", "-p*", False, id="before the backup"),
        pytest.param(cut_at_the_jump_host, "dd", "*", False, id="before the write"),
        pytest.param(cut_at_the_appliance, "dd", "*", True, id="before a write that comes later"),
        pytest.param(cut_at_the_jump_host, "systemctl", "restart*", False, id="before the restart"),
    ],
)
def test_cut_in_a_fix(
    lab: Bench, state: Path, cut: Callable[[Bench], None], tool: str, pattern: str, late: bool
) -> None:
    """The file has the old bytes or the new ones, and what was said of them holds when the script has ended."""
    lab.apply("host-bits")
    old = lab.box.read(ANYIP)
    new = old.replace(b"10.10.18.18/28", b"10.10.18.16/28")
    said = run_and_cut(lab, state, Gate(lab, {tool: pattern}), cut, "fix", "A01", "--yes", late=late)
    await_the_end_of_the_script(lab)
    now = lab.box.read(ANYIP)
    assert now in (old, new)
    told = " ".join((said.out + said.err).lower().split())
    if said.code == 0 or "the file was changed" in told:
        assert now == new, said
    elif "the old bytes or the new ones" not in told:
        assert "nothing was written" in told, said
        assert now == old, said
    if now == new:
        [kept] = backups(lab)
        assert lab.box.read(f"/etc/vmware/{kept}") == old
        back = noroute(lab, state, "undo", "--yes")
        assert back.code == 0, back
        assert lab.box.read(ANYIP) == old


def await_the_end_of_the_script(lab: Bench) -> None:
    """As long as the script that writes runs, it holds the lock."""
    wait_for("the script on the appliance to end", lambda: lab.box.run(f"test -e {LOCK}").code != 0, seconds=40)


async def test_a_full_disk_stops_a_fix_before_it_writes(lab: Bench, state: Path) -> None:
    lab.apply("host-bits")
    before = lab.box.read(ANYIP)
    async with visit(lab, state) as session:
        await session.once()
        prepared = await session.prepare_fix(ROOT)
        FAULTS["disk-full"].break_it(lab)
        with pytest.raises(Refusal, match=r"is full\. Nothing was written"):
            await carried_out(session, prepared)

    refused = noroute(lab, state, "fix", "A01", "--yes")
    assert refused.code == 1, refused
    assert "is full" in refused.err
    assert "Nothing was written" in refused.err
    assert lab.box.read(ANYIP) == before
    assert backups(lab) == []
    report = json.loads(noroute(lab, state, "check", "--format", "json").out)
    assert "C16:/" in [found["id"] for found in report["findings"]]
