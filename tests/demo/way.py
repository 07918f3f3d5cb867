"""The way in to a simulated site, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncssh

from checks.evidence.evidence import Evidence, read
from checks.evidence.manifest import ITEMS
from checks.sources.script import as_command, compose, nonce_of, take_apart
from tui.demo.appliance import Appliance
from tui.demo.commands import PEOPLE
from tui.demo.interpreter import Session
from tui.demo.machine import Machine
from tui.demo.network import Network, Vantage
from tui.demo.scenario import load_scenario
from tui.demo.site import Demo, build

PATIENCE = 20.0


def appliance_of(scenario: str = "healthy") -> Appliance:
    """The model of a scenario, without servers."""
    return build(load_scenario(scenario))


def shell_of(appliance: Appliance) -> Session:
    """A root shell on a model."""
    network = Network(appliance)
    machine = Machine("haproxy", "root", appliance.clock, appliance.disk, network, Vantage.APPLIANCE, PEOPLE, appliance)
    return Session(machine)


async def said(session: Session, command: str) -> str:
    """What a command prints on standard output."""
    return (await session.run(command)).out.decode()


@asynccontextmanager
async def jump(demo: Demo) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Logged in to the jump host."""
    async with asyncssh.connect(
        demo.jump_host,
        demo.jump_port,
        username=demo.jump_user,
        client_keys=[demo.client_key],
        known_hosts=demo.known_hosts,
        config=None,
        agent_path=None,
    ) as connection:
        yield connection


@asynccontextmanager
async def appliance(demo: Demo, through: asyncssh.SSHClientConnection) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Logged in to the appliance."""
    async with asyncssh.connect(
        demo.appliance_host,
        username=demo.appliance_user,
        client_keys=[demo.client_key],
        known_hosts=demo.known_hosts,
        tunnel=through,
        config=None,
        agent_path=None,
    ) as connection:
        yield connection


async def evidence_of(connection: asyncssh.SSHClientConnection) -> Evidence:
    """All that noroute reads, by its own script."""
    script = compose(ITEMS)
    ran = await connection.run(as_command(script), encoding=None)
    output = ran.stdout
    assert isinstance(output, bytes)
    reading = take_apart(output, nonce_of(script) or "", ITEMS)
    assert reading.complete
    assert not reading.remarks
    return read(reading)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds; the test fails where it never does."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - what is awaited lies behind a connection, nothing announces it
            await asyncio.sleep(0.02)
