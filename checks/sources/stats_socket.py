"""haproxy's statistics from an appliance on which no command can talk to a UNIX socket: over the SSH connection."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Final

import asyncssh

from checks.evidence.manifest import HAPROXY_CFG
from checks.evidence.section import Ending, Reading, Section
from checks.sources.connection import Connection

STATISTICS: Final = "show-stat"
_COMMAND: Final = b"show stat\n"
_NO_TOOL: Final = 127
_SECONDS: Final = 5.0
_LIMIT: Final = 2_000_000
_SOCKET: Final = re.compile(rb"^[ \t]*stats[ \t]+socket[ \t]+(?:unix@)?(/\S+)", re.MULTILINE)


async def with_statistics(connection: Connection, reading: Reading) -> Reading:
    """The same reading, and where the script found no tool for haproxy's socket, what the socket says through a
    direct-streamlocal channel. Unchanged where sshd opens none (AllowStreamLocalForwarding, another user than root)."""
    section = reading.sections.get(STATISTICS)
    configuration = reading.sections.get(f"file:{HAPROXY_CFG}")
    if section is None or configuration is None or section.code != _NO_TOOL:
        return reading
    named = _SOCKET.search(configuration.out)
    if named is None:
        return reading
    asked = await _asked(connection, named[1].decode("utf-8", "replace"), section)
    return replace(reading, sections={**reading.sections, STATISTICS: asked})


async def _asked(connection: Connection, path: str, section: Section) -> Section:
    said, started = b"", time.monotonic()
    try:
        async with asyncio.timeout(_SECONDS):
            stream = await connection.open_unix(path)
            try:
                await stream.write(_COMMAND)
                while len(said) <= _LIMIT and (more := await stream.read()):
                    said += more
            finally:
                stream.close()
    except (TimeoutError, OSError, asyncssh.Error):
        return section
    if not said:
        return section
    ms = (time.monotonic() - started) * 1000
    if len(said) > _LIMIT:
        return replace(section, out=said[:_LIMIT], err=b"", code=None, ending=Ending.CUT, limit=_LIMIT, ms=ms)
    # An empty line ends the answer: without it servers may be missing.
    ending, code = (Ending.EXITED, 0) if said.endswith(b"\n\n") else (Ending.LOST, None)
    return replace(section, out=said, err=b"", code=code, ending=ending, ms=ms)
