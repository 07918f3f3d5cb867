"""Keeps the appliance powered: boots it, boots it again when it reboots, ends when it halts.

Run as a process of its own (`python -m tests.lab.power NUMBER`), so that the appliance can outlive the command that
booted it. systemd-nspawn exits with 133 when the guest asked for a reboot. Each boot gets a new network namespace:
in the old one routes and rules would survive the "reboot", and the lab would lie.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.lab import network
from tests.lab.addresses import HOSTNAME
from tests.lab.slots import Slot

REBOOT: Final = 133


def pid_file(slot: Slot) -> Path:
    """Holds the process id of the running systemd-nspawn; a new one for each boot."""
    return slot.directory / "nspawn.pid"


def disk_directory(slot: Slot) -> Path:
    """Where the appliance's disk is; its root file system is mounted there, running or not."""
    return slot.directory / "disk"


def cgroups(slot: Slot) -> list[Path]:
    """The lab's own control groups, one per systemd hierarchy here: two guests must not share one."""
    base = Path("/sys/fs/cgroup")
    trees = [base / "systemd", base / "unified"] if (base / "systemd").is_dir() else [base]
    return [tree / slot.machine for tree in trees if tree.is_dir()]


def _join_own_cgroup(slot: Slot) -> Callable[[], None]:
    def join() -> None:
        for group in cgroups(slot):
            group.mkdir(exist_ok=True)
            (group / "cgroup.procs").write_text(str(os.getpid()))

    return join


def _command(slot: Slot, namespace: Path) -> list[str]:
    return [
        "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--link-journal=no", "--resolv-conf=off",
        "--timezone=off", "--console=read-only", f"--network-namespace-path={namespace}", "--capability=CAP_NET_ADMIN",
        "-D", str(disk_directory(slot) / "root"), f"--machine={slot.machine}", f"--hostname={HOSTNAME}",
        "--boot", "systemd.log_target=journal",
    ]  # fmt: skip


def main(number: int) -> int:
    slot = Slot(number)
    wanted = True

    def stop(_signal: int, _frame: object) -> None:
        nonlocal wanted
        wanted = False
        guest.terminate()

    # Held back while there is no guest yet to hand the signal to.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.signal(signal.SIGTERM, stop)
    with (slot.directory / "console.log").open("ab") as console:
        while wanted:
            namespace = network.new_box_namespace(slot)
            guest = subprocess.Popen(
                _command(slot, namespace), stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                preexec_fn=_join_own_cgroup(slot),
            )  # fmt: skip
            pid_file(slot).write_text(str(guest.pid))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            code = guest.wait()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            if code != REBOOT:
                break
    pid_file(slot).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
