"""Removes a lab from this machine, whole, whether it ended in order or was killed.

Everything a lab makes carries its slot's number, so nothing has to be remembered: processes are found by the names
in their command lines and by their namespaces, mounts by their place, the rest by prefix.
"""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.lab import network, slots
from tests.lab.commands import attempt, run, wait_for
from tests.lab.power import cgroups
from tests.lab.slots import Slot


def sweep(*, also_kept: bool = False, only: Slot | None = None) -> list[int]:
    """Remove every lab that no living process holds (kept ones only on request); the numbers of those removed."""
    removed = []
    for slot in slots.existing():
        if (slot.kept.exists() and not also_kept) or only not in (None, slot):
            continue
        claim = slots.take_over(slot)
        if claim is not None:
            remove(slot)
            claim.release()
            removed.append(slot.number)
    return removed


def remove(slot: Slot) -> None:
    """Remove all of one lab. The caller holds the slot."""
    _kill(slot)
    _unmount(slot)
    network.remove(slot)
    _remove_cgroups(slot)
    if slot.directory.exists():
        slot.directory.rmdir()
    slot.kept.unlink(missing_ok=True)


def leftovers(slot: Slot) -> list[str]:
    """Everything of the slot that still exists, in words; empty after `remove`."""
    found = [f"process {pid}" for pid in _processes(slot)]
    found += [f"mount {path}" for path in _mounts(slot)]
    found += [f"namespace {name}" for name in network.namespaces(slot)]
    links = Path("/sys/class/net").glob(f"{slot.prefix}-*")
    found += [f"link {path.name}" for path in links]
    found += [f"control group {path}" for path in cgroups(slot) if path.exists()]
    found += [f"directory {slot.directory}"] if slot.directory.exists() else []
    return found


def _processes(slot: Slot) -> Iterator[int]:
    """The power process, nspawn, and all that runs in one of the slot's network namespaces."""
    spaces = {path.stat().st_ino for path in map(Path("/run/netns").joinpath, network.namespaces(slot))}
    ours = (f"--machine={slot.machine}", f"tests.lab.power\0{slot.number}\0")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
            inside = (entry / "ns/net").stat().st_ino in spaces
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if inside or any(name in line for name in ours):
            yield int(entry.name)


def _kill(slot: Slot) -> None:
    def all_gone() -> bool:
        gone = True
        for pid in _processes(slot):
            gone = False
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except (ProcessLookupError, ChildProcessError):
                continue
        return gone

    wait_for(f"the processes of lab {slot.number} to end", all_gone, seconds=10)


def _mounts(slot: Slot) -> list[str]:
    """Deepest first, as they have to be unmounted."""
    mounts = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
    place = str(slot.directory)
    return sorted((path for path in mounts if path == place or path.startswith(f"{place}/")), reverse=True)


def _unmount(slot: Slot) -> None:
    for path in _mounts(slot):
        if attempt(["umount", path]).code:
            run(["umount", "--lazy", path])


def _remove_cgroups(slot: Slot) -> None:
    for group in cgroups(slot):
        if group.exists():
            directories = sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True)
            wait_for(f"{group} to empty", partial(_removed, [*directories, group]), seconds=5)


def _removed(directories: list[Path]) -> bool:
    for path in directories:
        try:
            path.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True
