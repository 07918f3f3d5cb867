"""Plans of other kinds than a write, stopped in each of their steps in turn, killed or cut off: a copy that is put back
on the appliance, one that only runs a command, an undo, and one that restarts the appliance.

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
from checks.transaction import Left, Outcome, Prepared
from tests.lab.bench import Bench
from tests.lab.faults.ranges import ANYIP
from tests.lab.faults.services import HAPROXY
from tests.lab.product.doctor import carried_out, visit
from tests.lab.product.gate import Gate
from tests.lab.product.stopping import HOW, stopped

LOCK: Final = "/run/noroute.lock"
DOTTED: Final = "A10:10.10.18.16/255.255.255.240"
CERTIFICATE: Final = "/etc/haproxy/server.crt"
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
    kind = "fix"
    stops: tuple[Stop, ...] = ()
    # Where the connection is cut: at few steps where the same was seen at the others.
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


class RangeWritten(Ward):
    """A range whose two spellings both work, so that no look has to wait for addresses that do not answer."""

    path = ANYIP

    def __init__(self, lab: Bench, state: Path) -> None:
        super().__init__(lab, state)
        lab.apply("dotted-mask")
        self.before = lab.box.read(ANYIP)
        self.after = self.before.replace(b"10.10.18.16/255.255.255.240", b"10.10.18.16/28")

    def as_it_was(self) -> None:
        if self.lab.box.read(ANYIP) != self.before:
            self.lab.box.write(ANYIP, self.before)
            self.lab.box.must("systemctl restart anyip-routes; systemctl reload haproxy")


class TakenBack(RangeWritten):
    """The undo of that range: its way back is the write alone, which the watcher reads by itself."""

    kind = "undo"
    stops = (Stop(f"write {ANYIP}", WRITE),)
    cuts = (word(4, "verify"),)

    def __init__(self, lab: Bench, state: Path) -> None:
        super().__init__(lab, state)

        async def fixed() -> None:
            async with visit(lab, state) as session:
                ended = await carried_out(session, await session.prepare_fix(DOTTED))
                assert ended.outcome is Outcome.FIXED, (ended.sentence, ended.log)

        asyncio.run(fixed())
        self.before, self.after = self.after, self.before

    async def prepare(self, session: Session) -> Prepared:
        return await session.prepare_undo()


class Rebooted(RangeWritten):
    """The write of that range, and a restart of the whole appliance."""

    stops = cuts = (Stop("reboot", {"systemctl": "reboot"}),)

    async def prepare(self, session: Session) -> Prepared:
        return await session.prepare_fix(DOTTED, reboot=True)


WARDS: Final = (PutBack, Started, TakenBack, Rebooted)


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
            boot = lab.box.boot
            gate = Gate(lab, stop.commands, stop.at)
            with monkeypatch.context() as patient:
                if how != "killed":
                    # Nobody waits for an appliance behind a jump host that is off.
                    patient.setattr(remote_actions, "_REBOOT_SECONDS", 3.0)
                stopped(lab, state, how, gate, ward.prepare)
            if stop.step == "reboot":
                lab.box.await_boot_after(boot)
            else:
                gate.ended()
            gate.remove()
            asyncio.run(explained_and_ended(ward, state, stop, go_on=number % 2 == (how == "killed")))


def test_a_renewal_that_was_stopped_says_which_certificate_is_there(lab: Bench, tmp_path: Path) -> None:
    """Nobody knows a new certificate's bytes before: taken back, it is kept; gone on with, no further one is made."""
    lab.apply("certificate-expired")

    async def prepare(session: Session) -> Prepared:
        return await session.prepare_fix("D04:/etc/haproxy/server.crt")

    async def ended(state: Path, *, go_on: bool) -> None:
        async with visit(lab, state) as session:
            found = (await session.once()).unfinished
            assert found is not None and f"{CERTIFICATE} is another one than before" in found.sentence
            prepared = await (session.prepare_resume() if go_on else session.prepare_undo())
            done = await carried_out(session, prepared)
            assert done.outcome is (Outcome.FIXED if go_on else Outcome.UNDONE), (done.sentence, done.log)

    old = lab.box.read(CERTIFICATE)
    for go_on in (False, True):
        state = tmp_path / str(go_on)
        state.mkdir()
        gate = Gate(lab, {"systemctl": "restart dataplaneapi"})
        stopped(lab, state, "killed", gate, prepare)
        gate.ended()
        gate.remove()
        made = lab.box.read(CERTIFICATE)
        asyncio.run(ended(state, go_on=go_on))
        assert lab.box.read(CERTIFICATE) == (made if go_on else old)
        kept = {path.read_bytes() for path in lab.box.path("/etc/haproxy").glob("server.crt.noroute-*")}
        assert kept >= ({old} if go_on else {old, made})


async def explained_and_ended(ward: Ward, state: Path, stop: Stop, *, go_on: bool) -> None:
    now = ward.whole()
    async with visit(ward.lab, state) as session:
        found = (await session.once()).unfinished
        assert found is not None and (found.kind, found.step) == (ward.kind, stop.step)
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
