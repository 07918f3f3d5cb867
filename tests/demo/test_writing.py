"""The scripts that change a file: what they leave on the simulated disk."""

from __future__ import annotations

from hashlib import sha256

import pytest

from checks.evidence.manifest import ANYIP_CFG, FIX_JOURNAL, HAPROXY_CFG, HAPROXY_LKG
from checks.sources.journal_script import JournalSwap, compose_swap
from checks.sources.write_script import LOCK, RestoreRequest, WriteRequest, compose_write, read_written
from checks.transaction import WriteResult, Written
from tests.demo.way import appliance_of
from tui.demo.appliance import Appliance
from tui.demo.files import CAPACITY
from tui.demo.writing import changed

NONCE = "5" * 32
BACKUP = f"{HAPROXY_CFG}.noroute"


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _ran(model: Appliance, script: str) -> Written:
    said = changed(model, script)
    assert said is not None
    return read_written("".join(f"#{NONCE} {line}\n" for line in said).encode(), NONCE)


def _swap(model: Appliance, before: bytes, after: bytes) -> WriteResult:
    return _ran(model, compose_swap(JournalSwap(FIX_JOURNAL, _digest(before), after, "anna"), NONCE)).result


def _restore(model: Appliance, after: bytes) -> Written:
    before = model.disk.read(HAPROXY_CFG)
    request = RestoreRequest(HAPROXY_CFG, BACKUP, _digest(before), HAPROXY_LKG, _digest(after), "anna", FIX_JOURNAL, "")
    return _ran(model, compose_write(request, NONCE))


def test_a_swap_leaves_its_file_and_nothing_else() -> None:
    model = appliance_of()
    before = model.disk.entries("/var/lib/vmware")
    assert _swap(model, b"", b"one\n") is WriteResult.WRITTEN
    assert model.disk.read(FIX_JOURNAL) == b"one\n"
    assert model.disk.inode(FIX_JOURNAL).mode == 0o600
    assert _swap(model, b"", b"other\n") is WriteResult.CHANGED
    assert _swap(model, b"one\n", b"two\n") is WriteResult.WRITTEN
    assert set(model.disk.entries("/var/lib/vmware")) - set(before) == {"noroute.journal"}
    assert _swap(model, b"one\n", b"") is WriteResult.CHANGED
    assert _swap(model, b"two\n", b"") is WriteResult.WRITTEN
    assert model.disk.entries("/var/lib/vmware") == before
    assert _swap(model, b"", b"") is WriteResult.WRITTEN


def test_a_swap_without_room_changes_nothing() -> None:
    model = appliance_of()
    model.disk.plant("/tmp/full", b"x" * CAPACITY)
    assert _swap(model, b"", b"one\n") is WriteResult.NO_ROOM
    assert not model.disk.exists(FIX_JOURNAL)


def test_a_restore_copies_what_is_there_already() -> None:
    model = appliance_of()
    good = model.disk.read(HAPROXY_LKG)
    model.disk.append(HAPROXY_CFG, b"nonsense\n")
    bad, inode = model.disk.read(HAPROXY_CFG), model.disk.inode(HAPROXY_CFG).number
    assert _restore(model, b"other").result is WriteResult.NO_SOURCE
    assert not model.disk.exists(BACKUP)
    assert _restore(model, good) == Written(WriteResult.WRITTEN, inode=inode, backup=True)
    assert model.disk.read(HAPROXY_CFG) == good
    assert model.disk.read(BACKUP) == bad
    # Nothing to write: no backup is asked for.
    assert _restore(model, good) == Written(WriteResult.WRITTEN, inode=inode)


def test_a_restore_keeps_an_older_backup() -> None:
    model = appliance_of()
    good = model.disk.read(HAPROXY_LKG)
    model.disk.append(HAPROXY_CFG, b"nonsense\n")
    model.disk.plant(BACKUP, b"older")
    assert _restore(model, good).result is WriteResult.NO_BACKUP
    assert model.disk.read(BACKUP) == b"older"


@pytest.mark.parametrize("path", [ANYIP_CFG, "/etc/vmware/none.cfg"])
def test_other_bytes_than_those_shown_stay(path: str) -> None:
    model = appliance_of()
    request = WriteRequest(path, f"{path}.noroute", _digest(b""), b"after\n", "anna", FIX_JOURNAL, "")
    assert _ran(model, compose_write(request, NONCE)).result is WriteResult.CHANGED
    assert not model.disk.exists(f"{path}.noroute")


def test_a_lock_is_respected_until_it_is_too_old() -> None:
    model = appliance_of()
    model.disk.plant(f"{LOCK}/owner", b"")
    model.disk.write(f"{LOCK}/owner", b"anna@desk 4711\n")
    request = JournalSwap(FIX_JOURNAL, _digest(b""), b"one\n", "bob")
    held = _ran(model, compose_swap(request, NONCE))
    assert (held.result, held.said) == (WriteResult.LOCKED, "anna@desk 4711, for 0 s")
    model.disk.inode(f"{LOCK}/owner").changed -= 16 * 60
    broken = _ran(model, compose_swap(request, NONCE))
    assert (broken.result, broken.broke) == (WriteResult.WRITTEN, "anna@desk 4711")
    assert not model.disk.is_folder(LOCK)


def test_any_other_text_is_none_of_them() -> None:
    model = appliance_of()
    script = compose_swap(JournalSwap(FIX_JOURNAL, _digest(b""), b"one\n", "bob"), NONCE)
    assert changed(model, script + "reboot\n") is None
    assert changed(model, "") is None
