"""The SSH servers of the simulated site: the jump host on a port of 127.0.0.1, the appliance behind it.

Only direct-tcpip channels of the jump host lead further, and only to what the model has; nothing is ever dialled.
Neither server offers files, agents, X11, listening ports or sockets of the host.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import asyncssh
from asyncssh.stream import SSHTCPStreamSession

from checks.sources.tcp_connect import DialError
from checks.sources.watch_script import recognise_watch
from tui.demo import answers, change_feed, tls
from tui.demo.appliance import Appliance
from tui.demo.commands import PEOPLE, VISITORS
from tui.demo.files import Disk
from tui.demo.interpreter import Session
from tui.demo.machine import Machine, Result
from tui.demo.network import Answer, Fate, Network, Vantage
from tui.demo.seed import HOSTNAME

MAX_SESSIONS = 10
STDIN_LIMIT = 2_000_000
JUMP_NAME = "jump01"
_GREETING = "This is {name}, simulated by noroute: nothing you type here reaches a real machine. `exit` leaves.\r\n"
_NUMBERS = {
    Fate.REFUSED: errno.ECONNREFUSED,
    Fate.NO_ROUTE: errno.EHOSTUNREACH,
    Fate.TIMED_OUT: errno.ETIMEDOUT,
}
Opens = Callable[[str, int], Awaitable[Any]]
# A channel of SSH or a pair of sockets: what carries the bytes has the same methods.
Stream = Callable[[Any, Any], Coroutine[Any, Any, None]]


class _Door(asyncssh.SSHServer):
    """One connection: who may log in, how many sessions, where channels lead."""

    def __init__(self, site: Servers, machine: Machine, opens: Opens) -> None:
        self._site, self._machine, self._opens = site, machine, opens
        self._sessions = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._site.opened(conn, self._machine)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        mine = self._site.client_key.convert_to_public().public_data
        return username == self._machine.user and key.public_data == mine

    def session_requested(self) -> Any:
        if self._sessions >= MAX_SESSIONS:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "open failed")
        self._sessions += 1
        return asyncssh.SSHServerProcess(self._process, None, 3, False)

    async def _process(self, process: asyncssh.SSHServerProcess[str]) -> None:
        try:
            await converse(self._machine, process)
        except (asyncssh.Error, OSError):
            pass  # the client went
        finally:
            self._sessions -= 1
            with contextlib.suppress(asyncssh.Error, OSError):
                process.close()

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:
        return self._opens(dest_host, dest_port)

    def unix_connection_requested(self, dest_path: str) -> Any:
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "open failed")


async def converse(machine: Machine, process: asyncssh.SSHServerProcess[str]) -> None:
    """One session: a command, or a shell line by line."""
    if process.subsystem is not None:
        process.exit(1)
    elif process.command is None:
        await _shell(machine, process)
    else:
        await _command(machine, process, process.command)
    await process.stdout.drain()


async def _command(machine: Machine, process: asyncssh.SSHServerProcess[str], command: str) -> None:
    # Only a script too long for a command line comes on standard input; its end is marked by the client.
    fed = await _read_all(process) if command.startswith("exec sh -c ") and "exec sh -s" in command else b""
    script = answers.script_in(command, fed)
    result: Result | None = None
    if machine.appliance is not None and script is not None and (nonce := recognise_watch(script)) is not None:
        await change_feed.tell(machine, machine.appliance, process, nonce)
        return
    if machine.appliance is not None and script is not None:
        result = await answers.answer(machine, machine.appliance, script)
    if result is None:
        result = await Session(machine, partial(_read_all, process)).run(command)
    _print(process, result)
    await process.stdout.drain()
    process.exit(result.code)


async def _read_all(process: asyncssh.SSHServerProcess[str]) -> bytes:
    parts, size = [], 0
    while size < STDIN_LIMIT and (part := await process.stdin.read(65_536)):
        parts.append(part)
        size += len(part)
    return "".join(parts).encode("utf-8", "surrogateescape")


def _print(process: asyncssh.SSHServerProcess[str], result: Result) -> None:
    # A terminal is one stream: what comes on a second one may overtake the next prompt or be overtaken.
    complaints = process.stdout if process.term_type else process.stderr
    for stream, data in ((process.stdout, result.out), (complaints, result.err)):
        shown = data.decode("utf-8", "surrogateescape")
        if shown:
            stream.write(shown.replace("\n", "\r\n") if process.term_type else shown)


async def _shell(machine: Machine, process: asyncssh.SSHServerProcess[str]) -> None:
    session = Session(machine, _not_typed)
    ending = "\r\n" if process.term_type else "\n"
    process.stdout.write(_GREETING.format(name=machine.hostname).replace("\r\n", ending))
    prompt = f"{machine.user}@{machine.hostname.partition('.')[0]} [ ~ ]# " if process.term_type else ""
    waiting = ""
    while not session.over:
        process.stdout.write("> " if waiting and prompt else prompt)
        try:
            line = await process.stdin.readline()
        except asyncssh.BreakReceived:
            waiting = ""
            process.stdout.write("^C" + ending)
            continue
        except (asyncssh.TerminalSizeChanged, asyncssh.SignalReceived):
            continue
        if not line:
            break
        waiting += line.replace("\r\n", "\n")
        if _continues(waiting):
            continue
        source, waiting = waiting, ""
        _print(process, await session.run(source))
        await process.stdout.drain()
    process.exit(session.status)


async def _not_typed() -> bytes:
    """What a command reads from the terminal: lines are the shell's, so it is told how to give them."""
    raise OSError(errno.EIO, "not read from the terminal here: give it a file, a pipe or <<EOF")


