"""What noroute's scripts that change the appliance do to the simulated one: a write, a restore, a swap.

They say the same words and leave the same files. Where two come at once they take turns, for each is carried out
whole; a lock is there only where somebody made one.
"""

from __future__ import annotations

from hashlib import sha256

from checks.sources.journal_script import JournalSwap, recognise_swap
from checks.sources.locked_script import LOCK, LOCK_MINUTES
from checks.sources.write_script import RestoreRequest, WriteRequest, recognise_restore, recognise_write
from checks.transaction import WriteResult
from tui.demo.appliance import Appliance
from tui.demo.files import Disk


def changed(appliance: Appliance, script: str) -> list[str] | None:
    """Carry out a script that changes a file; the lines that it says, or None for any other script."""
    # The script of a swap is a write's too, to whoever knows no swaps: so it is asked for first.
    swap = recognise_swap(script)
    request = None if swap is not None else recognise_write(script) or recognise_restore(script)
    if swap is None and request is None:
        return None
    said: list[str] = []
    if (held := _lock(appliance, said)) is not None:
        return [*said, f"result {WriteResult.LOCKED} {held}", "done"]
    if swap is not None:
        result = _swap(appliance.disk, swap)
    else:
        assert request is not None
        result = _write(appliance.disk, request, said)
    return [*said, f"result {result}", "done"]


def _lock(appliance: Appliance, said: list[str]) -> str | None:
    """Who holds the lock and for how long, or None. One that is too old is broken, and ``said`` tells so."""
    disk = appliance.disk
    if not disk.is_folder(LOCK):
        return None
    paths = [f"{LOCK}/{name}" for name in disk.entries(LOCK)]
    owner = disk.read(f"{LOCK}/owner") if f"{LOCK}/owner" in paths else b""
    since = max((disk.inode(path).changed for path in paths), default=appliance.clock.stamp())
    seconds = max(int(appliance.clock.stamp() - since), 0)
    name = owner.decode("utf-8", "replace").strip() or "somebody who left no name"
    if seconds <= LOCK_MINUTES * 60:
        return f"{name}, for {seconds} s"
    for path in paths:
        disk.remove(path)
    said.append(f"broke {name}")
    return None


def _digest(disk: Disk, path: str) -> str:
    """As the script's own: nothing where there is no such file."""
    return sha256(disk.read(path)).hexdigest() if disk.exists(path) else ""


def _swap(disk: Disk, request: JournalSwap) -> WriteResult:
    old = disk.read(request.path) if disk.exists(request.path) else b""
    if sha256(old).hexdigest() != request.before_sha256:
        return WriteResult.CHANGED
    try:
        if disk.exists(request.path):
            if request.after:
                disk.replace(request.path, request.after)
            else:
                disk.remove(request.path)
        elif request.after:
            disk.write(request.path, request.after, 0o600)
        if request.at and request.after:
            disk.inode(request.path).changed = float(request.at)
    except OSError:
        return WriteResult.NO_ROOM
    return WriteResult.WRITTEN


def _write(disk: Disk, request: WriteRequest | RestoreRequest, said: list[str]) -> WriteResult:
    if _digest(disk, request.journal) != request.page_sha256:
        return WriteResult.SUPERSEDED
    if disk.is_folder(request.path):
        return WriteResult.NOT_A_FILE
    if _digest(disk, request.path) != request.before_sha256:
        return WriteResult.CHANGED
    if isinstance(request, RestoreRequest):
        same = request.after_sha256 == request.before_sha256
        if not same and _digest(disk, request.source) != request.after_sha256:
            return WriteResult.NO_SOURCE
        after = disk.read(request.path if same else request.source)
    else:
        after = request.after
    old = disk.inode(request.path)
    before = old.data
    if before != after:
        try:
            if disk.exists(request.backup):
                return WriteResult.NO_BACKUP
            disk.write(request.backup, before, old.mode)
        except OSError:
            return WriteResult.NO_BACKUP
        said.append(f"backup {request.backup}")
        try:
            disk.write(request.path, after)
        except OSError:
            disk.remove(request.backup)
            return WriteResult.RESTORED
    said.append(f"inode {old.number}")
    return WriteResult.WRITTEN
