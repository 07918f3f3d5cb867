"""One lab's place on this machine: a number that names everything it makes, and a directory that holds its files.

The number is in the name of every namespace, link, mount and process of the lab. Whoever holds the lock on the
slot's file is alive; a slot whose lock is free was left behind, unless a person asked to keep it (`up`).
"""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.commands import LabError, run

STATE: Final = Path("/run/noroute-lab")
COUNT: Final = 60
SIZE: Final = "64m"


@dataclass(frozen=True)
class Slot:
    """The place of lab number `number`; all its names derive from here."""

    number: int

    @property
    def prefix(self) -> str:
        return f"nrl{self.number}"

    @property
    def directory(self) -> Path:
        return STATE / str(self.number)

    @property
    def machine(self) -> str:
        return f"{self.prefix}-appliance"

    @property
    def kept(self) -> Path:
        """Exists where a person booted the lab by hand: only `down` removes such a lab."""
        return STATE / f"{self.number}.kept"

    def namespace(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    @property
    def uplink(self) -> tuple[str, str]:
        """The two ends of the only way in: this machine's address and the jump host's, /30 of the benchmark block."""
        base = self.number * 4
        return f"198.18.0.{base + 1}", f"198.18.0.{base + 2}"


class Claim:
    """Holds a slot for as long as this process lives or until it is released."""

    def __init__(self, slot: Slot, lock: int) -> None:
        self.slot = slot
        self._lock = lock

    def release(self) -> None:
        """Give the slot up, and leave no file behind that says it was ever held."""
        _lock_file(self.slot).unlink(missing_ok=True)
        os.close(self._lock)
        with contextlib.suppress(OSError):
            STATE.rmdir()


def _try_lock(slot: Slot) -> int | None:
    STATE.mkdir(exist_ok=True)
    try:
        lock = os.open(_lock_file(slot), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:  # the last lab ended just now and took the directory with it
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its holder may have released it, and deleted the file, between our opening and our locking.
        if os.fstat(lock).st_ino == _lock_file(slot).stat().st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None


def _lock_file(slot: Slot) -> Path:
    return STATE / f"{slot.number}.lock"


def claim() -> Claim:
    """Take the first slot that nobody holds, and mount its file system."""
    for number in range(COUNT):
        slot = Slot(number)
        lock = _try_lock(slot)
        if lock is None:
            continue
        if slot.directory.exists() or slot.kept.exists():
            os.close(lock)
            continue
        slot.directory.mkdir(mode=0o700)
        run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", slot.machine, str(slot.directory)])
        return Claim(slot, lock)
    raise LabError(f"all {COUNT} places for labs are taken; `python -m tests.lab down` frees those that nobody uses")


def take_over(slot: Slot) -> Claim | None:
    """Hold a slot that exists but that no living process holds; None where its lab is in use."""
    lock = _try_lock(slot)
    return None if lock is None else Claim(slot, lock)


def existing() -> list[Slot]:
    """Every slot that has a directory or was kept, in use or not."""
    found = (Slot(number) for number in range(COUNT))
    return [slot for slot in found if slot.directory.exists() or slot.kept.exists()]
