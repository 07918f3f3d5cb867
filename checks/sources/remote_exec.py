"""Running one script on an appliance, bounded in time and size, and never taking a lost connection for success."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass

import asyncssh

from checks.sources.cancelled_open import unless_late
from checks.sources.script import as_command, nonce_of

# The kernel's limit for one argument is 128 KiB, and quoting comes on top.
_ARGUMENT_LIMIT = 100_000
_CHUNK = 65536
_ERR_LIMIT = 64_000
_RETRY_SECONDS = 0.5
# How csh, fish and restricted shells complain about quoting that is not theirs.
_SHELL_COMPLAINT = re.compile(
    rb"unmatched|syntax error|illegal variable|ambiguous|unexpected|unsupported|undefined|event not found|"
    rb"parse error|badly placed|expected|restricted|command substitution",
    re.IGNORECASE,
)
# Root where that needs no password, and quoting that every shell understands.
_FROM_STDIN = (
    'exec sh -c \'[ "$(id -u)" = 0 ] && exec sh -s; sudo -n true </dev/null 2>/dev/null && exec sudo -n sh -s;'
    " exec sh -s'"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script gave. ``code`` is its exit code, None where it did not end by itself: ``problem`` then says why
    ("the connection was lost", "no end after 20 s", "more than N bytes")."""

    out: bytes
    err: bytes
    code: int | None
    problem: str = ""


class NoSession(Exception):
    """The host opens no session; the text is its reason."""


async def run_script(conn: asyncssh.SSHClientConnection, script: str, *, seconds: float, limit: int) -> Ran:
    """Run a POSIX ``sh`` script and read at most ``limit`` bytes of its output within ``seconds``. NoSession where
    the host refuses twice to open one."""
    command = as_command(script)
    if len(command.encode()) > _ARGUMENT_LIMIT:
        return await _run(conn, _FROM_STDIN, _for_stdin(script), seconds, limit)
    ran = await _run(conn, command, b"", seconds, limit)
    nonce = nonce_of(script)
    begun = ran.out if nonce is None else nonce.encode() in ran.out
    if ran.code not in (0, None) and not begun and _SHELL_COMPLAINT.search(ran.err):
        return await _run(conn, _FROM_STDIN, _for_stdin(script), seconds, limit)
    return ran


def _for_stdin(script: str) -> bytes:
    # In braces it is read whole before any of it runs, so that the script may close its own standard input.
    return f"{{\n{script}\n}}\n".encode()


async def _run(conn: asyncssh.SSHClientConnection, command: str, feed: bytes, seconds: float, limit: int) -> Ran:
    out, err = bytearray(), bytearray()
    process: asyncssh.SSHClientProcess[bytes] | None = None
    try:
        async with asyncio.timeout(seconds):
            process = await open_session(conn, command)
            if feed:
                process.stdin.write(feed)
            process.stdin.write_eof()
            within = await _read_both(process, out, err, limit)
            if not within:
                return Ran(bytes(out), bytes(err), None, f"more than {limit} bytes")
            await process.wait_closed()
            code = process.exit_status
            # A signal's exit leaves -1; a lost connection leaves nothing at all.
            problem = "" if code is not None else "the connection was lost"
            return Ran(bytes(out), bytes(err), code if code is None or code >= 0 else 128, problem)
    except TimeoutError:
        return Ran(bytes(out), bytes(err), None, f"no end after {seconds:g} s")
    except (asyncssh.DisconnectError, OSError) as problem:
        return Ran(bytes(out), bytes(err), None, f"the connection was lost: {problem}")
    finally:
        if process is not None:
            # No signal: a script that is writing must come to its own end.
            with contextlib.suppress(OSError, asyncssh.Error):
                process.close()


async def open_session(conn: asyncssh.SSHClientConnection, command: str) -> asyncssh.SSHClientProcess[bytes]:
    """A process with bytes on all of its streams. NoSession where the host refuses twice to open one."""
    # sshd frees a session's slot a moment after the session's end was seen here.
    for last in (False, True):
        try:
            opening = conn.create_process(command, encoding=None, stdin=asyncssh.PIPE)
            return await unless_late(opening, lambda process: process.close())
        except asyncssh.ChannelOpenError as problem:
            if conn.is_closed():
                raise ConnectionResetError(problem.reason) from None
            if last:
                raise NoSession(problem.reason) from None
            await asyncio.sleep(_RETRY_SECONDS)
    raise AssertionError("unreachable")


async def _read_both(process: asyncssh.SSHClientProcess[bytes], out: bytearray, err: bytearray, limit: int) -> bool:
    """Read until both ends; False as soon as the output is over its limit. Errors are kept up to theirs."""

    async def errors() -> None:
        while chunk := await process.stderr.read(_CHUNK):
            err.extend(chunk[: max(0, _ERR_LIMIT - len(err))])

    reading = asyncio.create_task(errors())
    try:
        while chunk := await process.stdout.read(_CHUNK):
            out.extend(chunk[: limit + 1 - len(out)])
            if len(out) > limit:
                del out[limit:]
                return False
        await reading
        return True
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
