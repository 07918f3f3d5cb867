"""Following an appliance over a kept connection: a word each time that something changes there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import asyncssh

from checks.sources.remote_exec import open_session
from checks.sources.script import as_command, nonce_of
from checks.sources.watch_script import change_in

_LINE_LIMIT = 4096


async def follow(conn: asyncssh.SSHClientConnection, script: str) -> AsyncIterator[None]:
    """Yields at each change, until the connection or the script ends. NoSession where the host opens no second
    session (MaxSessions 1): then only asking again tells what changed."""
    nonce = nonce_of(script) or ""
    process: asyncssh.SSHClientProcess[bytes] | None = None
    try:
        process = await open_session(conn, as_command(script))
        while line := await process.stdout.readuntil(b"\n"):
            if len(line) < _LINE_LIMIT and change_in(line, nonce):
                yield
    except (asyncssh.Error, OSError, EOFError):
        return
    finally:
        # The end of its input ends the script on the other side.
        if process is not None:
            with contextlib.suppress(OSError, asyncssh.Error):
                process.stdin.write_eof()
                process.close()
