"""noroute stopped at each step of a fix in turn, killed or cut off: never a mixed file, never a lost backup, always a
next start that says what it found, and goes on or takes back.

The gate stands before each script that changes the appliance, before its write and before each command of the plan.
"""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from checks.session import Session
from checks.transaction import Left, Outcome, Prepared, Unfinished
from tests.lab.bench import Bench
from tests.lab.box import PROJECT
from tests.lab.faults.ranges import ANYIP
from tests.lab.product.doctor import PATIENCE, carried_out, command, noroute, surroundings, visit
from tests.lab.product.gate import Gate
from tests.lab.product.traces import backups, traces

# Both its bytes work, so that no look has to wait for addresses that do not answer.
FAULT: Final = "dotted-mask"
ROOT: Final = "A10:10.10.18.16/255.255.255.240"
SCRIPTS: Final = {"mkdir": "/run/noroute.lock", "dd": "*conv=notrunc", "systemctl": "re*"}
STOPS: Final = 10
STEPS: Final = (
    "precondition",
    f"write {ANYIP}",
    "act systemctl restart anyip-routes",
    "act systemctl reload haproxy",
    "verify",
)


class Ward:
    """One broken appliance that is broken again after each repair, and what its file has and is to have."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        lab.apply(FAULT)
        self.old = lab.box.read(ANYIP)
        self.new = self.old.replace(b"10.10.18.16/255.255.255.240", b"10.10.18.16/28")

    def again(self) -> None:
        """As at the beginning."""
        self.lab.box.must("rm -f /etc/vmware/*.noroute-* /var/lib/vmware/noroute.journal")
        if self.lab.box.read(ANYIP) != self.old:
            self.lab.box.write(ANYIP, self.old)
            self.lab.box.must("systemctl restart anyip-routes; systemctl reload haproxy")

    def whole(self) -> bytes:
        """The file's bytes: the old ones, or the new ones and a backup of the old ones."""
        now = self.lab.box.read(ANYIP)
        assert now in (self.old, self.new)
        kept = {self.lab.box.read(f"/etc/vmware/{name}") for name in backups(self.lab)}
        assert kept <= {self.old, self.new}, "a backup is whole"
        assert now == self.old or self.old in kept
        return now

    def assert_nothing_is_left_behind(self) -> None:
        assert [path for path in traces(self.lab) if not path.startswith(f"{ANYIP}.noroute-")] == []


def stopped(lab: Bench, state: Path, how: str, gate: Gate) -> int | None:
    """Run a fix up to the gate and stop it there; its exit code, None where it never came to the gate."""
    with subprocess.Popen(
        command(lab, "fix", ROOT, "--yes"), cwd=PROJECT, env=surroundings(state), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as running:  # fmt: skip
        try:
            while not gate.is_reached:
                try:
                    running.wait(0.05)
                    return None
                except subprocess.TimeoutExpired:
                    continue
            if how == "killed":
                running.kill()
            else:
                lab.jump.stop()
            gate.open()
            out, _ = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
            gate.open()
            if how != "killed" and gate.is_reached:
                lab.jump.start()
    gate.ended()
    print(f"{how}: exit {running.returncode}\n{out}", file=sys.stderr)
    return running.returncode


def points(ward: Ward, how: str, tmp_path: Path) -> Iterator[Path]:
    """The state folder of each stop, until a fix comes to its end."""
    for at in itertools.count(1):
        state = tmp_path / f"{how}-{at}"
        state.mkdir()
        ward.again()
        gate = Gate(ward.lab, SCRIPTS, at)
        code = stopped(ward.lab, state, how, gate)
        gate.remove()
        if code is None:
            return
        if how == "killed":
            assert code == -9
        else:
            # At the last gate it is verified already, and only the appliance's journal is not taken away.
            assert code == (3 if at < STOPS else 0)
        yield state


def explained(found: Unfinished, now: bytes, ward: Ward) -> None:
    """What is said of it is so."""
    assert found.can_go_on and found.can_undo and (found.code, found.kind) == ("A10", "fix")
    assert "was cut off" in found.sentence
    assert found.left is (Left.OLD if now == ward.old else Left.NEW)
    assert f"{ANYIP} has {'its old' if now == ward.old else 'the new'} bytes" in found.sentence


async def brought_to_an_end(session: Session, prepared: Prepared, outcome: Outcome) -> None:
    ended = await carried_out(session, prepared)
    assert ended.outcome is outcome, (ended.sentence, ended.log)
    assert session.snapshot.unfinished is None


@pytest.mark.parametrize("how", ["killed", "cut off"])
async def test_stopped_at_each_step(lab: Bench, tmp_path: Path, how: str) -> None:
    """What follows is carried out after every other stop only, here after the one half and there after the other: the
    same is done after each of them, in no time, where no appliance is needed (tests/checks/test_cut_off.py)."""
    ward, steps, left, number = Ward(lab), [], [], 0
    for number, state in enumerate(points(ward, how, tmp_path), 1):
        now = ward.whole()
        if number == 5:
            said = noroute(lab, state, "check")
            assert "was cut off" in said.out and "--resume" in said.out and "undo" in said.out
        async with visit(lab, state / "noroute") as session:
            found = (await session.once()).unfinished
            if found is not None:
                steps.append(found.step)
                left.append(found.left)
                explained(found, now, ward)
            elif number == 1:
                # Its first word had not come to the appliance: nothing had begun.
                assert now == ward.old and backups(lab) == []
            else:
                assert number == STOPS and now == ward.new and session.snapshot.can_undo
            if number == 1 or number % 2 == (how == "killed"):
                continue
            if found is not None and number % 4 < 2:
                await brought_to_an_end(session, await session.prepare_resume(), Outcome.FIXED)
                assert ward.whole() == ward.new
            else:
                await brought_to_an_end(session, await session.prepare_undo(), Outcome.UNDONE)
                assert ward.whole() == ward.old
            ward.assert_nothing_is_left_behind()
    assert number == STOPS
    assert list(dict.fromkeys(steps)) == list(STEPS), "each step was stopped at"
    assert {Left.OLD, Left.NEW} == set(left)


# Takes the script that runs it along when the file is cut to its new length already and its bytes are still to come.
TEARING: Final = """#!/bin/sh
case "$*" in *conv=notrunc) kill -KILL $PPID; exit 1 ;; esac
exec /usr/bin/dd "$@"
"""


def test_the_script_is_killed_inside_its_write(lab: Bench, state: Path) -> None:
    ward = Ward(lab)
    program = lab.box.path("/usr/local/bin/dd")
    program.write_text(TEARING)
    program.chmod(0o755)
    ended = noroute(lab, state, "fix", ROOT, "--yes")
    program.unlink()
    torn, [kept] = lab.box.read(ANYIP), backups(lab)
    assert torn not in (ward.old, ward.new)
    assert lab.box.read(f"/etc/vmware/{kept}") == ward.old
    assert ended.code == 1 and "is torn" in ended.out and kept in ended.out, ended

    told = " ".join(noroute(lab, state, "check").out.split())
    assert "was cut off inside the write" in told and "neither the old nor the new bytes" in told and kept in told

    back = noroute(lab, state, "undo", "--yes")
    assert back.code == 0, back
    assert lab.box.read(ANYIP) == ward.old
    assert torn in [lab.box.read(f"/etc/vmware/{name}") for name in backups(lab)], "nothing at all is thrown away"
    ward.assert_nothing_is_left_behind()
    assert ROOT in noroute(lab, state, "check", "--format", "json").out
