"""The appliance as a machine: power on and off, reboot, run a command in it, read and write its files."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.lab.addresses import APPLIANCE
from tests.lab.commands import Finished, LabError, attempt, wait_for
from tests.lab.disk import Disk
from tests.lab.network import remove_box_namespace
from tests.lab.power import disk_directory, pid_file
from tests.lab.slots import Slot

PROJECT: Final = Path(__file__).resolve().parents[2]
UNITS: Final = ("net-postconfig", "route-tables", "anyip-routes", "haproxy", "dataplaneapi")
BOOT_SECONDS: Final = 40
_SETTLED: Final = {"running", "degraded", "maintenance"}
_MOVING: Final = re.compile(r"^(ActiveState=(activating|deactivating|reloading)|Job=\d)", re.MULTILINE)


class Box:
    """One appliance on one slot."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.disk = Disk(disk_directory(slot), slot.machine)
        self._power: subprocess.Popen[bytes] | None = None

    @property
    def is_on(self) -> bool:
        return self._nspawn() is not None

    def power_on(self, *, settle: bool = True) -> None:
        """Boot; with `settle`, return only when sshd answers and every unit has come to rest."""
        if self.is_on:
            raise LabError("the appliance is on already")
        self._power = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.power", str(self.slot.number)],
            cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        (self.slot.directory / "power.pid").write_text(str(self._power.pid))
        if settle:
            self.settle()

    def power_off(self) -> None:
        """Halt in order, as the virtual machine's shutdown does."""
        power = self._power_pid()
        if power is not None:
            os.kill(power, signal.SIGTERM)
            self._await_power_off(power)
        elif self._power is not None:  # it went off by itself
            self._power.wait()
            self._power = None
        remove_box_namespace(self.slot)

    def cut_power(self) -> None:
        """Stop at once, as a power cut does: nothing in the appliance gets to run any more."""
        power, nspawn = self._power_pid(), self._nspawn()
        leader = self._leader()
        for pid in (power, nspawn, leader):
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        if power is not None:
            self._await_power_off(power)
        pid_file(self.slot).unlink(missing_ok=True)
        remove_box_namespace(self.slot)

    def reboot(self, *, settle: bool = True) -> None:
        """Reboot from inside, or boot where it is off. With `settle`, returns when the new boot has come to rest."""
        if not self.is_on:
            self.power_on(settle=settle)
            return
        before = self.boot
        self.run("systemctl reboot")
        self.await_boot_after(before, settle=settle)

    @property
    def boot(self) -> int | None:
        """Names the present boot; None where it is off."""
        return self._nspawn()

    def await_boot_after(self, before: int | None, *, settle: bool = True) -> None:
        """Wait for the boot that follows ``before``, a value of :attr:`boot`; ``settle`` as for :meth:`reboot`."""
        wait_for("the reboot", lambda: self.boot not in (None, before), seconds=BOOT_SECONDS)
        if settle:
            self.settle()

    def settle(self) -> None:
        """Wait until the boot is over, no unit is on its way anywhere, and sshd listens."""
        wait_for("the appliance to come to rest", self._is_settled, seconds=BOOT_SECONDS)

    def run(self, command: str, *, timeout: float = 60) -> Finished:
        """Run a shell command as root in the appliance, past sshd: works whatever is wrong with its login."""
        leader = wait_for("the appliance's init", self._leader, seconds=5)
        enter = ["nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--"]
        clean = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8"]
        return attempt([*enter, *clean, "/bin/bash", "-c", command], timeout=timeout)

    def must(self, command: str, *, timeout: float = 60) -> str:
        """As run, but LabError where the command fails."""
        done = self.run(command, timeout=timeout)
        if done.code:
            raise LabError(f"exit {done.code} in the appliance: {command}\n{done.err.strip() or done.out.strip()}")
        return done.out

    def path(self, inside: str) -> Path:
        """A path of the appliance as a path of this machine, usable on or off."""
        return self.disk.root / inside.lstrip("/")

    def read(self, inside: str) -> bytes:
        return self.path(inside).read_bytes()

    def write(self, inside: str, content: bytes) -> None:
        """Write in place: same inode, so the appliance's watchers see it."""
        with self.path(inside).open("r+b" if self.path(inside).exists() else "wb") as file:
            file.truncate(0)
            file.write(content)

    def replace_text(self, inside: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, by `new`, in place."""
        text = self.read(inside).decode()
        if old not in text:
            raise LabError(f"{inside} has no {old!r} to replace")
        self.write(inside, text.replace(old, new).encode())

    def append(self, inside: str, text: str) -> None:
        """Append in place, as a shell's >> does."""
        with self.path(inside).open("ab") as file:
            file.write(text.encode())

    def boot_id(self) -> str:
        """The id of the running boot as journald and the product see it."""
        return self.must("cat /proc/sys/kernel/random/boot_id").strip()

    def console(self) -> str:
        """What the boots printed on the console."""
        path = self.slot.directory / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _is_settled(self) -> bool:
        if self._power is not None and self._power.poll() is not None:
            raise LabError(f"the appliance went off by itself; its console said:\n{self.console()[-2000:]}")
        if self._leader() is None:
            return False
        show = f"systemctl show -p ActiveState -p Job {shlex.join(UNITS)} ssh"
        done = self.run(f"systemctl is-system-running; {show}; ss -Hltn src {APPLIANCE} sport = :22")
        state, _, rest = done.out.partition("\n")
        moving = _MOVING.search(rest) is not None
        return state in _SETTLED and not moving and "LISTEN" in rest

    def _power_pid(self) -> int | None:
        file = self.slot.directory / "power.pid"
        return _alive(int(file.read_text())) if file.exists() else None

    def _await_power_off(self, power: int) -> None:
        """A power process of ours has to be reaped; one that an earlier command started is only watched."""
        ours = self._power if self._power is not None and self._power.pid == power else None
        gone = (lambda: ours.poll() is not None) if ours else (lambda: _alive(power) is None)
        wait_for("the appliance to power off", gone, seconds=BOOT_SECONDS)
        (self.slot.directory / "power.pid").unlink(missing_ok=True)
        self._power = None

    def _nspawn(self) -> int | None:
        try:
            return _alive(int(pid_file(self.slot).read_text()))
        except (FileNotFoundError, ValueError):
            return None

    def _leader(self) -> int | None:
        """The guest's init: the child of nspawn that is process 1 of its own namespace."""
        nspawn = self._nspawn()
        if nspawn is None:
            return None
        try:
            children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
            for child in children:
                status = Path(f"/proc/{child}/status").read_text()
                if "\nNSpid:\t" in status and status.partition("\nNSpid:")[2].splitlines()[0].split()[-1] == "1":
                    return int(child)
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None


def _alive(pid: int) -> int | None:
    """`pid` where it is a living process; a zombie is not one."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else pid
