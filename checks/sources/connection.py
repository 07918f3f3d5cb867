"""The kept connection to an appliance, through any number of jump hosts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncssh

from checks.model import Vantage
from checks.prompts import Asker
from checks.refusal import Refusal
from checks.sources.cancelled_open import unless_late
from checks.sources.failures import expired
from checks.sources.host_keys import HostKeys, fingerprint
from checks.sources.login import says_expired
from checks.sources.pulse import Carrier
from checks.sources.remote_exec import NoSession, Ran, run_script
from checks.sources.ssh_connect import Opened, Opener
from checks.sources.ssh_route import Step, steps
from checks.sources.streams import ChannelStream, Stream
from checks.sources.target import Target
from checks.sources.watch_stream import follow

_NOT_REACHABLE = 3
_CLOSE_SECONDS = 2.0


class Connection:
    """Every hop of the way, logged in. Make one with :func:`connect`.

    ``lost`` is set when the appliance's connection ends, by itself or through :meth:`drop_appliance`; a reconnect
    makes a new one, so take it anew after each.
    """

    def __init__(self, opener: Opener, way: tuple[Step, ...]) -> None:
        self._opener = opener
        self._way = way
        self._opened: list[Opened] = []
        self._shown: dict[Step, asyncssh.SSHKey] = {}

    @property
    def appliance(self) -> Step:
        """The last step of the way."""
        return self._way[-1]

    @property
    def fingerprint(self) -> str:
        """SHA256 fingerprint of the appliance's host key: its identity under whatever name; "" before it showed one."""
        key = self._shown.get(self.appliance)
        return fingerprint(key) if key is not None else ""

    @property
    def via(self) -> tuple[str, ...]:
        """The hops before the appliance as ``user@host:port``, first one first."""
        return tuple(step.place for step in self._way[:-1])

    @property
    def jump_name(self) -> str:
        """What a person calls the last jump host, "" where there is none."""
        return self._way[-2].typed if len(self._way) > 1 else ""

    @property
    def lost(self) -> asyncio.Event:
        """Set when the appliance's connection is over; set already while there is none."""
        if len(self._opened) == len(self._way):
            return self._opened[-1].lost
        gone = asyncio.Event()
        gone.set()
        return gone

    @property
    def heard(self) -> str:
        """What the appliance showed before the login (untrusted)."""
        return self._opened[-1].heard if len(self._opened) == len(self._way) else ""

    async def run(self, script: str, *, seconds: float, limit: int) -> Ran:
        """Run a POSIX ``sh`` script as root where that needs no password. Refusal where sshd opens no session or the
        password has expired; a lost connection is a result with ``code`` None, never a success."""
        if self.lost.is_set():
            return Ran(b"", b"", None, "the connection was lost")
        try:
            ran = await run_script(self._opened[-1].conn, script, seconds=seconds, limit=limit)
        except NoSession as problem:
            raise Refusal(
                f"{self.appliance.name}: sshd opens no session ({problem}): MaxSessions in its sshd_config must be at"
                " least 1, and other sessions of this connection count",
                _NOT_REACHABLE,
            ) from None
        said = ran.err.decode("utf-8", "replace")
        if ran.code and not ran.out and says_expired(said):
            raise expired(self.appliance, (self.heard + said).strip())
        return ran

    def is_up(self, vantage: Vantage) -> bool:
        """Whether the host at that vantage can be asked to dial."""
        index = self._index(vantage)
        return 0 <= index < len(self._opened) and not self._opened[index].lost.is_set()

    def carrier(self, vantage: Vantage) -> Carrier | None:
        """What carries a probe from that vantage, watched from now on; None while it is not up."""
        return Carrier(self._opened[self._index(vantage)].pulse) if self.is_up(vantage) else None

    async def follow(self, script: str) -> AsyncIterator[None]:
        """Something each time that the script of :mod:`checks.sources.watch_script` tells of a change; ends with the
        connection, or at once where sshd opens no second session."""
        if self.lost.is_set():
            return
        with contextlib.suppress(NoSession):
            async for change in follow(self._opened[-1].conn, script):
                yield change

    async def open(self, vantage: Vantage, host: str, port: int) -> Stream:
        """A TCP stream to ``host:port`` dialled by the last jump host or by the appliance. asyncssh.ChannelOpenError
        as that host gave it; the caller bounds the time."""
        opening = self._conn(vantage).open_connection(host, port)
        return ChannelStream(*await unless_late(opening, _abort))

    async def open_unix(self, path: str) -> Stream:
        """A stream to a UNIX socket on the appliance, as who logged in. asyncssh.ChannelOpenError where it cannot."""
        opening = self._conn(Vantage.APPLIANCE).open_unix_connection(path)
        return ChannelStream(*await unless_late(opening, _abort))

    async def open_jumps(self) -> None:
        """Open what is not open of the way to the last jump host. Refusal where it cannot be done."""
        await self._open(len(self._way) - 1)

    async def log_in(self) -> None:
        """Open what of the way is not open, at last the appliance. Refusal where it cannot be done; the jump
        connections then stay, so that probes from there go on."""
        await self._open(len(self._way))

    async def drop_appliance(self) -> None:
        """End the appliance's connection alone, for instance because it reboots."""
        if len(self._opened) == len(self._way):
            await _close([self._opened.pop()])

    async def reconnect(self) -> None:
        """Log in to the appliance again, once, over the jump connections that still live (the others are opened
        anew). Every host must show the key that it had before. Refusal where it cannot be done."""
        await self.drop_appliance()
        await self.log_in()

    async def close(self) -> None:
        """End everything, the appliance first, within two seconds; may be called twice."""
        opened, self._opened = self._opened, []
        await _close(opened[::-1])

    async def _open(self, count: int) -> None:
        for index, opened in enumerate(self._opened):
            if opened.lost.is_set():
                stale, self._opened = self._opened[index:], self._opened[:index]
                await _close(stale[::-1])
                break
        while len(self._opened) < count:
            step = self._way[len(self._opened)]
            through = self._opened[-1] if self._opened else None
            opened = await self._opener.open(step, through, self._shown.get(step))
            self._opened.append(opened)
            if opened.key is not None:
                self._shown[step] = opened.key

    def _index(self, vantage: Vantage) -> int:
        return {Vantage.APPLIANCE: len(self._way) - 1, Vantage.JUMP: len(self._way) - 2}.get(vantage, -1)

    def _conn(self, vantage: Vantage) -> asyncssh.SSHClientConnection:
        index = self._index(vantage)
        if not 0 <= index < len(self._opened):
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, f"no connection to the {vantage}")
        return self._opened[index].conn


