"""What a fix may do to the appliance, over the session's kept connection."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable

from checks.evidence.manifest import FIX_JOURNAL, ITEMS, Item
from checks.evidence.section import Ending
from checks.fix_journal import owner
from checks.hands import Ran
from checks.inert import inert
from checks.model import Diagnosis
from checks.plan import Change, Restore
from checks.probe_jobs import read_appliance
from checks.quoting import plain
from checks.refusal import Refusal
from checks.sources.connection import Connection
from checks.sources.journal_script import JournalSwap, compose_swap
from checks.sources.locked_script import LOCK
from checks.sources.script import nonce_of
from checks.sources.write_script import RestoreRequest, WriteRequest, compose_write, read_written
from checks.transaction import Written

_COMMAND_SECONDS = 90
_WRITE_SECONDS = 60.0
_REBOOT_SECONDS = 180.0
_GOING_DOWN_SECONDS = 20.0
_REFUSED_SECONDS = 3.0
_BOOT_ID = tuple(item for item in ITEMS if item.name == "boot-id")
_DIGESTS = tuple(item for item in ITEMS if item.name == "sha256")
_REBOOT = (Item("run", "systemctl reboot", "systemctl reboot"),)
_PAGE = (Item("page", f"cat {FIX_JOURNAL}", "noroute's journal", limit=20_000),)


class RemoteActions:
    """:class:`checks.hands.Hands` over SSH. ``read`` collects, probes and diagnoses once more."""

    def __init__(self, connection: Connection, read: Callable[[], Awaitable[Diagnosis]]) -> None:
        self._connection, self._read = connection, read
        self._boot_id = ""

    async def write(self, step: Change, backup: str, page: str) -> Written:
        """See :class:`checks.hands.Hands`."""
        path, before, fence = step.path, step.before_sha256, (owner(), FIX_JOURNAL, page)
        if isinstance(step, Restore):
            request = RestoreRequest(path, backup, before, step.source, step.after_sha256, *fence)
            return await self._changed(compose_write(request))
        return await self._changed(compose_write(WriteRequest(path, backup, before, step.after, *fence)))

    async def swap(self, before: bytes, after: bytes, at: str = "") -> Written:
        """See :class:`checks.fix_journal.Page`."""
        await self._connected()
        request = JournalSwap(FIX_JOURNAL, hashlib.sha256(before).hexdigest(), after, owner(), at)
        return await self._changed(compose_swap(request))

    async def page(self) -> bytes:
        """See :class:`checks.fix_journal.Page`."""
        await self._connected()
        section = (await read_appliance(self._connection, _PAGE)).sections.get("page")
        if section is None or not section.complete:
            raise Refusal("the connection was lost while the journal was read", 3)
        return section.out if section.code == 0 else b""

    async def _changed(self, script: str) -> Written:
        ran = await self._connection.run(script, seconds=_WRITE_SECONDS, limit=100_000)
        return read_written(ran.out, nonce_of(script) or "")

    async def digest(self, path: str) -> str:
        """See :class:`checks.hands.Hands`. A script that writes goes on where nobody hears it: as long as it runs, the
        bytes of now tell nothing about those of then."""
        end = time.monotonic() + _WRITE_SECONDS
        while await self._is_writing():
            if time.monotonic() > end:
                return ""
            await asyncio.sleep(1)
        await self._connected()
        reading = await read_appliance(self._connection, _DIGESTS)
        section = reading.sections.get("sha256")
        rows = (row.split("  ", 1) for row in section.text.splitlines()) if section else ()
        return next((row[0] for row in rows if len(row) == 2 and row[1] == path), "")

    async def _is_writing(self) -> bool:
        """Whether a script that writes still holds the lock and lives."""
        held = await self.run(f"cat {LOCK}/pid")
        number = held.said.partition(" ")[0]
        return held.code == 0 and number.isdigit() and (await self.run(f"ls -d /proc/{number}")).code == 0

    async def run(self, command: str) -> Ran:
        """See :class:`checks.hands.Hands`."""
        if not plain(command):
            raise Refusal(f"not one plain command: {inert(command, 80)}", 1)
        await self._connected()
        item = Item("run", command, command, seconds=_COMMAND_SECONDS, limit=20_000)
        section = (await read_appliance(self._connection, (item,))).sections.get("run")
        if section is None or section.ending is Ending.LOST:
            return Ran(None)
        said = (section.out + section.err).decode("utf-8", "replace")
        if section.ending is Ending.TIMED_OUT:
            return Ran(124, f"no end after {_COMMAND_SECONDS} s\n{said}", hung=True)
        return Ran(0 if section.ending is Ending.CUT else section.code, said)

    async def boot_id(self) -> str:
        """See :class:`checks.hands.Hands`."""
        await self._connected()
        section = (await read_appliance(self._connection, _BOOT_ID)).sections.get("boot-id")
        self._boot_id = section.text.strip() if section else ""
        return self._boot_id

    async def reboot(self) -> Ran:
        """See :class:`checks.hands.Hands`."""
        section = (await read_appliance(self._connection, _REBOOT)).sections.get("run")
        refused = section is not None and section.complete and bool(section.code)
        try:
            # One that goes down may break off its own answer; one that refused stays.
            async with asyncio.timeout(_REFUSED_SECONDS if refused else _GOING_DOWN_SECONDS):
                await self._connection.lost.wait()
        except TimeoutError:
            if refused and section is not None:
                return Ran(section.code, (section.err or section.out).decode("utf-8", "replace"))
        await self._connection.drop_appliance()
        return Ran(0)

    async def come_back(self, say: Callable[[str], None]) -> str:
        """See :class:`checks.hands.Hands`. The host key must be the one it had."""
        before, end, told = self._boot_id, time.monotonic() + _REBOOT_SECONDS, ""
        same = False
        while time.monotonic() < end:
            try:
                await self._connection.reconnect()
                now = await self.boot_id()
            except Refusal as refusal:
                if (refusal.final or refusal.code) and not _still_starting(refusal.said):
                    raise
                same = False
                if refusal.sentence != told:
                    told = refusal.sentence
                    say(told)
                await asyncio.sleep(1)
                continue
            if now and now != before:
                return now
            same = bool(now)
            if told != "old boot":
                told = "old boot"
                say("it still answers with the old boot id" if same else "its boot id cannot be read")
            await self._connection.drop_appliance()
            await asyncio.sleep(1)
        if same:
            raise Refusal(
                f"the appliance never restarted: after {_REBOOT_SECONDS:.0f} s it still answers with its old boot id", 1
            )
        raise Refusal(
            f"the appliance did not come back within {_REBOOT_SECONDS:.0f} s: open its console in vCenter; the backup "
            "lies beside the file",
            3,
        )

    async def read_again(self) -> Diagnosis:
        """See :class:`checks.hands.Hands`."""
        await self._connected()
        return await self._read()

    async def _connected(self) -> None:
        if self._connection.lost.is_set():
            await self._connection.reconnect()


def _still_starting(said: str) -> bool:
    """Whether a login was refused by pam_nologin, which lets in nobody but root until the system is up."""
    return "system is booting up" in said.lower() or "system is going down" in said.lower()
