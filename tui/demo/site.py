"""The simulated site as the rest of the program uses it: one context manager that gives the way in."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

from tui.demo import certificates, seed, world
from tui.demo.appliance import Appliance
from tui.demo.clock import Clock
from tui.demo.network import Fate, Network, Vantage
from tui.demo.scenario import Scenario, load_scenario
from tui.demo.server import Servers


@dataclass(frozen=True)
class Demo:
    """The way in: log in to the jump host, and through it to the appliance, both with ``client_key``.

    ``known_hosts`` is the text of a known_hosts file for both hops, as bytes (what asyncssh takes as
    ``known_hosts=``). ``from_here`` connects the probes of this machine, which never leave it. ``model`` is the
    appliance itself, ``network`` the site around it, for tests.
    """

    jump_port: int
    client_key: asyncssh.SSHKey = field(repr=False)
    known_hosts: bytes = field(repr=False)
    model: Appliance = field(repr=False)
    network: Network = field(repr=False)
    scenario: Scenario
    from_here: Callable[[str, int], Awaitable[socket.socket]] = field(repr=False)
    jump_host: str = "127.0.0.1"
    jump_user: str = "demo"
    appliance_host: str = world.APPLIANCE
    appliance_user: str = "root"

    @property
    def solved(self) -> bool:
        """Whether what the scenario asks for is reached: its VIPs answer the jump host, and no unit has failed."""
        rows = (answer.rpartition(":") for answer in self.scenario.answers)
        met = [self.network.connect(host, int(port), Vantage.JUMP) for host, _, port in rows]
        answered = all(answer.fate is Fate.CONNECTED and answer.app is not None for answer in met)
        return answered and self.model.systemd.state == "running"


def build(scenario: Scenario, speed: float = 1.0) -> Appliance:
    """The appliance of a scenario, booted a while ago, without any server."""
    addresses = tuple(cidr.partition("/")[0] for _, _, cidr, _ in seed.NICS)
    appliance = Appliance(Clock(speed), certificates.make(seed.HOSTNAME, addresses, world.VIP))
    scenario.break_it(appliance.disk)
    appliance.switch_on_earlier()
    return appliance


@asynccontextmanager
async def simulated(scenario: str, *, clock: float = 1.0, port: int = 0) -> AsyncIterator[Demo]:
    """A running site. ``clock`` is how many simulated seconds pass in a real one (1.0: a missing ARP answer takes
    its three seconds, a reboot about five); ``port`` is that of the jump host on 127.0.0.1, 0 for any free one.

    ValueError for an unknown scenario, OSError where the port is taken.
    """
    loaded = load_scenario(scenario)
    appliance = build(loaded, clock)
    network = Network(appliance)
    servers = Servers(appliance, network)
    try:
        listening = await servers.begin(port)
        lines = (
            (f"[127.0.0.1]:{listening}", servers.jump_key),
            (world.APPLIANCE, servers.appliance_key),
        )
        known = b"".join(host.encode() + b" " + key.export_public_key() for host, key in lines)
        yield Demo(listening, servers.client_key, known, appliance, network, loaded, servers.from_here)
    finally:
        await servers.end()
