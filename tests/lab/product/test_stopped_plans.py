"""Plans of other kinds than a write, stopped in each of their steps in turn, killed or cut off: a copy that is put back
on the appliance, and one that only runs a command.

After each stop the file is whole and so is its backup, the next start says what it found, and goes on or takes back.
"""

import asyncio
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from checks import remote_actions
from checks.session import Session
from checks.transaction import Left, Prepared
from tests.lab.bench import Bench
from tests.lab.faults.services import HAPROXY
from tests.lab.product.doctor import carried_out, visit
from tests.lab.product.gate import Gate
from tests.lab.product.stopping import HOW, stopped

LOCK: Final = "/run/noroute.lock"
WRITE: Final = {"dd": "*conv=notrunc"}


@dataclass(frozen=True)
class Stop:
    """Who waits before the gate, the ``at``-th of these ``commands``, and which step that is."""

    step: str
    commands: Mapping[str, str]
    at: int = 1


def word(at: int, step: str) -> Stop:
    """At the ``at``-th script that changes something: the plan's own word on the appliance, or a write."""
    return Stop(step, {"mkdir": LOCK}, at)


def act(command: str) -> Stop:
    """At a command of the plan."""
    program, _, words = command.partition(" ")
    return Stop(f"act {command}", {program: words})


class Ward(ABC):
    """An appliance on which one plan is begun again and again; ``path`` is the file that it changes, or ""."""

    path = ""
    stops: tuple[Stop, ...] = ()
    # The stops at which the connection is cut, too; all of them where the plan is short.
    cuts: tuple[Stop, ...] = ()
    before = after = b""

    def __init__(self, lab: Bench, state: Path) -> None:
        self.lab, self.state = lab, state

    @abstractmethod
    def as_it_was(self) -> None:
        """The appliance as the plan finds it."""

    @abstractmethod
    async def prepare(self, session: Session) -> Prepared:
        """The plan that is stopped."""

    def again(self) -> None:
        folder, name = self.path.rsplit("/", 1) if self.path else ("/etc/vmware", "none")
        self.lab.box.must(f"rm -f {folder}/{name}.noroute-* /var/lib/vmware/noroute.journal")
        self.as_it_was()

    def whole(self) -> bytes:
        """The file's bytes: the old ones, or the new ones and a backup of the old ones."""
        if not self.path:
            return b""
        now = self.lab.box.read(self.path)
        assert now in (self.before, self.after)
        kept = {path.read_bytes() for path in self.lab.box.path(self.path).parent.glob("*.noroute-*")}
        assert kept <= {self.before, self.after}, "a backup is whole"
        assert now == self.before or self.before in kept
        return now


class PutBack(Ward):
    """haproxy.cfg back to the last known good copy."""

    path = HAPROXY
    stops = (
        word(1, "precondition"),
        Stop(f"run haproxy -c -f {HAPROXY}.lkg", {"haproxy": "-c -f *.lkg"}),
        Stop(f"write {HAPROXY}", WRITE),
        act("systemctl reset-failed haproxy"),
        act("systemctl start haproxy"),
        word(7, "verify"),
    )
    cuts = stops[2::2]

    def __init__(self, lab: Bench, state: Path) -> None:
        super().__init__(lab, state)
        lab.apply("haproxy-syntax-with-copy")
        self.before, self.after = lab.box.read(HAPROXY), lab.box.read(f"{HAPROXY}.lkg")
        self.finding = "C11:haproxy.cfg:64"

    def as_it_was(self) -> None:
        self.lab.box.write(HAPROXY, self.before)
        self.lab.box.run("systemctl is-failed -q haproxy || systemctl restart haproxy")
        self.lab.box.must("for _ in $(seq 100); do systemctl is-failed -q haproxy && exit; sleep 0.05; done; exit 1")

    async def prepare(self, session: Session) -> Prepared:
        return await session.prepare_fix(self.finding)


class Started(Ward):
    """A unit that is started, and nothing is written."""

    stops = (word(1, "precondition"), act("systemctl start haproxy"), word(3, "verify"))
    cuts = stops

    def __init__(self, lab: Bench, state: Path) -> None:
        super().__init__(lab, state)
        lab.apply("haproxy-stopped")

    def as_it_was(self) -> None:
        self.lab.box.must("systemctl stop haproxy")

    async def prepare(self, session: Session) -> Prepared:
        return await session.prepare_fix("C01:haproxy")


WARDS: Final = (PutBack, Started)


@pytest.mark.parametrize("kind", WARDS, ids=lambda kind: kind.__name__)
def test_stopped_in_each_step(lab: Bench, tmp_path: Path, kind: type[Ward], monkeypatch: pytest.MonkeyPatch) -> None:
    first = tmp_path / "first"
    first.mkdir()
    ward = kind(lab, first)
    for how in HOW:
        for number, stop in enumerate(ward.stops if how == HOW[0] else ward.cuts):
            state = tmp_path / f"{how}-{number}"
            shutil.copytree(first, state)
            ward.again()
            gate = Gate(lab, stop.commands, stop.at)
            with monkeypatch.context() as patient:
                # Nobody waits for an appliance behind a jump host that is off.
                patient.setattr(remote_actions, "_REBOOT_SECONDS", 3.0)
                stopped(lab, state, how, gate, ward.prepare)
            gate.ended()
            gate.remove()
            asyncio.run(explained_and_ended(ward, state, stop, go_on=number % 2 == (how == "killed")))


async def explained_and_ended(ward: Ward, state: Path, stop: Stop, *, go_on: bool) -> None:
    now = ward.whole()
    async with visit(ward.lab, state) as session:
        found = (await session.once()).unfinished
        assert found is not None and (found.kind, found.step) == ("fix", stop.step)
        assert found.can_go_on and found.can_undo and "was cut off" in found.sentence
        if ward.path:
            assert found.left is (Left.OLD if now == ward.before else Left.NEW)
            assert f"{ward.path} has {'its old' if now == ward.before else 'the new'} bytes" in found.sentence
        else:
            assert found.left is Left.COMMANDS and "it writes no file" in found.sentence
        prepared = await (session.prepare_resume() if go_on else session.prepare_undo())
        ended = await carried_out(session, prepared)
        assert ended.proven, (ended.sentence, ended.log)
        assert session.snapshot.unfinished is None
    assert ward.whole() == (ward.after if go_on else ward.before)
