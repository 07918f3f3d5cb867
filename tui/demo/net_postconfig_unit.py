"""The program of net-postconfig: writes the lines of route-tables.cfg that are not there yet, at each boot.

It only ever appends: lines of a replaced NIC or of an old address stay, and stay first.
"""

from __future__ import annotations

from checks.evidence.manifest import ROUTE_TABLES_CFG
from tui.demo.host import Host


class PostConfig:
    """``net-postconfig.sh``, with the trace that the vendor left switched on. ``networks`` are number, interface
    and gateway of each table."""

    def __init__(self, host: Host, networks: tuple[tuple[int, str, str], ...]) -> None:
        self._host, self._networks = host, networks

    def prepare(self) -> int:
        return 0

    def run(self) -> int | None:
        pid = self._host.pid()

        def trace(*lines: str) -> None:
            for line in lines:
                self._host.journal.write("net-postconfig", "sh", pid, line)

        trace(f"+ route_table_cfg_file={ROUTE_TABLES_CFG}")
        for number, name, gateway in self._networks:
            link = self._host.kernel.link(name)
            if link is None or not (link.up and link.carrier):
                return 1
            cidr = str(link.address)
            trace(f"+ writeRouteTableConfig {number} {name} {link.mac} {gateway}")
            trace(f"+ id={number}", f"+ network={name}", f"+ mac={link.mac}", f"+ gateway={gateway}")
            trace(f"+ '[' {gateway} == '' ']'", f"+ '[' {gateway} == null ']'")
            trace(f"++ ip -4 address show {name}", "++ grep 'scope global'", "++ awk '{print $2}'", f"+ ip={cidr}")
            base = f"{number},{name},{link.mac},{cidr}"
            for variable, line in (("default_gw_route", f"{base},{gateway}"), ("linked_scoped_route", base)):
                trace(f"+ {variable}={line}", f"+ grep -Fxq {line} {ROUTE_TABLES_CFG}")
                if line not in self._host.lines(ROUTE_TABLES_CFG):
                    trace(f"+ echo {line}")
                    self._host.disk.append(ROUTE_TABLES_CFG, f"{line}\n".encode())
        return 0

    def stop(self) -> None:
        return

    def after(self) -> None:
        return

    def reload(self) -> int:
        return 1

    def processes(self) -> list[tuple[int, str]]:
        return []
