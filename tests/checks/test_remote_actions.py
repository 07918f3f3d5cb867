"""Waiting for an appliance that restarts: what is waited for, and what ends the waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from checks import remote_actions
from checks.evidence.section import Reading, Section
from checks.refusal import Refusal
from checks.remote_actions import RemoteActions

REFUSED = Refusal("haproxy: connection refused", 3)
DENIED = Refusal("haproxy: permission denied", 3, final=True)
NOLOGIN = Refusal("haproxy: permission denied", 3, said='"System is booting up. Unprivileged users ..."', final=True)
EXPIRED = Refusal("haproxy: the password of root has expired", 3, code="H01")


@dataclass
class Door:
    """A connection whose logins go as they are told, one after the other; the last one again and again."""

    goes: list[Refusal | str]
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    tries: int = 0
    boot: str = "old"

    async def reconnect(self) -> None:
        now = self.goes[min(self.tries, len(self.goes) - 1)]
        self.tries += 1
        if isinstance(now, Refusal):
            raise now
        self.boot = now

    async def drop_appliance(self) -> None:
        self.lost = asyncio.Event()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> object:
    """Actions on a door; waiting takes no time, but counts."""
    clock = [0.0]

    async def sleep(seconds: float) -> None:
        clock[0] += seconds

    async def read(connection: Door, items: object) -> Reading:
        del items
        return Reading({"boot-id": Section("boot-id", "boot id", f"{connection.boot}\n".encode())})

    def made(*goes: Refusal | str) -> tuple[RemoteActions, Door]:
        door = Door(list(goes))
        return RemoteActions(door, None), door  # type: ignore[arg-type]

    monkeypatch.setattr(remote_actions, "read_appliance", read)
    monkeypatch.setattr(remote_actions, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(remote_actions, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    return made


async def come_back(actions: RemoteActions) -> tuple[str, list[str]]:
    said: list[str] = []
    assert await actions.boot_id() == "old"
    return await actions.come_back(said.append), said


async def test_it_waits_until_there_is_another_boot(at) -> None:  # type: ignore[no-untyped-def]
    actions, door = at("old", REFUSED, REFUSED, NOLOGIN, "new")
    assert await come_back(actions) == (
        "new", ["it still answers with the old boot id", REFUSED.sentence, NOLOGIN.sentence],
    )  # fmt: skip
    assert door.tries == 5


@pytest.mark.parametrize("final", [DENIED, EXPIRED], ids=["denied", "expired"])
async def test_a_door_that_says_no_ends_the_waiting_with_its_reason(at, final: Refusal) -> None:  # type: ignore[no-untyped-def]
    actions, door = at(REFUSED, final)
    with pytest.raises(Refusal) as refused:
        await come_back(actions)
    assert refused.value is final and door.tries == 2


async def test_one_that_never_restarted_is_not_one_that_stays_away(at) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal, match="never restarted") as refused:
        await come_back(at("old")[0])
    assert refused.value.exit_code == 1
    with pytest.raises(Refusal, match="did not come back within 180 s: open its console") as refused:
        await come_back(at("old", REFUSED)[0])
    assert refused.value.exit_code == 3
