"""The program of anyip-routes: makes the kernel take the ranges of its file for its own addresses.

As on the appliance: nothing is trimmed, the first bad line ends it, a last line without newline is never seen,
and what is removed is what the file lists now, not what was added.
"""

from __future__ import annotations

from checks.evidence.manifest import ANYIP_CFG
from tui.demo.host import Host
from tui.demo.inotify_watch import Watching
from tui.demo.kernel import LOCAL, Refused

SCRIPT = "/var/lib/vmware/anyiproutectl.sh"


class AnyIp:
    """``anyiproutectl.sh up``, ``watch`` and ``down``."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.watching = Watching(host, "anyip-routes", SCRIPT, ANYIP_CFG, self._add_all)

    def _say(self, pid: int, text: str) -> None:
        self._host.journal.write("anyip-routes", "anyiproutectl.sh", pid, text.encode("utf-8", "surrogateescape"))

    def _ranges(self) -> list[str]:
        return [line for line in self._host.lines(ANYIP_CFG) if line and not line.startswith("#")]

    def _routed(self, text: str) -> bool:
        shown = "\n".join(route.text for route in self._host.kernel.in_table(LOCAL))
        # ip prints a /32 without its mask, and no other spelling than its own.
        return f"local {text.removesuffix('/32')} dev lo" in shown

    def _add_all(self, pid: int) -> int:
        for text in self._ranges():
            if self._routed(text):
                self._say(pid, f"route already exists for {text}")
                continue
            self._say(pid, f"adding route for {text}")
            try:
                self._host.kernel.add_local(text)
            except Refused as refused:
                self._say(self._host.pid(), str(refused))
                return refused.code
        return 0

    def prepare(self) -> int:
        if not self._host.disk.exists(ANYIP_CFG):
            return 1
        return self._add_all(self._host.pid())

    def run(self) -> int | None:
        self.watching.begin()
        return None

    def stop(self) -> None:
        self.watching.end()

    def after(self) -> None:
        pid = self._host.pid()
        for text in self._ranges():
            if not self._routed(text):
                self._say(pid, f"route already removed for {text}")
                continue
            self._say(pid, f"removing route for {text}")
            try:
                self._host.kernel.remove_local(text)
            except Refused as refused:
                self._say(self._host.pid(), str(refused))
                return

    def reload(self) -> int:
        return 1

    def processes(self) -> list[tuple[int, str]]:
        return self.watching.processes()
