"""A TLS server over a channel of an SSH connection: no socket, no thread, TLS alerts included."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TypeVar

import asyncssh

from tui.demo.supervisor import LIMIT, App, Reply, parse_request

T = TypeVar("T")
# A client that says nothing must not hold a task for ever.
PATIENCE = 60.0


class _Gone(Exception):
    """The client closed."""


class _Tunnel:
    """One TLS connection over a reader and a writer."""

    def __init__(
        self, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes], context: ssl.SSLContext
    ) -> None:
        self._reader, self._writer = reader, writer
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._in, self._out, server_side=True)

    def flush(self) -> None:
        if data := self._out.read():
            self._writer.write(data)

    async def call(self, step: Callable[[], T]) -> T:
        """Carry a step on until it is through, feeding it what arrives."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                data = await self._reader.read(65_536)
                if not data:
                    raise _Gone from None
                self._in.write(data)
            finally:
                self.flush()


async def serve(
    reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes], context: ssl.SSLContext, app: App | None
) -> None:
    """Answer one request and close; without an application, say nothing but the end, as haproxy does
    when no server is up."""
    try:
        async with asyncio.timeout(PATIENCE):
            if app is not None:
                await _converse(_Tunnel(reader, writer, context), app)
            else:
                # The client still gets rid of its first words, and then reads the end.
                writer.write_eof()
                await reader.read(LIMIT)
    except (_Gone, ssl.SSLError, TimeoutError, OSError, asyncssh.Error):
        pass
    finally:
        writer.close()


async def _converse(tunnel: _Tunnel, app: App) -> None:
    await tunnel.call(tunnel.object.do_handshake)
    data = b""
    while b"\r\n\r\n" not in data and len(data) < LIMIT:
        part = await tunnel.call(lambda: tunnel.object.read(16_384))
        if not part:
            return
        data += part
    request = parse_request(data)
    reply = app(request) if request else Reply(400, '{"message":"bad request"}')
    answer = reply.encoded(request.method if request else "GET")
    await tunnel.call(lambda: tunnel.object.write(answer))
    try:
        tunnel.object.unwrap()
    except ssl.SSLWantReadError:
        tunnel.flush()
