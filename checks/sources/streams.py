"""One way to read and write bytes, whether a socket or a channel of SSH carries them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Protocol

import asyncssh

_CHUNK = 65536


class Stream(Protocol):
    """A connected byte stream."""

    async def read(self) -> bytes:
        """What has arrived, at least one byte; b"" at the end. OSError where the stream was cut off."""
        ...

    async def write(self, data: bytes) -> None:
        """Send all of it. OSError where nobody takes it."""
        ...

    def close(self) -> None:
        """End it at once; may be called twice."""
        ...


class SocketStream:
    """A stream on a connected non-blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def read(self) -> bytes:
        """See :class:`Stream`."""
        return await asyncio.get_running_loop().sock_recv(self._sock, _CHUNK)

    async def write(self, data: bytes) -> None:
        """See :class:`Stream`."""
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    def close(self) -> None:
        """See :class:`Stream`."""
        self._sock.close()


class ChannelStream:
    """A stream on an SSH channel."""

    def __init__(self, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """See :class:`Stream`."""
        try:
            return await self._reader.read(_CHUNK)
        except (asyncssh.Error, BrokenPipeError) as problem:
            raise ConnectionResetError(str(problem)) from None

    async def write(self, data: bytes) -> None:
        """See :class:`Stream`."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (asyncssh.Error, BrokenPipeError) as problem:
            raise ConnectionResetError(str(problem)) from None

    def close(self) -> None:
        """See :class:`Stream`."""
        with contextlib.suppress(OSError, asyncssh.Error):
            self._writer.channel.abort()