def _continues(source: str) -> bool:
    """Whether a here-document or a line that ends in a backslash still waits for its rest."""
    rows = source.splitlines()
    if rows and rows[-1].endswith("\\"):
        return True
    marks = rows[0].replace("<<", " << ").split() if rows else []
    if "<<" not in marks[:-1] or len(rows) > 500:
        return False
    ending = marks[marks.index("<<") + 1].lstrip("-").strip("'\"")
    return bool(ending) and ending not in [row.strip("\t") for row in rows[1:]]


class Servers:
    """Both hosts' servers. ``client_key`` is the only key that opens them; ``jump_key`` and ``appliance_key`` are
    their host keys."""

    def __init__(self, appliance: Appliance, network: Network) -> None:
        self.appliance, self._network = appliance, network
        self.client_key, self.jump_key, self.appliance_key = (
            asyncssh.generate_private_key("ssh-ed25519", comment="noroute-demo") for _ in range(3)
        )
        clock = appliance.clock
        self._jump = Machine(JUMP_NAME, "demo", clock, Disk(clock), network, Vantage.JUMP, VISITORS)
        self._box = Machine(HOSTNAME, "root", clock, appliance.disk, network, Vantage.APPLIANCE, PEOPLE, appliance)
        self._connections: dict[str, set[asyncssh.SSHServerConnection]] = {JUMP_NAME: set(), HOSTNAME: set()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._acceptor: asyncssh.SSHAcceptor | None = None
        certificates = appliance.certificates
        self._supervisor_tls = certificates.supervisor.server_context()
        self._appliance_tls = certificates.appliance.server_context()
        appliance.on_power_off = self._drop

    async def begin(self, port: int) -> int:
        """Listen on that port of 127.0.0.1 (0: any free one); the port."""
        door = partial(_Door, self, self._jump, self._from_jump)
        self._acceptor = await asyncssh.listen(
            "127.0.0.1", port, server_factory=door, server_host_keys=[self.jump_key], **self._options()
        )
        self._spawn(self._live())
        return self._acceptor.get_port()

    @staticmethod
    def _options() -> dict[str, Any]:
        return {
            "encoding": "utf-8",
            "errors": "surrogateescape",
            "agent_forwarding": False,
            "x11_forwarding": False,
            "allow_scp": False,
            "gss_host": None,
            "compression_algs": ["zlib@openssh.com", "none"],
            "login_timeout": 60,
            "line_editor": True,
            "max_line_length": 4096,
        }

    async def end(self) -> None:
        """Close all."""
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
        for conn in [conn for group in self._connections.values() for conn in group]:
            conn.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def opened(self, conn: asyncssh.SSHServerConnection, machine: Machine) -> None:
        """Remember a connection until it is closed."""
        group = self._connections[machine.hostname]
        group.add(conn)

        async def forget() -> None:
            await conn.wait_closed()
            group.discard(conn)

        self._spawn(forget())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(self) -> None:
        # The state is brought up to date whenever somebody looks; this is for what must happen unseen (a reboot
        # drops connections).
        while True:
            self.appliance.settle()
            await asyncio.sleep(0.05)

    def _drop(self) -> None:
        for conn in tuple(self._connections[HOSTNAME]):
            conn.abort()

    async def from_here(self, host: str, port: int) -> socket.socket:
        """A connection of this machine, which reaches every network of the site through a router beside the jump host:
        one end of a pair of sockets. DialError as the model has it."""
        answer = self._network.connect(host, port, Vantage.JUMP)
        if answer.fate is not Fate.CONNECTED:
            await self.appliance.clock.sleep(answer.seconds)
            raise DialError(_NUMBERS.get(answer.fate), str(answer.fate))
        here, there = socket.socketpair()
        here.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=there)
        self._spawn(self._stream(answer)(reader, writer))
        return here

    async def _from_appliance(self, host: str, port: int) -> SSHTCPStreamSession[bytes]:
        return await self._open(host, port, Vantage.APPLIANCE)

    async def _from_jump(self, host: str, port: int) -> SSHTCPStreamSession[bytes]:
        return await self._open(host, port, Vantage.JUMP)

    async def _open(self, host: str, port: int, vantage: Vantage) -> SSHTCPStreamSession[bytes]:
        answer = self._network.connect(host, port, vantage)
        if answer.fate is not Fate.CONNECTED:
            await self.appliance.clock.sleep(answer.seconds)
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, str(answer.fate))
        return SSHTCPStreamSession(self._stream(answer))

    def _stream(self, answer: Answer) -> Stream:
        if answer.ssh:
            return self._appliance_ssh
        context: ssl.SSLContext = self._supervisor_tls if answer.supervisor else self._appliance_tls

        async def stream(reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
            await tls.serve(reader, writer, context, answer.app)

        return stream

    async def _appliance_ssh(self, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
        """A real SSH server over a pair of connected sockets, with the channel pumped into the other end."""
        here, there = socket.socketpair()
        near, far = await asyncio.open_connection(sock=here)
        door = partial(_Door, self, self._box, self._from_appliance)

        async def attend() -> None:
            await asyncssh.run_server(
                there, server_factory=door, server_host_keys=[self.appliance_key], **self._options()
            )

        server = asyncio.create_task(attend())
        try:
            async with asyncio.TaskGroup() as group:
                inwards = group.create_task(_pump(reader, far))
                outwards = group.create_task(_pump(near, writer))
                await asyncio.wait({inwards, outwards}, return_when=asyncio.FIRST_COMPLETED)
                inwards.cancel()
                outwards.cancel()
        finally:
            far.close()
            writer.close()
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)


async def _pump(reader: Any, writer: Any) -> None:
    with contextlib.suppress(asyncssh.Error, OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
