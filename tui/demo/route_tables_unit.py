"""The program of route-tables: one policy table for each network that is not the default gateway's.

The vendor's bugs are kept: rules are never deleted, tables are declared once a line, and ``down`` works through
what ``/etc/iproute2/rt_tables`` lists.
"""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network

from checks.evidence.manifest import ROUTE_TABLES_CFG, RT_TABLES, WORKLOAD_NETWORKS_CFG
from tui.demo.host import Host
from tui.demo.inotify_watch import Watching
from tui.demo.kernel import Kernel, Refused, Route

SCRIPT = "/var/lib/vmware/routetablectl.sh"
PREFIX = "rtctl_"


def table_names(host: Host) -> dict[int, str]:
    """The names that ``ip`` knows for tables, by number."""
    names = {255: "local", 254: "main", 253: "default"}
    for line in host.lines(RT_TABLES):
        fields = line.split()
        if len(fields) == 2 and fields[0].isascii() and fields[0].isdigit():
            names[int(fields[0])] = fields[1]
    return names


class PolicyTables:
    """``routetablectl.sh up``, ``watch`` and ``down``."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.watching = Watching(host, "route-tables", SCRIPT, ROUTE_TABLES_CFG, self._up)

    @property
    def _kernel(self) -> Kernel:
        return self._host.kernel

    def _say(self, pid: int, text: str) -> None:
        self._host.journal.write("route-tables", "routetablectl.sh", pid, text.encode("utf-8", "surrogateescape"))

    def _rows(self) -> list[list[str]]:
        lines = [line for line in self._host.lines(ROUTE_TABLES_CFG) if line.strip() and not line.startswith("#")]
        return [(line + ",,,,").split(",")[:5] for line in lines]

    def _down(self, pid: int) -> None:
        declared = [line for line in self._host.lines(RT_TABLES) if PREFIX in line]
        for line in declared:
            number, _, name = line.partition("\t")
            self._say(pid, f"discovered route table {name}")
            self._say(self._host.pid(), 'Object "call" is unknown, try "ip help".')
            for route in self._kernel.in_table(int(number) if number.isdigit() else -1):
                self._say(pid, f"ip route del table {name} {route.text.rstrip()}")
                self._kernel.remove(route)
        if declared:
            kept = [line for line in self._host.lines(RT_TABLES) if PREFIX not in line]
            self._host.disk.replace(RT_TABLES, "".join(f"{line}\n" for line in kept).encode())

    def _up(self, pid: int) -> int:
        self._down(pid)
        rows = self._rows()
        for number, name, *_ in rows:
            self._say(pid, f"create new route table id={number} name={PREFIX}{name}")
            self._host.disk.append(RT_TABLES, f"{number}\t{PREFIX}{name}\n".encode())
        more = [line for line in self._host.lines(WORKLOAD_NETWORKS_CFG) if line and not line.startswith("#")]
        if not more:
            self._say(pid, "no additional workload networks detected")
        try:
            for network in more:
                self._say(pid, f"ip rule add to {network} lookup {PREFIX}workload")
                self._kernel.add_rule("all", 2, target=network)
            for row in rows:
                self._fill(pid, row)
        except Refused as refused:
            self._say(self._host.pid(), str(refused))
            return refused.code
        return 0

    def _fill(self, pid: int, row: list[str]) -> None:
        number, name, mac, cidr, gateway = row
        link = self._kernel.link_by_mac(mac)
        device, table = link.name if link else "", PREFIX + name
        try:
            interface, table_id = IPv4Interface(cidr), int(number)
        except ValueError:
            raise Refused(1, f'Error: any valid prefix is expected rather than "{cidr}".') from None
        if gateway:
            self._say(pid, f"ip route add table {table} default via {gateway} dev {device} proto static")
            if not device:
                raise Refused(255, 'Error: either "to" is duplicate, or "static" is a garbage.')
            try:
                IPv4Interface(gateway if "/" not in gateway else "")
            except ValueError:
                raise Refused(1, f'Error: any valid address is expected rather than "{gateway}".') from None
            everywhere = IPv4Network("0.0.0.0/0")
            self._kernel.add(Route(table_id, everywhere, device, gateway=gateway, protocol="static"))
            self._say(pid, f"ip rule add from {cidr} lookup {table}")
            self._kernel.add_rule(cidr, table_id)
            return
        words = f"{interface.network} dev {device} proto kernel scope link src {interface.ip}"
        self._say(pid, f"ip route add table {table} {words}")
        if not device:
            raise Refused(255, 'Error: either "to" is duplicate, or "kernel" is a garbage.')
        own = str(interface.ip)
        self._kernel.add(Route(table_id, interface.network, device, protocol="kernel", scope="link", source=own))

    def prepare(self) -> int:
        return self._up(self._host.pid())

    def run(self) -> int | None:
        self.watching.begin()
        return None

    def stop(self) -> None:
        self.watching.end()

    def after(self) -> None:
        self._down(self._host.pid())

    def reload(self) -> int:
        return 1

    def processes(self) -> list[tuple[int, str]]:
        return self.watching.processes()