async def connect(target: Target, asker: Asker, state_dir: Path) -> Connection:
    """Open the whole way to a target. ``asker`` answers for the person; ``state_dir`` holds noroute's known_hosts.

    Refusal with exit code 2 for a target or configuration that makes no sense, 3 for a host that cannot be reached
    or logged in to (``code`` "H01" for an expired password). Nothing stays open then.
    """
    connection = await connect_jumps(target, asker, state_dir)
    try:
        await connection.log_in()
    except BaseException:
        await connection.close()
        raise
    return connection


async def connect_jumps(target: Target, asker: Asker, state_dir: Path) -> Connection:
    """Open the hops before the appliance only (there may be none): probes can start from the last one, and
    :meth:`Connection.log_in` goes on to the appliance. Otherwise like :func:`connect`."""
    way = await asyncio.to_thread(steps, target)
    pinned = target.pinned
    keys = HostKeys(state_dir, pinned.known_hosts if pinned else None)
    connection = Connection(Opener(target, asker, keys), way)
    try:
        await connection.open_jumps()
    except BaseException:
        await connection.close()
        raise
    return connection


def _abort(channel: tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]) -> None:
    channel[1].channel.abort()


async def _close(opened: Sequence[Opened]) -> None:
    """End these, the first one first, within two seconds for all."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            for one in opened:
                one.conn.close()
                with contextlib.suppress(OSError, asyncssh.Error):
                    await one.conn.wait_closed()
    except TimeoutError:
        for one in opened:
            one.conn.abort()
