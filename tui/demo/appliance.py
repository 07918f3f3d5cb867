"""The simulated appliance: its parts put together, switched on, off and on again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface

from checks.evidence.manifest import ANYIP_CFG, ROUTE_TABLES_CFG
from tui.demo import seed, world
from tui.demo.anyip_routes_unit import AnyIp
from tui.demo.certificates import Certificates
from tui.demo.clock import Clock
from tui.demo.files import Disk
from tui.demo.haproxy import HAProxy
from tui.demo.host import Host
from tui.demo.journal import Journal
from tui.demo.kernel import Kernel, Link
from tui.demo.net_postconfig_unit import PostConfig
from tui.demo.route_tables_unit import PolicyTables
from tui.demo.units import Plain, Systemd, Unit
from tui.demo.world import World

# Seconds of a reboot: until the connections drop, until the kernel starts, until systemd starts its first unit.
GOES_DOWN, POWER_ON, FIRST_UNIT = 0.3, 2.4, 0.9
# It has been up this long when the demo begins.
UPTIME = 1_260.0
_DATAPLANE = "/usr/local/bin/dataplaneapi --log-level=warning --scheme=https"


class Appliance:
    """All state of the appliance. Call ``settle`` before looking at anything: it carries out what became due.

    ``on_power_off`` is called when connections to it drop.
    """

    def __init__(self, clock: Clock, certificates: Certificates) -> None:
        self.clock = clock
        self.certificates = certificates
        self.world = World()
        self.disk = Disk(clock)
        links = tuple(Link(i, nic[0], nic[1], IPv4Interface(nic[2])) for i, nic in enumerate(seed.NICS, 2))
        self.kernel = Kernel(links, world.MANAGEMENT_GATEWAY)
        self.journal = Journal(clock, seed.HOSTNAME)
        self.host = Host(clock, self.disk, self.kernel, self.journal)
        self.anyip, self.policy = AnyIp(self.host), PolicyTables(self.host)
        self.haproxy = HAProxy(self.host, self.world)
        self.systemd = Systemd(self.host, self._units())
        self.on_power_off: Callable[[], None] = lambda: None
        self.powered = False
        self.boot_id = ""
        self._booted = 0.0
        seed.fill(self.disk, certificates)

    def _units(self) -> tuple[Unit, ...]:
        networks = tuple((i, nic[0], nic[3]) for i, nic in enumerate(seed.NICS[1:], 2))
        host, lib = self.host, "/lib/systemd/system"
        return (
            Unit("systemd-networkd", Plain(host), "Network Service", announced=False, path=lib),
            Unit("systemd-timesyncd", Plain(host), "Time Synchronization", announced=False, path=lib, delay=0.1),
            Unit("cloud-final", Plain(host, lasts=False), stays=True, oneshot=True, path=lib, delay=0.8),
            Unit("sshd", Plain(host, "/usr/sbin/sshd -D"), "OpenSSH Daemon", announced=False, path=lib, delay=1.2),
            Unit("net-postconfig", PostConfig(host, networks), oneshot=True, delay=1.3),
            Unit("route-tables", self.policy, needs_file=ROUTE_TABLES_CFG, restart=True, delay=1.4),
            Unit("anyip-routes", self.anyip, needs_file=ANYIP_CFG, delay=1.6),
            Unit("haproxy", self.haproxy, "HAProxy Load Balancer", restart=True, reloadable=True, delay=1.7),
            Unit(
                "dataplaneapi",
                Plain(host, _DATAPLANE),
                restart=True,
                announced=False,
                wants=("haproxy",),
                delay=2.1,
            ),
        )

    def settle(self) -> None:
        """Bring the state up to date."""
        self.clock.settle()

    def unit(self, name: str) -> Unit:
        """A unit by name without suffix; KeyError where there is none."""
        return self.systemd.units[name]

    def switch_on_earlier(self) -> None:
        """Have it booted a while ago: where a demo begins."""
        self.clock.at(-UPTIME, self._power_on)
        self.settle()

    def reboot(self) -> None:
        """Ask for a reboot. It answers a moment longer, then is away, then comes back with all units started."""
        if self.powered:
            self.clock.after(GOES_DOWN, self._power_off)

    def _power_off(self) -> None:
        self.systemd.shut_down()
        self.clock.forget()
        self.powered = False
        self.kernel.clear()
        # What lies in memory only does not survive.
        for path in [f"{folder}/{name}" for folder in ("/run", "/tmp") for name in self.disk.entries(folder)]:
            if self.disk.exists(path):
                self.disk.remove(path)
        self.clock.after(POWER_ON, self._power_on)
        self.on_power_off()

    def _power_on(self) -> None:
        self.powered = True
        self.boot_id = str(uuid.uuid4())
        self.disk.plant("/proc/sys/kernel/random/boot_id", f"{self.boot_id}\n".encode(), 0o444)
        self._booted = self.clock.now()
        self.host.last_pid = 40
        self.journal.begin(self.boot_id.replace("-", ""))
        self.systemd.starting = True
        self.clock.after(FIRST_UNIT, self._start_units)

    def _start_units(self) -> None:
        self.kernel.configure()
        self.systemd.boot()

    @property
    def uptime(self) -> float:
        """Seconds since it was switched on."""
        return max(self.clock.now() - self._booted, 0.0) if self.powered else 0.0

    def answers_arp(self, address: IPv4Address) -> bool:
        """Whether the network sees it as the owner of an address."""
        if not self.powered or not self.kernel.is_local(address) or address.is_loopback:
            return False
        link = next((link for link in self.kernel.links if address in link.address.network), None)
        return link is not None and link.up and link.carrier

    def listeners(self) -> list[tuple[str, int, str, int, int]]:
        """Each listening socket: address, port, process, its number, its backlog."""
        rows = []
        if (sshd := self.unit("sshd")).active == "active":
            rows.append((world.APPLIANCE, 22, "sshd", sshd.main_pid, 128))
        if (api := self.unit("dataplaneapi")).active == "active":
            rows.append((world.APPLIANCE, world.DATAPLANE_PORT, "dataplaneapi", api.main_pid, 128))
        worker = self.haproxy.worker
        rows += [(bind.address, bind.port, "haproxy", worker, 4000) for bind in self.haproxy.bound]
        return rows

    def plant_in_journal(self, text: str | bytes, unit: str = "haproxy") -> None:
        """Have a program of that unit write anything at all to the journal: how tests try what hostile text does."""
        self.journal.write(unit, unit, self.host.pid(), text)
